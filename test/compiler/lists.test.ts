// Proves that a list of numbers stands for a tensor wherever one is needed, and for sizes and items elsewhere.

import { expect, test } from "vitest";
import { checkText } from "../support/checked.ts";
import { computed, startedAt } from "../support/computed.ts";

const x = Float32Array.of(0.5, -2, 4);

/** Expressions on x = [0.5, -2, 4], and what they are. */
const VALUES: readonly (readonly [string, readonly number[]])[] = [
  ["x - [0.485, 0.456, 0.406]", [0.015, -2.456, 3.594]],
  ["[1, 2, 5] * x", [0.5, -4, 20]],
  ["-[1, 2, 5]", [-1, -2, -5]],
  ["[1, 2, 5] / [2, 4, 10]", [0.5, 0.5, 0.5]],
  ["[[1, 2, 0], [0, 1, 0], [3, 0, 1]] @ x", [-3.5, -2, 5.5]],
  ["x @ [[1, 2, 0], [0, 1, 0], [3, 0, 1]]", [12.5, -1, 4]],
  ["sqrt([1, 4, 9])", [1, 2, 3]],
  ["where(x > 0, [1, 2, 3], [4, 5, 6])", [1, 5, 3]],
  ["if x > 0 then [1, 2, 3] else [4, 5, 6]", [1, 5, 3]],
  ["x + (0..3)", [0.5, -1, 6]],
  ["x + (5..8)", [5.5, 4, 11]],
  ["[x[0], 7, x[2]]", [0.5, 7, 4]],
  ["[x, [1, 1, 1]][0]", [0.5, -2, 4]],
  ["sum([x, [1, 2, 3]], over=0)", [1.5, 0, 7]],
  ["concat([1, 2], x[2:3])", [1, 2, 4]],
  ["concat(x[0:1], [1, 2])", [0.5, 1, 2]],
  ["[10, 20, 30, 40][argmax(x)] + 0 * x", [30, 30, 30]],
  ["[[1, 2, 3], [4, 5, 6]][argmax(x[0:2])]", [1, 2, 3]],
  ["[1, 2, 5][1] * x", [1, -4, 8]],
  ["outer([1, 2, 3], [2])[:, 0]", [2, 4, 6]],
  ["min(x, [1, 1, 1])", [0.5, -2, 1]],
];

for (const [expression, wanted] of VALUES)
  test(`\`${expression}\` is ${wanted.join(", ")}`, async () => {
    const found = await computed(expression, [3], x, [3]);
    wanted.forEach((w, i) => {
      expect(found[i]).toBeCloseTo(w, 5);
    });
  });

test("a parameter starts from a list, and from a matrix of lists", async () => {
  expect(await startedAt("[3] = [0.5, 2, -1]")).toEqual([0.5, 2, -1]);
  expect(await startedAt("[2, 2] = [[1, 2], [3, 4]]")).toEqual([1, 2, 3, 4]);
  expect(await startedAt("[2, 3] = [1, 2, 3]")).toEqual([1, 2, 3, 1, 2, 3]);
});

test("a long table of numbers is one kernel and is looked up right", async () => {
  const values = Array.from({ length: 300 }, (_, i) => (i * 37) % 101);
  const found = await computed(`[${values.join(", ")}]`, [3], x, [300]);
  expect(found).toEqual(values);
});

const REFUSED: readonly (readonly [string, string])[] = [
  ["it @ [[1, 2], [3, 4], [5]]", "shapes/uneven-list"],
  ['it + ["a", "b", "c"]', "types/not-a-tensor"],
  ["it * 3x3", "types/not-a-tensor"],
  ["it + [1, 2]", "shapes/mismatch"],
  ["it + []", "types/not-a-tensor"],
  ["param m: [3] = [1, 2]; it + m", "shapes/mismatch"],
];

for (const [body, code] of REFUSED)
  test(`\`${body}\` is refused with ${code}`, () => {
    expect(checkText(`model net(x: [3]) { ${body} }`).map((d) => d.code)).toEqual([code]);
  });
