// Proves what joins, shares, places and order mean along any axis, on numbers that are written down; classes stay classes.

import { expect, test } from "vitest";
import { checkText } from "../support/checked.ts";
import { computed } from "../support/computed.ts";
import { compileText, startEngine } from "../support/engine.ts";

const x = Float32Array.of(3, -1, 2, 0, 5, 2);

/** Expressions on x = [[3, -1, 2], [0, 5, 2]], their shapes and what they are. */
const VALUES: readonly (readonly [string, readonly number[], readonly number[]])[] = [
  ["concat(x, 2 * x, over=0)", [4, 3], [3, -1, 2, 0, 5, 2, 6, -2, 4, 0, 10, 4]],
  ["concat(x, x[:, 0:1])", [2, 4], [3, -1, 2, 3, 0, 5, 2, 0]],
  ["concat(x, x[0:1], over=time)", [3, 3], [3, -1, 2, 0, 5, 2, 3, -1, 2]],
  ["stack(x[0], x[1], x[0])", [3, 3], [3, -1, 2, 0, 5, 2, 3, -1, 2]],
  ["stack([x[0], x[1]], over=-1)", [3, 2], [3, 0, -1, 5, 2, 2]],
  ["stack(x, x, over=1)[1]", [2, 3], [0, 5, 2, 0, 5, 2]],
  ["sort(x)", [2, 3], [-1, 2, 3, 0, 2, 5]],
  ["sort(x, over=0, descending=true)", [2, 3], [3, 5, 2, 0, -1, 2]],
  ["sort(where(x > 4, infinity, x))[0]", [3], [-1, 2, 3]],
  ["sort(where(x < 1, -infinity, x), descending=true)[0, 0:2]", [2], [3, 2]],
  ["topk(where(x < 1, -infinity, x), 2)[0]", [2, 2], [3, 2, 5, 2]],
  ["topk(x, 2)[0]", [2, 2], [3, 2, 5, 2]],
  ["topk(x, 2)[1] + 0", [2, 2], [0, 2, 1, 2]],
  ["topk(x, 1, over=0)[0]", [1, 3], [3, 5, 2]],
  ["topk(x, 1, over=0)[1] + 0", [1, 3], [0, 1, 0]],
  ["argmax(x, over=0) + 0", [3], [0, 1, 0]],
  ["argmin(x, over=0) + 0", [3], [1, 0, 0]],
  ["argmax(x, over=space) + 0", [3], [0, 1, 0]],
  ["argmax(x, over=[0, 1]) + 0", [], [4]],
  ["sum(softmax(x, over=0), over=0)", [3], [1, 1, 1]],
  ["softmax(x, over=0)[0]", [3], [0.952574, 0.002473, 0.5]],
  ["log_softmax(x, over=0)[1]", [3], [-3.048587, -0.002476, -Math.LN2]],
];

/** Systems whose solutions are known: a pivot of 0 first, several right sides, and triangles. */
const SYSTEMS: typeof VALUES = [
  ["solve([[0, 2], [3, 1]], [4, 5]) + 0 * x[:, 0]", [2], [1, 2]],
  ["solve([[1, 1, 1], [0, 2, 5], [2, 5, -1]], [6, -4, 27]) + 0 * x[0]", [3], [5, 3, -2]],
  ["norm([3, 4]) + 0 * x[0, 0]", [], [5]],
  ["norm([[3, 4], [0, 0]], over=depth) + 0 * x[0, 0]", [2], [5, 0]],
  ["norm([[3, 1], [4, 1]], over=0, keep=true)[0] + 0 * x[0, 0]", [2], [5, Math.SQRT2]],
  ["solve([[2, 0], [0, 4]], x)", [2, 3], [1.5, -0.5, 1, 0, 1.25, 0.5]],
  ["solve([[1, 2], [3, 4]], eye(2)) + 0 * x[:, 0:2]", [2, 2], [-2, 1, 1.5, -0.5]],
  ["cholesky([[4, 12, -16], [12, 37, -43], [-16, -43, 98]]) + 0 * x[0]", [3, 3], [2, 0, 0, 6, 1, 0, -8, 5, 3]],
];

for (const [expression, shape, wanted] of [...VALUES, ...SYSTEMS])
  test(`\`${expression}\` is ${wanted.join(", ")}`, async () => {
    const found = await computed(expression, [2, 3], x, shape);
    expect(found).toHaveLength(wanted.length);
    wanted.forEach((w, i) => {
      expect(found[i]).toBeCloseTo(w, 5);
    });
  });

test("classes stay classes where they are joined, chosen, turned and moved round", () => {
  for (const call of ["concat(t, u)", "stack(t, u)", "where(t > 3, t, u)", "reverse(t)", "roll(t, 1)", "topk(x, 2)[1]"])
    expect(checkText(`model m(t: [5] of 9, u: [5] of 9, x: [4]) { embed(2)(${call}) }`), call).toEqual([]);
  for (const call of [
    "if t > 3 then t else u",
    "if t > 3 then 8 else t",
    "where(t > 3, t, 0)",
    "put(t, [1], u[0])",
    "put(t, [1], 8)",
  ])
    expect(checkText(`model m(t: [5] of 9, u: [5] of 9) { embed(2)(${call}) }`), call).toEqual([]);
  expect(checkText("model m(t: [T] of V) { embed(2)(if t > 3 then 0 else t) }")).toEqual([]);
  for (const call of ["concat(t, u)", "if t > 3 then t else u", "where(t > 3, t, 9)", "put(t, [1], 0.5)"])
    expect(
      checkText(`model m(t: [5] of 9, u: [5] of 8) { embed(2)(${call}) }`).map((d) => d.code),
      call,
    ).toEqual(["types/not-classes"]);
});

/** A step of training a table of rows that is read by classes in sequences of length 5 and 3: its loss, and the table. */
async function taughtBy(rows: string): Promise<readonly number[]> {
  const text = `model m(t: [T] of 9) { e = embed 2; ${rows}; dense 3 }
train m on d { loss mean(m(t)^2); batch 2; optimizer sgd lr=0.5 }`;
  const compiled = compileText(
    text,
    [
      { name: "t", shape: [5], classes: 9 },
      { name: "t~length", shape: [] },
    ],
    2,
  );
  const engine = await startEngine(compiled);
  engine.set("seed", 3);
  await engine.run("initialise");
  await engine.write("t", Int32Array.of(1, 4, 2, 8, 5, 7, 1, 3, 0, 0));
  (engine.view("t~length") as Float32Array).set([5, 3]);
  await engine.run("train");
  return [...(await engine.logged(1)), ...engine.view("m.embed1.weight")];
}

test.each([
  ["e(reverse(t))", "reverse(e(t))"],
  ["e(roll(t, 1))", "roll(e(t), 1)"],
  ["e(where(t > 3, t, roll(t, 1)))", "m = reshape(t > 3, [shape(t)[0], 1]); where(m, e(t), roll(e(t), 1))"],
  ["e(if t > 3 then 6 else t)", "m = reshape(t > 3, [shape(t)[0], 1]); y = e(t); where(m, e.weight[6], y)"],
  ["e(put(t, [0], t[1]))", "put(e(t), [0], e(t)[1])"],
  ["e(transpose(stack(t, t))[:, 0])", "e(t)"],
])("a table is taught by `%s` as by `%s`", async (byClasses, byRows) => {
  const [found, wanted] = [await taughtBy(byClasses), await taughtBy(byRows)];
  expect(wanted[0]).toBeGreaterThan(0);
  expect(found).toHaveLength(wanted.length);
  found.forEach((x, i) => {
    expect(x).toBeCloseTo(wanted[i]!, 5);
  });
});

test("an axis that is not there, or more than there are, is refused where it is written", () => {
  const text = (call: string): string => `model m(x: [4, 3], t: [T, 3]) { ${call} }`;
  const said = (call: string): string[] =>
    checkText(text(call)).map((d) => `${d.code} ${d.span ? text(call).slice(d.span.start, d.span.end) : ""}`);
  expect(said("concat(x, x, over=2)")).toEqual(["shapes/no-such-axis 2"]);
  expect(said("concat(x, x[0:2, 0:2], over=0)")).toEqual(["shapes/concat concat(x, x[0:2, 0:2], over=0)"]);
  expect(said("stack(x, x[0:2])")).toEqual(["shapes/uneven-list stack(x, x[0:2])"]);
  expect(said("topk(x, 5)")).toEqual(["calls/out-of-range 5"]);
  expect(said("argmax(x, over=batch)")).toEqual(["calls/out-of-range batch"]);
  expect(said("concat([x, x], 1)")).toEqual(["calls/too-many-arguments 1"]);
});
