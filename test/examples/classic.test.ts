// Proves that the classic networks are those of their papers: parameters to the unit, weighted depth, the shapes of the
// papers' tables; and that each takes at its real size, within one memory of 4 GiB, the training step that PyTorch takes: its loss and
// the gradient of every parameter.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { linesWithin, outputText } from "../../compiler/check/frame/application.ts";
import { measureModel } from "../../compiler/check/program/cost.ts";
import { openProgram } from "../../compiler/check/program/program.ts";
import { type ClassicCase, readClassics, strideOf } from "../pytorch/fixtures.ts";
import { fillReal, uniform, values } from "../pytorch/formula.ts";
import { compileText, library, startEngine } from "../support/engine.ts";
import { CLASSICS } from "./classics.ts";

const textOf = (name: string): string => readFileSync(new URL(`../../examples/${name}.dnn`, import.meta.url), "utf8");

for (const [name, classic] of Object.entries(CLASSICS)) {
  test(`${name} has ${classic.params} parameters, ${classic.depth} weighted layers and the paper's shapes`, () => {
    const { program } = openProgram({ file: `${name}.dnn`, text: textOf(name) }, library);
    const checked = program.checkModel(name);
    expect(program.diagnostics).toEqual([]);
    const results = checked.result.kind === "tensor" ? [checked.result.node] : [];
    const figures = measureModel(name, checked.applications, results, new Set());
    expect([figures.params, figures.depth]).toEqual([classic.params, classic.depth]);
    const outputs = linesWithin(name, checked.applications).map(outputText);
    const seen = outputs.filter((o, i) => o !== outputs[i - 1]);
    expect(inOrder(classic.shapes, seen), `${seen.join(" ")}`).toBe(true);
  });

  test(`${name} takes at its real size the training step that PyTorch takes`, async () => {
    const wanted = readClassics().find((c) => c.name === name)!;
    expect(wanted.size).toBe(classic.size);
    const { loss, gradients } = await takeStep(name, wanted);
    expect(Math.abs(loss / wanted.loss - 1)).toBeLessThan(1e-5);
    expect(gradients.map((g) => g.shape)).toEqual(wanted.parameters.map((p) => p.shape));
    const room = Math.max(1e-4, 10 * wanted.drift.gradient);
    const least = 1e-4 * Math.max(...wanted.parameters.map((p) => p.length));
    for (const [i, { length, reach }] of wanted.parameters.entries()) {
      const found = gradients[i]!;
      const size = Math.max(length, least);
      expect(Math.abs(found.length - length) / size, `length at ${found.path}`).toBeLessThan(room);
      expect(Math.abs(found.reach - reach) / size, `reach at ${found.path}`).toBeLessThan(room);
    }
  }, 120_000);
}

interface Gradient {
  readonly path: string;
  readonly shape: readonly number[];
  readonly length: number;
  readonly reach: number;
}

/** One step from the formula's weights, without dropout, within one memory of 4 GiB: its loss and figures of each gradient. */
async function takeStep(name: string, { size, image, label, parameters }: ClassicCase) {
  // Large enough that the step is not lost in the weights' own rounding.
  const rate = 1000;
  const text = `${textOf(name).replaceAll(/; dropout [.0-9]+/g, "")}
train ${name} on d { loss cross_entropy(${name}(image), label); optimizer sgd lr=${rate}; batch 1 }`;
  const fields = [
    { name: "image", shape: [size, size, 3] },
    { name: "label", shape: [], classes: 1000 },
  ];
  const compiled = compileText(text, fields, 1);
  const engine = await startEngine(compiled);
  // No random weights: the formula gives all of them, and the rest of the memory begins as zeros.
  const learned = compiled.training.weights
    .filter((w) => w.role === "parameter")
    .map(({ path, node }) => ({ path, shape: node.shape.map(Number) }));
  for (const [i, { path }] of learned.entries()) fillReal(parameters[i]!, engine.view(path) as Float32Array);
  fillReal({ shape: [size, size, 3], k: image, offset: 0, scale: 1 }, engine.view("image") as Float32Array);
  engine.view("label").set(values({ shape: [1], k: label, classes: 1000 }));
  await engine.run("train");
  const gradients = learned.map(({ path, shape }, i): Gradient => {
    const after = engine.view(path);
    const { offset, scale, k } = parameters[i]!;
    let [squares, reach] = [0, 0];
    for (let at = 0; at < after.length; at += strideOf(after.length)) {
      const gradient = (Math.fround(offset + scale * uniform(at, k)) - after[at]!) / rate;
      squares += gradient ** 2;
      reach += gradient * uniform(at, 5000 + k);
    }
    return { path, shape, length: Math.sqrt(squares), reach };
  });
  return { loss: engine.logged(1)[0]!, gradients };
}

function inOrder(wanted: readonly string[], seen: readonly string[]): boolean {
  let at = 0;
  for (const s of seen) if (s === wanted[at]) at++;
  return at === wanted.length;
}
