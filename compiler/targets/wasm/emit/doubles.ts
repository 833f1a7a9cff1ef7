// Computes in two pairs of f64 where four lanes of f32 have too few digits: powers, and the remainder of large angles.
// In: locals with the operands. Out: f32 lanes, rounded once.

import { itemAt } from "../../../arithmetic/lists.ts";
import type { Code } from "./encoder.ts";

/** Locals for temporaries of one expression; zeroed by the caller when its loop ends. */
export type Scratch = (slot: string) => number;

/** The low and then the high pair of four lanes, widened; `body` leaves a pair of f64, which are narrowed and joined. */
function inPairs(c: Code, s: Scratch, body: (widen: (x: number) => void) => void): void {
  const low = s("low pair");
  for (const half of [0, 1] as const) {
    body((x) => {
      c.get(x);
      if (half === 1) c.get(x).joinHalves(1, 1);
      c.v("f64x2_promote_low_f32x4");
    });
    c.v("f32x4_demote_f64x2_zero");
    if (half === 0) c.set(low);
  }
  const high = s("high pair");
  c.set(high).get(low).get(high).joinHalves(0, 0);
}

/** 1 / (2 pi) in slices of 24 bits: their products with an f32 are exact. */
const SLICES = [2670176, 14390161, 346751, 644596, 8211767, 7354072, 10839631, 1106960];

/**
 * r and n of x = (n - phase) pi + r for an x of any size, into the locals `t` and `n`: of each slice's product the whole turns
 * are dropped, exactly (Payne and Hanek, 1983). Of what is infinite NaN is left.
 */
export function reduceAngleInDoubles(c: Code, s: Scratch, phase: number): void {
  const [wide, product, sum, whole] = [s("wide"), s("product"), s("turns"), s("whole")];
  const halfTurns = (widen: (x: number) => void): void => {
    widen(s("x"));
    c.set(wide)
      .splat64(phase / 2)
      .set(sum);
    SLICES.forEach((slice, i) => {
      c.get(wide)
        .splat64(slice * 2 ** (-24 * (i + 1)))
        .v("f64x2_mul")
        .tee(product);
      c.get(product).v("f64x2_nearest").v("f64x2_sub").get(sum).v("f64x2_add").set(sum);
    });
    c.get(sum).get(sum).v("f64x2_add").tee(sum).v("f64x2_nearest").set(whole);
  };
  const n = s("far n");
  inPairs(c, s, (widen) => {
    halfTurns(widen);
    c.get(whole);
  });
  c.set(n);
  inPairs(c, s, (widen) => {
    halfTurns(widen);
    c.get(sum).get(whole).v("f64x2_sub").splat64(Math.PI).v("f64x2_mul");
  });
  c.set(s("t")).get(n).set(s("n"));
}

/** Adding this to a small whole number leaves it in the last bits. */
const WHOLE = 1.5 * 2 ** 52;
const SQRT_HALF = [0x3fe6a09e, 0x667f3bcd] as const;

/** |x|^y = 2^(y log2 |x|), also where |x| or y is 0 or infinite; 0^0, 1^infinity and the like are left to the caller. */
export function powerInDoubles(c: Code, s: Scratch, x: number, y: number): void {
  inPairs(c, s, (widen) => {
    widen(x);
    logarithm(c, s);
    widen(y);
    c.v("f64x2_mul");
    exponential(c, s);
  });
}

function polynomial(c: Code, x: number, coefficients: readonly number[]): void {
  c.splat64(itemAt(coefficients, 0));
  for (const k of coefficients.slice(1)) c.get(x).v("f64x2_mul").splat64(k).v("f64x2_add");
}

/** log2 |x| = e + log2 m with m in [sqrt(1/2), sqrt(2)), by the series of artanh; -infinity of 0. */
function logarithm(c: Code, s: Scratch): void {
  const [x, e, m, t, q] = [s("wide"), s("exponent"), s("product"), s("turns"), s("whole")];
  c.splatBits64(0x7fffffff, -1).v("v128_and").tee(x);
  c.splatBits64(...SQRT_HALF)
    .v("i64x2_sub")
    .i32(52)
    .v("i64x2_shr_s")
    .set(e);
  c.get(x).get(e).i32(52).v("i64x2_shl").v("i64x2_sub").set(m);
  c.get(m).splat64(-1).v("f64x2_add").get(m).splat64(1).v("f64x2_add").v("f64x2_div").tee(t);
  c.get(t).v("f64x2_mul").set(q);
  polynomial(
    c,
    q,
    [15, 13, 11, 9, 7, 5, 3, 1].map((k) => 2 / k / Math.LN2),
  );
  c.get(t).v("f64x2_mul").splat64(WHOLE).get(e).v("i64x2_add").splat64(WHOLE).v("f64x2_sub").v("f64x2_add").set(t);
  for (const [at, value] of [
    [0, Number.NEGATIVE_INFINITY],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ] as const)
    c.splat64(value).get(t).get(x).splat64(at).v("f64x2_eq").v("v128_bitselect").set(t);
  c.get(t);
}

/** 2^z = 2^n e^(f ln 2), |f| <= 1/2. Beyond +-200 a number of 32 bits is infinite or 0 anyway. */
function exponential(c: Code, s: Scratch): void {
  const [z, n] = [s("turns"), s("whole")];
  c.splat64(-200).v("f64x2_max").splat64(200).v("f64x2_min").tee(z).v("f64x2_nearest").set(n);
  c.get(z).get(n).v("f64x2_sub").splat64(Math.LN2).v("f64x2_mul").set(z);
  let factorial = 1;
  const series = Array.from({ length: 10 }, (_, k) => 1 / (factorial *= Math.max(1, k)));
  polynomial(c, z, series.reverse());
  c.get(n)
    .splat64(WHOLE + 1023)
    .v("f64x2_add")
    .i32(52)
    .v("i64x2_shl")
    .v("f64x2_mul");
}
