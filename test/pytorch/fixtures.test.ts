// The formula gives the numbers that Python gave, and the fixtures are whole: what they start from, where they lead, and that
// a comparison with them can fail.

import { expect, test } from "vitest";
import {
  batchValues,
  distance,
  readClassics,
  readGolden,
  readLayers,
  readProgram,
  readTraining,
  startValues,
  TRAINED,
  type Values,
} from "./fixtures.ts";
import { elements, hash, type TensorFormula, uniform, values } from "./formula.ts";

test("hash and uniform are those of formula.py", () => {
  for (const { i, k, hash: bits, u } of readGolden().points) expect([hash(i, k), uniform(i, k)]).toEqual([bits, u]);
});

test("whole tensors are those of formula.py, to the bit", () => {
  for (const tensor of readGolden().tensors) expect([...values(tensor)]).toEqual(tensor.values);
});

test.each(TRAINED)("%s starts where PyTorch started", (model) => {
  const fixture = readTraining(model);
  const start = startValues(fixture);
  for (const { name, ends } of fixture.parameters) {
    const made = start.get(name)!;
    expect([made[0], made.at(-1)], name).toEqual(ends);
  }
});

test.each(TRAINED)("%s moves every parameter further than rounding and tolerance can", (model) => {
  const fixture = readTraining(model);
  const start = startValues(fixture);
  expect(fixture.drift.loss).toBeLessThan(1e-6);
  expect(fixture.drift.tensor).toBeLessThan(1e-5);
  for (const { name, moved } of fixture.parameters) {
    expect(moved, name).toBeGreaterThan(5e-4);
    expect(distance(fixture.after.get(name)!, start.get(name)!) / moved, name).toBeCloseTo(1, 1);
  }
  expect(fixture.losses.length).toBe(fixture.steps);
});

test.each(TRAINED)("%s has other batches and other losses at every step", (model) => {
  const fixture = readTraining(model);
  const steps = [...fixture.losses.keys()];
  for (const { name } of fixture.fields) {
    expect(new Set(steps.map((s) => batchValues(fixture, s).get(name)!.slice(0, 8).join())).size, name).toBe(10);
  }
  expect(new Set(fixture.losses).size).toBe(10);
  expect(readProgram(model)).toContain(`model ${model}(`);
});

function checkShape(tensor: Values, like: TensorFormula | Values): void {
  expect(tensor.shape).toEqual(like.shape);
  expect(tensor.values.length).toBe(elements({ shape: tensor.shape, k: 0, classes: 1 }));
  expect(tensor.values.every(Number.isFinite)).toBe(true);
}

test("every layer case has gradients for all that is real, in its shape", () => {
  const { layers } = readLayers();
  expect(new Set(layers.map(({ name }) => name)).size).toBe(layers.length);
  for (const { name, inputs, parameters, outputs, seeds, gradients } of layers) {
    const real = Object.entries({ ...inputs, ...parameters }).filter(([, tensor]) => "scale" in tensor);
    expect(Object.keys(gradients), name).toEqual(real.map(([key]) => key));
    for (const [key, tensor] of real) checkShape(gradients[key]!, tensor);
    for (const [key, tensor] of Object.entries(outputs)) checkShape(tensor, seeds[key]!);
  }
});

test("the loss of a case is the mean of its values", () => {
  for (const { name, values: each, loss, gradients, inputs } of readLayers().losses) {
    const mean = each.values.reduce((sum, value) => sum + value, 0) / each.values.length;
    expect(Math.abs(mean - loss), name).toBeLessThanOrEqual(5e-8 * Math.abs(loss));
    checkShape(gradients.x!, inputs.x!);
  }
});

test("the step of a classic network has the gradient of every parameter, which rounding alone moves by less than 5 in 1000", () => {
  for (const { name, loss, drift, parameters } of readClassics()) {
    expect(loss, name).toBeGreaterThan(1);
    expect(drift.loss, name).toBeLessThan(1e-6);
    expect(drift.gradient, name).toBeLessThan(5e-3);
    expect(parameters.map(({ k }) => k)).toEqual(parameters.map((_, i) => i + 1));
    // A scale or bias whose effect the next batch norm takes out again has none.
    expect(parameters.filter(({ length }) => length < 1e-6).length, name).toBeLessThan(parameters.length / 10);
  }
});

test("optimizers have ten points on known surfaces, schedules start at the full rate unless they grow", () => {
  const { optimizers, schedules, surfaces } = readLayers();
  for (const { points, surface } of optimizers) {
    expect(points.length).toBe(10);
    for (const point of points) expect(point.length).toBe(surfaces[surface]!.start.length);
  }
  for (const { kind, options, points } of schedules)
    expect(points[0]).toEqual([0, ["warmup", "sweep"].includes(kind) ? (options.low ?? 0) : 1]);
});
