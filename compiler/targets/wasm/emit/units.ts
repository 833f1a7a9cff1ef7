// The units of work of a kernel, which threads divide: how many there are, and how much is one.

import { extent } from "../../../arithmetic/dim.ts";
import { itemAt } from "../../../arithmetic/lists.ts";
import { runExtent } from "../../../loops/axes.ts";
import type { Axis } from "../../../loops/nest.ts";
import type { Units } from "../schedule/command.ts";
import type { Schedule } from "../schedule/schedule.ts";
import type { WasmTuning } from "../schedule/tuning.ts";
import { CLASS_SETS } from "./classrows.ts";
import { panelsOf, partsOf } from "./tiles/tiler.ts";

export const ONE_UNIT: Units = { constant: 1, perBatch: 0, divisor: 1 };

export function unitsOf(s: Schedule): Units {
  if (s.parallel === "one") return ONE_UNIT;
  if (s.parallel === "classes") return { constant: CLASS_SETS, perBatch: 0, divisor: 1 };
  const { loops } = s.nest;
  if (s.parallel === "rows") return unitsAlong(itemAt(loops, 0));
  if (s.mode === "tile") {
    if (s.parallel === "panels") return { constant: panelsOf(s) * partsOf(s), perBatch: 0, divisor: 1 };
    const { rows, outer } = s.tile;
    return s.parallel === "blocks" && rows ? unitsAlong(rows, rowBlock(rows, s.tuning)) : unitsAlong(itemAt(outer, 0));
  }
  const laned = lanedAxis(s);
  const divided = dividedAxis(s);
  if (divided) return unitsAlong(divided);
  return laned ? unitsAlong(laned, flatUnitOf(s)) : ONE_UNIT;
}

/** The axis of a nest without tiles whose places are computed as lanes. */
export const lanedAxis = (s: Schedule): Axis | undefined =>
  s.mode === "map" || s.mode === "column" ? s.lanes : undefined;

/**
 * The axis that threads divide of a nest without tiles: the first that is long enough, since a batch of one picture is one unit of work. An
 * answer of ResNet-18 on two threads takes a tenth less than where one of them pools and transforms by itself.
 */
export function dividedAxis(s: Schedule): Axis | undefined {
  if (s.parallel === "flat") return undefined;
  const outer = s.nest.loops.filter((l) => l !== lanedAxis(s));
  const lengths = outer.map((l) => extent(l.extent, s.batch));
  const enough = Math.min(s.tuning.threads.fewestSteps, Math.max(...lengths));
  return outer.find((_, i) => itemAt(lengths, i) >= enough);
}

/** The steps of an axis, so many in a unit. */
const unitsAlong = (axis: Axis, divisor = 1): Units => ({ ...runExtent(axis.extent), divisor });

/** Elements along the lanes that make one unit. */
export const flatUnitOf = ({ mode, tuning }: Schedule): number =>
  mode === "column" ? tuning.threads.columnUnit : tuning.threads.flatUnit;

/**
 * Rows that make one unit: fives and sixes make up all numbers from 20 on, so many rows are divided evenly, and fewer by whole tiles of
 * six, so that no thread is left with a part of one.
 */
export function rowBlock(rows: Axis, { threads }: WasmTuning): number {
  const { constant, perBatch } = runExtent(rows.extent);
  if (perBatch !== 0) return threads.batchRows;
  return constant < threads.fewestEvenRows ? 6 : 2;
}
