// Proves that every loss gives PyTorch's values and gradients, in its stable form where numbers are large.

import { expect, test } from "vitest";
import { byEngine, byReference, type Question, typeOf, worst } from "./evaluated.ts";
import type { LossCase } from "./fixtures.ts";
import { readLayers } from "./fixtures.ts";

/** Where our spelling is another than the case's line, see its note. */
const SPELLING: Readonly<Record<string, string>> = {
  hinge: "hinge(x, sign(y))",
};

function questionOf(c: LossCase): Question {
  const inputs = Object.entries(c.inputs).map(([name, f]) => `${name}: ${typeOf(f)}`);
  return {
    text: `model m(${inputs.join(", ")}) { ${SPELLING[c.name] ?? c.line.replace(/^hinge(?=.*label)/, "multi_hinge")} }`,
    training: true,
    inputs: c.inputs,
    learned: {},
    seeds: { y: "one" },
    // The sign of a target has no gradient.
    gradients: Object.keys(c.gradients).filter((name) => c.gradients[name]!.values.some((v) => v !== 0)),
    states: [],
  };
}

/** Means over each example's own elements. */
function perExample(values: ArrayLike<number>, examples: number): number[] {
  const size = values.length / examples;
  return Array.from({ length: examples }, (_, i) =>
    Array.from({ length: size }, (_, j) => values[i * size + j]!).reduce((a, b) => a + b / size, 0),
  );
}

for (const c of readLayers().losses) {
  test(`${c.name}: ${c.line}`, async () => {
    const question = questionOf(c);
    const [reference, engine] = [byReference(question), await byEngine(question)];
    const values = reference.get("y")!;
    const examples = c.values.values.length;
    const mean = Array.from(values).reduce((a, b) => a + b, 0) / values.length;
    expect(Math.abs(mean - c.loss)).toBeLessThanOrEqual(1e-7 * Math.abs(c.loss));
    expect(worst(perExample(values, examples), c.values.values), "values").toBeLessThan(1e-7);
    expect(worst(perExample(engine.get("y")!, examples), c.values.values), "values").toBeLessThan(1e-5);
    for (const name of question.gradients) {
      const wanted = c.gradients[name]!.values;
      // The fixture's are those of the mean.
      const scaled = (found: ArrayLike<number>): number[] => Array.from(found, (v) => v / values.length);
      expect(worst(scaled(reference.get(`gradient ${name}`)!), wanted), `reference, ${name}`).toBeLessThan(1e-6);
      expect(worst(scaled(engine.get(`gradient ${name}`)!), wanted), `engine, ${name}`).toBeLessThan(1e-5);
    }
  });
}
