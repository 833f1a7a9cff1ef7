// A dense array in f64, row-major: what the reference interpreter computes with.

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

/** Element of `t` at `at` under NumPy broadcasting (trailing axes aligned). */
export function broadcastAt(t: Tensor, strides: readonly number[], at: readonly number[]): number {
  let linear = 0;
  const skip = at.length - t.shape.length;
  for (let d = 0; d < t.shape.length; d++) if (t.shape[d] !== 1) linear += at[d + skip]! * strides[d]!;
  return t.data[linear]!;
}
