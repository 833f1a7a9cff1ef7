// How a nest runs on a GPU: a thread for each point, a workgroup that reduces together, or a tile of a contraction held in
// registers. Decisions depend on shapes only.

import { coefficient } from "../../arithmetic/affine.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { extent } from "../../arithmetic/dim.ts";
import { itemAt, onlyOf } from "../../arithmetic/lists.ts";
import { dependsOn, loadsOf, MOST_STEPS, mergeAxes } from "../../loops/axes.ts";
import type { Axis, Nest, Value } from "../../loops/nest.ts";
import type { WgslTuning } from "./tuning.ts";

/** Threads of a workgroup: the most that every WebGPU device has. */
export const THREADS = 256;
/** Threads of a workgroup whose threads do not work together. */
export const POINTS = 64;

export interface Tile {
  readonly left: Value;
  readonly right: Value;
  /** Axes of both operands or of none; of the left one; of the right one. */
  readonly outer: readonly Axis[];
  readonly rows: readonly Axis[];
  readonly columns: readonly Axis[];
  /** Results of a thread in each direction; a workgroup has 16 x 16 threads. */
  readonly each: 1 | 2 | 4 | 8;
  /** Reduced steps that are staged at once. */
  readonly depth: 8 | 16;
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
  /** `outputs` neighbouring results in a workgroup, each reduced by THREADS / outputs threads. */
  | { readonly mode: "together"; readonly outputs: 1 | 16 }
  | { readonly mode: "tile"; readonly tile: Tile }
);

/** A workgroup of a tile has so many threads in each direction. */
export const WIDTH = 16;

/** What a schedule is made from. */
type Given = Pick<Schedule, "nest" | "batch" | "tuning">;

const sizeOf = (axes: readonly { readonly extent: Dim }[], batch: number): number =>
  axes.reduce((n, a) => n * extent(a.extent, batch), 1);

export function schedule(nest: Nest, batch: number, tuning: WgslTuning): Schedule {
  const merged = mergeAxes(nest, false);
  const given = { nest: merged, batch, tuning } as const;
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
    loadsOf(merged.accumulators.map((a) => a.body)).some((l) => coefficient(l.address, lanes.name) === 1);
  return { ...given, mode: "together", outputs: across ? WIDTH : 1 };
}

/**
 * A sum of products whose operands depend on different axes: a value of either is then used by a whole row or column of results, so
 * that staging it once for a workgroup saves most of the reading.
 */
function tileOf({ nest, batch, tuning }: Given): Tile | undefined {
  const accumulator = onlyOf(nest.accumulators);
  if (accumulator?.combine !== "sum" || nest.reduces.length === 0) return undefined;
  const { body } = accumulator;
  if (body.kind !== "apply" || body.scalar !== "mul") return undefined;
  const [left, right] = body.inputs as [Value, Value];
  const loops = nest.split ? nest.loops.slice(1) : nest.loops;
  const onlyIn = (a: Value, b: Value): Axis[] => loops.filter((l) => dependsOn(a, l.name) && !dependsOn(b, l.name));
  const [rows, columns] = [onlyIn(left, right), onlyIn(right, left)];
  const [m, n, k] = [rows, columns, nest.reduces].map((axes) => sizeOf(axes, batch)) as [number, number, number];
  const { fewestRows, fewestSteps, depth } = tuning.tile;
  if (m < fewestRows || n < fewestRows || k < fewestSteps) return undefined;
  const outer = nest.loops.filter((l) => !rows.includes(l) && !columns.includes(l));
  const each = tileSize(m, n, sizeOf(outer, batch), tuning);
  return { left, right, outer, rows, columns, each, depth: each === 8 ? depth.large : depth.small };
}

/**
 * The largest tile that leaves enough workgroups and wastes little. A thread with 8 x 8 results reads 16 numbers for 64 products, one
 * with 2 x 2 reads 4 for 4: larger is better until compute units stand idle or threads lie outside of the result.
 */
function tileSize(m: number, n: number, outer: number, { busy, tile }: WgslTuning): Tile["each"] {
  for (const each of [8, 4, 2] as const) {
    const [down, along] = [Math.ceil(m / (WIDTH * each)), Math.ceil(n / (WIDTH * each))];
    const filled = (m * n) / (down * along * (WIDTH * each) ** 2);
    if (down * along * outer >= busy && filled > tile.filled) return each;
  }
  return Math.min(m, n) > WIDTH ? 2 : 1;
}

/**
 * Parts into which the sum of a contraction of few results and many steps is cut; 1 leaves it whole. A weight's gradient has as many
 * steps as the batch has rows, and would keep few workgroups busy. Adding up parts of many steps costs little.
 */
export function partsOf(s: Schedule): number {
  const { batch } = s;
  const { busy, parts } = s.tuning;
  if (s.mode !== "tile" || s.nest.split || s.nest.time !== undefined) return 1;
  const tilesOf = (axes: readonly Axis[]): number => Math.ceil(sizeOf(axes, batch) / (WIDTH * s.tile.each));
  const groups = tilesOf(s.tile.rows) * tilesOf(s.tile.columns) * sizeOf(s.tile.outer, batch);
  const first = extent(itemAt(s.nest.reduces, 0).extent, batch);
  const steps = sizeOf(s.nest.reduces, batch);
  return Math.max(
    1,
    Math.min(parts.most, first, Math.floor(steps / parts.fewestSteps), Math.floor((2 * busy) / groups)),
  );
}

/** One line, for listings of kernels. */
export function showSchedule(s: Schedule): string {
  switch (s.mode) {
    case "map":
      return "map, a thread for each point";
    case "point":
      return "reduction, a thread for each result";
    case "together":
      return `reduction, ${THREADS / s.outputs} threads for each of ${s.outputs} results of a workgroup`;
    case "tile": {
      const side = WIDTH * s.tile.each;
      return `contraction, tiles of ${side} x ${side} x ${s.tile.depth}, ${s.tile.each} x ${s.tile.each} results for each thread`;
    }
  }
}
