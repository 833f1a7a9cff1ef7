// The WASM column of the scalar table: each instruction on four lanes, operands on the stack, result on the stack.
// Own polynomials within a few units in the last place; never a library function.

import { PARITY } from "../../kernel/draws.ts";
import type { ScalarName } from "../../kernel/scalar.ts";
import type { Code, VectorOp } from "./encoder.ts";

/** Locals for temporaries of one expression; zeroed by the caller when its loop ends. */
export type Scratch = (slot: string) => number;

type Emit = (c: Code, s: Scratch) => void;

const one =
  (op: VectorOp): Emit =>
  (c) => {
    c.v(op);
  };

/** A comparison's mask as 0 or 1. */
const flag =
  (op: VectorOp): Emit =>
  (c) => {
    c.v(op).splat(1).v("v128_and");
  };

export const wasmScalars: Record<ScalarName, Emit> = {
  add: one("f32x4_add"),
  sub: one("f32x4_sub"),
  mul: one("f32x4_mul"),
  div: one("f32x4_div"),
  max: one("f32x4_max"),
  min: one("f32x4_min"),
  neg: one("f32x4_neg"),
  abs: one("f32x4_abs"),
  floor: one("f32x4_floor"),
  sqrt: one("f32x4_sqrt"),
  lt: flag("f32x4_lt"),
  le: flag("f32x4_le"),
  eq: flag("f32x4_eq"),
  sign: (c, s) => {
    const x = s("x");
    c.set(x).splat(0).get(x).v("f32x4_lt").splat(1).v("v128_and");
    c.get(x).splat(0).v("f32x4_lt").splat(1).v("v128_and").v("f32x4_sub");
  },
  select: (c, s) => {
    const [b, a] = [s("x"), s("y")];
    // The condition is 0 or not: masks instead of bitselect, which does not pair.
    const m = s("m");
    c.set(b).set(a).splat(0).v("f32x4_eq").tee(m).get(b).v("v128_and");
    c.get(a).get(m).v("v128_andnot").v("v128_or");
  },
  finite: (c, s) => {
    const x = s("x");
    c.tee(x).get(x).v("f32x4_sub").splat(0).v("f32x4_eq").splat(1).v("v128_and");
  },
  exp: (c, s) => exp(c, s),
  sigmoid: (c, s) => {
    c.v("f32x4_neg");
    exp(c, s);
    const t = s("x");
    c.splat(1).v("f32x4_add").set(t).splat(1).get(t).v("f32x4_div");
  },
  tanh: (c, s) => tanh(c, s),
  log: (c, s) => log(c, s),
  softplus: (c, s) => softplus(c, s),
  sin: (c, s) => sine(c, s),
  cos: (c, s) => {
    c.splat(Math.PI / 2).v("f32x4_add");
    sine(c, s);
  },
  erf: (c, s) => erf(c, s),
  pow: (c, s) => {
    const y = s("pow y");
    c.set(y);
    log(c, s);
    c.get(y).v("f32x4_mul");
    exp(c, s);
  },
};

/** Horner's scheme, highest coefficient first. */
function polynomial(c: Code, x: number, coefficients: readonly number[]): void {
  c.splat(coefficients[0]!);
  for (const k of coefficients.slice(1)) c.get(x).splat(k).v("f32x4_relaxed_madd");
}

/** 2^n * e^r with |r| <= ln 2 / 2, e^r by its Taylor series to the seventh power. Saturates at the largest finite powers. */
function exp(c: Code, s: Scratch): void {
  const [x, n] = [s("x"), s("n")];
  c.splat(-87.33).v("f32x4_max").splat(88.37).v("f32x4_min").tee(x);
  c.splat(Math.LOG2E).v("f32x4_mul").v("f32x4_nearest").set(n);
  c.get(n).splat(-0.693359375).get(x).v("f32x4_relaxed_madd").set(x);
  c.get(n).splat(2.1219444e-4).get(x).v("f32x4_relaxed_madd").set(x);
  polynomial(c, x, [1 / 5040, 1 / 720, 1 / 120, 1 / 24, 1 / 6, 0.5, 1, 1]);
  c.get(n)
    .v("i32x4_trunc_sat_f32x4_s")
    .lanes([127, 127, 127, 127])
    .v("i32x4_add")
    .i32(23)
    .v("i32x4_shl")
    .v("f32x4_mul");
}

/** An odd rational function of degrees 13 and 6 on [-9, 9] (the coefficients that Eigen and XLA use), 1 beyond. */
function tanh(c: Code, s: Scratch): void {
  const [x, q] = [s("x"), s("n")];
  c.splat(-7.99881172180175781).v("f32x4_max").splat(7.99881172180175781).v("f32x4_min").set(x);
  c.get(x).get(x).v("f32x4_mul").set(q);
  polynomial(
    c,
    q,
    [
      -2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-8, 1.48572235717979e-5,
      6.37261928875436e-4, 4.89352455891786e-3,
    ],
  );
  c.get(x).v("f32x4_mul");
  polynomial(c, q, [1.19825839466702e-6, 1.18534705686654e-4, 2.268434632439e-3, 4.89352518554385e-3]);
  c.v("f32x4_div");
}

/** x = m * 2^e with m in [sqrt(1/2), sqrt(2)); log m = 2 artanh((m - 1)/(m + 1)) by its series. */
function log(c: Code, s: Scratch): void {
  const [x, e, m] = [s("x"), s("n"), s("m")];
  c.tee(x).lanes([0x3f3504f3, 0x3f3504f3, 0x3f3504f3, 0x3f3504f3]).v("i32x4_sub").i32(23).v("i32x4_shr_s").tee(e);
  c.i32(23).v("i32x4_shl").set(m).get(x).get(m).v("i32x4_sub").set(m);
  const t = s("t");
  c.get(m).splat(-1).v("f32x4_add").get(m).splat(1).v("f32x4_add").v("f32x4_div").tee(t);
  c.get(t).v("f32x4_mul").set(m);
  polynomial(c, m, [2 / 11, 2 / 9, 2 / 7, 2 / 5, 2 / 3, 2]);
  c.get(t).v("f32x4_mul").set(t);
  c.get(e).v("f32x4_convert_i32x4_s").splat(Math.LN2).get(t).v("f32x4_relaxed_madd").set(t);
  // log 0 = -infinity, of a negative number NaN; infinity and NaN stay.
  const nothing = s("y");
  c.get(x).splat(0).v("f32x4_eq").set(nothing);
  c.splat(Number.NEGATIVE_INFINITY).get(nothing).v("v128_and").get(t).get(nothing).v("v128_andnot").v("v128_or").set(t);
  c.get(x).splat(0).v("f32x4_lt").get(t).v("v128_or").set(t);
  c.get(x).splat(Number.POSITIVE_INFINITY).v("f32x4_lt").set(nothing);
  c.get(t).get(nothing).v("v128_and").get(x).get(nothing).v("v128_andnot").v("v128_or");
}

/** max(x, 0) + log1p(u), u = e^-|x|; log1p(u) = 2 artanh(u / (2 + u)). */
function softplus(c: Code, s: Scratch): void {
  const [x, t, q] = [s("softplus x"), s("t"), s("m")];
  c.tee(x).v("f32x4_abs").v("f32x4_neg");
  exp(c, s);
  c.tee(t).get(t).splat(2).v("f32x4_add").v("f32x4_div").tee(t);
  c.get(t).v("f32x4_mul").set(q);
  polynomial(c, q, [2 / 15, 2 / 13, 2 / 11, 2 / 9, 2 / 7, 2 / 5, 2 / 3, 2]);
  c.get(t).v("f32x4_mul").get(x).splat(0).v("f32x4_max").v("f32x4_add");
}

/** x = n pi + r (pi in three parts); sin r by its Taylor series to the eleventh power, the sign from n. */
function sine(c: Code, s: Scratch): void {
  const [x, n, q] = [s("x"), s("n"), s("m")];
  c.tee(x)
    .splat(1 / Math.PI)
    .v("f32x4_mul")
    .v("f32x4_nearest")
    .set(n);
  for (const part of [3.140625, 9.67502593994140625e-4, 1.509957990978376432e-7])
    c.get(n).splat(-part).get(x).v("f32x4_relaxed_madd").set(x);
  c.get(x).get(x).v("f32x4_mul").set(q);
  polynomial(c, q, [-1 / 39916800, 1 / 362880, -1 / 5040, 1 / 120, -1 / 6, 1]);
  c.get(x).v("f32x4_mul");
  c.get(n).v("i32x4_trunc_sat_f32x4_s").i32(31).v("i32x4_shl").v("v128_xor");
}

/** Abramowitz and Stegun 7.1.26, absolute error 1.5e-7. */
function erf(c: Code, s: Scratch): void {
  const [x, t, a] = [s("erf x"), s("t"), s("erf a")];
  c.tee(x).v("f32x4_abs").set(a);
  c.splat(1).get(a).splat(0.3275911).v("f32x4_mul").splat(1).v("f32x4_add").v("f32x4_div").set(t);
  polynomial(c, t, [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592]);
  c.get(t).v("f32x4_mul");
  c.get(a).get(a).v("f32x4_mul").v("f32x4_neg");
  exp(c, s);
  c.v("f32x4_mul").set(t).splat(1).get(t).v("f32x4_sub");
  c.get(x).splat(-0).v("v128_and").v("v128_or");
}

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24];

/** Threefry-2x32-20 on four counters: the words `x`, `y` in, two words out, in the same locals. */
export function threefry(c: Code, k0: number, k1: number, x: number, y: number, k2: number): void {
  const keys = [k0, k1, k2];
  const lanes = (n: number): number[] => [n, n, n, n];
  c.get(k0).get(k1).v("v128_xor").lanes(lanes(PARITY)).v("v128_xor").set(k2);
  c.get(x).get(k0).v("i32x4_add").set(x).get(y).get(k1).v("i32x4_add").set(y);
  for (let round = 0; round < 20; round++) {
    const r = ROTATIONS[round % 8]!;
    c.get(x).get(y).v("i32x4_add").set(x);
    c.get(y)
      .i32(r)
      .v("i32x4_shl")
      .get(y)
      .i32(32 - r)
      .v("i32x4_shr_u")
      .v("v128_or")
      .get(x)
      .v("v128_xor")
      .set(y);
    if (round % 4 !== 3) continue;
    const n = (round + 1) / 4;
    c.get(x)
      .get(keys[n % 3]!)
      .v("i32x4_add")
      .set(x);
    c.get(y)
      .get(keys[(n + 1) % 3]!)
      .v("i32x4_add")
      .lanes(lanes(n))
      .v("i32x4_add")
      .set(y);
  }
}
