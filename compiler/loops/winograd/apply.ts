// A matrix of constants times values, written out with few operations.

import { itemAt } from "../../arithmetic/lists.ts";
import type { ScalarName } from "../../arithmetic/scalar.ts";
import type { Value } from "../nest.ts";
import { deduplicate } from "../share.ts";
import type { Matrix } from "./transforms.ts";

/** Makes values of a nest; equal ones are one object. */
export type Maker = (v: Value) => Value;

export const maker = (): Maker => {
  const memo = new Map<string, Value>();
  return (v) => deduplicate(memo, v);
};

const apply = (make: Maker, scalar: ScalarName, ...inputs: readonly Value[]): Value =>
  make({ kind: "apply", scalar, inputs });

const number = (make: Maker, value: number): Value => make({ kind: "number", value });

/** A factor and the number of a value. */
type Term = readonly [factor: number, column: number];

/** Each row of the matrix times the values. Rows that differ in the signs of some columns share the sums of both kinds of columns. */
function timesMatrix(make: Maker, matrix: Matrix, values: readonly Value[]): Value[] {
  const rows = matrix.map((row) => row.flatMap((factor, column): Term[] => (factor === 0 ? [] : [[factor, column]])));
  const made = new Map<number, Value>();
  const sum = (terms: readonly Term[]): Value => sumOf(make, terms, values);
  for (const [i, row] of rows.entries()) {
    if (made.has(i)) continue;
    const mirror = rows.findIndex((other, j) => j > i && !made.has(j) && isMirrored(row, other));
    if (mirror < 0) {
      made.set(i, sum(row));
      continue;
    }
    const other = itemAt(rows, mirror);
    const same = sum(row.filter(([factor], k) => itemAt(other, k)[0] === factor));
    const negated = sum(row.filter(([factor], k) => itemAt(other, k)[0] !== factor));
    made.set(i, apply(make, "add", same, negated));
    made.set(mirror, apply(make, "sub", same, negated));
  }
  return rows.map((_, i) => made.get(i) ?? number(make, 0));
}

/** Whether two rows have the same columns, some with the same factor and the others with its negative. */
function isMirrored(a: readonly Term[], b: readonly Term[]): boolean {
  if (a.length !== b.length) return false;
  let [same, negated] = [0, 0];
  for (const [k, [factor, column]] of a.entries()) {
    const [other, at] = itemAt(b, k);
    if (at !== column) return false;
    if (other === factor) same++;
    else if (other === -factor) negated++;
    else return false;
  }
  return same > 0 && negated > 0;
}

/** Terms of factors that differ in their signs alone are added before they are multiplied. */
function sumOf(make: Maker, terms: readonly Term[], values: readonly Value[]): Value {
  const groups = new Map<number, Term[]>();
  for (const term of terms) groups.set(Math.abs(term[0]), [...(groups.get(Math.abs(term[0])) ?? []), term]);
  const parts = [...groups].map(([size, group]) => {
    // The first is positive where one is: there is then no number to be negated.
    const ordered = group.toSorted((a, b) => b[0] - a[0]);
    const isNegative = itemAt(ordered, 0)[0] < 0;
    const total = ordered
      .map(([factor, column]) => ({ value: itemAt(values, column), minus: factor < 0 !== isNegative }))
      .reduce<Value | undefined>(
        (before, { value, minus }) => (before ? apply(make, minus ? "sub" : "add", before, value) : value),
        undefined,
      );
    const scaled = total && size !== 1 ? apply(make, "mul", total, number(make, size)) : total;
    return { value: scaled ?? number(make, 0), isNegative };
  });
  const ordered = parts.toSorted((a, b) => Number(a.isNegative) - Number(b.isNegative));
  return (
    ordered.reduce<Value | undefined>((before, { value, isNegative }) => {
      if (before) return apply(make, isNegative ? "sub" : "add", before, value);
      return isNegative ? apply(make, "neg", value) : value;
    }, undefined) ?? number(make, 0)
  );
}

/** A square of values, row after row, times one matrix along its columns and another along its rows. */
export function timesBoth(make: Maker, matrices: readonly Matrix[], values: readonly Value[]): Value[] {
  // The last axis first: its neighbours are neighbours in the list.
  return matrices.reduceRight<{ values: readonly Value[]; after: number }>(
    ({ values: from, after }, matrix) => {
      const size = itemAt(matrix, 0).length;
      const before = from.length / (size * after);
      const made: Value[] = new Array(before * matrix.length * after);
      for (let outer = 0; outer < before; outer++)
        for (let inner = 0; inner < after; inner++) {
          const column = Array.from({ length: size }, (_, k) => itemAt(from, (outer * size + k) * after + inner));
          for (const [k, v] of timesMatrix(make, matrix, column).entries())
            made[(outer * matrix.length + k) * after + inner] = v;
        }
      return { values: made, after: after * matrix.length };
    },
    { values, after: 1 },
  ).values as Value[];
}
