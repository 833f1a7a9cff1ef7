// In: columns of all examples. Out: the training part and the held-out part.
// Invariant: every example lands in exactly one part, and neither part is empty unless `split` is 1.

import { DataError } from "../files/dataerror.ts";
import type { Column, Split } from "./dataset.ts";
import { emptyLike } from "./numbers.ts";
import { Random } from "./random.ts";

/** Numbers one example has in this column. */
function widthOf(column: Pick<Column, "shape">): number {
  return column.shape.reduce((product, size) => product * size, 1);
}

/** How many of `count` examples train. DataError `data/too-few` when one of the two parts would be empty. */
export function cutAt(count: number, split: number, path: string): number {
  if (count === 0) throw new DataError("data/too-few", `${path} has no examples`);
  if (split === 1) return count;
  if (count < 2) {
    const hint = "split=1 trains on everything and holds nothing out";
    throw new DataError("data/too-few", `${path} has one example, which cannot be split`, hint);
  }
  return Math.min(count - 1, Math.max(1, Math.round(count * split)));
}

/** Rows `from` to `to` of a column, sharing its memory. */
function sliceRows(column: Column, from: number, to: number): Column {
  const width = widthOf(column);
  const values = column.values.subarray(from * width, to * width);
  return column.lengths ? { ...column, values, lengths: column.lengths.subarray(from, to) } : { ...column, values };
}

/** The whole numbers at some places of others. */
export const numbersAt = (places: Int32Array, values: ArrayLike<number>): Int32Array =>
  places.map((place) => values[place]!);

/** Row `order[i]` of the column becomes row i of a new one. */
export function gatherRows(column: Column, order: Int32Array): Column {
  const width = widthOf(column);
  const values = emptyLike(column.values, order.length * width);
  order.forEach((row, index) => {
    values.set(column.values.subarray(row * width, (row + 1) * width), index * width);
  });
  const lengths = column.lengths;
  return lengths ? { ...column, values, lengths: numbersAt(order, lengths) } : { ...column, values };
}

/** The rows of a column, then those of another of its kind. */
export function joinRows(first: Column, second: Column): Column {
  const values = emptyLike(first.values, first.values.length + second.values.length);
  values.set(first.values);
  values.set(second.values, first.values.length);
  if (!first.lengths || !second.lengths) return { ...first, values };
  return { ...first, values, lengths: Int32Array.from([...first.lengths, ...second.lengths]) };
}

/** The first `cut` rows train, the others are held out; `rows` says where they were in the source. */
export function splitRows(
  columns: readonly Column[],
  count: number,
  cut: number,
  rows?: Int32Array,
): { train: Split; heldout: Split } {
  const part = (from: number, to: number): Split => ({
    length: to - from,
    columns: columns.map((column) => sliceRows(column, from, to)),
    ...(rows ? { rows: rows.subarray(from, to) } : {}),
  });
  return { train: part(0, cut), heldout: part(cut, count) };
}

/** As `splitRows`, after one shuffle of all rows that depends on the seed only. */
export function shuffledSplit(columns: readonly Column[], count: number, cut: number, seed: number) {
  const order = new Random(seed).shuffle(count);
  return splitRows(
    columns.map((column) => gatherRows(column, order)),
    count,
    cut,
    order,
  );
}
