// Sums of rows by their classes: every term is read once and added to the row of its class, which lies in memory. Threads own rows
// by the remainder of their places, since classes that are frequent are neighbours. A product with ones and zeros takes as many
// times longer as there are classes.
// Long sums are taken in blocks (`loops/sums.ts`): the terms of a block go to a buffer of zeros, which is emptied into that of the
// next level after each block.

import { isNumber } from "../../../arithmetic/dim.ts";
import { itemAt, onlyOf } from "../../../arithmetic/lists.ts";
import { lookUp } from "../../../arithmetic/lookup.ts";
import { type ClassRows, classRows, resultsOf } from "../../../loops/classrows.ts";
import type { Axis, Nest, Store, Value } from "../../../loops/nest.ts";
import { blocksAlong, type SumBlock, sumAxes, sumBlocks } from "../../../loops/sums.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { type Context, counterOf, frame, HI, LO, loops, pushExtent } from "./context.ts";
import { pushIndex } from "./values.ts";

/** Threads divide so many sets of rows: a power of two. */
export const CLASS_SETS = 16;

export type ClassRowsSchedule = Extract<Schedule, { mode: "classes" }>;

/** The nest that zeros what the terms are added to. */
export function zerosOf(nest: Nest): Nest {
  const value: Value = { kind: "number", value: 0 };
  return { ...nest, label: "zeros", reduces: [], accumulators: [], stores: nest.stores.map((s) => ({ ...s, value })) };
}

const blocksOf = ({ nest, batch }: Pick<Schedule, "nest" | "batch">): SumBlock[] =>
  sumBlocks(sumAxes(nest.reduces, batch));

/** How many buffers of zeros hold the terms of blocks, and their size. */
export const levelsOf = (s: Pick<Schedule, "nest" | "batch">): { readonly count: number; readonly size: number } => ({
  count: blocksOf(s).length,
  size: resultsOf(s.nest, s.batch).size,
});

/** `writeRow` makes stores for all lanes at the place where the counters stand. */
export function emitClassRows(
  c: Context,
  s: ClassRowsSchedule,
  levels: readonly string[],
  writeRow: (c: Context) => void,
): void {
  const { nest, batch } = s;
  const found = classRows(nest);
  const whole = onlyOf(nest.stores);
  if (!found || !whole) throw new Error("no sum of rows by class");
  const blocks = blocksOf(s);
  const { address } = resultsOf(nest, batch);
  const sums = [...levels.map((buffer): Store => ({ ...whole, buffer, address })), whole];
  const others = nest.loops.filter((l) => l !== found.rows && l !== s.lanes);
  const write = (stores: readonly Store[]): void =>
    eachTerm(c, found, () =>
      loops(c, others, undefined, () => writeRow({ ...c, nest: { ...nest, reduces: [], accumulators: [], stores } })),
    );
  const add = (): void => write([adding(itemAt(sums, 0), found.term)]);
  const close = (level: number): void => {
    const from = itemAt(sums, level);
    write([adding(itemAt(sums, level + 1), held(from)), { ...from, value: { kind: "number", value: 0 } }]);
  };
  walk(c, nest.reduces, blocks, add, close);
}

const held = ({ buffer, address }: Store): Value => ({ kind: "load", buffer, address, dtype: "f32" });

const adding = (to: Store, term: Value): Store => ({
  ...to,
  value: { kind: "apply", scalar: "add", inputs: [held(to), term] },
});

/** All terms in order; those of a block once more after it, to close its level. */
function walk(
  c: Context,
  [axis, ...inner]: readonly Axis[],
  blocks: readonly SumBlock[],
  body: () => void,
  close: (level: number) => void,
): void {
  if (!axis) {
    body();
    return;
  }
  const { code } = c;
  const counter = counterOf(c, axis.name);
  const along = (rest: readonly SumBlock[], from: () => void, to: () => void): void => {
    const [block, ...smaller] = rest;
    if (!block) {
      code.for(counter, from, to, 1, () => walk(c, inner, blocks, body, close));
      return;
    }
    const [start, end] = [code.local("i32"), code.local("i32")];
    const bounds = [(): void => void code.get(start), (): void => void code.get(end)] as const;
    code.for(start, from, to, block.size, () => {
      code.get(start).i32(block.size).op("i32_add").tee(end);
      to();
      code.get(end);
      to();
      code.op("i32_lt_s").op("select").set(end);
      along(smaller, ...bounds);
      code.for(counter, ...bounds, 1, () => loops(c, inner, undefined, () => close(block.level)));
    });
  };
  along(
    blocksAlong(blocks, axis.name),
    () => code.i32(0),
    () => pushExtent(c, axis),
  );
}

/** The body for the term where the counters stand, with the counter of rows at its class, if this call has that row. */
function eachTerm(c: Context, { ids, rows }: ClassRows, body: () => void): void {
  const { code } = c;
  if (!isNumber(rows.extent)) throw new Error("as many rows as a program decides when it runs");
  const row = counterOf(c, rows.name);
  code.get(lookUp(c.pointers, ids.buffer));
  pushIndex(frame(c, [], {}), ids.address, 4);
  code.op("i32_add").memory("i32_load", 0).tee(row).i32(rows.extent).op("i32_lt_u");
  code
    .get(row)
    .i32(CLASS_SETS - 1)
    .op("i32_and")
    .get(LO)
    .op("i32_sub")
    .get(HI)
    .get(LO)
    .op("i32_sub")
    .op("i32_lt_u")
    .op("i32_and")
    .if(body);
}
