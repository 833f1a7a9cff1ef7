// Proves that every layer, cell and norm gives PyTorch's values, gradients and running figures: the f64 reference to the
// fixtures' nine digits, the CPU engine to what float32 allows.

import { expect, test } from "vitest";
import { byEngine, byReference, type Question, typeOf, worst } from "./evaluated.ts";
import type { LayerCase } from "./fixtures.ts";
import { readLayers } from "./fixtures.ts";

/** Options of a case that its line does not say, see its note. */
const OPTIONS: Readonly<Record<string, string>> = {
  attention: "attention 2 causal",
  "lstm from given states": "lstm 4 h=h0 c=c0",
};

/** A value's fields are named as its states: inputs with the same names would hide them. */
const inputName = (name: string): string => (name === "x" ? name : `${name}0`);
/** The second of two like each other stands in a block of its own. */
const ownName = (name: string): string => name.replace(/^bidirectional1\.(lstm|rnn)2\./, "bidirectional1.block1.$11.");
const renamed = <T>(named: Readonly<Record<string, T>>, to: (name: string) => string): Record<string, T> =>
  Object.fromEntries(Object.entries(named).map(([name, value]) => [to(name), value]));

function questionOf(c: LayerCase): Question {
  const inputs = renamed(c.inputs, inputName);
  const types = Object.entries(inputs).map(([name, f]) => `${name}: ${typeOf(f)}`);
  return {
    text: `model m(${types.join(", ")}) { ${OPTIONS[c.name] ?? c.line} }`,
    training: c.after !== undefined,
    inputs,
    learned: renamed({ ...c.parameters, ...c.states }, ownName),
    seeds: c.seeds,
    gradients: Object.keys(c.gradients).map((n) => asked(c, n)),
    states: Object.keys(c.after ?? {}),
  };
}

const asked = (c: LayerCase, name: string): string => (name in c.inputs ? inputName(name) : ownName(name));

function wantedOf(c: LayerCase): [string, readonly number[]][] {
  return [
    ...Object.entries(c.outputs).map(([n, v]): [string, readonly number[]] => [n, v.values]),
    ...Object.entries(c.gradients).map(([n, v]): [string, readonly number[]] => [`gradient ${asked(c, n)}`, v.values]),
    ...Object.entries(c.after ?? {}).map(([n, v]): [string, readonly number[]] => [n, v.values]),
  ];
}

for (const c of readLayers().layers) {
  test(`${c.name}: ${c.line}`, async () => {
    const question = questionOf(c);
    const [reference, engine] = [byReference(question), await byEngine(question)];
    for (const [name, wanted] of wantedOf(c)) {
      expect(worst(reference.get(name)!, wanted), `reference, ${name}`).toBeLessThan(1e-7);
      expect(worst(engine.get(name)!, wanted), `engine, ${name}`).toBeLessThan(1e-5);
    }
  });
}
