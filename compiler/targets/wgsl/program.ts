// From lowered entries to a plan for a GPU: kernels (equal ones once), dispatches in order, and the arenas that hold the
// buffers.

import type {
  WgslArena,
  WgslBuffer,
  WgslDispatch,
  WgslEntry,
  WgslKernel,
  WgslLoop,
  WgslPlan,
} from "../../../runtime/plan.ts";
import { BINDING } from "../../../runtime/plan.ts";
import { mergeAxes } from "../../kernel/axes.ts";
import type { Lowered, Step } from "../../kernel/lower.ts";
import type { Uses } from "../../kernel/memory.ts";
import { placeBuffers } from "../../kernel/memory.ts";
import type { Nest } from "../../kernel/nest.ts";
import { showNest } from "../../kernel/nest.ts";
import { buffersIn, cutReduction, renameBuffers, rowsOnly, splitReduction } from "../../kernel/nests.ts";
import type { Buffer } from "../../kernel/storage.ts";
import type { Body, Grid } from "./kernels.ts";
import { emitBody, mainText } from "./kernels.ts";
import { emitRegion } from "./regions.ts";
import { functionsFor } from "./scalars.ts";
import type { Schedule } from "./schedule.ts";
import { partsOf, schedule, showSchedule } from "./schedule.ts";
import { emitTile } from "./tiles.ts";
import type { Names } from "./values.ts";

export interface WgslPart {
  readonly name: string;
  readonly lowered: Lowered;
  readonly logged: readonly string[];
  readonly fields: readonly string[];
}

/** A function of the plan: its parts run one after the other. */
export interface WgslSource {
  readonly name: string;
  readonly parts: readonly WgslPart[];
}

/** Numbers that one run may log. */
const RING = 16384;

/** Which buffers share an arena. A kernel binds each arena once, so that no device's limit on bindings is met. */
const ARENAS: Readonly<Record<Buffer["role"], string>> = {
  parameter: "weights",
  state: "weights",
  field: "batch",
  temporary: "work",
  zeroed: "work",
  result: "work",
  data: "data",
};

const arenaName = (b: Buffer): string =>
  b.name === "ring" ? "ring" : `${ARENAS[b.role]}${b.dtype === "i32" ? " of integers" : ""}`;

/** A dispatch before places are known. */
interface Line {
  readonly kind: "kernel";
  readonly kernel: number;
  readonly grid: Grid;
  readonly buffers: readonly string[];
  readonly arenas: readonly string[];
}
interface Loop {
  readonly kind: "loop";
  readonly length: number;
  readonly reverse: boolean;
  readonly body: readonly Line[];
}

export function compileWgsl(entries: readonly WgslSource[], batch: number, data: readonly Buffer[] = []): WgslPlan {
  const ring: Buffer = { name: "ring", size: RING, role: "result", dtype: "f32" };
  const writer = new Writer(batch, [ring, ...data]);
  const tables = entries.map((e) => e.parts.flatMap((part, i) => writer.part(`${e.name}${i}/`, part)));
  const { arenas, buffers } = place(tables, writer.buffers);
  const index = new Map(arenas.map((a, i) => [a.name, i] as const));
  const at = new Map(buffers.map((b) => [b.name, b.at] as const));
  const dispatch = (l: Line): WgslDispatch => ({
    kind: "kernel",
    kernel: l.kernel,
    grid: l.grid,
    arenas: l.arenas.map((a) => index.get(a)!),
    offsets: l.buffers.map((b) => at.get(b)!),
  });
  const planned = entries.map((e, i): WgslEntry => {
    const steps = tables[i]!.map((l): WgslDispatch | WgslLoop =>
      l.kind === "loop" ? { ...l, body: l.body.map(dispatch) } : dispatch(l),
    );
    return {
      name: e.name,
      steps,
      logged: e.parts.flatMap((p) => p.logged),
      fields: [...new Set(e.parts.flatMap((p) => p.fields))],
      batches: e.parts.filter((p) => p.fields.length > 0).length,
      parts: e.parts.length,
    };
  });
  return { arenas, buffers, kernels: writer.kernels, entries: planned, batch };
}

/** Each arena by itself; temporaries share places where their lives do not overlap. */
function place(
  tables: readonly (readonly (Line | Loop)[])[],
  all: ReadonlyMap<string, Buffer>,
): { arenas: WgslArena[]; buffers: WgslBuffer[] } {
  const arenas: WgslArena[] = [];
  const buffers: WgslBuffer[] = [];
  for (const name of new Set([...all.values()].map(arenaName))) {
    const own = new Map([...all].filter(([, b]) => arenaName(b) === name));
    const keep = (l: Line | Loop): Uses =>
      l.kind === "loop"
        ? { kind: "loop", body: l.body.map(keep) }
        : { kind: "kernel", buffers: l.buffers.filter((b) => own.has(b)) };
    const placed = placeBuffers(
      tables.map((t) => t.map(keep)),
      own,
      0,
    );
    for (const b of own.values()) {
      const at = placed.addresses.get(b.name);
      // A temporary that nothing uses has no place.
      if (at !== undefined) buffers.push({ ...b, arena: arenas.length, at: at / 4 });
    }
    const [{ dtype }] = [...own.values()] as [Buffer];
    arenas.push({ name, dtype, bytes: Math.max(256, placed.end) });
  }
  return { arenas, buffers };
}

class Writer {
  readonly kernels: WgslKernel[] = [];
  readonly buffers: Map<string, Buffer>;
  private readonly batch: number;
  private readonly known = new Map<string, number>();
  private prefix = "";

  constructor(batch: number, data: readonly Buffer[]) {
    this.batch = batch;
    this.buffers = new Map(data.map((b) => [b.name, b]));
  }

  part(prefix: string, part: WgslPart): (Line | Loop)[] {
    this.prefix = prefix;
    const roles = part.lowered.buffers;
    for (const b of roles.values()) this.add({ ...b, name: this.rename(b) });
    return [
      ...part.fields.map((f) => this.fetch(f)),
      ...part.lowered.steps.flatMap((step) => this.step(step, roles)),
      this.advance(part),
    ];
  }

  private add(b: Buffer): void {
    if (!this.buffers.has(b.name)) this.buffers.set(b.name, b);
  }

  /** Temporaries belong to their part. */
  private rename(b: Buffer): string {
    return b.role === "temporary" || b.role === "zeroed" || b.role === "result" ? this.prefix + b.name : b.name;
  }

  private step(step: Step, roles: ReadonlyMap<string, Buffer>): (Line | Loop)[] {
    const rename = (n: string): string => this.rename(roles.get(n)!);
    if (step.kind === "nest") return this.nest(renameBuffers(step.nest, rename));
    const nests = step.body.map((s) => {
      if (s.kind === "loop") throw new Error("a loop within a loop");
      return renameBuffers(s.nest, rename);
    });
    const written = new Set(nests.flatMap((n) => n.stores.map((s) => s.buffer)));
    const { length, reverse } = step;
    if (!nests.every((n) => rowsOnly(n, written)))
      return [{ kind: "loop", length, reverse, body: nests.flatMap((n) => this.nest(n)) }];
    const merged = nests.map((n) => mergeAxes(n, true));
    const buffers = [...new Set(merged.flatMap(buffersIn))];
    const text = `region of ${length} steps, a workgroup for each row of the batch`;
    return [this.kernel(merged, text, buffers, (names) => emitRegion(names, { nests: merged, length, reverse }))];
  }

  private nest(nest: Nest): Line[] {
    const s = schedule(nest, this.batch);
    const parts = partsOf(s, this.batch);
    const cut =
      parts > 1
        ? cutReduction(nest, this.batch, parts)
        : s.mode === "tile"
          ? undefined
          : splitReduction(nest, this.batch);
    if (!cut) return [this.scheduled(s)];
    const name = this.prefix + cut.buffer.name;
    this.add({ ...cut.buffer, name });
    return [cut.first, cut.second].flatMap((n) =>
      this.nest(renameBuffers(n, (b) => (b === cut.buffer.name ? name : b))),
    );
  }

  private scheduled(s: Schedule): Line {
    const emit = (names: Names): Body => (s.mode === "tile" ? emitTile(names, s) : emitBody(names, s));
    return this.kernel([s.nest], showSchedule(s), buffersIn(s.nest), emit);
  }

  /** Rows of the batch from a data set, by the order of the epoch. */
  private fetch(field: string): Line {
    const b = this.buffers.get(field)!;
    const row = b.size / this.batch;
    const buffers = [`data:${field}`, "order", field];
    const nest: Nest = { label: "fetch", span: undefined, loops: [], reduces: [], accumulators: [], stores: [] };
    return this.kernel(
      [nest],
      "a thread for each number of the batch",
      buffers,
      (names) => {
        names.uses.step = true;
        const at = (i: number, index: string): string =>
          `${names.variable(buffers[i]!)}[${names.base(buffers[i]!)} + ${index}]`;
        const lines = [
          "let point = place * 64 + i32(lane);",
          `if (point >= i32(step.batch) * ${row}) { return; }`,
          `let source = ${at(1, `i32(step.cursor) + point / ${row}`)};`,
          `${at(2, "point")} = ${at(0, `source * ${row} + point % ${row}`)};`,
        ];
        return { text: mainText(64, lines), grid: [{ extents: [{ constant: 0, perBatch: row }], per: 64 }] };
      },
      [field],
    );
  }

  /** Logged scalars into the ring, then the next step: counter, ring, and the cursor where a batch was taken. */
  private advance(part: WgslPart): Line {
    const logged = part.logged.map((name) => {
      const storage = part.lowered.results.get(name)!;
      return { buffer: this.rename(part.lowered.buffers.get(storage.buffer)!), at: storage.offset.offset };
    });
    const buffers = [...new Set([...logged.map((l) => l.buffer), "ring"])];
    const nest: Nest = { label: "advance", span: undefined, loops: [], reduces: [], accumulators: [], stores: [] };
    const emit = (names: Names): Body => {
      const lines = logged.map(
        (l, i) =>
          `${names.variable("ring")}[i32(step.ring) + ${i}] = ${names.variable(l.buffer)}[${names.base(l.buffer)} + ${l.at}];`,
      );
      lines.push(`step.ring += ${logged.length}u;`, "step.step += 1u;");
      if (part.fields.length > 0) lines.push("step.cursor += step.batch;");
      return { text: mainText(1, lines), grid: [] };
    };
    return this.kernel([nest], "one thread", buffers, emit, ["ring"], true);
  }

  private kernel(
    nests: readonly Nest[],
    scheduleText: string,
    buffers: readonly string[],
    emit: (names: Names) => Body,
    written: readonly string[] = nests.flatMap((n) => n.stores.map((s) => s.buffer)),
    advances = false,
  ): Line {
    const arenaOf = (b: string): string => arenaName(this.buffers.get(b)!);
    const arenas = [...new Set(buffers.map(arenaOf))];
    const names: Names = {
      variable: (b) => `m${arenas.indexOf(arenaOf(b))}`,
      base: (b) => {
        const i = buffers.indexOf(b);
        return `offsets[${Math.floor(i / 4)}].${"xyzw"[i % 4]}`;
      },
      uses: { step: advances, time: false },
      counter: 0,
    };
    const body = emit(names);
    const access = arenas.map((a) => (written.some((b) => arenaOf(b) === a) ? "write" : "read") as "write" | "read");
    const dtypes = arenas.map((a) => [...this.buffers.values()].find((b) => arenaName(b) === a)!.dtype);
    const step = advances ? "write" : names.uses.step || /\bstep\./.test(body.text) ? "read" : "none";
    const code = [
      ...(step === "none" ? [] : [stepText(step)]),
      `@group(0) @binding(${BINDING.offsets}) var<uniform> offsets: array<vec4<i32>, ${Math.ceil(buffers.length / 4)}>;`,
      ...(names.uses.time ? [`@group(0) @binding(${BINDING.time}) var<uniform> now: vec4<i32>;`] : []),
      ...arenas.map(
        (_, i) =>
          `@group(0) @binding(${BINDING.arenas + i}) var<storage, ${access[i] === "write" ? "read_write" : "read"}> m${i}: array<${dtypes[i]}>;`,
      ),
      "",
      functionsFor(body.text) + body.text,
    ].join("\n");
    const facts = { step, time: names.uses.time, arenas: access.map((a) => ({ access: a })) } as const;
    return { kind: "kernel", kernel: this.number(code, nests, scheduleText, facts), grid: body.grid, buffers, arenas };
  }

  /** Kernels by their code. */
  private number(
    code: string,
    nests: readonly Nest[],
    scheduleText: string,
    facts: Pick<WgslKernel, "step" | "time" | "arenas">,
  ): number {
    const known = this.known.get(code);
    if (known !== undefined) return known;
    const index = this.kernels.length;
    this.known.set(code, index);
    const label = nests.length === 1 ? nests[0]!.label : "region";
    const name = `k${index}_${label.replaceAll(/\W/g, "_")}`;
    const nest = nests.map(showNest).join("\n");
    this.kernels.push({ name, schedule: scheduleText, nest, code, ...facts });
    return index;
  }
}

function stepText(access: "read" | "write"): string {
  const fields = "seed: u32, step: u32, batch: u32, cursor: u32, ring: u32";
  const mode = access === "write" ? "read_write" : "read";
  return `struct StepBlock { ${fields} }\n@group(0) @binding(${BINDING.step}) var<storage, ${mode}> step: StepBlock;`;
}
