// Where values lie: buffers, and the strides of the tensors in them. Strides are in elements and fixed at the largest batch.

import type { Index } from "../arithmetic/affine.ts";
import { combine, literal } from "../arithmetic/affine.ts";
import type { HeldType, StoredType } from "../arithmetic/dtype.ts";
import { itemAt, zip } from "../arithmetic/lists.ts";

export type Role = "parameter" | "state" | "field" | "temporary" | "zeroed" | "result" | "data";

export interface Buffer {
  readonly name: string;
  /** In elements of its type. */
  readonly size: number;
  readonly role: Role;
  readonly dtype: StoredType;
  /** Of bytes: the one that stands for 1. */
  readonly byteUnit?: number;
  /** Of data that is larger than a buffer may be: the whole, and which of its elements is the first here. */
  readonly part?: { readonly of: string; readonly from: number };
  /** Whether it holds activations or their gradients (`lower/activations.ts`), which may be kept in 16 bits. */
  readonly holdsActivations?: boolean;
}

/** Whether a training keeps it from step to step. */
export const isKept = ({ role }: Buffer): boolean => role === "parameter" || role === "state";

export interface Storage {
  readonly buffer: string;
  readonly strides: readonly number[];
  readonly offset: Index;
  readonly dtype: HeldType;
}

export function addressOf(storage: Storage, index: readonly Index[]): Index {
  return combine([[storage.offset, 1], ...zip(index, storage.strides)]);
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
    const run = itemAt(strides, i);
    let have = itemAt(from, i);
    let need = itemAt(to, j);
    out[j] = run;
    while (have !== need) {
      if (have < need) {
        i--;
        if (i < 0 || strides[i] !== itemAt(strides, i + 1) * itemAt(from, i + 1)) return undefined;
        have *= itemAt(from, i);
      } else {
        j--;
        if (j < 0) return undefined;
        out[j] = itemAt(out, j + 1) * itemAt(to, j + 1);
        need *= itemAt(to, j);
      }
    }
    i--;
    j--;
  }
  return out;
}
