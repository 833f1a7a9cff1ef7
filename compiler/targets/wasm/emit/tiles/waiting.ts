// Long sums of tiles block by block: all rows and panels take their turn at a block before the next one, and their sums wait in memory.

import { extent } from "../../../../arithmetic/dim.ts";
import { bytesOf } from "../../../../arithmetic/dtype.ts";
import { itemAt } from "../../../../arithmetic/lists.ts";
import type { Axis } from "../../../../loops/nest.ts";
import type { SumBlock } from "../../../../loops/sums.ts";
import { PANEL } from "../../schedule/tuning.ts";
import { blockedLoop, counterOf, pushExtent } from "../context.ts";
import type { Tiler, TileSchedule, Waiting } from "./tiler.ts";
import { tileBlocks, walksOf } from "./tilesteps.ts";

/** So many blocks or fewer are in the cache for all rows as they are, and need no place for their sums. */
const FEWEST_BLOCKS = 2;

/**
 * The largest block of a long sum, if it pays: what it reads of both operands is then in the cache for all rows but the first. The
 * weight gradient of a layer of 512 x 128 over 2,048 places takes half the time, a step of a DCGAN a tenth less. Terms are added in the
 * order in which each tile by itself adds them.
 */
export function waitingBlock(s: TileSchedule): SumBlock | undefined {
  const { parallel, batch, tuning, tile } = s;
  if (parallel !== "panels" && parallel !== "blocks") return undefined;
  if (!tile.rows || extent(tile.rows.extent, batch) < tuning.tile.fewestWaitingRows) return undefined;
  const walks = walksOf(s);
  const block = tileBlocks(walks, s).at(-1);
  const [outermost] = walks;
  if (!outermost || block?.axis !== outermost.axis.name) return undefined;
  return extent(outermost.axis.extent, batch) > FEWEST_BLOCKS * block.size ? block : undefined;
}

/** Rows of each panel whose sums wait in memory: those of the tiles, and one of ones. */
export const waitingRows = ({ tile, batch }: TileSchedule): number =>
  (tile.rows ? extent(tile.rows.extent, batch) : 1) + 1;

/** All rows and panels for one block of the sum after the other, if their sums wait for each other. */
export function inTurns(t: Tiler, body: () => void): void {
  const { waiting, c, steps } = t;
  if (!waiting) {
    body();
    return;
  }
  const { axis } = itemAt(steps, 0);
  const { start } = waiting;
  const [first, past] = [(): void => void c.code.i32(0), (): void => pushExtent(c, axis)];
  blockedLoop(
    c,
    [waiting.block],
    first,
    past,
    (from, to) => {
      from();
      c.code.set(start);
      to();
      c.code.set(waiting.end);
      body();
    },
    () => {},
  );
}

/** Adds a tile's sums of a block to those that wait, and finishes them after the last one. */
export function keepSums(
  t: Tiler,
  { sums: base, start, end }: Waiting,
  rows: Axis | undefined,
  sums: readonly (readonly number[])[],
  finish: () => void,
): void {
  const { code } = t.c;
  const place = code.local("i32");
  const count = waitingRows(t.s);
  code.get(t.panel).i32(count).op("i32_mul");
  if (rows) code.get(counterOf(t.c, rows.name));
  else code.i32(count - 1);
  code.op("i32_add").i32(bytesOf("f32", PANEL)).op("i32_mul").get(base).op("i32_add").set(place);
  const each = (body: (sum: number, byte: number) => void): void => {
    for (const [r, row] of sums.entries())
      for (const [j, sum] of row.entries()) body(sum, bytesOf("f32", PANEL * r + 4 * j));
  };
  const load = (sum: number, byte: number): void =>
    void code.get(place).memory("v128_load", byte).get(sum).v("f32x4_add").set(sum);
  const store = (sum: number, byte: number): void => void code.get(place).get(sum).memory("v128_store", byte);
  code
    .get(start)
    .op("i32_eqz")
    .if(
      () => each(store),
      () => {
        each(load);
        each(store);
      },
    );
  code.get(end);
  pushExtent(t.c, itemAt(t.steps, 0).axis);
  code.op("i32_ge_s").if(() => {
    each((sum, byte) => void code.get(place).memory("v128_load", byte).set(sum));
    finish();
  });
}
