// The scalar instruction table: every arithmetic that a kernel can do to one element, with its meaning in f64.
// How near its engines come to it stands with it. Each target has a column of its own (`targets/*/scalars.ts`), a total map over `ScalarName`.
// Everything is one floating-point type: comparisons give 0 or 1, class indices are exact up to 2^24.

export interface Scalar {
  readonly arity: number;
  /** Rough cost in multiply-adds, for "recompute or store". */
  readonly cost: number;
  readonly evaluate: (a: number, b: number, c: number) => number;
  /** How far an engine's value may be from this one at the same operands. */
  readonly error: Bound;
}

/** The larger of so many units in the last place of the value and, where there is one, an absolute error. */
export interface Bound {
  readonly ulp: number;
  readonly absolute?: number;
  /** A value below the least normal number, 2^-126, on the CPU: 0, or the number that it is. */
  readonly tiny?: "zero";
  /** On the GPU, where it is another. */
  readonly gpu?: { readonly ulp: number; readonly perExponent?: number };
}

/**
 * Computing again costs about this many multiply-adds before storing and loading is cheaper: a store, a load and their part of the
 * memory's bandwidth are worth a few operations in registers, and a map that is not stored needs no kernel of its own.
 */
export const RECOMPUTE = 6;

const define = (arity: number, cost: number, evaluate: Scalar["evaluate"], error: Bound = { ulp: 0 }): Scalar => ({
  arity,
  cost,
  evaluate,
  error,
});

export const scalars = {
  add: define(2, 1, (a, b) => a + b, { ulp: 0.5 }),
  sub: define(2, 1, (a, b) => a - b, { ulp: 0.5 }),
  mul: define(2, 1, (a, b) => a * b, { ulp: 0.5 }),
  div: define(2, 4, (a, b) => a / b, { ulp: 0.5, gpu: { ulp: 2.5 } }),
  max: define(2, 1, (a, b) => Math.max(a, b)),
  min: define(2, 1, (a, b) => Math.min(a, b)),
  pow: define(2, 60, power, { ulp: 1, gpu: { ulp: 4, perExponent: 4 } }),
  neg: define(1, 1, (a) => -a),
  abs: define(1, 1, (a) => Math.abs(a)),
  sign: define(1, 2, (a) => Math.sign(a)),
  floor: define(1, 1, (a) => Math.floor(a)),
  sqrt: define(1, 4, (a) => Math.sqrt(a), { ulp: 0.5, gpu: { ulp: 5 } }),
  exp: define(1, 10, (a) => Math.exp(a), { ulp: 2, tiny: "zero" }),
  log: define(1, 12, (a) => Math.log(a), { ulp: 3 }),
  sin: define(1, 12, (a) => Math.sin(a), { ulp: 3, absolute: 2 ** -23 }),
  cos: define(1, 12, (a) => Math.cos(a), { ulp: 3, absolute: 2 ** -23 }),
  tanh: define(1, 12, (a) => Math.tanh(a), { ulp: 6 }),
  sigmoid: define(1, 12, (a) => 1 / (1 + Math.exp(-a)), { ulp: 4, tiny: "zero" }),
  softplus: define(1, 20, (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))), { ulp: 4, tiny: "zero" }),
  erf: define(1, 15, erf, { ulp: 8 }),
  lt: define(2, 1, (a, b) => Number(a < b)),
  le: define(2, 1, (a, b) => Number(a <= b)),
  eq: define(2, 1, (a, b) => Number(a === b)),
  /** 1 where `a` is neither infinite nor NaN, else 0. */
  finite: define(1, 2, (a) => Number(Number.isFinite(a))),
  /** `c != 0 ? a : b` */
  select: define(3, 1, (c, a, b) => (c !== 0 ? a : b)),
} as const satisfies Record<string, Scalar>;

export type ScalarName = keyof typeof scalars;

/** Inputs, by their number, that a result is linear in while the others stay what they are: no small change there makes a large one of it. */
const LINEAR_IN: { readonly [name in ScalarName]?: readonly number[] } = {
  add: [0, 1],
  sub: [0, 1],
  mul: [0, 1],
  div: [0],
  neg: [0],
  select: [1, 2],
};

export const isLinearIn = (name: ScalarName, input: number): boolean => LINEAR_IN[name]?.includes(input) ?? false;

/** IEEE 754's: JavaScript has NaN for 1^NaN and for (+-1)^infinity. */
function power(x: number, y: number): number {
  if (x === 1 || (x === -1 && Math.abs(y) === Number.POSITIVE_INFINITY)) return 1;
  return x ** y;
}

/** The error function to double precision: its Maclaurin series below 3, the continued fraction of erfc above (Abramowitz and Stegun 7.1.5, 7.1.14). */
function erf(x: number): number {
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
