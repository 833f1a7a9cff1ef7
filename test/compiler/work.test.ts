// Work of records of a plan: operations and bytes of known layers, each with its line.

import { expect, test } from "vitest";
import type { Field } from "../../compiler/check/training/lines/types.ts";
import { planWasm } from "../../compiler/compilewasm.ts";
import { forgetNodes } from "../../compiler/graph/node.ts";
import type { Work } from "../../compiler/loops/stage.ts";
import { compileText } from "../support/engine.ts";

const image: Field[] = [
  { name: "image", shape: [16, 16, 8] },
  { name: "label", shape: [], classes: 10 },
];
const BATCH = 32;

/** Of a step of a model with this body: its records, with the text that each is for. */
function worksOf(body: string, settings = ""): (Work & { readonly text: string })[] {
  const text = `model net(image: [16, 16, 8]) { ${body} }
train net on d { loss cross_entropy(net(image), label); optimizer sgd lr=0.1; batch ${BATCH}${settings} }`;
  // Equal nodes of other programs have the places of those.
  forgetNodes();
  const { entries } = compileText(text, image, 320);
  let found: readonly Work[] = [];
  const sizes = {
    fields: [
      { name: "image", size: 2048, dtype: "f32" },
      { name: "label", size: 1, dtype: "i32" },
    ],
    train: 320,
    heldout: 0,
  } as const;
  planWasm(entries, sizes, BATCH, false, {
    works: (entry, works) => {
      if (entry === "train") found = works;
    },
  });
  return found.map((w) => ({ ...w, text: w.span ? text.slice(w.span.start, w.span.end) : "" }));
}

const products = (works: ReturnType<typeof worksOf>, text: string): readonly number[] =>
  works.filter((w) => w.text === text && w.operations > 0).map((w) => w.operations);

test("a dense layer's products are two operations for each weight and example, and its bias and activation one each", () => {
  const works = worksOf("flatten; dense 64; relu; dense 10");
  const [forward, weights] = products(works, "dense 64");
  expect(forward).toBe(BATCH * 64 * (2 * 2048 + 2));
  const product = 2 * BATCH * 2048 * 64;
  expect(weights).toBeGreaterThan(product);
  expect(weights).toBeLessThan(product * 1.05);
});

test("a convolution's products are two operations for each weight and place", () => {
  // Of so few channels that they are not computed in blocks with fewer products.
  const works = worksOf("conv 3x3 6 p1; relu; conv 3x3 4; flatten; dense 10");
  const first = 2 * BATCH * 16 * 16 * 9 * 8 * 6;
  const second = 2 * BATCH * 14 * 14 * 9 * 6 * 4;
  for (const [text, product, count] of [
    ["conv 3x3 6 p1", first, 2],
    ["conv 3x3 4", second, 3],
  ] as const) {
    const found = products(works, text).filter((n) => n > product / 2);
    expect(found.length, text).toBe(count);
    for (const n of found) expect(n / product, text).toBeCloseTo(1, 0);
  }
});

test("bytes are those of the values that are read and written, each once", () => {
  const works = worksOf("flatten; dense 64 nobias; dense 10");
  const forward = works.find((w) => w.text === "dense 64 nobias" && w.operations === 2 * BATCH * 2048 * 64)!;
  expect(forward.bytes).toBe(4 * (BATCH * 2048 + 2048 * 64 + BATCH * 64));
  const fetch = works.find((w) => w.writes.includes("image"))!;
  expect([fetch.name, fetch.bytes]).toEqual(["fetch", 2 * 4 * BATCH * 2048]);
});

test("what is summed beside a product counts as often as it is summed, and every product has the line of its layer", () => {
  const works = worksOf("flatten; dense 64; tanh; dense 64; tanh; dense 10");
  const large = works.filter((w) => w.operations > 1e5);
  expect(large.map((w) => w.text).filter((t) => !t.startsWith("dense"))).toEqual([]);
  const withShift = products(worksOf("flatten; dense 64; dense 10"), "dense 64").at(-1)!;
  const without = products(worksOf("flatten; dense 64 nobias; dense 10"), "dense 64 nobias").at(-1)!;
  expect(withShift - without).toBeLessThan(BATCH * 64 * 20);
});

test("what a causal mask hides is no work", () => {
  const work = (flag: string): number =>
    worksOf(`reshape [256, 8]; attention 1${flag}; flatten; dense 10`)
      .filter((w) => w.text.startsWith("attention"))
      .reduce((n, w) => n + w.operations, 0);
  // Half of the scores, and the layers before and after.
  const share = work(" causal") / work("");
  expect(share).toBeGreaterThan(0.5);
  expect(share).toBeLessThan(0.65);
});
