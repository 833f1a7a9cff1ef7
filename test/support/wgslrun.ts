// Runs kernels of a plan without a GPU, from their text: those that the GPU engine writes for contractions, by matrices or not, sums and
// maps. The text is rewritten as JavaScript, with a generator for each thread that stops where it waits for the others; in each
// stretch between two waits the threads run one after the other, forwards or backwards, so that one which does not wait reads what is not
// there yet. What a subgroup does with matrices is done by its first thread, as WGSL's draft defines it.

import type { MatrixKind, WgslDispatch, WgslKernel, WgslPlan } from "../../runtime/plan.ts";

export interface Ran {
  readonly read: (buffer: string) => Float32Array;
}

/** Runs an entry with these numbers in its buffers; all others are no numbers. */
export function runWgsl(
  plan: WgslPlan,
  entry: string,
  given: ReadonlyMap<string, Float32Array>,
  { kind, batch = 1, isBackwards = false }: { kind: MatrixKind; batch?: number; isBackwards?: boolean },
): Ran {
  const bytes = (dtype: string): number => (dtype === "f16" ? 2 : 4);
  const arenas = plan.arenas.map((a) => new Float32Array(a.bytes / bytes(a.dtype)).fill(Number.NaN));
  const placeOf = (name: string): Float32Array => {
    const b = plan.buffers.find((own) => own.name === name);
    if (!b) throw new Error(`the plan has no buffer ${name}`);
    return arenas[b.arena]!.subarray(b.at, b.at + b.size);
  };
  for (const [name, values] of given) placeOf(name).set(values);
  const steps = plan.entries.find((e) => e.name === entry)?.steps ?? [];
  for (const step of steps) {
    if (step.kind === "loop") throw new Error("loops are not run here");
    const kernel = plan.kernels[step.kernel]!;
    if (kernel.step === "write") continue;
    runKernel(kernel, step, arenas, { kind, batch, isBackwards });
  }
  return { read: placeOf };
}

interface Around {
  readonly kind: MatrixKind;
  readonly batch: number;
  readonly isBackwards: boolean;
}

type Thread = Generator<undefined, undefined>;
type Main = (group: object, groups: object, lane: number, subgroup: number) => Thread;

function runKernel(kernel: WgslKernel, d: WgslDispatch, arenas: readonly Float32Array[], around: Around): void {
  const { kind, batch, isBackwards } = around;
  const size = Number(/@workgroup_size\((\d+)\)/.exec(kernel.code)?.[1]);
  const count = d.grids
    .map((grid) =>
      grid.reduce((n, { extents, per }) => {
        const points = extents.reduce((p, e) => p * (e.constant + e.perBatch * batch), 1);
        return n * Math.ceil(points / per);
      }, 1),
    )
    .reduce((a, b) => a + b, 0);
  const offsets = Array.from({ length: Math.ceil(d.offsets.length / 4) }, (_, i) => {
    const [x, y, z, w] = d.offsets.slice(4 * i, 4 * i + 4);
    return { x, y, z, w };
  });
  const bound = d.arenas.map((a) => arenas[a]!);
  const make = new Function("offsets", "step", "bound", "lib", asJavaScript(kernel.code)) as (...all: unknown[]) => {
    main: Main;
    enter: (lane: number) => void;
  };
  for (let group = 0; group < count; group++) {
    const { main, enter } = make(offsets, { batch }, bound, libraryFor(kind));
    const lanes = Array.from({ length: size }, (_, lane) => (isBackwards ? size - 1 - lane : lane));
    let running = lanes.map((lane) => ({
      lane,
      thread: main({ x: group, y: 0 }, { x: count, y: 1, z: 1 }, lane, Math.floor(lane / kind.threads)),
    }));
    while (running.length > 0)
      running = running.filter(({ lane, thread }) => {
        enter(lane);
        return thread.next().done !== true;
      });
  }
}

type Matrix = Float32Array | undefined;

/** Functions that the text calls. */
function libraryFor({ m, n, k, threads }: MatrixKind) {
  let isFirst = false;
  const f16 = (x: number): number => (Math as unknown as { f16round: (x: number) => number }).f16round(x);
  return {
    enter: (lane: number): void => void (isFirst = lane % threads === 0),
    f16,
    f32: Math.fround,
    i32: Math.trunc,
    min: Math.min,
    max: Math.max,
    fma: (a: number, b: number, c: number): number => Math.fround(a * b + c),
    select: (no: number, yes: number, is: boolean): number => (is ? yes : no),
    quotient: (a: number, b: number): number => Math.trunc(a / b),
    loadMatrix: (
      columns: number,
      rows: number,
      isByRow: boolean,
      from: Float32Array,
      first: number,
      stride: number,
    ): Matrix => {
      if (!isFirst) return undefined;
      const last = first + (isByRow ? (rows - 1) * stride + columns : (columns - 1) * stride + rows);
      if (last > from.length) throw new Error("a matrix reaches past the memory of its workgroup");
      return Float32Array.from({ length: rows * columns }, (_, i) => {
        const [r, c] = [Math.floor(i / columns), i % columns];
        return from[first + (isByRow ? r * stride + c : c * stride + r)]!;
      });
    },
    zeroMatrix: (): Matrix => (isFirst ? new Float32Array(m * n) : undefined),
    multiplyMatrices: (a: Matrix, b: Matrix, sum: Matrix): Matrix =>
      a &&
      b &&
      sum?.map((x, i) => {
        let all = x;
        for (let j = 0; j < k; j++) all = Math.fround(all + a[Math.floor(i / n) * k + j]! * b[j * n + (i % n)]!);
        return all;
      }),
    storeMatrix: (to: Float32Array, first: number, sum: Matrix, stride: number): void => {
      if (first + (m - 1) * stride + n > to.length)
        throw new Error("a matrix is stored past the memory of its workgroup");
      sum?.forEach((x, i) => {
        to[first + Math.floor(i / n) * stride + (i % n)] = x;
      });
    },
  };
}

/** The text of a kernel as the body of a function of what it binds, which gives its `main`. */
function asJavaScript(code: string): string {
  const lines = code
    .split("\n")
    .filter((l) => !/^(enable|struct|@group|@compute)/.test(l))
    .join("\n")
    .replaceAll(/var<workgroup> (\w+): array<\w+, (\d+)>;/g, "const $1 = new Float32Array($2).fill(NaN);")
    .replaceAll(/var<private> (\w+): u32;/g, "let $1;")
    .replaceAll(/^fn (main|part_\d+)\((.*)\) \{$/gm, (_, name, list) => `function* ${name}(${parameters(list)}) {`)
    .replaceAll(/^fn (\w+)\((.*)\)(?: -> \w+)? \{$/gm, (_, name, list) => `function ${name}(${parameters(list)}) {`)
    .replaceAll(/(?<!function\* )\b(part_\d+\()/g, "yield* $1")
    .replaceAll("workgroupBarrier();", "yield;")
    .replaceAll(/\bvar /g, "let ")
    .replaceAll(/(\d)[uf]\b/g, "$1")
    .replaceAll(/bitcast<vec2<f16>>\(half_bits\((.*)\)\)\.x/g, "f16($1)")
    .replaceAll(/subgroup_matrix_result<f32, \d+, \d+>\(\)/g, "zeroMatrix()")
    .replaceAll(
      /subgroupMatrixLoad<subgroup_matrix_\w+<f\d+, (\d+), (\d+)>, (row|col)_major>\(&/g,
      (_, columns, rows, by) => `loadMatrix(${columns}, ${rows}, ${by === "row"}, `,
    )
    .replaceAll("subgroupMatrixMultiplyAccumulate(", "multiplyMatrices(")
    .replaceAll("subgroupMatrixStore<row_major>(&", "storeMatrix(");
  const used = lines.replaceAll(/^function half_\w+[\s\S]*?^\}$/gm, "");
  const arenas = [...code.matchAll(/storage, \w+> (m\d+)/g)].map(([, name], i) => `const ${name} = bound[${i}];`);
  return `const { ${Object.keys(libraryFor({ component: "f32", m: 1, n: 1, k: 1, threads: 1 })).join(", ")} } = lib;
${arenas.join("\n")}
${withQuotients(used)}
return { main, enter };`;
}

const parameters = (list: string): string => list.replaceAll(/@builtin\(\w+\) /g, "").replaceAll(/: [\w<>]+/g, "");

/** Quotients of whole numbers are cut: the only ones in these texts. */
function withQuotients(text: string): string {
  const tokens = text.match(/\/\/.*|[A-Za-z_]\w*|\d[\w.]*|\s+|[^\s\w]/g) ?? [];
  let at = 0;
  const isSpace = (token = ""): boolean => /^\s/.test(token);
  const isOperand = (token = ""): boolean => /^[\w(]/.test(token);
  const isName = (token = ""): boolean =>
    /^(?!function$|return$|let$|const$|if$|for$|yield$|switch$|case$)[A-Za-z_]/.test(token);
  const spaces = (): string => (isSpace(tokens[at]) ? tokens[at++]! : "");
  function until(closing: string): string {
    let out = "";
    while (at < tokens.length && tokens[at] !== closing) out += isOperand(tokens[at]) ? chain() : tokens[at++]!;
    return out;
  }
  function bracketed(): string {
    const [open, closing] = tokens[at++] === "(" ? ["(", ")"] : ["[", "]"];
    const within = until(closing);
    at++;
    return open + within + closing;
  }
  function operand(): string {
    if (tokens[at] === "(") return bracketed();
    const name = tokens[at++]!;
    let out = name;
    while (isName(name) && (tokens[at] === "(" || tokens[at] === "[" || tokens[at] === "."))
      out += tokens[at] === "." ? tokens[at++]! + tokens[at++]! : bracketed();
    return out;
  }
  function chain(): string {
    let out = operand();
    for (;;) {
      const before = at;
      const gap = spaces();
      const sign = tokens[at];
      if (!(sign === "*" || sign === "/" || sign === "%") || tokens[at + 1] === "=") {
        at = before;
        return out;
      }
      at++;
      spaces();
      const next = operand();
      out = sign === "/" ? `quotient(${out}, ${next})` : `${out}${gap}${sign} ${next}`;
    }
  }
  return until("");
}
