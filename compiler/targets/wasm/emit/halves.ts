// Numbers of 16 bits in memory (IEEE 754 binary16) and of 32 in registers. WebAssembly has no instructions for them, so the bits are
// moved: about ten instructions for four numbers in, twice as many out.

import { bitsOf, type Code } from "./encoder.ts";

/** Gives a v128 local by its purpose. */
type Scratch = (slot: string) => number;

/** Bits of 16, moved to where those of 32 stand, make a number that is smaller by this: exponents begin at -15, not at -127. */
const LIFT = 2 ** 112;
/** Past the largest number: infinities and what is no number. */
const PAST = 65536;
/** Half way from the largest number to the one that would follow it: nearer to infinity. */
const BEYOND = 65520;
const SMALLEST_NORMAL = 2 ** -14;

/** Four numbers of 16 bits as i32 with their sign, on the stack, become f32. */
export function widen(code: Code, scratch: Scratch): void {
  const wide = scratch("wide");
  // The sign to bit 31, the rest to where an f32 has it; products with a power of two are exact, of subnormal numbers too.
  code.i32(13).v("i32x4_shl").kept(0x8fffe000).v("v128_and").kept(bitsOf(LIFT)).v("f32x4_mul").set(wide);
  code.get(wide).v("f32x4_abs").kept(bitsOf(PAST)).v("f32x4_ge").kept(0x7f800000).v("v128_and");
  code.get(wide).v("v128_or");
}

/** Four f32 on the stack become the nearest numbers of 16 bits, even ones of two that are as near, in the low half of the vector. */
export function narrow(code: Code, scratch: Scratch): void {
  const [x, size, bits] = [scratch("x"), scratch("size"), scratch("bits")];
  code.set(x);
  code.get(x).kept(0x7fffffff).v("v128_and").set(size);
  // Below the smallest normal number steps are 2^-24, those of an f32 between a half and one.
  code.get(size).kept(bitsOf(0.5)).v("f32x4_add").kept(bitsOf(0.5)).v("i32x4_sub");
  // Else 13 bits go: half of the last that stays is added before, less one bit where it is even. What carries goes into the exponent.
  code.get(size).i32(13).v("i32x4_shr_u").kept(1).v("v128_and");
  code.get(size).v("i32x4_add").kept(0xc8000fff).v("i32x4_add").i32(13).v("i32x4_shr_u");
  code.get(size).kept(bitsOf(SMALLEST_NORMAL)).v("f32x4_lt").v("v128_bitselect").set(bits);
  // Infinity, or NaN: a bit of the fraction is set.
  code.get(bits);
  code.get(x).get(x).v("f32x4_ne").kept(0x200).v("v128_and").kept(0x7c00).v("v128_or");
  code.get(size).kept(bitsOf(BEYOND)).v("f32x4_lt").v("v128_bitselect");
  code.get(x).i32(16).v("i32x4_shr_u").kept(0x8000).v("v128_and").v("v128_or").set(bits);
  code.get(bits).get(bits).v("i16x8_narrow_i32x4_u");
}
