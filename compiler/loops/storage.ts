// Where values lie: buffers, and the strides of the tensors in them. Strides are in elements and fixed at the largest batch.

import type { Index } from "../arithmetic/affine.ts";
import { combine, literal } from "../arithmetic/affine.ts";
import type { DType } from "../arithmetic/dtype.ts";

export type Role = "parameter" | "state" | "field" | "temporary" | "zeroed" | "result" | "data";

export interface Buffer {
  readonly name: string;
  /** In elements of its type. */
  readonly size: number;
  readonly role: Role;
  readonly dtype: DType;
}

export interface Storage {
  readonly buffer: string;
  readonly strides: readonly number[];
  readonly offset: Index;
  readonly dtype: DType;
}

export function addressOf(storage: Storage, index: readonly Index[]): Index {
  return combine([[storage.offset, 1], ...index.map((i, d) => [i, storage.strides[d]!] as const)]);
}

export function rowMajor(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let d = shape.length - 2; d >= 0; d--) strides[d] = strides[d + 1]! * shape[d + 1]!;
  return strides;
}

/** Part of a storage: shifted by `offset` elements. */
export function shifted(storage: Storage, offset: number): Storage {
  return {
    ...storage,
    offset: combine([
      [storage.offset, 1],
      [literal(offset), 1],
    ]),
  };
}

/** The strides of another shape over the same elements; undefined where no strides express it. */
export function restride(
  from: readonly number[],
  strides: readonly number[],
  to: readonly number[],
): number[] | undefined {
  const out = new Array<number>(to.length).fill(1);
  let i = from.length - 1;
  let j = to.length - 1;
  while (j >= 0 || i >= 0) {
    while (i >= 0 && from[i] === 1) i--;
    while (j >= 0 && to[j] === 1) j--;
    if (i < 0 && j < 0) return out;
    if (i < 0 || j < 0) return undefined;
    const run = strides[i]!;
    let have = from[i]!;
    let need = to[j]!;
    out[j] = run;
    while (have !== need) {
      if (have < need) {
        i--;
        if (i < 0 || strides[i] !== strides[i + 1]! * from[i + 1]!) return undefined;
        have *= from[i]!;
      } else {
        j--;
        if (j < 0) return undefined;
        out[j] = out[j + 1]! * to[j + 1]!;
        need *= to[j]!;
      }
    }
    i--;
    j--;
  }
  return out;
}
