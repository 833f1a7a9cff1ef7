// Networks of thousands of layers that follow each other are compiled: nothing in the compiler calls itself for each of them.

import { expect, test } from "vitest";
import type { Field } from "../../compiler/check/training/types.ts";
import { compileText } from "../support/engine.ts";

const FIELDS: Field[] = [
  { name: "x", shape: [4] },
  { name: "label", shape: [], classes: 4 },
];

/** How often each line stands in its network. */
const LINES: Readonly<Record<string, number>> = {
  "it * 0.5 + x": 1500,
  tanh: 1500,
  "reverse(it, axis=0) + 1": 1500,
  "residual { tanh }": 700,
  "dense 4; tanh": 100,
};

for (const [line, count] of Object.entries(LINES))
  test(`${count.toLocaleString("en")} times \`${line}\``, () => {
    const text = `model net(x: [4]) { dense 4; ${`${line}; `.repeat(count)}dense 4 }
train net on d { loss cross_entropy(net(x), label); optimizer sgd lr=0.1; batch 8 }`;
    expect(compileText(text, FIELDS, 32).entries.length).toBeGreaterThan(2);
  }, 120_000);
