// Proves that values and slopes are PyTorch's where functions have kinks, ties and ends: by the reference and on the CPU.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { byEngine, byReference, type Question } from "./evaluated.ts";

interface KinkCase {
  readonly call: string;
  readonly operands: Readonly<Record<string, readonly number[]>>;
  readonly values: readonly number[];
  /** null where there is none. */
  readonly gradients: Readonly<Record<string, readonly (number | null)[]>>;
}

const file = new URL("../fixtures/pytorch/kinks.json", import.meta.url);
const cases = JSON.parse(readFileSync(file, "utf8")) as KinkCase[];

function questionOf({ call, operands }: KinkCase): Question {
  const names = Object.keys(operands);
  const inputs = names.map((name) => `${name}: [${operands[name]!.length}]`);
  return {
    text: `model m(${inputs.join(", ")}) { ${call} }`,
    training: true,
    inputs: Object.fromEntries(
      names.map((n) => [n, { shape: [1, operands[n]!.length], numbers: operands[n]! }] as const),
    ),
    learned: {},
    seeds: { y: "one" },
    gradients: names,
    states: [],
  };
}

function expectAll(
  found: ArrayLike<number>,
  wanted: readonly (number | null)[],
  tolerance: number,
  what: string,
): void {
  wanted.forEach((value, i) => {
    const close =
      value === null ? Number.isNaN(found[i]) : Math.abs(found[i]! - value) <= tolerance * (1 + Math.abs(value));
    expect(close, `${what}[${i}] is ${found[i]}, in PyTorch ${value}`).toBe(true);
  });
}

for (const c of cases)
  test(`${c.call} at ${Object.values(c.operands).join(" and ")}`, async () => {
    const question = questionOf(c);
    for (const [engine, answers, tolerance] of [
      ["reference", byReference(question), 1e-8],
      ["cpu", await byEngine(question), 2e-6],
    ] as const) {
      expectAll(answers.get("y")!, c.values, tolerance, `${engine}: value`);
      for (const [name, wanted] of Object.entries(c.gradients))
        expectAll(answers.get(`gradient ${name}`)!, wanted, tolerance, `${engine}: gradient of ${name}`);
    }
  });
