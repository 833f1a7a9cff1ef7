// The scalar instruction table: every arithmetic that a kernel can do to one element, with its meaning in f64.
// Each target has a column of its own (`targets/*/scalars.ts`), a total map over `ScalarName`.
// Everything is one floating-point type: comparisons give 0 or 1, class indices are exact up to 2^24.

export interface Scalar {
  readonly arity: number;
  /** Rough cost in multiply-adds, for "recompute or store". */
  readonly cost: number;
  readonly evaluate: (a: number, b: number, c: number) => number;
}

const define = (arity: number, cost: number, evaluate: Scalar["evaluate"]): Scalar => ({ arity, cost, evaluate });

export const scalars = {
  add: define(2, 1, (a, b) => a + b),
  sub: define(2, 1, (a, b) => a - b),
  mul: define(2, 1, (a, b) => a * b),
  div: define(2, 4, (a, b) => a / b),
  max: define(2, 1, (a, b) => Math.max(a, b)),
  min: define(2, 1, (a, b) => Math.min(a, b)),
  pow: define(2, 20, (a, b) => a ** b),
  neg: define(1, 1, (a) => -a),
  abs: define(1, 1, (a) => Math.abs(a)),
  sign: define(1, 2, (a) => Math.sign(a)),
  floor: define(1, 1, (a) => Math.floor(a)),
  sqrt: define(1, 4, (a) => Math.sqrt(a)),
  exp: define(1, 10, (a) => Math.exp(a)),
  log: define(1, 12, (a) => Math.log(a)),
  sin: define(1, 12, (a) => Math.sin(a)),
  cos: define(1, 12, (a) => Math.cos(a)),
  tanh: define(1, 12, (a) => Math.tanh(a)),
  sigmoid: define(1, 12, (a) => 1 / (1 + Math.exp(-a))),
  softplus: define(1, 20, (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)))),
  erf: define(1, 15, erf),
  lt: define(2, 1, (a, b) => Number(a < b)),
  le: define(2, 1, (a, b) => Number(a <= b)),
  eq: define(2, 1, (a, b) => Number(a === b)),
  /** 1 where `a` is neither infinite nor NaN, else 0. */
  finite: define(1, 2, (a) => Number(Number.isFinite(a))),
  /** `c != 0 ? a : b` */
  select: define(3, 1, (c, a, b) => (c !== 0 ? a : b)),
} as const satisfies Record<string, Scalar>;

export type ScalarName = keyof typeof scalars;

/** The error function to double precision: its Maclaurin series below 3, the continued fraction of erfc above (Abramowitz and Stegun 7.1.5, 7.1.14). */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 3) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum) && n < 200; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let k = 60; k > 0; k--) fraction = k / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction));
}
