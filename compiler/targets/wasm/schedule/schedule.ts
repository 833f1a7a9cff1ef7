// How a nest runs on the CPU: which axes merge, which one the vector lanes lie along, what the threads divide.
// Decisions depend on shapes only, so that results are the same for any number of threads.

import type { Index } from "../../../arithmetic/affine.ts";
import { axisIndex, coefficient, combine, literal, strideAlong } from "../../../arithmetic/affine.ts";
import { extent, isNumber, showDim } from "../../../arithmetic/dim.ts";
import { bytesOf } from "../../../arithmetic/dtype.ts";
import { itemAt, onlyOf, zip } from "../../../arithmetic/lists.ts";
import { lookUp } from "../../../arithmetic/lookup.ts";
import type { Load } from "../../../loops/axes.ts";
import { dependsOn, loadsOf, mergeAxes, replaceAxes } from "../../../loops/axes.ts";
import { classRows } from "../../../loops/classrows.ts";
import type { Axis, Nest, Store, Value } from "../../../loops/nest.ts";
import { allValues, valueKey, valuesIn } from "../../../loops/nest.ts";
import { PANEL, type WasmTuning } from "./tuning.ts";

export interface Tile {
  /** Loaded as a vector along `lanes`; the other operand is one number for all lanes. */
  readonly vector: Load;
  readonly splat: Load;
  /** The axis whose rows stand together in registers; absent when the product has one row. */
  readonly rows: Axis | undefined;
  /** Loops outside the tile that both or one operand have. */
  readonly outer: readonly Axis[];
  readonly packed: boolean;
  /** Outer axes that the vector operand depends on. */
  readonly packAxes: readonly Axis[];
}

export type Schedule = {
  readonly nest: Nest;
  readonly parallel: "rows" | "outer" | "panels" | "blocks" | "flat" | "classes" | "one";
  /** The largest batch: how long a sum over it may become. */
  readonly batch: number;
  readonly tuning: WasmTuning;
} & (
  | { readonly mode: "map"; readonly lanes: Axis | undefined }
  | { readonly mode: "column"; readonly lanes: Axis }
  | { readonly mode: "row"; readonly lanes: Axis }
  | { readonly mode: "point" }
  /** Every term is added to the row of its class. */
  | { readonly mode: "classes"; readonly lanes: Axis | undefined }
  | { readonly mode: "tile"; readonly lanes: Axis; readonly tile: Tile }
);

/** Facts that a nest is scheduled by. */
export interface Setting {
  /** The largest batch. */
  readonly batch: number;
  /** Whether threads own rows of the batch, so that the first axis stays what it is. */
  readonly region: boolean;
  /** Whether weights stay the same from run to run, so that their copies are made once. */
  readonly hasFixedWeights: boolean;
  readonly tuning: WasmTuning;
}

export function schedule(nest: Nest, { batch, region, hasFixedWeights, tuning }: Setting): Schedule {
  const merged = mergeAxes(nest, region);
  const given = { nest: merged, batch, tuning, hasFixedWeights } as const;
  const tile = tileSchedule(given, region) ?? (region ? undefined : classesSchedule(given));
  if (tile) return tile;
  const parallel = region ? "rows" : merged.loops.length === 0 ? "one" : "outer";
  if (merged.accumulators.length === 0) return mapSchedule(given, parallel);
  const base = { ...given, parallel } as const;
  const lanes = merged.loops.at(-1);
  const loads = loadsOf(merged.accumulators.map((a) => a.body));
  const along = (axis: Axis): boolean =>
    loads.some((l) => coefficient(l.address, axis.name) === 1) &&
    loads.every((l) => canLoadLanes(l, axis.name)) &&
    allValues(merged).every((v) => isVectorizable(v, axis.name));
  const isWide = (axis: Axis): boolean =>
    extent(axis.extent, batch) >= 4 && merged.stores.every((s) => hasUnitStride(s.address, axis.name));
  if (lanes && along(lanes) && isWide(lanes) && !(region && merged.loops.length === 1))
    return { ...base, mode: "column", lanes };
  // The terms of a sum may be added in any order: neighbours come last.
  const near = merged.accumulators.some((a) => a.combine === "argmax") ? undefined : merged.reduces.findLast(along);
  if (!near) return { ...base, mode: "point" };
  const reduces = [...merged.reduces.filter((r) => r !== near), near];
  return { ...base, nest: { ...merged, reduces }, mode: "row", lanes: near };
}

type Sized = Pick<Schedule, "nest" | "batch" | "tuning">;

/** The nest to schedule, and what it is scheduled for. */
type Given = Sized & Pick<Setting, "hasFixedWeights">;

function mapSchedule(given: Given, parallel: Schedule["parallel"]): Schedule {
  const { nest } = given;
  const flat = nest.loops.length === 1 && parallel !== "rows";
  const lanes = parallel === "rows" && nest.loops.length === 1 ? undefined : nest.loops.at(-1);
  const good =
    lanes &&
    allValues(nest).every((v) => isVectorizable(v, lanes.name)) &&
    nest.stores.every((s) => hasUnitStride(s.address, lanes.name));
  return { ...given, mode: "map", lanes: good ? lanes : undefined, parallel: flat && good ? "flat" : parallel };
}

/** Rows by class lie in memory while terms are added to them, so nothing else is made of the sums. */
function classesSchedule(given: Given): Schedule | undefined {
  const { nest } = given;
  const found = classRows(nest);
  if (!found || !isPlainSum(onlyOf(nest.stores))) return undefined;
  const last = nest.loops.at(-1);
  const good =
    last &&
    last !== found.rows &&
    valuesIn([found.term]).every((v) => isVectorizable(v, last.name)) &&
    nest.stores.every((s) => hasUnitStride(s.address, last.name));
  return { ...given, mode: "classes", lanes: good ? last : undefined, parallel: "classes" };
}

const isPlainSum = (s: Store | undefined): boolean => s?.value.kind === "accumulator" && s.dtype === "f32";

const hasUnitStride = (address: Index, name: string): boolean => coefficient(address, name) === 1;
function canLoadLanes(load: Load, name: string): boolean {
  return coefficient(load.address, name) !== undefined && !(load.row && dependsOn(load.row.of, name));
}

/** Whether a value can be computed on lanes along an axis. */
function isVectorizable(v: Value, name: string): boolean {
  switch (v.kind) {
    case "load":
      return canLoadLanes(v, name);
    case "guard":
      return v.bounds.every((b) => coefficient(b.index, name) === 0);
    case "coordinate":
      return coefficient(v.index, name) !== undefined;
    case "random":
      return [v.element, v.example, v.time].every((i) => coefficient(i, name) !== undefined);
    default:
      return true;
  }
}

// ---------------------------------------------------------------- tiles

/**
 * A sum of products with an axis of lanes in one operand only: the other operand's number is the same for all lanes (splat), so a load
 * of each serves as many products as the tile has lanes and rows.
 */
function tileSchedule(given: Given, region: boolean): Schedule | undefined {
  const { nest, batch, tuning } = given;
  const [accumulator, beside] = nest.accumulators;
  if (nest.split || accumulator?.combine !== "sum" || nest.reduces.length === 0) return undefined;
  if (beside && (region || !nest.stores.some((s) => s.once))) return undefined;
  const { body } = accumulator;
  if (body.kind !== "apply" || body.scalar !== "mul") return undefined;
  const [a, b] = body.inputs as [Value, Value];
  if (a.kind !== "load" || b.kind !== "load" || a.row || b.row || a.dtype === "i32" || b.dtype === "i32")
    return undefined;
  const axes = [...nest.loops, ...nest.reduces];
  if (![a, b].every((l) => axes.every((axis) => coefficient(l.address, axis.name) !== undefined))) return undefined;
  const steps = nest.reduces.reduce((n, r) => n * extent(r.extent, batch), 1);
  if (steps < tuning.tile.fewestSteps) return undefined;
  for (const lanes of nest.loops.slice(region ? 1 : 0).toReversed()) {
    const made = tileAlong(given, lanes, [a, b], region);
    if (made) return made;
  }
  return undefined;
}

function tileAlong(given: Given, lanes: Axis, [a, b]: readonly [Load, Load], region: boolean): Schedule | undefined {
  const { nest, tuning } = given;
  if (!isNumber(lanes.extent) || lanes.extent < tuning.tile.fewestLanes) return undefined;
  if (!nest.stores.every((s) => hasUnitStride(s.address, lanes.name))) return undefined;
  const along = (l: Load): number => strideAlong(l.address, lanes.name);
  if ((along(a) === 0) === (along(b) === 0)) return undefined;
  const epilogue = valuesIn(nest.stores.map((s) => s.value));
  if (!epilogue.every((v) => isVectorizable(v, lanes.name))) return undefined;
  const isEven = (l: Load): boolean => [0, 1].some((step) => coefficient(l.address, lanes.name) === step);
  if (!loadsOf(nest.stores.map((s) => s.value)).every(isEven)) return undefined;
  const [splat, vector] = along(a) === 0 ? [a, b] : [b, a];
  // A factor that is summed beside the product must be the one that is loaded as vectors.
  const beside = nest.accumulators[1];
  if (beside && valueKey(beside.body) !== valueKey(vector)) return undefined;
  const others = nest.loops.filter((l) => l !== lanes);
  const has = (l: Load, axis: Axis): boolean => coefficient(l.address, axis.name) !== 0;
  // Rows stand at fixed distances from the first, which an instruction holds as an unsigned number.
  const candidates = others.filter((l) => strideAlong(splat.address, l.name) > 0 && !has(vector, l));
  const rows = region ? nest.loops[0] : bestRows(candidates, given);
  if (region && (!rows || has(vector, rows) || rows === lanes)) return undefined;
  const outer = others.filter((l) => l !== rows);
  const oriented = walkForwards(bySteps(nest, splat), splat);
  const find = (l: Load): Load => lookUp(oriented.loads, l);
  const direct = readsDirectly(oriented.nest, find(vector), lanes, rows, given);
  if (direct && coefficient(find(vector).address, lanes.name) !== 1) return undefined;
  const packAxes = outer.filter((l) => has(vector, l));
  const tile: Tile = { splat: find(splat), vector: find(vector), rows, outer, packed: !direct, packAxes };
  const parallel = region ? "rows" : tileParallel(lanes.extent, outer, rows, given);
  return { ...given, nest: oriented.nest, mode: "tile", lanes, tile, parallel };
}

/**
 * Whether the vector operand is read where it lies: it lies in panels already, or is read too seldom for a copy to pay, or has steps of a
 * runtime size, which can stand in panels only where they are the outermost, and pay for it only with many rows.
 */
function readsDirectly(nest: Nest, vector: Load, lanes: Axis, rows: Axis | undefined, given: Given): boolean {
  const { batch, tuning } = given;
  const { reduces } = nest;
  const canRead = coefficient(vector.address, lanes.name) === 1;
  const step = onlyOf(reduces);
  if (canRead && step && strideAlong(vector.address, step.name) === PANEL) return true;
  if (canRead && step && rows && isSeldomRead(nest, vector, step, rows, given)) return true;
  if (reduces.every((r) => isNumber(r.extent))) return false;
  if (!reduces.slice(1).every((r) => isNumber(r.extent))) return true;
  return canRead && (!rows || extent(rows.extent, batch) < tuning.tile.fewestPackedRows);
}

/**
 * Whether a copy in panels would cost more than it saves: it is read for few rows, or its panels are short. Lines that would take the same few
 * places of a cache are copied, and so is what is copied once only, and numbers of 16 bits, which a copy widens once and not for each tile. A
 * VAE's step takes 4% less, a transformer's 3%.
 */
function isSeldomRead(
  { loops, time }: Nest,
  vector: Load,
  step: Axis,
  rows: Axis,
  { batch, tuning, hasFixedWeights }: Given,
): boolean {
  if (time !== undefined || vector.dtype === "f16") return false;
  const isBatch = loops.some((l) => !isNumber(l.extent) && coefficient(vector.address, l.name) !== 0);
  if (hasFixedWeights && !isBatch && isNumber(step.extent)) return false;
  const { mostUnpacked } = tuning.tile;
  const distance = bytesOf(vector.dtype, strideAlong(vector.address, step.name));
  const hasFewRows = extent(rows.extent, batch) <= mostUnpacked;
  // Many rows read a short panel again and again from the nearest cache, of which an eighth is too little for it.
  const samePlace = hasFewRows ? SAME_PLACE : SAME_PLACE / 2;
  return distance > 0 && distance % samePlace !== 0 && (hasFewRows || extent(step.extent, batch) <= mostUnpacked);
}

/** Bytes from line to line with which a sixteenth of a cache's places is used at most. */
const SAME_PLACE = 1024;

/** The axis whose rows make the tallest tiles; of those that are nearly as good the innermost, whose rows are neighbours in memory. */
function bestRows(candidates: readonly Axis[], { batch, tuning }: Given): Axis | undefined {
  const heights = candidates.map((l) => meanHeight(extent(l.extent, batch), tuning.tile.rows));
  const enough = tuning.tile.nearlyTallest * Math.max(...heights);
  return candidates.findLast((_, i) => itemAt(heights, i) >= enough);
}

/** Rows of a tile on average, when so many are cut into as few tiles of at most `most` as there can be. */
export const meanHeight = (rows: number, most: number): number => rows / Math.ceil(rows / most);

/**
 * The loop that threads divide: many rows along the batch, or panels if there are many, else an outer axis, else blocks of rows. Panels
 * come early because each is read by all rows: a thread that owns panels keeps them in its cache. But where there are many rows, a
 * thread had better own them, since it has made them itself in the layer before: a transformer's step takes 5% less on two threads.
 */
export function tileParallel(
  lanes: number,
  outer: readonly Axis[],
  rows: Axis | undefined,
  { nest, batch, tuning: { threads } }: Sized,
): Schedule["parallel"] {
  // Panels of which a mask hides more and more are no even parts.
  if (nest.hidden && outer[0] && extent(outer[0].extent, batch) >= threads.fewestOuter) return "outer";
  const isBatch = rows !== undefined && !isNumber(rows.extent);
  if (isBatch && extent(rows.extent, batch) >= threads.fewestBatchRows) return "blocks";
  if (Math.ceil(lanes / PANEL) >= threads.fewestPanels) return "panels";
  if (outer[0] && extent(outer[0].extent, batch) >= threads.fewestOuter) return "outer";
  if (rows && extent(rows.extent, batch) >= threads.fewestRows) return "blocks";
  return outer.length > 0 ? "outer" : "panels";
}

/** Reduced axes in the order in which the splat operand lies in memory, so that the innermost steps are neighbours. */
function bySteps(nest: Nest, splat: Load): Nest {
  const step = (r: Axis): number => Math.abs(strideAlong(splat.address, r.name));
  return { ...nest, reduces: nest.reduces.toSorted((x, y) => step(y) - step(x)) };
}

/** Reduced axes that the splat operand walks backwards are turned round. */
function walkForwards(nest: Nest, splat: Load): { nest: Nest; loads: ReadonlyMap<Load, Load> } {
  const turned = nest.reduces.filter((r) => isNumber(r.extent) && strideAlong(splat.address, r.name) < 0);
  const values = new Map(
    turned.map(
      (r) =>
        [
          r.name,
          combine([
            [literal((r.extent as number) - 1), 1],
            [axisIndex(r.name), -1],
          ]),
        ] as const,
    ),
  );
  const made = turned.length === 0 ? nest : replaceAxes(withoutHidden(nest), values, new Map());
  return { nest: made, loads: new Map(zip(factorsOf(nest), factorsOf(made))) };
}

/** The nest, its hidden points computed. */
function withoutHidden({ hidden: _, ...nest }: Nest): Nest {
  return nest;
}

/** The factors of a sum of products. */
const factorsOf = ({ accumulators }: Nest): readonly Load[] =>
  (itemAt(accumulators, 0).body as { inputs: readonly Load[] }).inputs;

/** One line, for listings of kernels. */
export function showSchedule(s: Schedule): string {
  const axis = (a: Axis | undefined): string => (a ? `${a.name}<${showDim(a.extent)}` : "none");
  if (s.mode === "classes") return `rows by class, lanes ${axis(s.lanes)}, threads over sets of rows`;
  if (s.mode === "point") return `point, threads over ${s.parallel}`;
  const tile = s.mode === "tile" ? `, rows ${axis(s.tile.rows)}, ${s.tile.packed ? "packed" : "direct"}` : "";
  return `${s.mode}, lanes ${axis(s.lanes)}${tile}, threads over ${s.parallel}`;
}
