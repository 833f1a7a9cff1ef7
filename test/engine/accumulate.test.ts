// Proves that what grows by a little with every batch keeps growing: the step counter beyond 2^24, running means of metrics over
// many rows, and means over data that come batch by batch.

import { expect, test } from "vitest";
import type { WasmEngine } from "../../runtime/wasm/engine.ts";
import { compileText, startEngine } from "../support/engine.ts";

const FIELDS = [{ name: "x", shape: [2] }];

function started(data: string, body: string): Promise<WasmEngine> {
  const text = `${data}\nmodel net(x: [2]) { dense 1 }\ntrain net on d { loss mse(net(x), 0.5); batch 4; ${body} }`;
  return startEngine(compileText(text, FIELDS, 100_000));
}

test("the step counter goes on beyond 2^24, and schedules with it", async () => {
  const engine = await started("", "optimizer sgd lr=0.1");
  await engine.run("initialise");
  engine.view("net~t").fill(2 ** 24 - 3);
  await engine.run("train", 1001);
  expect(engine.view("net~t")[0]! + engine.view("net~t~rest")[0]!).toBe(2 ** 24 + 998);
  expect(Math.abs(engine.view("net~t")[0]! - 2 ** 24 - 998)).toBeLessThanOrEqual(2);
});

test("a running mean of 16 million rows still moves by what a batch brings", async () => {
  const engine = await started("", "metric size = exp(mean(x))");
  await engine.run("initialise");
  const [mean, rows] = ["~mean1", "~rows"].map((end) => {
    const found = engine.plan.buffers.find((b) => b.name.endsWith(end) && !b.name.includes("heldout"))!;
    return engine.view(found.name);
  }) as [Float32Array, Float32Array];
  mean.fill(0.5);
  rows.fill(2 ** 24);
  engine.set("batch", 1);
  engine.view("x").fill(0.75);
  const batches = 20_000;
  for (let done = 0; done < batches; done += 1000) await engine.run("train", 1000);
  expect(Math.abs(rows[0]! - 2 ** 24 - batches)).toBeLessThanOrEqual(2);
  const wanted = 0.5 + (0.25 * batches) / (2 ** 24 + batches);
  expect(Math.abs(mean[0]! / wanted - 1)).toBeLessThan(1e-6);
});

test("a mean over data that comes one row at a time has five digits", async () => {
  const engine = await started('data d = csv("d.csv") { x = x - mean(x, over=data) }', "optimizer sgd lr=0.1");
  engine.view("x").fill(0.1);
  engine.set("batch", 1);
  await engine.run("measure0", 100_000);
  const mean = engine.view("data.d.mean1")[0]!;
  expect(Math.abs(mean / Math.fround(0.1) - 1)).toBeLessThan(1e-6);
});
