// Proves that ten training steps from the same start on the same batches are PyTorch's: each loss within 1e-4 relative, every
// parameter and running average within 1e-4 in the 2-norm.

import { expect, test } from "vitest";
import { compileText, startEngine } from "../support/engine.ts";
import type { OptimizerFacts, TrainingFixture } from "./fixtures.ts";
import { batchValues, distance, readProgram, readTraining, startValues, TRAINED } from "./fixtures.ts";

function optimizerLine(o: OptimizerFacts): string {
  if (o.kind === "adam") return `adam lr=${o.lr} beta1=${o.beta1} beta2=${o.beta2} eps=${o.eps}`;
  return `sgd lr=${o.lr} momentum=${o.momentum} decay=${o.decay}${o.nesterov ? " nesterov" : ""}`;
}

function programText(name: (typeof TRAINED)[number], f: TrainingFixture): string {
  const [input, target] = f.fields.map((field) => field.name);
  return `${readProgram(name)}
train fit on facts {
  loss cross_entropy(${name}(${input}), ${target})
  optimizer ${optimizerLine(f.optimizer)}
  batch ${f.fields[0]!.shape[0]}
}
`;
}

for (const name of TRAINED) {
  test(`${name}: ten steps`, async () => {
    const f = readTraining(name);
    const fields = f.fields.map((field) => ({
      name: field.name,
      shape: field.shape.slice(1),
      ...("classes" in field ? { classes: field.classes } : {}),
    }));
    const compiled = compileText(programText(name, f), fields, f.fields[0]!.shape[0]!);
    const engine = await startEngine(compiled);
    await engine.run("initialise");
    for (const [path, values] of startValues(f)) engine.view(path).set(values);
    for (let step = 0; step < f.steps; step++) {
      for (const [field, values] of batchValues(f, step)) engine.view(field).set(values);
      await engine.run("train");
      const [loss] = engine.logged(1);
      expect(Math.abs(loss! / f.losses[step]! - 1), `loss of step ${step}`).toBeLessThan(1e-4);
    }
    for (const [path, wanted] of f.after)
      expect(distance(engine.view(path) as Float32Array, wanted), path).toBeLessThan(1e-4);
  });
}
