// Proves that a value of an example is indexed by the example's own class as by any other: by a field, by what a model finds
// likeliest, inside a cell, with gradients; and that what stands at other places does not matter.

import { expect, test } from "vitest";
import { byEngine, byReference, type Given } from "../pytorch/evaluated.ts";
import { compileText, startEngine } from "../support/engine.ts";

const B = 4;
const V = 3;
const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => Math.fround(Math.sin(1 + i * 1.7) * 2));
const real = (...shape: number[]): Given => ({
  shape: [B, ...shape],
  numbers: numbers(shape.reduce((a, b) => a * b, B)),
});
const classes = (...shape: number[]): Given & { numbers: number[] } => ({
  shape: [B, ...shape],
  classes: V,
  numbers: Array.from({ length: shape.reduce((a, b) => a * b, B) }, (_, i) => (i * i + 1) % V),
});
const all = (g: Given): readonly number[] => ("numbers" in g ? g.numbers : []);

async function answers(
  types: string,
  body: string,
  inputs: Readonly<Record<string, Given>>,
  gradients: readonly string[],
) {
  const text = `model m(${types}) { ${body} }`;
  const question = { text, training: false, inputs, learned: {}, seeds: { y: "one" as const }, gradients, states: [] };
  return [byReference(question), await byEngine(question)];
}

function expectClose(found: ArrayLike<number>, wanted: readonly number[]): void {
  expect(found.length).toBe(wanted.length);
  wanted.forEach((w, i) => {
    if (!Number.isFinite(w)) expect(found[i], `[${i}]`).toBe(w);
    else expect(Math.abs(found[i]! - w), `[${i}]`).toBeLessThan(1e-5 * (1 + Math.abs(w)));
  });
}

/** Row ids[b, j] of table[b], of `width` numbers each. */
function rowsOf(table: readonly number[], ids: readonly number[], width: number): number[] {
  const each = ids.length / B;
  return ids.flatMap((id, i) => {
    const from = (Math.floor(i / each) * V + id) * width;
    return table.slice(from, from + width);
  });
}

for (const [what, rest, ids] of [
  ["a number of a vector", [], []],
  ["a row of a matrix", [2], []],
  ["a slab of a picture", [2, 2], []],
  ["a number for each step", [], [5]],
  ["a row for each place", [2], [2, 3]],
] as const)
  test(`${what} is chosen by the example's own class, with its gradient`, async () => {
    const [table, chosen] = [real(V, ...rest), classes(...ids)];
    const types = `p: [${[V, ...rest].join(", ")}], c: [${ids.join(", ")}] of ${V}`;
    const width = rest.reduce((a: number, b) => a * b, 1);
    for (const found of await answers(types, "p[c]", { p: table, c: chosen }, ["p"])) {
      expectClose(found.get("y")!, rowsOf(all(table), chosen.numbers, width));
      const counts = new Array<number>(B * V * width).fill(0);
      const each = chosen.numbers.length / B;
      chosen.numbers.forEach((id, i) => {
        for (let k = 0; k < width; k++) counts[(Math.floor(i / each) * V + id) * width + k]!++;
      });
      expectClose(found.get("gradient p")!, counts);
    }
  });

test("the class may be what a model finds likeliest", async () => {
  const p = real(V);
  const rows = Array.from({ length: B }, (_, b) => all(p).slice(b * V, (b + 1) * V));
  for (const found of await answers(`p: [${V}]`, "p[argmax(p)]", { p }, []))
    expectClose(
      found.get("y")!,
      rows.map((row) => Math.max(...row)),
    );
});

test("classes are chosen as classes", async () => {
  const [of, at] = [classes(V), classes()];
  for (const found of await answers(`c: [${V}] of ${V}, at: [] of ${V}`, "onehot(c[at])", { c: of, at }, []))
    expectClose(
      found.get("y")!,
      rowsOf(of.numbers, at.numbers, 1).flatMap((id) => [0, 1, 2].map((k) => Number(k === id))),
    );
});

test("infinite numbers at other places do not matter", async () => {
  const at = classes();
  const p = {
    shape: [B, V],
    numbers: Array.from({ length: B * V }, (_, i) => (i % V === at.numbers[Math.floor(i / V)] ? i : -Infinity)),
  };
  for (const found of await answers(`p: [${V}], c: [] of ${V}`, "p[c]", { p, c: at }, []))
    expectClose(found.get("y")!, rowsOf(p.numbers, at.numbers, 1));
});

test("a table of all examples, and a class of all, are indexed alike", async () => {
  const c = classes();
  for (const found of await answers(`c: [] of ${V}`, "[10, 20, 30][c]", { c }, []))
    expectClose(
      found.get("y")!,
      c.numbers.map((k) => 10 * (k + 1)),
    );
});

test("in a cell, a state is indexed by the step's class", async () => {
  const x = classes(5);
  const text = `cell tally() { state seen: [${V}]; before = seen[it]; seen = seen + onehot(it); before }
model m(x: [5] of ${V}) { tally }`;
  const question = {
    text,
    training: false,
    inputs: { x },
    learned: {},
    seeds: { y: "one" as const },
    gradients: [],
    states: [],
  };
  const wanted = Array.from({ length: B }, (_, b) => {
    const own = x.numbers.slice(5 * b, 5 * b + 5);
    return own.map((k, t) => own.slice(0, t).filter((other) => other === k).length);
  }).flat();
  for (const found of [byReference(question), await byEngine(question)]) expectClose(found.get("y")!, wanted);
});

test("a loss may be written as the probability of the label", async () => {
  const fields = [
    { name: "x", shape: [2] },
    { name: "label", shape: [], classes: V },
  ];
  const losses = await Promise.all(
    ["-log(softmax(net(x))[label])", "cross_entropy(net(x), label)"].map(async (loss) => {
      const text = `model net(x: [2]) { dense ${V} }\ntrain net on d { loss ${loss}; optimizer sgd lr=0.5; batch ${B} }`;
      const engine = await startEngine(compileText(text, fields, B));
      engine.set("seed", 1);
      await engine.run("initialise");
      await engine.write("x", Float32Array.from(numbers(2 * B)));
      await engine.write("label", Int32Array.from(classes().numbers));
      await engine.run("train", 5);
      return [...(await engine.logged(5))];
    }),
  );
  expectClose(losses[0]!, losses[1]!);
  expect(losses[0]!.at(-1)).toBeLessThan(losses[0]![0]!);
});

test.each([
  ["a list", "[1, 2, 3][label]"],
  ["rows of a parameter", "sum(m.w[label])"],
  ["a vector with another number", "sum(put([1, 2, 3], [label], 0))"],
  ["a vector with a one", "sum(onehot(label, 3))"],
])("a class without a place in %s is refused where it is written", (_, expression) => {
  const text = `model m(x: [2]) { param w: [3, 2] = 1; dense 5 }
train m on d { loss cross_entropy(m(x), label) * ${expression}; batch 3 }`;
  const fields = [
    { name: "x", shape: [2] },
    { name: "label", shape: [], classes: 5 },
  ];
  expect(() => compileText(text, fields, 3)).toThrow(
    "shapes/index-range: this is one of 5 classes, and there are 3 places",
  );
});
