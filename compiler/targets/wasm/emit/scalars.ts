// The WASM column of the scalar table: each instruction on four lanes, operands on the stack, result on the stack.
// Own polynomials, within the units of the last place that the scalar table states; never a library function. What is exact
// costs nothing more than what is nearly so: ranges are cut where the next power of two is 0 or infinite by itself.

import { itemAt } from "../../../arithmetic/lists.ts";
import { ERF, EXP, LOG, LOG1P, NEAR, type Odd, PI, SINE, TANH } from "../../../arithmetic/polynomials.ts";
import type { ScalarName } from "../../../arithmetic/scalar.ts";
import { PARITY } from "../../../arithmetic/threefry.ts";
import { powerInDoubles, reduceAngleInDoubles, type Scratch } from "./doubles.ts";
import type { Code } from "./encoder.ts";
import type { VectorOp } from "./opcodes.ts";

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
    // All bits set is a NaN.
    c.get(x).get(x).v("f32x4_ne").v("v128_or");
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
  tanh: (c, s) => saturating(c, s, TANH),
  log: (c, s) => log(c, s),
  softplus: (c, s) => softplus(c, s),
  sin: (c, s) => sine(c, s, 0),
  cos: (c, s) => sine(c, s, 0.5),
  erf: (c, s) => saturating(c, s, ERF),
  pow: (c, s) => power(c, s),
};

/** Shorter forms where the second operand is a constant other than NaN: engines take eight instructions to keep the NaN of both. */
export const withNumber: Partial<Readonly<Record<ScalarName, (c: Code) => void>>> = {
  max: (c) => void c.v("f32x4_pmax"),
  min: (c) => void c.v("f32x4_pmin"),
};

/** Horner's scheme, highest coefficient first. */
function polynomial(c: Code, x: number, coefficients: readonly number[]): void {
  c.splat(itemAt(coefficients, 0));
  for (const k of coefficients.slice(1)) c.get(x).splat(k).v("f32x4_relaxed_madd");
}

/**
 * 2^n * e^r with r from 0 to ln 2, so that e^r is from 1 to 2 and 2^n alone decides on the range: n = 128 has the bits of
 * infinity, n = -127 those of 0. Results below the least normal number are 0.
 */
function exp(c: Code, s: Scratch): void {
  const [x, n] = [s("x"), s("n")];
  c.splat(-88).v("f32x4_pmax").splat(89).v("f32x4_pmin").tee(x);
  c.splat(Math.LOG2E).v("f32x4_mul").v("f32x4_floor").set(n);
  c.get(n).splat(-0.693359375).get(x).v("f32x4_relaxed_madd").set(x);
  c.get(n).splat(2.1219444e-4).get(x).v("f32x4_relaxed_madd").set(x);
  polynomial(c, x, EXP);
  c.get(n)
    .splat(WHOLE + 127)
    .v("f32x4_add")
    .i32(23)
    .v("i32x4_shl")
    .v("f32x4_mul");
}

/** An odd function that ends at 1: x P(x^2) / Q(x^2). x comes last, since its product with P may be too small for a number. */
function saturating(c: Code, s: Scratch, { end, top, bottom }: Odd): void {
  const [x, q] = [s("x"), s("n")];
  c.splat(-end).v("f32x4_pmax").splat(end).v("f32x4_pmin").set(x);
  c.get(x).get(x).v("f32x4_mul").set(q);
  polynomial(c, q, top);
  polynomial(c, q, bottom);
  c.v("f32x4_div").get(x).v("f32x4_mul");
  c.splat(-1).v("f32x4_pmax").splat(1).v("f32x4_pmin");
}

/** Added to a whole number of at most 22 bits, it leaves that number as the last bits of the sum. */
const WHOLE = 1.5 * 2 ** 23;

const four = (bits: number): number[] => [bits, bits, bits, bits];
/** The bits of 1, and what makes 2^25 of them. */
const [ONE, ONE_TO_LARGE] = [0x3f800000, 0x3f800000 ^ 0x4c000000];

/** x = m * 2^e with m in [sqrt(1/2), sqrt(2)); log m = 2 artanh((m - 1)/(m + 1)) by its series. */
function log(c: Code, s: Scratch): void {
  const [x, e, m, t, small] = [s("x"), s("n"), s("m"), s("t"), s("small")];
  // Numbers below the least normal one are taken 2^25 times: the 25 comes off at the end.
  c.tee(x)
    .splat(2 ** -126)
    .v("f32x4_lt")
    .tee(small);
  c.lanes(four(ONE_TO_LARGE)).v("v128_and").lanes(four(ONE)).v("v128_xor").get(x).v("f32x4_mul").tee(m);
  c.lanes(four(0x3f3504f3)).v("i32x4_sub").i32(23).v("i32x4_shr_s").set(e);
  c.get(m).get(e).i32(23).v("i32x4_shl").v("i32x4_sub").set(m);
  c.get(m).splat(-1).v("f32x4_add").get(m).splat(1).v("f32x4_add").v("f32x4_div").tee(t);
  c.get(t).v("f32x4_mul").set(m);
  polynomial(c, m, LOG);
  c.get(t).v("f32x4_mul").set(t);
  c.get(e).v("f32x4_convert_i32x4_s").get(small).splat(25).v("v128_and").v("f32x4_sub");
  c.splat(Math.LN2).get(t).v("f32x4_relaxed_madd").set(t);
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
  polynomial(c, q, LOG1P);
  c.get(t).v("f32x4_mul").get(x).splat(0).v("f32x4_pmax").v("f32x4_add");
}

/** sin(x + phase pi) = (-1)^n sin r for x = (n - phase) pi + r. */
function sine(c: Code, s: Scratch, phase: 0 | 0.5): void {
  turned(c, s, phase, () => {
    c.get(s("x")).v("f32x4_abs").splat(NEAR).v("f32x4_gt").v("v128_any_true");
    c.if(() => reduceAngleInDoubles(c, s, phase));
  });
}

/** The cosine of an angle that is known to be near. */
export function nearCosine(c: Code, s: Scratch): void {
  turned(c, s, 0.5, () => undefined);
}

/** Between the reduction and the polynomial stands what replaces r and n where x is far. */
function turned(c: Code, s: Scratch, phase: 0 | 0.5, far: () => void): void {
  const [x, r, n, q] = [s("x"), s("t"), s("n"), s("m")];
  const shifted = (op: VectorOp): void => void (phase === 0 || c.splat(phase).v(op));
  c.tee(x)
    .splat(1 / Math.PI)
    .v("f32x4_mul");
  shifted("f32x4_add");
  c.v("f32x4_nearest").set(n);
  c.get(n);
  shifted("f32x4_sub");
  c.set(q).get(x).set(r);
  for (const part of PI) c.get(q).splat(-part).get(r).v("f32x4_relaxed_madd").set(r);
  far();
  c.get(r).get(r).v("f32x4_mul").set(q);
  polynomial(c, q, SINE);
  c.get(r).v("f32x4_mul");
  c.get(n).v("i32x4_trunc_sat_f32x4_s").i32(31).v("i32x4_shl").v("v128_xor");
}

/**
 * x^y by the magnitude |x|^y, then what IEEE 754 says: 1 for y = 0 and for x = 1, whatever the other; the sign of x where y is
 * odd; NaN for a negative x and a y that is not whole.
 */
function power(c: Code, s: Scratch): void {
  const [x, y, r, m] = [s("pow x"), s("pow y"), s("pow r"), s("m")];
  c.set(y).set(x);
  powerInDoubles(c, s, x, y);
  c.set(r);
  // |x| = 1: the magnitude is 1, also for an infinite y.
  c.get(x).v("f32x4_abs").splat(1).v("f32x4_eq").set(m);
  choose(c, r, m);
  // NaN of a NaN; of a negative x, unless it is infinite, and a y that is not whole (NaN is not).
  c.get(x).get(x).v("f32x4_ne").get(y).get(y).v("f32x4_ne").v("v128_or").get(r).v("v128_or").set(r);
  c.get(x).splat(0).v("f32x4_lt").splat(Number.NEGATIVE_INFINITY).get(x).v("f32x4_lt").v("v128_and");
  c.get(y).v("f32x4_floor").get(y).v("f32x4_ne").v("v128_and").set(m);
  c.get(r).get(m).v("v128_or").set(r);
  // Odd: whole, and its half is not.
  c.get(y).v("f32x4_floor").get(y).v("f32x4_eq");
  c.get(y).splat(0.5).v("f32x4_mul").tee(m).v("f32x4_floor").get(m).v("f32x4_ne").v("v128_and");
  c.get(x).v("v128_and").splat(-0).v("v128_and").get(r).v("v128_xor").set(r);
  c.get(y).splat(0).v("f32x4_eq").get(x).splat(1).v("f32x4_eq").v("v128_or").set(m);
  choose(c, r, m);
  c.get(r);
}

/** r becomes 1 where the mask is set. */
function choose(c: Code, r: number, mask: number): void {
  c.splat(1).get(mask).v("v128_and").get(r).get(mask).v("v128_andnot").v("v128_or").set(r);
}

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24];

/** Threefry-2x32-20 on four counters: the words `x`, `y` in, two words out, in the same locals. */
export function threefry(c: Code, k0: number, k1: number, x: number, y: number, k2: number): void {
  const keys = [k0, k1, k2];
  c.get(k0).get(k1).v("v128_xor").lanes(four(PARITY)).v("v128_xor").set(k2);
  c.get(x).get(k0).v("i32x4_add").set(x).get(y).get(k1).v("i32x4_add").set(y);
  for (let round = 0; round < 20; round++) {
    const r = itemAt(ROTATIONS, round % 8);
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
      .get(itemAt(keys, n % 3))
      .v("i32x4_add")
      .set(x);
    c.get(y)
      .get(itemAt(keys, (n + 1) % 3))
      .v("i32x4_add")
      .lanes(four(n))
      .v("i32x4_add")
      .set(y);
  }
}
