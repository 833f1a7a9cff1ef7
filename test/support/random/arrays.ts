// Plain arrays of f64 with a shape, and the few things that a language of tensors says about them, written with loops over
// coordinates and nothing else: what random programs are held against.

export interface Array64 {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

/** Coordinates of an element by its place in row-major order. */
export function coordinates(shape: readonly number[], linear: number): number[] {
  const at = new Array<number>(shape.length);
  let rest = linear;
  for (let d = shape.length - 1; d >= 0; d--) {
    at[d] = rest % shape[d]!;
    rest = Math.floor(rest / shape[d]!);
  }
  return at;
}

const linearOf = (shape: readonly number[], at: readonly number[]): number =>
  shape.reduce((n, d, i) => n * d + at[i]!, 0);

export function build(shape: readonly number[], value: (at: readonly number[]) => number): Array64 {
  const data = new Float64Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = value(coordinates(shape, i));
  return { shape, data };
}

export const scalar = (value: number): Array64 => ({ shape: [], data: Float64Array.of(value) });

/** The element at a place; zero outside. */
export function read(x: Array64, at: readonly number[]): number {
  if (at.some((v, d) => v < 0 || v >= x.shape[d]!)) return 0;
  return x.data[linearOf(x.shape, at)]!;
}

/** The element that broadcasting puts at a place of a larger shape: axes from the last, an axis of 1 fits any. */
function readBroadcast(x: Array64, at: readonly number[]): number {
  const skip = at.length - x.shape.length;
  return read(
    x,
    x.shape.map((d, i) => (d === 1 ? 0 : at[i + skip]!)),
  );
}

export const map = (x: Array64, f: (v: number) => number): Array64 => ({ shape: x.shape, data: x.data.map(f) });

export const zip = (shape: readonly number[], xs: readonly Array64[], f: (...v: number[]) => number): Array64 =>
  build(shape, (at) => f(...xs.map((x) => readBroadcast(x, at))));

/** Reduces one axis by what a function makes of the numbers along it. */
export function along(x: Array64, axis: number, f: (values: readonly number[]) => number): Array64 {
  const shape = x.shape.filter((_, d) => d !== axis);
  return build(shape, (at) =>
    f(Array.from({ length: x.shape[axis]! }, (_, k) => read(x, [...at.slice(0, axis), k, ...at.slice(axis)]))),
  );
}

export const reshape = (x: Array64, shape: readonly number[]): Array64 => ({ shape, data: x.data });

export function firstLargest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** The part at one place of the first axis. */
export function rowOf(x: Array64, row: number): Array64 {
  const shape = x.shape.slice(1);
  const size = sizeOf(shape);
  return { shape, data: x.data.slice(row * size, (row + 1) * size) };
}

export function stack(rows: readonly Array64[]): Array64 {
  const data = new Float64Array(rows.reduce((n, r) => n + r.data.length, 0));
  let to = 0;
  for (const r of rows) {
    data.set(r.data, to);
    to += r.data.length;
  }
  return { shape: [rows.length, ...rows[0]!.shape], data };
}
