// Networks of thousands of layers that follow each other are compiled: nothing in the compiler calls itself for each of them, and
// twice as many are twice the work, counted in how often each piece of code runs.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Field } from "../../compiler/check/training/lines/types.ts";
import type { Store } from "../../compiler/loops/nest.ts";
import { inParts } from "../../compiler/lower/updates.ts";
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
  "residual { a = dense(4)(it); b = dense(4)(it); a * b }": 60,
};

for (const [line, count] of Object.entries(LINES))
  test(`${count.toLocaleString("en")} times \`${line}\``, () => {
    const text = `model net(x: [4]) { dense 4; ${`${line}; `.repeat(count)}dense 4 }
train net on d { loss cross_entropy(net(x), label); optimizer sgd lr=0.1; batch 8 }`;
    expect(compileText(text, FIELDS, 32).entries.length).toBeGreaterThan(2);
  }, 120_000);

const counter = fileURLToPath(new URL("../support/operations.child.ts", import.meta.url));

/** Depths of which each is twice the one before. */
const SIZES = { residual: [14, 26, 50], written: [48, 96, 192] };

for (const [kind, depths] of Object.entries(SIZES))
  test(`no part of the work grows faster than the depth of a network: ${kind}`, () => {
    const args = ["--no-opt", "--no-maglev", counter, kind, ...depths.map(String)];
    expect(JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }))).toEqual([]);
  }, 120_000);

test("thousands of values that start alike are stored by several kernels, unless one reads what another overwrites", () => {
  const zero = { terms: [], offset: 0 };
  const storing = (i: number, from?: string): Store => ({
    buffer: `b${i}`,
    address: zero,
    dtype: "f32",
    value: from ? { kind: "load", buffer: from, address: zero, dtype: "f32" } : { kind: "number", value: 0 },
  });
  const many = Array.from({ length: 2500 }, (_, i) => storing(i));
  expect(inParts(many).map((part) => part.length)).toEqual([1000, 1000, 500]);
  expect(inParts(many).flat()).toEqual(many);
  expect(inParts([...many, storing(2500, "b0")])).toHaveLength(1);
});
