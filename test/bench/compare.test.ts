// The comparison of two checkouts: its order, its figures, and that steps of a checkout can be timed.

import { expect, test } from "vitest";
import { comparePairs, comparisonRow, timePairs, verdictOf } from "../../bench/compare.ts";
import { startTimer, thisCheckout } from "../../bench/steptimer.ts";

/** Two alternatives of one machine that slows by a millisecond with every stretch; the order of the stretches. */
function slowing(other: number, ours: number) {
  const order: string[] = [];
  const stretch = (name: string, ms: number) => async (): Promise<number> => {
    order.push(name);
    return ms + order.length;
  };
  return { order, other: stretch("A", other), ours: stretch("B", ours) };
}

test("pairs are timed in the order A B B A, so that a machine that slows down favours neither", async () => {
  const { order, other, ours } = slowing(100, 100);
  const pairs = await timePairs(other, ours, 4);
  expect(order.join("")).toBe("ABBAABBA");
  expect(pairs.map(([a, b]) => b - a)).toEqual([1, -1, 1, -1]);
  expect(comparePairs([pairs]).ratio.median).toBeCloseTo(1, 3);
});

test("the ratio is ours over the other's, its range that of the runs", () => {
  const runs = [[[10, 11]], [[10, 10]], [[20, 24]]] as const;
  const compared = comparePairs(runs);
  expect(compared).toEqual({ other: 10, ours: 11, ratio: { median: 1.1, least: 1, greatest: 1.2 }, runs: 3 });
  expect(comparisonRow("mlp", compared)).toBe(
    "| mlp | 10.00 | 11.00 | 1.100 (1.000 to 1.200) | undecided: more runs |",
  );
});

test.each([
  [0.9, 0.97, 3, "faster by more than 3%"],
  [0.9, 0.98, 3, "not slower by more than 3%"],
  [0.98, 1.03, 3, "not slower by more than 3%"],
  [1.02, 1.04, 3, "undecided: more runs"],
  [1.031, 1.2, 3, "slower by more than 3%"],
  [1.1, 1.2, 2, "undecided: 3 runs at least"],
])("from %f to %f in %i runs is %s", (least, greatest, runs, verdict) => {
  expect(verdictOf({ least, median: (least + greatest) / 2, greatest }, runs)).toBe(verdict);
});

test("a checkout's steps are timed stretch by stretch, and a folder that is none says so", async () => {
  const timer = await startTimer(thisCheckout, "mlp", 1, 0);
  const times = [await timer.time(1), await timer.time(1)];
  timer.stop();
  expect(times.every((ms) => ms > 0)).toBe(true);
  await expect(startTimer(import.meta.dirname, "mlp", 1, 0)).rejects.toThrow("ended with 1");
});
