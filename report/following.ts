// Cells that can be read: which of them follows what a program names, such as an open quotation or the place in the line.
// In: the activations of cells over many texts, and numbers beside them. Out: for each kind of number, the cell with the largest
// correlation (Pearson's), of either sign.

import { itemAt } from "../compiler/arithmetic/lists.ts";

/** A number at every step of every text. */
export interface Followed {
  readonly name: string;
  readonly values: ArrayLike<number>;
}

export interface Follower {
  readonly name: string;
  readonly cell: number;
  readonly correlation: number;
}

/** `activations` are rows of `width` cells, one for each of the numbers. A cell that never changes follows nothing: 0. */
export function followersOf(activations: ArrayLike<number>, width: number, followed: readonly Followed[]): Follower[] {
  return followed.map(({ name, values }) => {
    const all = Array.from({ length: width }, (_, cell) => {
      const along = Array.from({ length: values.length }, (_, t) => activations[t * width + cell] ?? 0);
      return { name, cell, correlation: correlationOf(along, Array.from(values)) };
    });
    return itemAt(
      all.toSorted((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation)),
      0,
    );
  });
}

function correlationOf(a: readonly number[], b: readonly number[]): number {
  const mean = (x: readonly number[]): number => x.reduce((sum, v) => sum + v, 0) / x.length;
  const [middleA, middleB] = [mean(a), mean(b)];
  const [da, db] = [a.map((v) => v - middleA), b.map((v) => v - middleB)];
  const product = (x: readonly number[], y: readonly number[]): number =>
    x.reduce((sum, v, i) => sum + v * itemAt(y, i), 0);
  const scale = Math.sqrt(product(da, da) * product(db, db));
  return scale > 0 ? product(da, db) / scale : 0;
}
