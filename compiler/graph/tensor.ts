// A dense array in f64, row-major: what the reference interpreter computes with.

import { zip } from "../arithmetic/lists.ts";
import { rowMajor } from "../arithmetic/strides.ts";

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export function tensor(shape: readonly number[], data?: ArrayLike<number>): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, data: data ? Float64Array.from(data) : new Float64Array(size) };
}

/** The number that a tensor without axes is. */
export function scalarOf({ shape, data }: Tensor): number {
  const [value] = data;
  if (value === undefined || shape.length > 0) throw new Error(`[${shape.join(", ")}] is no single number`);
  return value;
}

/** Calls `visit` with every coordinate in row-major order; the array is reused. */
export function eachCoordinate(shape: readonly number[], visit: (at: number[], linear: number) => void): void {
  const at = new Array<number>(shape.length).fill(0);
  const size = shape.reduce((a, b) => a * b, 1);
  for (let linear = 0; linear < size; linear++) {
    visit(at, linear);
    for (let d = shape.length - 1; d >= 0; d--) {
      if (++at[d]! < shape[d]!) break;
      at[d] = 0;
    }
  }
}

/** Reads `t` under NumPy broadcasting (trailing axes aligned) at a place of `shape`, which is given by coordinates and by its number. */
export function broadcastReader(
  t: Tensor,
  shape: readonly number[],
): (at: readonly number[], linear: number) => number {
  const { data } = t;
  if (data.length === 1) return () => data[0]!;
  const skip = shape.length - t.shape.length;
  if (skip === 0 && t.shape.every((size, d) => size === shape[d])) return (_, linear) => data[linear]!;
  const strides = zip(t.shape, rowMajor(t.shape)).map(([size, stride]) => (size === 1 ? 0 : stride));
  return (at) => {
    let linear = 0;
    for (let d = 0; d < strides.length; d++) linear += at[d + skip]! * strides[d]!;
    return data[linear]!;
  };
}
