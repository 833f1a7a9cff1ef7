// Proves that `carry` lets states go on: two batches of five steps, one after the other, have the losses of one sequence of
// ten; and that a session gives each row of the batch its own stretch of the data, from zero states at every epoch.

import { expect, test } from "vitest";
import type { Numbers } from "../../runtime/engine.ts";
import { Session } from "../../runtime/train/session.ts";
import { compileText, startEngine } from "../support/engine.ts";

const program = (T: number, from: number, carry: string) => `
model net(x: [${T}, 2]) { lstm 6; gru 4; dense 1 }
train net on d {
  loss mse(net(x)[${from}:], y[${from}:])
  ${carry}
  optimizer sgd lr=0
  batch 3
}`;
const fields = (T: number) => [
  { name: "x", shape: [T, 2] },
  { name: "y", shape: [T, 1] },
];
const wave = (row: number, t: number, k: number): number => Math.sin(row * 1.3 + t * 0.9 + k);

async function lossesOf(text: string, T: number, chunks: number): Promise<number[]> {
  const engine = await startEngine(compileText(text, fields(T), 30));
  engine.set("seed", 5);
  await engine.run("initialise");
  const losses: number[] = [];
  for (let c = 0; c < chunks; c++) {
    for (let row = 0; row < 3; row++)
      for (let t = 0; t < T; t++) {
        for (const k of [0, 1]) engine.view("x")[(row * T + t) * 2 + k] = wave(row, c * T + t, k);
        engine.view("y")[row * T + t] = wave(row, c * T + t, 2);
      }
    await engine.run("train");
    losses.push(engine.logged(1)[0]!);
  }
  return losses;
}

test("states go on from batch to batch, and start again without `carry`", async () => {
  const [whole] = await lossesOf(program(10, 5, ""), 10, 1);
  const [, carried] = await lossesOf(program(5, 0, "carry"), 5, 2);
  const [, fresh] = await lossesOf(program(5, 0, ""), 5, 2);
  expect(carried).toBeCloseTo(whole!, 5);
  expect(Math.abs(fresh! - whole!)).toBeGreaterThan(1e-4);
});

test("a session reads each row's own stretch, and begins an epoch with the states' starts", async () => {
  const writes: [string, Numbers][] = [];
  const engine = {
    device: "none",
    run: async () => {},
    set: () => {},
    get: () => 0,
    logged: (n: number) => new Float32Array(n),
    has: () => true,
    read: async () => new Float32Array(6),
    write: async (name: string, values: Numbers) => void writes.push([name, values.slice()]),
    stop: async () => {},
  };
  const plan = {
    ...{ batch: 3, epochs: 2, examples: 11, heldout: 0, unitsPerExample: 1, seed: 1, batches: 1 },
    ...{ logged: [{ name: "loss" }], evaluated: [], tensors: [], carried: ["h~carried"] },
  };
  const session = await Session.open(engine, plan, []);
  for await (const _ of session.run());
  const orders = writes.filter(([name]) => name === "order").map(([, v]) => [...v.slice(0, 9)]);
  expect(orders).toEqual([
    [0, 3, 6, 1, 4, 7, 2, 5, 8],
    [0, 3, 6, 1, 4, 7, 2, 5, 8],
  ]);
  expect(writes.filter(([name]) => name === "h~carried")).toHaveLength(2);
});
