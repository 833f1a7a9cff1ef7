// The numbers of a column, whether it holds them as they are or as bytes, a quarter of the size. In: a column, and which of its
// numbers. Out: numbers. Invariant: a byte is the number that the engines make of it, to the bit.

import type { Numbers } from "../engine.ts";
import type { Column } from "./dataset.ts";

type Valued = Pick<Column, "values" | "byteUnit">;

/** Bytes as numbers; `unit` is the byte that stands for 1. */
export const bytesAsNumbers = (bytes: Uint8Array, unit = 1): Float32Array =>
  unit === 1 ? Float32Array.from(bytes) : Float32Array.from(bytes, (byte) => byte / unit);

/** Numbers `from` to `to`; those that are held as numbers share the column's memory. */
export function numbersOf({ values, byteUnit }: Valued, from = 0, to = values.length): Numbers {
  const part = values.subarray(from, to);
  return part instanceof Uint8Array ? bytesAsNumbers(part, byteUnit) : part;
}

export const numberAt = ({ values, byteUnit = 1 }: Valued, at: number): number => {
  const value = values[at] ?? Number.NaN;
  return values instanceof Uint8Array ? Math.fround(value / byteUnit) : value;
};

/** The memory of numbers, byte by byte. */
export const memoryOf = ({ buffer, byteOffset, byteLength }: Numbers): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Numbers in memory at a time. */
const PART = 2 ** 16;

/** All numbers, a part after the other. */
export function* numberParts(column: Valued): Generator<Numbers> {
  const size = column.values instanceof Uint8Array ? PART : Math.max(1, column.values.length);
  for (let from = 0; from < column.values.length; from += size)
    yield numbersOf(column, from, Math.min(column.values.length, from + size));
}

/** Room for so many values of the kind of others. */
export const emptyLike = (values: Column["values"], length: number): Column["values"] => {
  if (values instanceof Uint8Array) return new Uint8Array(length);
  return values instanceof Int32Array ? new Int32Array(length) : new Float32Array(length);
};
