// Reductions: one result for each lane, or one result from partial ones along the reduced axis. Long sums are taken
// in blocks (`loops/sums.ts`), so an accumulator is one local for each level of blocks.

import { isNumber } from "../../../arithmetic/dim.ts";
import { itemAt, zip } from "../../../arithmetic/lists.ts";
import type { Axis } from "../../../loops/nest.ts";
import { rootsOf } from "../../../loops/nest.ts";
import type { SumAxis, SumBlock } from "../../../loops/sums.ts";
import { blocksAlong, sumAxes, sumBlocks } from "../../../loops/sums.ts";
import type { Schedule } from "../schedule/schedule.ts";
import type { Context } from "./context.ts";
import { blockedLoop, counterOf, frame, pushExtent, zeroScratch } from "./context.ts";
import { storeGroups } from "./stores.ts";
import { stopAtHidden } from "./tiles/triangles.ts";
import type { Frame } from "./values.ts";
import { push, scratchLocal } from "./values.ts";

interface Held {
  /** The accumulator, then those of the blocks above: the last is the result. */
  readonly levels: readonly number[];
  /** Position of the largest so far, as integers. */
  readonly place: number | undefined;
  /** All bits where a term of a maximum was NaN, so that its result is: a separate test costs less than half of the engines' own maximum. */
  readonly faults: number | undefined;
}

function startHeld(c: Context, blocks: readonly SumBlock[]): Held[] {
  return c.nest.accumulators.map((a) => {
    const isSum = a.combine === "sum";
    const levels = Array.from({ length: isSum ? blocks.length + 1 : 1 }, () => c.code.local("v128"));
    for (const level of levels) c.code.splat(isSum ? 0 : Number.NEGATIVE_INFINITY).set(level);
    const place = a.combine === "argmax" ? c.code.local("v128") : undefined;
    const faults = isSum || place !== undefined ? undefined : c.code.local("v128");
    for (const local of [place, faults]) if (local !== undefined) c.code.splat(0).set(local);
    return { levels, place, faults };
  });
}

/** Adds the sums of a block to the level above. */
function closeBlock(c: Context, held: readonly Held[], level: number): void {
  for (const { levels } of held) {
    const [inner, outer] = [levels[level], levels[level + 1]];
    if (inner !== undefined && outer !== undefined)
      c.code.get(outer).get(inner).v("f32x4_add").set(outer).splat(0).set(inner);
  }
}

interface Reduction {
  readonly axes: readonly Axis[];
  readonly blocks: readonly SumBlock[];
  /** The innermost loop between bounds that push an i32. */
  readonly run: (from: () => void, to: () => void) => void;
  readonly close: (level: number) => void;
}

/** Loops over the reduced axes in their blocks; the first axis may be cut into parts. */
function reduceLoops(c: Context, { axes, ...rest }: Reduction): void {
  const [axis, ...inner] = axes;
  if (!axis) {
    rest.run(
      () => c.code.i32(0),
      () => c.code.i32(1),
    );
    return;
  }
  const { code } = c;
  const isFirst = axis === c.nest.reduces[0];
  const parts = isFirst ? c.nest.split?.parts : undefined;
  const [from, to] = parts !== undefined ? partBounds(c, axis, parts) : [() => code.i32(0), () => pushExtent(c, axis)];
  const each = (low: () => void, high: () => void): void => {
    if (inner.length === 0) rest.run(low, high);
    else code.for(counterOf(c, axis.name), low, high, 1, () => reduceLoops(c, { ...rest, axes: inner }));
  };
  blockedLoop(c, blocksAlong(rest.blocks, axis.name), from, to, each, rest.close);
}

/** Where a part of the first reduced axis begins and ends: the first parts take one step more where they cannot be equal. */
function partBounds(c: Context, axis: Axis, parts: number): [() => void, () => void] {
  const { code, nest } = c;
  const part = counterOf(c, itemAt(nest.loops, 0).name);
  const bounds = [0, 1].map((next) => {
    const [local, own] = [code.local("i32"), code.local("i32")];
    code.get(part).i32(next).op("i32_add").set(own);
    pushExtent(c, axis);
    code.i32(parts).op("i32_div_u").get(own).op("i32_mul");
    code.get(own);
    pushRest(c, axis, parts);
    code.get(own);
    pushRest(c, axis, parts);
    code.op("i32_lt_s").op("select").op("i32_add").set(local);
    return (): void => void code.get(local);
  });
  return bounds as [() => void, () => void];
}

function pushRest(c: Context, axis: Axis, parts: number): void {
  pushExtent(c, axis);
  c.code.i32(parts).op("i32_rem_u");
}

const axesOf = ({ nest, batch }: Schedule): SumAxis[] => sumAxes(nest.reduces, batch, nest.split?.parts);

export function reduceColumns(
  c: Context,
  s: Schedule,
  groups: readonly Frame[],
  live?: (group: number) => number,
): void {
  const { code, nest } = c;
  const blocks = sumBlocks(axesOf(s));
  const held = groups.map(() => startHeld(c, blocks));
  const position = nest.accumulators.some((a) => a.combine === "argmax") ? code.local("v128") : undefined;
  if (position !== undefined) code.splat(0).set(position);
  const step = (): void => {
    const addresses = new Map<string, number>();
    for (const [g, own] of zip(groups, held)) accumulate(c, { ...g, ready: new Map(), addresses }, own, position);
    if (position !== undefined) code.get(position).lanes([1, 1, 1, 1]).v("i32x4_add").set(position);
    zeroScratch(c);
  };
  const last = nest.reduces.at(-1);
  const run: Reduction["run"] = (from, to) => (last ? code.for(counterOf(c, last.name), from, to, 1, step) : step());
  const close = (level: number): void => {
    for (const h of held) closeBlock(c, h, level);
  };
  reduceLoops(c, { axes: nest.reduces, blocks, run, close });
  const after = new Map<string, number>();
  storeGroups(
    c,
    zip(groups, held).map(([g, own]) => ({ ...g, ready: new Map(), addresses: after, positions: positionsOf(own) })),
    held.map((list) => list.map((h) => resultOf(c, h))),
    live,
  );
}

const positionsOf = (held: readonly Held[]): Map<number, number> =>
  new Map(held.flatMap(({ place }, i) => (place === undefined ? [] : [[i, place] as const])));

/** The local of a result as a number. */
function resultOf(c: Context, { levels, place, faults }: Held): number {
  const result = itemAt(levels, -1);
  if (faults !== undefined) c.code.get(result).get(faults).v("v128_or").set(result);
  if (place === undefined) return result;
  const converted = c.code.local("v128");
  c.code.get(place).v("f32x4_convert_i32x4_s").set(converted);
  return converted;
}

function accumulate(c: Context, f: Frame, held: readonly Held[], position: number | undefined): void {
  const { code } = c;
  for (const [a, { levels, place, faults }] of zip(c.nest.accumulators, held)) {
    const own = itemAt(levels, 0);
    if (a.combine === "sum" && a.body.kind === "apply" && a.body.scalar === "mul") {
      for (const x of a.body.inputs) push(f, x);
      code.get(own).v("f32x4_relaxed_madd").set(own);
      continue;
    }
    if (faults !== undefined) {
      const value = scratchLocal(f, `term ${f.shift}`);
      code.get(own);
      push(f, a.body);
      code.tee(value).v("f32x4_pmax").set(own);
      code.get(value).get(value).v("f32x4_ne").get(faults).v("v128_or").set(faults);
      continue;
    }
    if (place === undefined) {
      code.get(own);
      push(f, a.body);
      code.v("f32x4_add").set(own);
      continue;
    }
    if (position === undefined) throw new Error("the place of a largest is looked for, and no places are counted");
    const [value, mask] = [code.local("v128"), code.local("v128")];
    push(f, a.body);
    code.set(value).get(own).get(value).v("f32x4_lt").set(mask);
    code.get(position).get(mask).v("v128_and").get(place).get(mask).v("v128_andnot").v("v128_or").set(place);
    code.get(value).get(mask).v("v128_and").get(own).get(mask).v("v128_andnot").v("v128_or").set(own);
  }
}

/** Partial results of a reduction along an axis, beside those of what fills no vector: with as many the additions hide each other's latency. */
const PARTS = 4;
/** With fewer terms than this the joining of so many partial results costs more than it saves. */
const FEWEST_TERMS = 64;

/** Partial results along the reduced axis, in two vectors or more, the rest one by one, then all of them together. */
export function reduceRow(c: Context, s: Schedule, lanes: Axis): void {
  const { code, nest } = c;
  const roots = rootsOf(nest);
  const parts = isNumber(lanes.extent) && lanes.extent >= FEWEST_TERMS ? PARTS : 2;
  const blocks = sumBlocks(axesOf(s).map((axis) => (axis.name === lanes.name ? byVectors(axis, parts) : axis)));
  const vectors = Array.from({ length: parts }, () => startHeld(c, blocks));
  const rest = startHeld(c, blocks);
  const counter = counterOf(c, lanes.name);
  const end = code.local("i32");
  const run: Reduction["run"] = (from, to) => {
    from();
    code.set(counter);
    to();
    code.set(end);
    if (nest.hidden?.column === lanes.name) stopAtHidden(c, nest.hidden, 4 * parts, end);
    const pushCounter = (): void => void code.get(counter);
    const steps = (count: number): void => {
      const size = 4 * count;
      const pushWhole = (): void => {
        code
          .get(end)
          .i32(size - 1)
          .op("i32_sub");
      };
      code.for(counter, pushCounter, pushWhole, size, () => {
        const addresses = new Map<string, number>();
        for (const [g, own] of vectors.slice(0, count).entries())
          accumulate(c, frame(c, roots, { lanes: lanes.name, vector: true, shift: 4 * g, addresses }), own, undefined);
        zeroScratch(c);
      });
    };
    steps(parts);
    if (parts > 2 && (lanes.extent as number) % (4 * parts) >= 8) steps(2);
    const pushEnd = (): void => void code.get(end);
    code.for(counter, pushCounter, pushEnd, 1, () => {
      accumulate(c, frame(c, roots, { lanes: lanes.name }), rest, undefined);
      zeroScratch(c);
    });
  };
  const close = (level: number): void => {
    for (const h of [...vectors, rest]) closeBlock(c, h, level);
  };
  reduceLoops(c, { axes: nest.reduces, blocks, run, close });
  storeGroups(c, [frame(c, roots, {})], [joinRow(c, vectors, rest)]);
}

/** Steps of whole vectors, and as many terms in an accumulator as the steps that are left over may be. */
const byVectors = (axis: SumAxis, parts: number): SumAxis => ({
  ...axis,
  extent: Math.max(axis.extent, 4 * parts * (4 * parts - 1)),
  unit: 4 * parts,
});

/**
 * Leaves a pair of partial results as it is, by an operation that V8 takes for the end of a sum in pairs, from where it widens all that the
 * pair is made of: it looks for stores of neighbours and for sums of integers. Sums of exponentials take half the time.
 */
function beginWide({ code }: Context, first: number, second: number): void {
  const sum = code.local("v128");
  code.get(first).get(second).v("i32x4_add").set(sum);
  // No bit is in both a number and its complement.
  code.get(first).get(sum).get(sum).v("v128_andnot").v("v128_or").set(first);
}

/** The partial results and the rest of each accumulator in one. */
function joinRow(c: Context, vectors: readonly (readonly Held[])[], rest: readonly Held[]): number[] {
  const { code } = c;
  const result = (held: Held): number => resultOf(c, held);
  return c.nest.accumulators.map((a, i) => {
    const op = a.combine === "sum" ? "f32x4_add" : "f32x4_max";
    const parts = vectors.map((held) => result(itemAt(held, i)));
    if (parts.length === PARTS) for (let i = 0; i < PARTS; i += 2) beginWide(c, itemAt(parts, i), itemAt(parts, i + 1));
    for (let half = parts.length / 2; half >= 1; half /= 2)
      for (const [into, other] of zip(parts.slice(0, half), parts.slice(half, 2 * half)))
        code.get(into).get(other).v(op).set(into);
    const all = itemAt(parts, 0);
    for (let lane = 0; lane < 4; lane++) {
      code.get(all).extract(lane).v("f32x4_splat");
      if (lane > 0) code.v(op);
    }
    code
      .get(result(itemAt(rest, i)))
      .v(op)
      .set(all);
    return all;
  });
}
