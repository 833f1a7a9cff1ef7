// The generator is the published one, and what is drawn from it has the promised distribution.

import { expect, test } from "vitest";
import { Random, threefry2x32 } from "../../runtime/data/random.ts";

test("threefry2x32 gives the three known answers of the Random123 test vectors", () => {
  const ones = 0xffffffff;
  expect(threefry2x32(0, 0, 0, 0)).toEqual([0x6b200159, 0x99ba4efe]);
  expect(threefry2x32(ones, ones, ones, ones)).toEqual([0x1cb996fc, 0xbb002be7]);
  expect(threefry2x32(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3)).toEqual([0xc4923a9c, 0x483df7a0]);
});

test("a Random hands out the words of threefry2x32 for seed, counter and stream in order", () => {
  const random = new Random(7, 3);
  const words = [random.word(), random.word(), random.word(), random.word()];
  expect(words).toEqual([...threefry2x32(7, 0, 0, 3), ...threefry2x32(7, 0, 1, 3)]);
});

test("equal seeds agree to the bit, other seeds, streams and the upper half of a seed give other numbers", () => {
  const draw = (seed: number, stream?: number) => {
    const random = new Random(seed, stream);
    return Array.from({ length: 16 }, () => [random.uniform(), random.normal(), random.integer(1000)]);
  };
  expect(draw(5)).toEqual(draw(5));
  const others = [draw(5), draw(6), draw(5, 1), draw(5 + 2 ** 32), draw(-5)].map((list) => JSON.stringify(list));
  expect(new Set(others).size).toBe(5);
});

test("uniform numbers stay in [0, 1) with mean 1/2 and variance 1/12, normal ones have mean 0, variance 1, kurtosis 3", () => {
  const random = new Random(1);
  const n = 200_000;
  const uniform = Float64Array.from({ length: n }, () => random.uniform());
  const normal = Float64Array.from({ length: n }, () => random.normal());
  const moment = (values: Float64Array, centre: number, power: number) =>
    values.reduce((sum, value) => sum + (value - centre) ** power, 0) / n;
  expect(uniform.every((value) => value >= 0 && value < 1)).toBe(true);
  expect(Math.abs(moment(uniform, 0.5, 1))).toBeLessThan(0.003);
  expect(Math.abs(moment(uniform, 0.5, 2) - 1 / 12)).toBeLessThan(0.001);
  expect(Math.abs(moment(normal, 0, 1))).toBeLessThan(0.01);
  expect(Math.abs(moment(normal, 0, 2) - 1)).toBeLessThan(0.02);
  expect(Math.abs(moment(normal, 0, 4) - 3)).toBeLessThan(0.1);
});

test("integer(n) hits every value equally often and refuses impossible ranges", () => {
  const random = new Random(2);
  const counts = new Int32Array(7);
  for (let index = 0; index < 70_000; index++) counts[random.integer(7)]!++;
  // chi-square with 6 degrees of freedom exceeds 22.5 once in a thousand seeds; this seed is fixed
  const chi = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
  expect(chi).toBeLessThan(22.5);
  expect(random.integer(2 ** 32)).toBeLessThan(2 ** 32);
  for (const n of [0, -1, 1.5, 2 ** 33, Number.NaN]) expect(() => random.integer(n)).toThrow(RangeError);
});

test("shuffle gives a permutation of a number or of a list, every order of three equally often", () => {
  const random = new Random(3);
  expect([...random.shuffle(100)].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index));
  expect(random.shuffle(["a", "b", "c"]).sort()).toEqual(["a", "b", "c"]);
  expect([random.shuffle(0).length, random.shuffle(1)[0]]).toEqual([0, 0]);
  const counts = new Map<string, number>();
  for (let index = 0; index < 6000; index++) {
    const order = random.shuffle(3).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(130);
});

test("a seed that is no integer is refused", () => {
  expect(() => new Random(1.5)).toThrow(RangeError);
  expect(() => new Random(2 ** 60)).toThrow(RangeError);
});
