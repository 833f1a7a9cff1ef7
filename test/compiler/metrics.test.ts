// Proves what counts as right: the label's place among the scores, with ties in the order of argmax, never a score that is no
// number; against sorting, for random scores, scores that are all equal, infinite ones and none.

import { expect, test } from "vitest";
import { byEngine, byReference } from "../pytorch/evaluated.ts";

const CLASSES = 5;
const rows = (...scores: number[][]): number[][] => scores;

/** Right where fewer than `top` classes stand before the label: those that score more, and equal ones before it. */
function wanted(scores: readonly number[], label: number, top: number): number {
  const mine = scores[label]!;
  if (Number.isNaN(mine)) return 0;
  const before = scores.filter((s, i) => i !== label && (Number.isNaN(s) || s > mine || (s === mine && i < label)));
  return before.length < top ? 1 : 0;
}

const random = Array.from({ length: 40 }, (_, i) =>
  Array.from({ length: CLASSES }, (_, j) => Math.round(3 * Math.sin(i * 7.3 + j * 2.1 + i * j))),
);
const { NaN: none, POSITIVE_INFINITY: most, NEGATIVE_INFINITY: least } = Number;

const SCORES: readonly [string, number[][]][] = [
  ["scores with ties", random],
  ["a constant model", Array.from({ length: CLASSES }, () => new Array<number>(CLASSES).fill(0.25))],
  ["no numbers at all", Array.from({ length: CLASSES }, () => new Array<number>(CLASSES).fill(none))],
  [
    "one score that is none",
    rows([none, 1, 2, 3, 4], [4, none, 2, 3, 1], [4, 3, none, 2, 1], [1, 2, 3, none, 0], [0, 1, 2, 3, none]),
  ],
  [
    "infinite scores",
    rows(
      [most, least, 0, 0, 0],
      [least, most, most, 0, 0],
      [least, least, least, least, least],
      [0, 0, least, most, 0],
      [0, 0, 0, 0, most],
    ),
  ],
];

for (const top of [1, 2, 5])
  for (const [what, scores] of SCORES)
    test(`of ${what}, the label counts as right where fewer than ${top} stand before it`, async () => {
      const labels = scores.map((_, i) => i % CLASSES);
      const question = {
        text: `model m(y: [${CLASSES}], label: [] of ${CLASSES}) { accuracy(y, label, top=${top}) }`,
        training: false,
        inputs: {
          y: { shape: [scores.length, CLASSES], numbers: scores.flat() },
          label: { shape: [scores.length], classes: CLASSES, numbers: labels },
        },
        learned: {},
        seeds: { y: "one" as const },
        gradients: [],
        states: [],
      };
      const right = scores.map((s, i) => wanted(s, labels[i]!, top));
      expect(Array.from(byReference(question).get("y")!)).toEqual(right);
      expect(Array.from((await byEngine(question)).get("y")!)).toEqual(right);
    });

test("a constant model is right as often as the first classes are", () => {
  const right = (top: number): number =>
    Array.from({ length: CLASSES }, (_, label) => wanted(new Array<number>(CLASSES).fill(1), label, top)).reduce(
      (a, b) => a + b,
    );
  expect([right(1), right(2), right(5)]).toEqual([1, 2, 5]);
});
