// Proves that sequences of different length in one batch are as if each were alone: padding changes no state, counts in no
// sum, mean, largest or product, and is never the last step; and that a batch of them trains as its examples one by one.

import { expect, test } from "vitest";
import { compileText, startEngine } from "../support/engine.ts";

const STEPS = 7;
const WIDTH = 3;
const LENGTHS = [3, 7, 1, 5];

const wave = (row: number, step: number, k: number): number => Math.sin(3 * row + 1.7 * step + 0.9 * k);

/** Training on rows of `steps` places, of which each has so many real ones; what lies past the end is large. */
async function trained(body: string, steps: number, rows: readonly number[], lengths: readonly number[]) {
  const fields = [
    { name: "x", shape: [steps, WIDTH] },
    { name: "x~length", shape: [] },
  ];
  const compiled = compileText(body.replace("BATCH", String(rows.length)), fields, rows.length);
  const engine = await startEngine(compiled);
  engine.set("seed", 4);
  await engine.run("initialise");
  const x = engine.view("x") as Float32Array;
  rows.forEach((row, i) => {
    for (let t = 0; t < steps; t++)
      for (let k = 0; k < WIDTH; k++) x[(i * steps + t) * WIDTH + k] = t < lengths[i]! ? wave(row, t, k) : 50;
  });
  if (engine.has("x~length")) (engine.view("x~length") as Float32Array).set(lengths);
  await engine.run("train");
  const [loss] = await engine.logged(1);
  const weights = compiled.training.learned.filter((l) => l.role === "parameter" && !l.path.includes("~"));
  return { loss: loss!, weights: new Map(weights.map((l) => [l.path, Float32Array.from(engine.view(l.path))])) };
}

const rest = "batch BATCH; optimizer sgd lr=0.1";

test.each([
  ["a mean", "dense 4; tanh; mean(it, over=time)"],
  ["a sum", "dense 4; tanh; sum(it, over=time)"],
  ["the largest", "dense 4; max(it, over=time)"],
  ["the smallest", "dense 4; min(it, over=time)"],
  ["the last step", "dense 4; tanh; last"],
  ["a step counted from the end", "lstm 4; it[-1]"],
  ["an LSTM", "lstm 4; last"],
  ["final states of a cell", "y = gru(4)(it); y.h"],
  ["both directions", "bidirectional { rnn 3 }; mean(it, over=time)"],
  ["a stack of cells", "lstm 4; gru 3; last"],
  ["a product over time", "w = softmax(dense(1)(it)[:, 0]); w @ it"],
  ["a step of a loss by step", "dense 2"],
  ["a figure of figures", "rnn 4; var(it, over=time)"],
])("%s is that of the real steps", async (_, lines) => {
  const body = `model m(x: [T, ${WIDTH}]) { ${lines} }\ntrain m on d { loss mean(m(x)^2); ${rest} }`;
  const rows = LENGTHS.map((_, i) => i);
  const together = await trained(body, STEPS, rows, LENGTHS);
  const alone = await Promise.all(rows.map((row) => trained(body, LENGTHS[row]!, [row], [LENGTHS[row]!])));
  const mean = (of: (t: (typeof alone)[number]) => number): number =>
    alone.reduce((a, t) => a + of(t), 0) / alone.length;
  expect(Math.abs(together.loss - mean((t) => t.loss))).toBeLessThan(1e-5 * Math.max(1, together.loss));
  // A step of gradient descent on a batch is the mean of the steps on its examples.
  for (const [path, weights] of together.weights)
    weights.forEach((w, i) => {
      expect(Math.abs(w - mean((t) => t.weights.get(path)![i]!)), `${path}[${i}]`).toBeLessThan(2e-5);
    });
});

test("a sequence is turned round within its length", async () => {
  const body = `model m(x: [T, ${WIDTH}]) { param w: [${WIDTH}] = 1; it * w; reverse; it[0] }
train m on d { loss mean(m(x)); ${rest} }`;
  const { loss } = await trained(body, STEPS, [0, 1], [3, 5]);
  const last = (row: number, step: number): number =>
    Array.from({ length: WIDTH }, (_, k) => wave(row, step, k) / WIDTH).reduce((a, b) => a + b);
  expect(Math.abs(loss - (last(0, 2) + last(1, 4)) / 2)).toBeLessThan(1e-5);
});

test("of steps from one on, those count that are left", async () => {
  const body = `model m(x: [T, ${WIDTH}]) { param w: [${WIDTH}] = 1; it * w }
train m on d { y = m(x); loss mean(y[2:]^2) + sum(y[0:4]); ${rest} }`;
  const { loss } = await trained(body, STEPS, [0, 1], [3, 6]);
  const at = (row: number, from: number, to: number, of: (v: number) => number): number[] =>
    Array.from({ length: (to - from) * WIDTH }, (_, i) => of(wave(row, from + Math.floor(i / WIDTH), i % WIDTH)));
  const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const square = (v: number): number => v * v;
  const one = (row: number, length: number): number => {
    const late = at(row, 2, length, square);
    return total(late) / late.length + total(at(row, 0, Math.min(4, length), (v) => v));
  };
  expect(Math.abs(loss - (one(0, 3) + one(1, 6)) / 2)).toBeLessThan(1e-5);
});
