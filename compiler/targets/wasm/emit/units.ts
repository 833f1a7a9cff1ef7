// The units of work of a kernel, which threads divide: how many there are, and how much is one.

import { itemAt } from "../../../arithmetic/lists.ts";
import { runExtent } from "../../../loops/axes.ts";
import type { Axis } from "../../../loops/nest.ts";
import type { Units } from "../schedule/command.ts";
import type { Schedule } from "../schedule/schedule.ts";
import type { WasmTuning } from "../schedule/tuning.ts";
import { CLASS_SETS } from "./classrows.ts";
import { panelsOf } from "./tiles/tiler.ts";

export const ONE_UNIT: Units = { constant: 1, perBatch: 0, divisor: 1 };

export function unitsOf(s: Schedule): Units {
  if (s.parallel === "one") return ONE_UNIT;
  if (s.parallel === "classes") return { constant: CLASS_SETS, perBatch: 0, divisor: 1 };
  const { loops } = s.nest;
  if (s.parallel === "rows") return unitsAlong(itemAt(loops, 0));
  if (s.mode === "tile") {
    if (s.parallel === "panels") return { constant: panelsOf(s), perBatch: 0, divisor: 1 };
    const { rows, outer } = s.tile;
    return s.parallel === "blocks" && rows ? unitsAlong(rows, rowBlock(rows, s.tuning)) : unitsAlong(itemAt(outer, 0));
  }
  const laned = s.mode === "map" || s.mode === "column" ? s.lanes : undefined;
  const first = loops.find((l) => l !== laned);
  if (s.parallel !== "flat" && first) return unitsAlong(first);
  return laned ? unitsAlong(laned, flatUnitOf(s)) : ONE_UNIT;
}

/** The steps of an axis, so many in a unit. */
const unitsAlong = (axis: Axis, divisor = 1): Units => ({ ...runExtent(axis.extent), divisor });

/** Elements along the lanes that make one unit. */
export const flatUnitOf = ({ mode, tuning }: Schedule): number =>
  mode === "column" ? tuning.threads.columnUnit : tuning.threads.flatUnit;

/** Rows that make one unit: whole tiles of six, so that no thread is left with a part of one. */
export function rowBlock(rows: Axis, { threads }: WasmTuning): number {
  const { constant, perBatch } = runExtent(rows.extent);
  return perBatch === 0 ? Math.max(6, Math.ceil(constant / (6 * threads.rowUnits)) * 6) : threads.batchRows;
}
