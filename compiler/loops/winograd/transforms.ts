// The small matrices of a sum of products along a window, y[i] = sum over k of d[i + k] g[k], that takes as few products as there are
// numbers d: y = result * ((kernel * g) .* (data * d)) (Winograd, "Arithmetic Complexity of Computations", 1980; Lavin and Gray, "Fast
// Algorithms for Convolutional Neural Networks", 2016). It is the transpose of multiplying polynomials by their values at points.

import { itemAt } from "../../arithmetic/lists.ts";

export type Matrix = readonly (readonly number[])[];

export interface Transforms {
  /** Of so many numbers of data and as many products. */
  readonly data: Matrix;
  readonly kernel: Matrix;
  readonly result: Matrix;
}

/** Points at which polynomials are evaluated; the last is infinity. Small ones, and their negatives, round least. */
const POINTS = [0, 1, -1, 2, -2, 0.5, -0.5];

/** Sizes of windows, `results` and `taps` along one axis, that there are points for. */
export const hasTransforms = (results: number, taps: number): boolean =>
  results > 1 && taps > 1 && results + taps - 2 <= POINTS.length;

export function transformsOf(results: number, taps: number): Transforms {
  const points = POINTS.slice(0, results + taps - 2);
  const others = points.map((p) => points.filter((q) => q !== p));
  return {
    data: [...others.map((roots) => [...withRoots(roots), 0]), withRoots(points)],
    kernel: [
      ...points.map((p, i) => {
        const divisor = itemAt(others, i).reduce((product, q) => product * (p - q), 1);
        return powers(p, taps).map((x) => x / divisor);
      }),
      lastOnly(taps),
    ],
    result: transposed([...points.map((p) => powers(p, results)), lastOnly(results)]),
  };
}

/** Coefficients of the product of all (x - root), that of 1 first. */
function withRoots(roots: readonly number[]): number[] {
  let product = [1];
  for (const root of roots) product = [0, ...product].map((c, i) => c - root * (product[i] ?? 0));
  return product;
}

const powers = (x: number, count: number): number[] => Array.from({ length: count }, (_, i) => x ** i);

const lastOnly = (count: number): number[] => Array.from({ length: count }, (_, i) => (i === count - 1 ? 1 : 0));

const transposed = (rows: Matrix): Matrix => itemAt(rows, 0).map((_, column) => rows.map((row) => itemAt(row, column)));
