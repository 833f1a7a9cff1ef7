// Proves that numbers of 16 bits are read and written exactly, and that others become the nearest of them.

import { expect, test } from "vitest";
import { halfBits, halfFloat } from "../../runtime/half.ts";

const all = Array.from({ length: 0x10000 }, (_, bits) => bits).filter((bits) => !Number.isNaN(halfFloat(bits)));

test("every number of 16 bits comes back as its bits", () => {
  expect(all.filter((bits) => halfBits(halfFloat(bits)) !== bits)).toEqual([]);
  expect(halfFloat(halfBits(Number.NaN))).toBeNaN();
});

test("a number between two becomes the nearer, of two as near the even one, beyond the largest infinity", () => {
  const positive = all.filter((bits) => bits < 0x7bff);
  const wrong = positive.filter((bits) => {
    const [low, high] = [halfFloat(bits), halfFloat(bits + 1)];
    const middle = (low + high) / 2;
    const near = halfBits(low + (high - low) * 0.49) === bits && halfBits(low + (high - low) * 0.51) === bits + 1;
    return !near || halfBits(middle) !== (bits % 2 === 0 ? bits : bits + 1);
  });
  expect(wrong).toEqual([]);
  expect(halfFloat(halfBits(65520))).toBe(Number.POSITIVE_INFINITY);
  expect(halfFloat(halfBits(-1e9))).toBe(Number.NEGATIVE_INFINITY);
});
