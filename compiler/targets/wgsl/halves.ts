// Numbers of 16 bits in a shader. Where the device has them (`shader-f16`) an arena of them is an array of f16; where it has not, two
// lie in each word. Their neighbours may be another thread's, so a kernel that stores some changes words by atomic operations.

import type { WgslKernel } from "../../../runtime/plan.ts";

/** The way in which a buffer's numbers lie: of 32 bits; of 16; two in a word, which this kernel only reads, or also changes. */
export type Element = "whole" | "half" | "pair" | "changed pair";

/** Of an arena of numbers of 16 bits. */
export const elementOf = (access: WgslKernel["arenas"][number]["access"], hasHalves: boolean): Element =>
  hasHalves ? "half" : access === "write" ? "changed pair" : "pair";

/** As a shader declares them. */
export const HALF_TYPES: Readonly<Record<Exclude<Element, "whole">, string>> = {
  half: "f16",
  pair: "u32",
  "changed pair": "atomic<u32>",
};

/** A number as f32; `at` is its place among the numbers of its arena. */
export function readHalf(element: Exclude<Element, "whole">, variable: string, at: string): string {
  if (element === "half") return `f32(${variable}[${at}])`;
  const word = `${variable}[(${at}) >> 1u]`;
  return `half_of(${element === "pair" ? word : `atomicLoad(&${word})`}, ${at})`;
}

/** Stores an f32 as the nearest number of 16 bits. */
export function writeHalf(element: Exclude<Element, "whole">, variable: string, at: string, value: string): string[] {
  if (element === "half") return [`${variable}[${at}] = bitcast<vec2<f16>>(half_bits(${value})).x;`];
  const word = `&${variable}[(${at}) >> 1u]`;
  return [
    `atomicAnd(${word}, ~half_place(0xffffu, ${at}));`,
    `atomicOr(${word}, half_place(half_bits(${value}), ${at}));`,
  ];
}

/** Functions of these, by name. */
export const HALF_FUNCTIONS = {
  // The language's own packing may round numbers that are half way between two, and those past the largest, as it likes. Below the
  // smallest normal number steps are those of an f32 between a half and one; else 13 bits go, and what carries goes into the exponent.
  half_bits: `fn half_bits(x: f32) -> u32 {
  let size = bitcast<u32>(x) & 0x7fffffffu;
  let sign = (bitcast<u32>(x) >> 16u) & 0x8000u;
  if (size >= 0x477ff000u) { return sign | select(0x7c00u, 0x7e00u, size > 0x7f800000u); }
  if (size < 0x38800000u) { return sign | (bitcast<u32>(bitcast<f32>(size) + 0.5f) - 0x3f000000u); }
  return sign | ((size + 0xc8000fffu + ((size >> 13u) & 1u)) >> 13u);
}`,
  half_of: `fn half_of(word: u32, at: i32) -> f32 {
  let bits = (word >> (u32(at & 1) * 16u)) & 0xffffu;
  if ((bits & 0x7c00u) != 0x7c00u) { return unpack2x16float(bits).x; }
  return bitcast<f32>(((bits & 0x8000u) << 16u) | 0x7f800000u | ((bits & 0x3ffu) << 13u));
}`,
  half_place: `fn half_place(bits: u32, at: i32) -> u32 { return bits << (u32(at & 1) * 16u); }`,
} as const;
