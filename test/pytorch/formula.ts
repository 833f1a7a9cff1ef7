// In: the number k of a tensor and its formula. Out: its values, the same that formula.py gives, to the bit.
// Everything is 32-bit integer arithmetic until one float64 expression that is rounded once; formula.py says it in full.

export interface RealFormula {
  readonly shape: readonly number[];
  readonly k: number;
  readonly offset: number;
  readonly scale: number;
}

export interface ClassFormula {
  readonly shape: readonly number[];
  readonly k: number;
  readonly classes: number;
}

export type TensorFormula = RealFormula | ClassFormula;

/** Unsigned 32 bits for element i (row-major) of tensor k. */
export function hash(i: number, k: number): number {
  let x = Math.imul(i, 0x9e3779b1) + Math.imul(k, 0x85ebca77);
  x ^= x >>> 16;
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** In [-1, 1), a multiple of 2^-23, so exact in float32. */
export function uniform(i: number, k: number): number {
  return (hash(i, k) >>> 8) / 2 ** 23 - 1;
}

export function elements({ shape }: TensorFormula): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function realValues(tensor: RealFormula): Float32Array {
  const { k, offset, scale } = tensor;
  return Float32Array.from({ length: elements(tensor) }, (_, i) => offset + scale * uniform(i, k));
}

/** Writes the values of a tensor where they shall stand, a large one in less time than `realValues`. */
export function fillReal({ k, offset, scale }: RealFormula, into: Float32Array): void {
  for (let i = 0; i < into.length; i++) into[i] = offset + scale * uniform(i, k);
}

function classValues(tensor: ClassFormula): Int32Array {
  return Int32Array.from({ length: elements(tensor) }, (_, i) => hash(i, tensor.k) % tensor.classes);
}

export function values(tensor: TensorFormula): Float32Array | Int32Array {
  return "classes" in tensor ? classValues(tensor) : realValues(tensor);
}
