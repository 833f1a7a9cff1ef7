// Contractions as tiles: a workgroup stages a stretch of both operands in workgroup memory, and every thread keeps a block of
// results in registers. Operands are any values, so a convolution needs no patches in memory.
// Gains, in instructions for each product: operands lie as quads, so that one read serves four rows or columns; a quad more than
// needed in each step keeps threads that store neighbouring steps off each other's banks; coordinates of rows and columns are
// found once, those of a step once for each stretch; the next stretch is loaded while this one is multiplied. A thread's results
// are `threads` apart from each other, so that neighbouring threads store neighbouring numbers.

import { coefficient } from "../../../arithmetic/affine.ts";
import { itemAt } from "../../../arithmetic/lists.ts";
import { lookUp } from "../../../arithmetic/lookup.ts";
import { dependsOn, loadsOf } from "../../../loops/axes.ts";
import type { Axis, Nest, Value } from "../../../loops/nest.ts";
import type { SumBlock } from "../../../loops/sums.ts";
import { blocksAlong, sumAxes, sumBlocks } from "../../../loops/sums.ts";
import type { Body, Held } from "../kernels.ts";
import { partBounds, scopeOf, timeAxes } from "../kernels.ts";
import type { TileShape } from "../tuning.ts";
import type { Names, Scope } from "../values.ts";
import { blockedLines, countText, decode, fresh, indented, valueText } from "../values.ts";
import type { Coordinates, TileSchedule } from "./epilogue.ts";
import { count, finisher, gridOf, placeLines } from "./epilogue.ts";
import { pitchOf, sharedQuads, sidesOf, threadsOf } from "./shapes.ts";

/** An operand of the tile: where it lies in workgroup memory and which part of it a thread stages. */
export interface Operand {
  readonly name: "left" | "right";
  readonly value: Value;
  readonly axes: readonly Axis[];
  /** The tile's first row or column. */
  readonly first: string;
  /** Threads, and results of each, in its direction. */
  readonly threads: number;
  readonly each: number;
  /** Quads of one step, and the distance from a step to the next. */
  readonly quads: number;
  readonly pitch: number;
  /** Where it begins in a slice's part of the workgroup memory. */
  readonly start: number;
  /** Whether steps are neighbours in memory: neighbouring threads then stage neighbouring steps. */
  readonly alongSteps: boolean;
  /** Quads that a thread stages of each stretch; below one, only the first threads do. */
  readonly turns: number;
}

export function emitTile(names: Names, s: TileSchedule): Body {
  const { nest, tile } = s;
  const { shape } = tile;
  const [left, right] = operandsOf(s);
  const outer = timeAxes(names, nest);
  const place = placeLines(names, tile, outer);
  const [from, to] = partBounds(names, nest, outer);
  const rest = countText(names, nest.reduces.slice(1));
  const store = finisher(names, s);
  const functions = [left, right].map((o) => reader(names, s, o));
  const blocks = blocksAlong(tileBlocks(s), "k0");
  const sums = sumsOf(shape, blocks.length);
  const staged = [left, right].map((o, i) => staging(names, s, o, itemAt(functions, i), outer));
  const load = (at: string): string[] => staged.flatMap((o) => o.load(at));
  const slab = shape.depth * shape.slices;
  const slabs = (first: string, past: string): string[] => [
    `for (var k0 = ${first}; k0 < ${past}; k0 += ${slab}) {`,
    "  workgroupBarrier();",
    ...indented(staged.flatMap((o) => o.put)),
    "  workgroupBarrier();",
    ...indented(load(`k0 + ${slab}`)),
    ...indented(multiply(shape, left, right)),
    "}",
  ];
  const lines = [
    ...place,
    ...threadLines(shape),
    `let first = ${from} * ${rest};`,
    `let last = ${to} * ${rest};`,
    ...sums.flat().map((name) => `var ${name} = vec4f();`),
    ...staged.flatMap((o) => o.declare),
    ...load("first"),
    ...blockedLines(names, blocks, ["first", "last"], slabs, (level) => closeQuads(sums, level)),
    ...joinSlices(
      shape,
      sums.map((levels) => itemAt(levels, -1)),
    ),
    ...store.lines(
      sums.map((levels) => itemAt(levels, -1)),
      outer,
    ),
  ];
  return {
    lines,
    functions: [...functions.map((f) => f.text), store.text],
    shared: [{ name: "staged", type: "vec4f", count: sharedQuads(shape) }],
    threads: threadsOf(shape),
    grid: gridOf(tile),
  };
}

export function operandsOf({ nest, tile }: TileSchedule): [Operand, Operand] {
  const { shape } = tile;
  const make = (side: 0 | 1, start: number): Operand => {
    const [threads, each] = [shape.threads[side], shape.each[side]];
    const name = (["left", "right"] as const)[side];
    const axes = [tile.rows, tile.columns][side] ?? [];
    const quads = (threads * each) / 4;
    const turns = (quads * shape.depth) / (shape.threads[0] * shape.threads[1]);
    const alongSteps = stepsAreNeighbours(nest, tile[name], axes);
    const first = itemAt(["row0", "column0"], side);
    return {
      name,
      value: tile[name],
      axes,
      first,
      threads,
      each,
      quads,
      pitch: pitchOf(threads * each),
      start,
      alongSteps,
      turns,
    };
  };
  const left = make(0, 0);
  return [left, make(1, left.pitch * shape.depth)];
}

/** A thread's place in the tile, and its slice's part of the workgroup memory. */
function threadLines({ threads: [down, along], slices }: TileShape): string[] {
  const own = slices === 1 ? "i32(lane)" : `i32(lane) % ${down * along}`;
  return [
    `let thread = ${own};`,
    ...(slices === 1 ? [] : [`let slice = i32(lane) / ${down * along};`]),
    `let x = thread % ${along};`,
    `let y = thread / ${along};`,
  ];
}

/** All reduced axes as one, walked a stretch at a time. */
function tileBlocks({ nest, batch, tile, tuning }: TileSchedule): SumBlock[] {
  const axes = sumAxes(nest.reduces, batch, nest.split?.parts);
  const extent = axes.reduce((n, a) => n * a.extent, 1);
  const varies = axes.some((a) => a.varies);
  const { depth, slices } = tile.shape;
  return sumBlocks([{ name: "k0", extent, varies, unit: depth * slices, terms: depth }], tuning.tile.block);
}

/** A thread's results, four columns to a variable, for each row and quad; the levels of each. */
export function sumsOf({ each: [down, along] }: TileShape, levels: number): Held[] {
  const names = count(down).flatMap((i) => count(along / 4).map((q) => `sum_${i}_${q}`));
  return names.map((name): Held => [name, ...count(levels).map((level) => `${name}_${level + 1}`)]);
}

export const closeQuads = (sums: readonly Held[], level: number): string[] =>
  sums.flatMap((levels) => {
    const [inner, outer] = [levels[level], levels[level + 1]];
    return outer === undefined ? [] : [`${outer} += ${inner};`, `${inner} = vec4f();`];
  });

function stepsAreNeighbours(nest: Nest, value: Value, axes: readonly Axis[]): boolean {
  const [step, own] = [nest.reduces.at(-1), axes.at(-1)];
  const along = (axis: Axis | undefined): boolean =>
    axis !== undefined && loadsOf([value]).some((l) => coefficient(l.address, axis.name) === 1);
  return along(step) && !along(own);
}

/** A function of coordinates, and how it is called. */
export interface Reader {
  readonly text: string;
  readonly call: (at: Coordinates) => string;
}

/** The type that a reader returns, and how it is made of a number. */
interface Returned {
  readonly type: string;
  readonly of: (text: string) => string;
}

const NUMBER: Returned = { type: "f32", of: (text) => text };

/** An operand as a function of the coordinates that it depends on. */
export function reader(
  names: Names,
  { nest, tile }: TileSchedule,
  { name, value, axes }: Operand,
  returned = NUMBER,
): Reader {
  const needed = [...tile.outer, ...axes, ...nest.reduces].filter((a) => dependsOn(value, a.name));
  const within = new Map(timeAxes(names, nest));
  for (const a of needed) within.set(a.name, fresh(names, "i"));
  const scope: Scope = scopeOf(names, nest, within);
  const result = valueText(scope, value);
  const parameters = needed.map((a) => `${lookUp(within, a.name)}: i32`).join(", ");
  const body = indented([...scope.lines, `return ${returned.of(result)};`]).join("\n");
  const own = fresh(names, `${name}_at`);
  const text = `fn ${own}(${parameters}) -> ${returned.type} {\n${body}\n}`;
  return { text, call: (at) => `${own}(${needed.map((a) => lookUp(at, a.name)).join(", ")})` };
}

interface Staging {
  /** Which part of the operand a thread stages, with its coordinates; those outside are the last one's, whose results nobody stores. */
  readonly declare: readonly string[];
  /** From memory to registers: the stretch at a step; zeros past the last. */
  readonly load: (at: string) => string[];
  /** From registers to workgroup memory. */
  readonly put: readonly string[];
}

export function staging(
  names: Names,
  { nest, tile }: TileSchedule,
  o: Operand,
  read: Reader,
  outer: Coordinates,
): Staging {
  const { depth, slices, threads } = tile.shape;
  const [total, steps] = [threads[0] * threads[1], fresh(names, "step")];
  const place = fresh(names, "place");
  const turns = count(Math.max(1, o.turns));
  const declare = o.alongSteps
    ? [`let ${steps} = thread % ${depth};`, `let ${place} = thread / ${depth};`]
    : [`let ${steps} = thread / ${o.quads};`, `let ${place} = thread % ${o.quads};`];
  // With the steps, a turn goes on along rows or columns; else along the steps.
  const size = countText(names, o.axes);
  const owns = (o.alongSteps ? turns : [0]).map((turn) => {
    const at = turn === 0 ? place : `(${place} + ${(turn * total) / depth})`;
    const row = o.each === 4 ? at : `${at} % ${o.threads} + ${at} / ${o.threads} * ${4 * o.threads}`;
    return count(4).map((c) => {
      const own = fresh(names, "own");
      const coordinates = new Map<string, string>(outer);
      declare.push(`let ${own} = min(${o.first} + ${row} + ${c * o.threads}, ${size} - 1);`);
      declare.push(...decode(names, o.axes, own, coordinates));
      return coordinates;
    });
  });
  const quads = turns.map(() => fresh(names, "quad"));
  declare.push(...quads.map((quad) => `var ${quad} = vec4f();`));
  const own = slices === 1 ? "" : ` + slice * ${depth}`;
  const when = o.turns < 1 ? [`if (thread < ${total * o.turns}) {`] : [];
  const guarded = (lines: string[]): string[] => (when.length > 0 ? [...when, ...indented(lines), "}"] : lines);
  const loadTurns = (at: string, list: readonly number[], shift: number): string[] => {
    const step = fresh(names, "step");
    const reduced = new Map<string, string>();
    const read4 = (turn: number): string => {
      const four = itemAt(owns, o.alongSteps ? turn : 0);
      return `${itemAt(quads, turn)} = vec4f(${four.map((c) => read.call(new Map([...c, ...reduced]))).join(", ")});`;
    };
    const decoded = decode(names, nest.reduces, step, reduced);
    return [
      `let ${step} = ${at}${own} + ${steps}${shift === 0 ? "" : ` + ${shift}`};`,
      ...list.map((turn) => `${itemAt(quads, turn)} = vec4f();`),
      `if (${step} < last) {`,
      ...indented([...decoded, ...list.map(read4)]),
      "}",
    ];
  };
  const byTurn = total / o.quads;
  const load = (at: string): string[] =>
    guarded(o.alongSteps ? loadTurns(at, turns, 0) : turns.flatMap((turn) => loadTurns(at, [turn], turn * byTurn)));
  const base = baseOf(tile.shape, o);
  const put = guarded(
    turns.map((turn) => {
      const at = o.alongSteps
        ? `${steps} * ${o.pitch} + ${place} + ${(turn * total) / depth}`
        : `(${steps} + ${turn * byTurn}) * ${o.pitch} + ${place}`;
      return `staged[${base} + ${at}] = ${itemAt(quads, turn)};`;
    }),
  );
  return { declare, load, put };
}

/** Where an operand's stretch begins for a thread. */
function baseOf(shape: TileShape, { start }: Operand): string {
  const [rows, columns] = sidesOf(shape);
  const one = (pitchOf(rows) + pitchOf(columns)) * shape.depth;
  return shape.slices === 1 ? String(start) : `(slice * ${one} + ${start})`;
}

export function multiply(shape: TileShape, left: Operand, right: Operand, prefix = "sum"): string[] {
  const { each, depth } = shape;
  const read = (o: Operand, thread: string, q: number): string =>
    `staged[${baseOf(shape, o)} + k * ${o.pitch} + ${thread} + ${q * o.threads}]`;
  return [
    `for (var k = 0; k < ${depth}; k++) {`,
    ...count(each[0] / 4).map((q) => `  let a${q} = ${read(left, "y", q)};`),
    ...count(each[1] / 4).map((q) => `  let b${q} = ${read(right, "x", q)};`),
    ...count(each[0]).flatMap((i) =>
      count(each[1] / 4).map((q) => {
        const sum = `${prefix}_${i}_${q}`;
        return `  ${sum} = fma(vec4f(a${i >> 2}.${"xyzw"[i % 4]}), b${q}, ${sum});`;
      }),
    ),
    "}",
  ];
}

/** Results of the other slices are added to the first one's, one slice after the other. */
function joinSlices({ slices, threads }: TileShape, sums: readonly string[]): string[] {
  if (slices === 1) return [];
  const place = (i: number): string => `staged[thread + ${i * threads[0] * threads[1]}]`;
  return [
    `for (var other = 1; other < ${slices}; other++) {`,
    "  workgroupBarrier();",
    "  if (slice == other) {",
    ...sums.map((sum, i) => `    ${place(i)} = ${sum};`),
    "  }",
    "  workgroupBarrier();",
    "  if (slice == 0) {",
    ...sums.map((sum, i) => `    ${sum} += ${place(i)};`),
    "  }",
    "}",
    "if (slice != 0) { return; }",
  ];
}
