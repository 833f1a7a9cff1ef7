// Steps that are taken where a mask hides others, such as those of attention that sees no later step: about half of them. Sums take as many as
// the last row or the first column of a tile needs, in whole blocks; surplus steps add 0. A step of a transformer takes 8% less.

import { itemAt } from "../../../../arithmetic/lists.ts";
import type { Axis, Hidden } from "../../../../loops/nest.ts";
import type { Context } from "../context.ts";
import { counterOf, pushExtent } from "../context.ts";
import type { Tiler, TileSchedule, Walk } from "./tiler.ts";

/** Whether hidden points can be skipped: they are steps of the one walk there is, or results whose sums take no step at all. */
export function canSkip({ nest: { hidden, reduces, stores } }: TileSchedule, walks: readonly Walk[]): boolean {
  if (!hidden || stores.some((s) => s.once)) return false;
  const isReduced = [hidden.column, hidden.row].some((name) => reduces.some((r) => r.name === name));
  return !isReduced || (reduces.length === 1 && walks.length === 1);
}

/** Sets the first step and the one past the last of a tile at the counters' place. */
export function setRange(t: Tiler, rows: Axis | undefined, height: number, lanes: number): void {
  const { hidden, reduces } = t.s.nest;
  if (!t.range || !hidden) return;
  const { code } = t.c;
  const { start, end } = t.range;
  const { column, row, offset } = hidden;
  const isReduced = (name: string): boolean => reduces.some((r) => r.name === name);
  const pushFirst = (): void => void code.get(counterOf(t.c, column));
  /** The last row of the tile that sees the column that is `more` further. */
  const pushLast = (more: number): void => {
    const count = row === rows?.name ? height : row === t.s.lanes.name ? lanes : 1;
    code
      .get(counterOf(t.c, row))
      .i32(count - 1 + offset + more)
      .op("i32_add");
  };
  code.i32(0).set(start);
  pushExtent(t.c, itemAt(t.steps, 0).axis);
  code.set(end);
  // Whole blocks of steps: sums have the same terms in them as those of a tile that takes all.
  const { unrolled } = t.s.tuning.tile;
  const block = t.blocks.reduce((n, { size }) => Math.max(n, size), unrolled);
  if (isReduced(column)) {
    const limit = code.local("i32");
    pushLast(unrolled);
    code.i32(unrolled).op("i32_div_s").i32(unrolled).op("i32_mul").tee(limit);
    code.get(end).get(limit).get(end).op("i32_lt_s").op("select").set(end);
  } else if (isReduced(row)) {
    pushFirst();
    code.i32(offset).op("i32_sub").i32(block).op("i32_div_s").i32(block).op("i32_mul").set(start);
    code.get(start).i32(0).get(start).i32(0).op("i32_gt_s").op("select").set(start);
  } else {
    code.i32(0).get(end);
    pushFirst();
    pushLast(0);
    code.op("i32_gt_s").op("select").set(end);
  }
}

/** Sets the end of a loop along the columns to the first block of so many of them that is hidden as a whole from a row, if it is nearer. */
export function stopAtHidden(c: Context, { row, offset }: Hidden, block: number, end: number): void {
  const { code } = c;
  const limit = code.local("i32");
  code
    .get(counterOf(c, row))
    .i32(offset + block)
    .op("i32_add")
    .i32(block)
    .op("i32_div_s")
    .i32(block)
    .op("i32_mul")
    .tee(limit);
  code.get(end).get(limit).get(end).op("i32_lt_s").op("select").set(end);
}
