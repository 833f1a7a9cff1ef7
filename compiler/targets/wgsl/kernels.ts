// Scheduled nests as WGSL: one thread for each point, or a workgroup that reduces together. Tiles have a file of their own.

import type { WgslGrid } from "../../../runtime/plan.ts";
import { itemAt, zip } from "../../arithmetic/lists.ts";
import { lookUp } from "../../arithmetic/lookup.ts";
import { runExtent } from "../../loops/axes.ts";
import type { Accumulator, Axis, Nest } from "../../loops/nest.ts";
import { countUses, rootsOf } from "../../loops/nest.ts";
import type { SumAxis, SumBlock } from "../../loops/sums.ts";
import { blocksAlong, sumAxes, sumBlocks } from "../../loops/sums.ts";
import { number } from "./scalars.ts";
import type { Schedule } from "./schedule.ts";
import { THREADS } from "./tuning.ts";
import type { Names, Scope } from "./values.ts";
import { blockedLines, countText, decode, extentText, fresh, indented, storeLines, valueText } from "./values.ts";

/** The body of a kernel: statements of one workgroup over `place`, its number, and `lane`, a thread's number in it. */
export interface Body {
  readonly lines: readonly string[];
  /** Functions that the statements call, with names of their own in the module. */
  readonly functions: readonly string[];
  /** Workgroup memory; bodies of one module share what has one name. */
  readonly shared: readonly Shared[];
  readonly threads: number;
  readonly grid: WgslGrid;
}

export interface Shared {
  readonly name: string;
  readonly type: "f32" | "i32" | "vec4f" | "f16";
  readonly count: number;
}

export const extentsOf = (axes: readonly Axis[]): WgslGrid[number]["extents"] => axes.map((a) => runExtent(a.extent));

export function scopeOf(names: Names, nest: Nest, axes: ReadonlyMap<string, string>): Scope {
  return { names, axes, accumulators: [], known: new Map(), uses: countUses(rootsOf(nest)), lines: [] };
}

/** The time step of the loop around a nest. */
export function timeAxes(names: Names, nest: Nest, time = "now.x"): Map<string, string> {
  if (nest.time === undefined) return new Map();
  if (time === "now.x") names.uses.time = true;
  return new Map([[nest.time, time]]);
}

/** All of a point: its reductions, one after the other, and its stores. */
export function pointLines(names: Names, nest: Nest, batch: number, axes: ReadonlyMap<string, string>): string[] {
  const blocks = sumBlocks(sumAxes(nest.reduces, batch, nest.split?.parts));
  const held = startHeld(names, nest, blocks);
  const scope: Scope = { ...scopeOf(names, nest, axes), ...resultsOf(nest, held) };
  storeLines(scope, nest.stores);
  return [...heldLines(nest, held), ...reduceLines(names, nest, blocks, axes, held), ...scope.lines];
}

/** Variables of an accumulator: one for each level of blocks, the last holds the result. */
export type Held = readonly [string, ...string[]];

function startHeld(names: Names, { accumulators }: Nest, blocks: readonly SumBlock[]): Held[] {
  return accumulators.map(({ combine }): Held => {
    const above = combine === "sum" ? blocks.map(() => fresh(names, "sum")) : [];
    return [fresh(names, "sum"), ...above];
  });
}

function heldLines(nest: Nest, held: readonly Held[]): string[] {
  return zip(nest.accumulators, held).flatMap(([a, own]) => [
    ...own.map((name) => `var ${name} = ${startText(a)};`),
    ...(a.combine === "argmax" ? [`var ${placeOf(own)} = 0;`] : []),
  ]);
}

const placeOf = ([name]: Held): string => `${name}_place`;

function resultsOf(nest: Nest, held: readonly Held[]): Required<Pick<Scope, "accumulators" | "positions">> {
  const positions = zip(nest.accumulators, held).map(([a, own]) => (a.combine === "argmax" ? placeOf(own) : undefined));
  const accumulators = zip(held, positions).map(([own, position]) => (position ? `f32(${position})` : itemAt(own, -1)));
  return { positions, accumulators };
}

const startText = (a: Accumulator): string => (a.combine === "sum" ? "0f" : number(Number.NEGATIVE_INFINITY));

/** Adds the sums of a block to the level above. */
function closeLines(held: readonly Held[], level: number): string[] {
  return held.flatMap((levels) => {
    const [inner, outer] = [levels[level], levels[level + 1]];
    return outer === undefined ? [] : [`${outer} += ${inner};`, `${inner} = 0f;`];
  });
}

function reduceLines(
  names: Names,
  nest: Nest,
  blocks: readonly SumBlock[],
  axes: ReadonlyMap<string, string>,
  held: readonly Held[],
): string[] {
  if (nest.accumulators.length === 0) return [];
  const inner = new Map(axes);
  for (const r of nest.reduces) inner.set(r.name, fresh(names, "r"));
  const scope = scopeOf(names, nest, inner);
  const seen = nest.accumulators.some((a) => a.combine === "argmax") ? fresh(names, "seen") : undefined;
  for (const [a, own] of zip(nest.accumulators, held)) scope.lines.push(...accumulateLines(scope, a, own, seen));
  if (seen) scope.lines.push(`${seen}++;`);
  const [from, to] = partBounds(names, nest, axes);
  const [first, past] = nest.split ? [fresh(names, "from"), fresh(names, "to")] : [from, to];
  const loops = (at: number): string[] => {
    const axis = nest.reduces[at];
    if (!axis) return scope.lines;
    const bounds = at === 0 ? ([first, past] as const) : (["0", extentText(names, axis.extent)] as const);
    const name = lookUp(inner, axis.name);
    const run = (from: string, to: string): string[] => [
      `for (var ${name} = ${from}; ${name} < ${to}; ${name}++) {`,
      ...indented(loops(at + 1)),
      "}",
    ];
    return blockedLines(names, blocksAlong(blocks, axis.name), bounds, run, (level) => closeLines(held, level));
  };
  const part = nest.split ? [`let ${first} = ${from};`, `let ${past} = ${to};`] : [];
  return [...part, ...(seen ? [`var ${seen} = 0;`] : []), ...loops(0)];
}

/**
 * Where the first reduced axis begins and ends: all of it, or one of the parts that it is cut into, of which the first take
 * one step more where they cannot be equal.
 */
export function partBounds(names: Names, nest: Nest, axes: ReadonlyMap<string, string>): [string, string] {
  const size = nest.reduces[0] ? extentText(names, nest.reduces[0].extent) : "1";
  if (!nest.split) return ["0", size];
  const part = lookUp(axes, itemAt(nest.loops, 0).name);
  const { parts } = nest.split;
  const bound = (own: string): string => `(${size} / ${parts} * ${own} + min(${own}, ${size} % ${parts}))`;
  return [bound(part), bound(`(${part} + 1)`)];
}

/** `seen`: the position of the step, where a position is asked for. */
function accumulateLines(scope: Scope, a: Accumulator, levels: Held, seen: string | undefined): string[] {
  const [held] = levels;
  const before = scope.lines.length;
  if (a.combine === "sum" && a.body.kind === "apply" && a.body.scalar === "mul") {
    const [x, y] = a.body.inputs.map((v) => valueText(scope, v));
    return [...scope.lines.splice(before), `${held} = fma(${x}, ${y}, ${held});`];
  }
  const value = valueText(scope, a.body);
  const own = scope.lines.splice(before);
  if (a.combine === "sum") return [...own, `${held} += ${value};`];
  if (a.combine === "max") return [...own, `${held} = larger(${held}, ${value});`];
  const name = fresh(scope.names, "v");
  return [
    ...own,
    `let ${name} = ${value};`,
    `if (${name} > ${held}) { ${held} = ${name}; ${placeOf(levels)} = ${seen}; }`,
  ];
}

/** `threads`: those of a workgroup, where they need not work together. */
export function emitBody(names: Names, s: Exclude<Schedule, { mode: "tile" | "chain" }>, threads: number): Body {
  return s.mode === "together" ? together(names, s) : points(names, s.nest, s.batch, threads);
}

/** A thread for each point of the loops. */
function points(names: Names, nest: Nest, batch: number, threads: number): Body {
  const axes = timeAxes(names, nest);
  const lines = [
    `let point = place * ${threads} + i32(lane);`,
    `if (point >= ${countText(names, nest.loops)}) { return; }`,
    ...decode(names, nest.loops, "point", axes),
    ...pointLines(names, nest, batch, axes),
  ];
  return { lines, functions: [], shared: [], threads, grid: [{ extents: extentsOf(nest.loops), per: threads }] };
}

/** Threads of a workgroup each reduce every n-th step; then halves are joined until one is left, always in the same order. */
function together(names: Names, s: Extract<Schedule, { mode: "together" }>): Body {
  const { nest, outputs, across } = s;
  const axes = timeAxes(names, nest);
  const workers = THREADS / outputs;
  const [output, worker] = across ? [`% ${outputs}`, `/ ${outputs}`] : [`/ ${workers}`, `% ${workers}`];
  const lanes = across
    ? { workers, apart: outputs, first: "output" }
    : { workers, apart: 1, first: `output * ${workers}` };
  const lines = [
    `let output = i32(lane) ${output};`,
    `let worker = i32(lane) ${worker};`,
    `let live = place * ${outputs} + output < ${countText(names, nest.loops)};`,
    `let point = select(0, place * ${outputs} + output, live);`,
    ...decode(names, nest.loops, "point", axes),
    ...togetherLines(names, s, axes, lanes),
  ];
  const grid = [{ extents: extentsOf(nest.loops), per: outputs }];
  return { lines, functions: [], shared: sharedOf(nest), threads: THREADS, grid };
}

/** How the threads that reduce one result lie in their workgroup. */
export interface Workers {
  readonly workers: number;
  /** From a thread to the next of the same result. */
  readonly apart: number;
  /** The first of a thread's result. */
  readonly first: string;
}

/** Workgroup memory in which threads join what they have reduced. */
export const sharedOf = ({ accumulators }: Nest): Shared[] =>
  accumulators.flatMap((a, i): Shared[] => [
    { name: heldInCommon(i)[0], type: "f32", count: THREADS },
    ...(a.combine === "argmax" ? [{ name: placeOf(heldInCommon(i)), type: "i32", count: THREADS } as const] : []),
  ]);

const heldInCommon = (i: number): Held => [`shared_${i}`];

/** One result of `worker` and others, which the first of them stores where the result is `live`. */
export function togetherLines(
  names: Names,
  s: { readonly nest: Nest; readonly batch: number },
  axes: ReadonlyMap<string, string>,
  lanes: Workers,
): string[] {
  const { nest } = s;
  const blocks = sumBlocks([stepsOf(s, lanes.workers)]);
  const held = startHeld(names, nest, blocks);
  const shared = nest.accumulators.map((_, i) => heldInCommon(i));
  const lines = [
    ...heldLines(nest, held),
    ...workerLines(names, nest, lanes.workers, blocks, axes, held),
    ...joinLines(nest, held, shared, lanes, names.subgroup),
  ];
  const isHanded = handedTo(lanes, names.subgroup) > 1;
  const results = zip(nest.accumulators, isHanded ? held : shared).map(([a, own]) => {
    const result = a.combine === "argmax" ? placeOf(own) : itemAt(own, -1);
    return isHanded ? result : `${result}[${lanes.first}]`;
  });
  const positions = nest.accumulators.map((a, i) => (a.combine === "argmax" ? results[i] : undefined));
  const accumulators = results.map((r, i) => (positions[i] ? `f32(${r})` : r));
  const after: Scope = { ...scopeOf(names, nest, axes), accumulators, positions };
  storeLines(after, nest.stores);
  return [...lines, "if (worker == 0 && live) {", ...indented(after.lines), "}"];
}

/** All reduced axes as one, of which a thread takes every n-th step. */
function stepsOf({ nest, batch }: { readonly nest: Nest; readonly batch: number }, threads: number): SumAxis {
  const axes = sumAxes(nest.reduces, batch, nest.split?.parts);
  const steps = axes.reduce((n, a) => n * a.extent, 1);
  return { name: "step_at", extent: steps, varies: axes.some((a) => a.varies), unit: threads };
}

/** The reduction of one thread. */
function workerLines(
  names: Names,
  nest: Nest,
  threads: number,
  blocks: readonly SumBlock[],
  axes: ReadonlyMap<string, string>,
  held: readonly Held[],
): string[] {
  const inner = new Map(axes);
  const steps = decode(names, nest.reduces, "step_at", inner);
  const scope = scopeOf(names, nest, inner);
  for (const [a, own] of zip(nest.accumulators, held)) scope.lines.push(...accumulateLines(scope, a, own, "step_at"));
  const run = (from: string, to: string): string[] => [
    `for (var step_at = ${from}; step_at < ${to}; step_at += ${threads}) {`,
    ...indented([...steps, ...scope.lines]),
    "}",
  ];
  const [from, to] = partBounds(names, nest, axes);
  const rest = countText(names, nest.reduces.slice(1));
  const loop = blockedLines(names, blocksAlong(blocks, "step_at"), ["first", "past"], run, (level) =>
    closeLines(held, level),
  );
  return [`let first = ${from} * ${rest} + worker;`, `let past = ${to} * ${rest};`, ...loop];
}

/** A function of WGSL: the number of the thread that is so many behind. */
export const HAND_DOWN = "subgroupShuffleDown(";

/** Threads of one result that are neighbours in a subgroup, the first of them on: these need no memory to join what they have. */
const handedTo = ({ workers, apart }: Pick<Workers, "workers" | "apart">, subgroup: number): number =>
  Math.min(workers, Math.floor(subgroup / apart));

/**
 * Halves are joined until one thread has all: by memory that the workgroup shares, and from where they are neighbours in a subgroup on,
 * without. The order is the same in either way, and so are the bits.
 */
function joinLines(
  nest: Nest,
  held: readonly Held[],
  shared: readonly Held[],
  lanes: Workers,
  subgroup: number,
): string[] {
  const { workers, apart } = lanes;
  const handed = Math.max(1, handedTo(lanes, subgroup));
  const both = zip(nest.accumulators, held, shared);
  const through = (copy: (own: string, common: string) => string): string[] =>
    both.flatMap(([a, own, common]) => [
      copy(itemAt(own, -1), common[0]),
      ...(a.combine === "argmax" ? [copy(placeOf(own), placeOf(common))] : []),
    ]);
  const lines: string[] = [];
  if (workers > handed || handed === 1) {
    const other = `lane + u32(half * ${apart})`;
    const joins = both.flatMap(([a, , common]) => {
      const at = (name: string): Joined => [`${name}[lane]`, `${name}[${other}]`];
      return joinOf(a, at(common[0]), at(placeOf(common)));
    });
    lines.push(...through((own, common) => `${common}[lane] = ${own};`), "workgroupBarrier();");
    lines.push(`for (var half = ${workers / 2}; half >= ${handed}; half /= 2) {`);
    lines.push("  if (worker < half) {", ...indented(joins, 2), "  }", "  workgroupBarrier();", "}");
  }
  if (handed === 1) return lines;
  if (workers > handed) lines.push(...through((own, common) => `${own} = ${common}[lane];`));
  for (let half = handed / 2; half >= 1; half /= 2)
    for (const [a, own] of both) {
      const [mine, place] = [itemAt(own, -1), placeOf(own)];
      const theirs = (name: string): string => `${HAND_DOWN}${name}, ${half * apart})`;
      lines.push(
        "{",
        `  let theirs = ${theirs(mine)};`,
        ...(a.combine === "argmax" ? [`  let their_place = ${theirs(place)};`] : []),
        ...indented(joinOf(a, [mine, "theirs"], [place, "their_place"])),
        "}",
      );
    }
  return lines;
}

type Joined = readonly [mine: string, theirs: string];

/** Of two positions with equal numbers the first counts. */
function joinOf(a: Accumulator, [mine, theirs]: Joined, [place, other]: Joined): string[] {
  if (a.combine === "sum") return [`${mine} += ${theirs};`];
  if (a.combine === "max") return [`${mine} = larger(${mine}, ${theirs});`];
  return [
    `if (${theirs} > ${mine} || (${theirs} == ${mine} && ${other} < ${place})) {`,
    `  ${mine} = ${theirs};`,
    `  ${place} = ${other};`,
    "}",
  ];
}
