// How a nest runs on a GPU: a thread for each point, a workgroup that reduces together, or a tile of a contraction held in
// registers. Decisions depend on shapes only.

import { axesIn, coefficient, usualStep } from "../../arithmetic/affine.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { extent } from "../../arithmetic/dim.ts";
import { itemAt, onlyOf } from "../../arithmetic/lists.ts";
import { dependsOn, loadsOf, MOST_STEPS, mergeAxes } from "../../loops/axes.ts";
import type { Axis, Nest, Value } from "../../loops/nest.ts";
import type { CutTuning } from "../../loops/regions.ts";
import type { Chain } from "./chains/chain.ts";
import { chainOf } from "./chains/chain.ts";
import { chooseTile, sidesOf } from "./tiles/shapes.ts";
import { THREADS, type TileShape, type WgslTuning } from "./tuning.ts";

export interface Tile {
  readonly left: Value;
  readonly right: Value;
  /** Axes of both operands or of none; of the left one; of the right one. */
  readonly outer: readonly Axis[];
  readonly rows: readonly Axis[];
  readonly columns: readonly Axis[];
  readonly shape: TileShape;
  /** Parts that its sum is to be cut into; 1 leaves it whole. */
  readonly parts: number;
}

export type Schedule = {
  readonly nest: Nest;
  /** The largest batch: how long a sum over it may become. */
  readonly batch: number;
  readonly tuning: WgslTuning;
} & (
  | { readonly mode: "map" }
  /** A thread reduces alone. */
  | { readonly mode: "point" }
  /** `outputs` neighbouring results in a workgroup, each reduced by THREADS / outputs threads: those of a result are neighbours, or those
   * of a step of neighbouring results (`across`). */
  | { readonly mode: "together"; readonly outputs: 1 | 16; readonly across: boolean }
  | { readonly mode: "tile"; readonly tile: Tile }
  | { readonly mode: "chain"; readonly chain: Chain }
);

/** Neighbouring results that a workgroup reduces at once. */
const WIDTH = 16;

/** The nest to schedule, and what it is scheduled for. */
type Given = Pick<Schedule, "nest" | "batch" | "tuning">;

const sizeOf = (axes: readonly { readonly extent: Dim }[], batch: number): number =>
  axes.reduce((n, a) => n * extent(a.extent, batch), 1);

export function schedule(nest: Nest, batch: number, tuning: WgslTuning): Schedule {
  const merged = mergeAxes(nest, false);
  const given = { nest: merged, batch, tuning } as const;
  const chain = chainOf(merged);
  if (chain) return { ...given, mode: "chain", chain };
  if (merged.accumulators.length === 0) return { ...given, mode: "map" };
  // Reduced axes that are counted as one must be countable.
  const all = sizeOf(merged.reduces, batch);
  if (all > MOST_STEPS) return { ...given, mode: "point" };
  const tile = tileOf(given);
  if (tile) return { ...given, mode: "tile", tile };
  const points = sizeOf(merged.loops, batch);
  const steps = all / (merged.split?.parts ?? 1);
  const { fewestSteps, mostResults } = tuning.together;
  if (steps < fewestSteps || points > mostResults) return { ...given, mode: "point" };
  const lanes = merged.loops.at(-1);
  const across =
    lanes !== undefined &&
    extent(lanes.extent, batch) >= WIDTH &&
    loadsOf(merged.accumulators.map((a) => a.body)).some(
      (l) => coefficient(l.address, lanes.name) === 1 && merged.reduces.some((r) => axesIn(l.address).has(r.name)),
    );
  // A result of few steps leaves most of a workgroup idle, where there are results enough for all of the device.
  const isShort = steps <= THREADS && points >= WIDTH * tuning.device.units;
  return { ...given, mode: "together", outputs: across || isShort ? WIDTH : 1, across };
}

/**
 * A sum of products whose operands depend on different axes: a value of either is then used by a whole row or column of results, so
 * that staging it once for a workgroup saves most of the reading. Columns are what the stores walk, so that neighbouring threads
 * store neighbouring numbers.
 */
function tileOf({ nest, batch, tuning }: Given): Tile | undefined {
  const accumulator = onlyOf(nest.accumulators);
  if (accumulator?.combine !== "sum" || nest.reduces.length === 0) return undefined;
  const { body } = accumulator;
  if (body.kind !== "apply" || body.scalar !== "mul") return undefined;
  const loops = nest.split ? nest.loops.slice(1) : nest.loops;
  const walked = walkedAxis(nest, loops);
  const onlyIn = (a: Value, b: Value): Axis[] => {
    const own = loops.filter((l) => dependsOn(a, l.name) && !dependsOn(b, l.name));
    return [...own.filter((l) => l !== walked), ...own.filter((l) => l === walked)];
  };
  const given = body.inputs as [Value, Value];
  const [left, right] = walked && onlyIn(...given).includes(walked) ? (given.toReversed() as [Value, Value]) : given;
  const [rows, columns] = [onlyIn(left, right), onlyIn(right, left)];
  const [m, n, k] = [rows, columns, nest.reduces].map((axes) => sizeOf(axes, batch)) as [number, number, number];
  const { fewestRows, fewestSteps } = tuning.tile;
  if (m < fewestRows || n < fewestRows || k < fewestSteps) return undefined;
  const outer = nest.loops.filter((l) => !rows.includes(l) && !columns.includes(l));
  const hasHalves = loadsOf([left, right]).some((l) => l.dtype === "f16");
  const steps = Math.ceil(k / (nest.split?.parts ?? 1));
  const cuttable = nest.split || nest.time !== undefined ? 1 : extent(itemAt(nest.reduces, 0).extent, batch);
  return {
    left,
    right,
    outer,
    rows,
    columns,
    ...chooseTile({ m, n, outer: sizeOf(outer, batch), steps, cuttable, hasHalves }, tuning),
  };
}

/** The axis along which most stores go from number to number. */
function walkedAxis({ stores }: Nest, loops: readonly Axis[]): Axis | undefined {
  const count = (axis: Axis): number => stores.filter((s) => usualStep(s.address, axis.name) === 1).length;
  const best = loops.toSorted((a, b) => count(b) - count(a))[0];
  return best && count(best) > 0 ? best : undefined;
}

/** Which long sums are cut, and into how many parts: as many as keep all of the device busy, each with enough terms for the threads of a
 * workgroup. Results that fill a part of the device by themselves, such as those of a depthwise kernel, are worth it with more terms only. */
export function cutFor(nest: Nest, batch: number, { cut, device, parts }: WgslTuning): CutTuning {
  const results = sizeOf(nest.loops, batch);
  const groups = Math.ceil(results / WIDTH);
  const most = Math.min(parts.most, Math.floor(sizeOf(nest.reduces, batch) / THREADS));
  return {
    parts: Math.max(cut.parts, Math.min(most, Math.ceil(device.units / groups))),
    mostResults: Math.max(cut.mostResults, WIDTH * device.units),
    fewestTerms: results > cut.mostResults ? cut.fewestTermsOfMany : cut.fewestTerms,
  };
}

/** Parts into which the sum of a contraction of few results and many steps is cut; 1 leaves it whole. */
export const partsOf = (s: Schedule): number => (s.mode === "tile" ? s.tile.parts : 1);

/** One line, for listings of kernels. */
export function showSchedule(s: Schedule): string {
  switch (s.mode) {
    case "map":
      return "map, a thread for each point";
    case "point":
      return "reduction, a thread for each result";
    case "together":
      return `reduction, ${THREADS / s.outputs} threads for each of ${s.outputs} results of a workgroup`;
    case "chain":
      return `${s.chain.columns.length > 0 ? "product" : "sum"} along products that are computed again`;
    case "tile": {
      const { threads, each, depth, slices, matrix } = s.tile.shape;
      const [rows, columns] = sidesOf(s.tile.shape);
      if (matrix) {
        const { m, n, k } = matrix.kind;
        return `contraction, tiles of ${rows} x ${columns} x ${depth}, by matrices of ${m} x ${n} x ${k}`;
      }
      const turns = slices === 1 ? "" : `, ${slices} groups of threads`;
      return `contraction, tiles of ${rows} x ${columns} x ${depth}, ${each.join(" x ")} results for each of ${threads.join(" x ")} threads${turns}`;
    }
  }
}
