// Sums along products that are computed again, as a body: rows that a workgroup owns, one nest after the other. See `chain.ts`.

import { itemAt, zip } from "../../../arithmetic/lists.ts";
import { lookUp } from "../../../arithmetic/lookup.ts";
import type { Axis, Nest, Value } from "../../../loops/nest.ts";
import { blocksAlong, sumAxes, sumBlocks } from "../../../loops/sums.ts";
import type { Body, Held } from "../kernels.ts";
import { extentsOf, scopeOf } from "../kernels.ts";
import { number } from "../scalars.ts";
import type { Schedule } from "../schedule.ts";
import type { Coordinates, TileSchedule } from "../tiles/epilogue.ts";
import { count, finisher } from "../tiles/epilogue.ts";
import { pitchOf, sharedQuads, sidesOf } from "../tiles/shapes.ts";
import { closeQuads, multiply, operandsOf, reader, staging, sumsOf } from "../tiles/tiles.ts";
import { THREADS, type TileShape } from "../tuning.ts";
import type { Names, Scope } from "../values.ts";
import { blockedLines, countText, decode, extentText, fresh, indented, storeLines, valueText } from "../values.ts";
import { sideOf } from "./bounds.ts";
import type { Chain, ChainShape } from "./chain.ts";
import { operandsOf as operandsWithin } from "./chain.ts";

export type ChainSchedule = Extract<Schedule, { mode: "chain" }>;

/** Quads of the values of rows that are handed from the tile of products to the one of results. */
export const scoreQuads = ({ within: { threads } }: ChainShape): number => 2 * threads[1] * (threads[0] + 1);

/** Quads of what is staged, of either kind of tile. */
export const stagedQuads = ({ within, product }: ChainShape): number =>
  Math.max(sharedQuads(within), sharedQuads(product));

interface Phase {
  readonly names: Names;
  readonly s: ChainSchedule;
  readonly shape: ChainShape;
  /** Of the outer axes. */
  readonly outer: Coordinates;
}

export function emitChain(names: Names, phases: readonly ChainSchedule[], shape: ChainShape): Body {
  const [height] = sidesOf(shape.within);
  const [, width] = sidesOf(shape.product);
  const { chain } = itemAt(phases, 0);
  const columns = phases.map((p) => p.chain.columns).find((c) => c.length > 0) ?? [];
  const functions: string[] = [];
  const lines = phases.flatMap((s) => {
    const outer = new Map<string, string>();
    const decoded = decode(names, s.chain.outer, "outer", outer);
    const phase = { names, s, shape, outer };
    const own = s.chain.product ? productLines(phase, functions) : sumLines(phase, functions);
    const at = threadLines(shape.within, s);
    return ["{", ...indented([...decoded, ...at, ...own]), "}", "storageBarrier();", "workgroupBarrier();"];
  });
  return {
    lines: [
      `let blocks = (${countText(names, columns)} + ${width - 1}) / ${width};`,
      `let down = (${extentText(names, chain.row.extent)} + ${height - 1}) / ${height};`,
      `let column0 = (place % blocks) * ${width};`,
      `let row0 = ((place / blocks) % down) * ${height};`,
      "let outer = place / (blocks * down);",
      "let thread = i32(lane);",
      ...lines.slice(0, -2),
    ],
    functions,
    shared: [
      { name: "staged", type: "vec4f", count: stagedQuads(shape) },
      { name: "scores", type: "vec4f", count: scoreQuads(shape) },
    ],
    threads: THREADS,
    grid: [
      { extents: extentsOf(chain.outer), per: 1 },
      { extents: extentsOf([chain.row]), per: height },
      { extents: extentsOf(columns), per: width },
    ],
  };
}

/** Neighbouring threads have neighbouring columns, or neighbouring rows where those are what is stored side by side. */
function threadLines({ threads: [down, along] }: TileShape, { nest, chain }: ChainSchedule): string[] {
  const isAlongRows = nest.stores.every((s) => s.address.terms.some(([atom, c]) => atom === chain.row.name && c === 1));
  const [x, y] = isAlongRows ? [`thread / ${down}`, `thread % ${down}`] : [`thread % ${along}`, `thread / ${along}`];
  return [`let x = ${x};`, `let y = ${y};`];
}

/** A schedule of a tile over other axes of the nest. */
const tileOver = (
  s: ChainSchedule,
  nest: Nest,
  shape: TileShape,
  columns: readonly Axis[],
  operands: [Value, Value],
): TileSchedule => ({
  nest,
  batch: s.batch,
  tuning: s.tuning,
  mode: "tile",
  tile: { left: operands[0], right: operands[1], outer: s.chain.outer, rows: [s.chain.row], columns, shape, parts: 1 },
});

/** The products within, of the thread's rows and of steps from `step0` on: `within_I_ROW_0` has four of them. */
function withinLines({ names, s, shape, outer }: Phase, functions: string[]): () => string[] {
  const { chain, nest } = s;
  const { depth } = shape.within;
  const makers = chain.inners.map((inner, i) => {
    const own: Nest = {
      ...nest,
      loops: [...chain.outer, chain.row, chain.step],
      reduces: inner.axes,
      accumulators: [{ combine: "sum", body: inner.body }],
      stores: [],
    };
    const tile = tileOver(s, own, shape.within, [chain.step], operandsWithin(inner, chain.step));
    const operands = operandsOf(tile);
    const readers = operands.map((o) => reader(names, tile, o));
    functions.push(...readers.map((r) => r.text));
    const [left, right] = operands;
    return (): string[] => {
      const staged = zip(operands, readers).map(([o, read]) => staging(names, tile, o, read, outer));
      const load = (at: string): string[] => staged.flatMap((o) => o.load(at));
      return [
        ...count(4).map((row) => `var within${i}_${row}_0 = vec4f();`),
        "{",
        "  let column0 = step0;",
        `  let last = ${countText(names, inner.axes)};`,
        ...indented([...staged.flatMap((o) => o.declare), ...load("0")]),
        `  for (var k0 = 0; k0 < last; k0 += ${depth}) {`,
        "    workgroupBarrier();",
        ...indented(
          staged.flatMap((o) => o.put),
          2,
        ),
        "    workgroupBarrier();",
        ...indented([...load(`k0 + ${depth}`), ...multiply(shape.within, left, right, `within${i}`)], 2),
        "  }",
        "}",
      ];
    };
  });
  return () => makers.flatMap((make) => make());
}

/** A value as a function of coordinates and of the products within it; calls of it for a thread's four rows, as a quad. */
function scoreOf({ names, s, shape, outer }: Phase, value: Value, functions: string[]): (j: number) => string {
  const { chain, nest } = s;
  const axes = [...chain.outer, chain.row, chain.step];
  const within = new Map(axes.map((a) => [a.name, fresh(names, "i")] as const));
  const inputs = chain.inners.map(() => fresh(names, "in"));
  const scope: Scope = scopeOf(names, { ...nest, accumulators: [{ combine: "sum", body: value }], stores: [] }, within);
  for (const [inner, input] of zip(chain.inners, inputs)) scope.known.set(inner, input);
  const result = valueText(scope, value);
  const own = fresh(names, "score");
  const parameters = [...within.values()].map((n) => `${n}: i32`).concat(inputs.map((n) => `${n}: f32`));
  functions.push(
    `fn ${own}(${parameters.join(", ")}) -> f32 {\n${indented([...scope.lines, `return ${result};`]).join("\n")}\n}`,
  );
  const [down, along] = shape.within.threads;
  const rows = extentText(names, chain.row.extent);
  const steps = extentText(names, chain.step.extent);
  return (j) => {
    const calls = count(4).map((i) => {
      const at = [
        ...chain.outer.map((a) => lookUp(outer, a.name)),
        `min(row0 + y + ${down * i}, ${rows} - 1)`,
        `min(step0 + x + ${along * j}, ${steps} - 1)`,
        ...chain.inners.map((_, k) => `within${k}_${i}_0.${"xyzw"[j]}`),
      ];
      return `${own}(${at.join(", ")})`;
    });
    return `vec4f(${calls.join(", ")})`;
  };
}

/** The steps, a stretch of the tile's at a time, with blocks for long sums. */
function stretchLines(
  { names, s, shape }: Phase,
  terms: number,
  most: number,
  run: readonly string[],
  close: (levels: number) => (level: number) => string[],
): { readonly levels: number; readonly lines: string[] } {
  const [, stretch] = sidesOf(shape.within);
  const axes = sumAxes([s.chain.step], s.batch);
  const blocks = sumBlocks(
    axes.map((a) => ({ ...a, name: "step0", unit: stretch, terms })),
    most,
  );
  const loop = (from: string, to: string): string[] => [
    `for (var step0 = ${from}; step0 < ${to}; step0 += ${stretch}) {`,
    ...indented(run),
    "}",
  ];
  const [height] = sidesOf(shape.within);
  const side = sideOf(s.nest, s.chain);
  const steps = extentText(names, s.chain.step.extent);
  const first = side?.offset ? `max(row0 + ${-side.offset}, 0)` : "row0";
  const bounds = [
    side?.kind === "from" ? `${first} / ${stretch} * ${stretch}` : "0",
    side?.kind === "upTo" ? `min(row0 + ${height + side.offset}, ${steps})` : steps,
  ] as const;
  const lines = blockedLines(names, blocksAlong(blocks, "step0"), bounds, loop, close(blocks.length));
  return { levels: blocks.length, lines };
}

/** Sums and maxima along the steps: each thread's of its own, then those of all threads of a row. */
function sumLines(phase: Phase, functions: string[]): string[] {
  const { names, s, shape, outer } = phase;
  const { nest, chain } = s;
  const [down, along] = shape.within.threads;
  const steps = extentText(names, chain.step.extent);
  const within = withinLines(phase, functions);
  const held = nest.accumulators.map((_, k) => `held${k}`);
  const combine = (k: number, value: string, into: string): string =>
    itemAt(nest.accumulators, k).combine === "sum"
      ? `${into} += ${value};`
      : `${into} = vec4f(${[..."xyzw"].map((c) => `larger(${into}.${c}, ${value}.${c})`).join(", ")});`;
  const scores = nest.accumulators.map((a) => scoreOf(phase, a.body, functions));
  const run = [
    ...within(),
    ...count(4).flatMap((j) => [
      `if (step0 + x + ${along * j} < ${steps}) {`,
      ...scores.flatMap((score, k) => [
        `  let value${k} = ${score(j)};`,
        `  ${combine(k, `value${k}`, itemAt(held, k))}`,
      ]),
      "}",
    ]),
  ];
  const isSum = (k: number): boolean => itemAt(nest.accumulators, k).combine === "sum";
  const name = (own: string, level: number): string => (level === 0 ? own : `${own}_${level}`);
  const close =
    () =>
    (level: number): string[] =>
      held.flatMap((own, k) =>
        isSum(k) ? [`${name(own, level + 1)} += ${name(own, level)};`, `${name(own, level)} = vec4f();`] : [],
      );
  const { levels, lines } = stretchLines(phase, 4, 128, run, close);
  const start = (k: number): string => (isSum(k) ? "vec4f()" : `vec4f(${number(Number.NEGATIVE_INFINITY)})`);
  const declare = held.flatMap((own, k) =>
    count(isSum(k) ? levels + 1 : 1).map((level) => `var ${name(own, level)} = ${start(k)};`),
  );
  const results = held.map((own, k) => (isSum(k) ? name(own, levels) : own));
  const join = results.flatMap((result, k) => [
    "workgroupBarrier();",
    `scores[x * ${down} + y] = ${result};`,
    "workgroupBarrier();",
    "if (x == 0) {",
    `  for (var other = 1; other < ${along}; other++) {`,
    `    let theirs = scores[other * ${down} + y];`,
    `    ${combine(k, "theirs", result)}`,
    "  }",
    "}",
  ]);
  const finish = finishOf(phase, functions);
  const rows = extentText(names, chain.row.extent);
  const stores = count(4).flatMap((i) => {
    const row = `row0 + y + ${down * i}`;
    const at = [...chain.outer.map((a) => lookUp(outer, a.name)), row, ...results.map((r) => `${r}.${"xyzw"[i]}`)];
    return [`if (${row} < ${rows}) { ${finish}(${at.join(", ")}); }`];
  });
  return [...declare, ...lines, ...join, "if (x == 0) {", ...indented(stores), "}"];
}

/** A function that stores a row's results. */
function finishOf({ names, s }: Phase, functions: string[]): string {
  const { nest, chain } = s;
  const within = new Map([...chain.outer, chain.row].map((a) => [a.name, fresh(names, "i")] as const));
  const totals = nest.accumulators.map(() => fresh(names, "total"));
  const scope: Scope = { ...scopeOf(names, nest, within), accumulators: totals };
  storeLines(scope, nest.stores);
  const own = fresh(names, "finish");
  const parameters = [...within.values()].map((n) => `${n}: i32`).concat(totals.map((n) => `${n}: f32`));
  functions.push(`fn ${own}(${parameters.join(", ")}) {\n${indented(scope.lines).join("\n")}\n}`);
  return own;
}

/** Values times another operand, summed along the steps: a tile of rows and columns. */
function productLines(phase: Phase, functions: string[]): string[] {
  const { names, s, shape, outer } = phase;
  const { nest, chain } = s;
  const { score, other } = lookProduct(chain);
  const [down, along] = shape.within.threads;
  const { depth } = shape.product;
  const steps = extentText(names, chain.step.extent);
  const tile = tileOver(s, nest, shape.product, chain.columns, [score, other]);
  const right = { ...operandsOf(tile)[1], start: 0 };
  const read = reader(names, tile, right);
  functions.push(read.text);
  const staged = staging(names, tile, right, read, outer);
  const value = scoreOf(phase, score, functions);
  const pitch = pitchOf(4 * down);
  const within = withinLines(phase, functions);
  const round = (half: number): string[] => {
    const from = `step0 + ${2 * half * along}`;
    return [
      "workgroupBarrier();",
      ...count(2).map((k) => {
        const j = 2 * half + k;
        const masked = `select(vec4f(), ${value(j)}, step0 + x + ${along * j} < ${steps})`;
        return `scores[(x + ${along * k}) * ${pitch} + y] = ${masked};`;
      }),
      `for (var s0 = ${from}; s0 < min(last, ${from} + ${2 * along}); s0 += ${depth}) {`,
      ...indented(staged.load("s0")),
      "  workgroupBarrier();",
      ...indented(staged.put),
      "  workgroupBarrier();",
      `  for (var k = 0; k < ${depth}; k++) {`,
      `    let a = scores[(s0 - (${from}) + k) * ${pitch} + y];`,
      ...count(shape.product.each[1] / 4).map(
        (q) => `    let b${q} = staged[k * ${right.pitch} + x + ${q * right.threads}];`,
      ),
      ...count(4).flatMap((i) =>
        count(shape.product.each[1] / 4).map(
          (q) => `    sum_${i}_${q} = fma(vec4f(a.${"xyzw"[i]}), b${q}, sum_${i}_${q});`,
        ),
      ),
      "  }",
      "}",
    ];
  };
  const run = [...within(), ...round(0), ...round(1)];
  let sums: Held[] = [];
  const [, stretch] = sidesOf(shape.within);
  const close = (levels: number): ((level: number) => string[]) => {
    sums = sumsOf(shape.product, levels);
    return (level) => closeQuads(sums, level);
  };
  const { lines } = stretchLines(phase, stretch, s.tuning.tile.block, run, close);
  const store = finisher(names, tile);
  functions.push(store.text);
  return [
    `let last = ${steps};`,
    ...sums.flat().map((name) => `var ${name} = vec4f();`),
    ...staged.declare,
    ...lines,
    ...store.lines(
      sums.map((levels) => itemAt(levels, -1)),
      outer,
    ),
  ];
}

function lookProduct({ product }: Chain): { readonly score: Value; readonly other: Value } {
  if (!product) throw new Error("a sum along a row multiplies with nothing");
  return product;
}
