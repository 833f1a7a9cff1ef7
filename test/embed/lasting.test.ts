// Proves that predictions leave nothing behind, that models stand side by side, and that a thread that ends is said.

import type { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { load, train } from "../../embed/index.node.ts";

const PROGRAM = `model net(x: [2]) { dense 8; tanh; dense 2 }
data points = moons(n=64)
train net on points { loss cross_entropy(net(x), label); epochs 2; batch 8 }
`;

const weightsOf = (seed: number): Promise<Uint8Array> => train({ text: PROGRAM }, { seed }).bytes();

test("10,000 predictions leave the memory as it was", async () => {
  await using net = await load(await weightsOf(1));
  const predict = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) await net.predict({ x: [i / count, -1] });
  };
  await predict(2000);
  const before = process.memoryUsage();
  await predict(10_000);
  const after = process.memoryUsage();
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(8 * 2 ** 20);
  expect(after.heapUsed - before.heapUsed).toBeLessThan(64 * 2 ** 20);
});

test("two models at once do not see each other's weights, and one goes on when the other is disposed of", async () => {
  const [a, b] = [await load(await weightsOf(1)), await load(await weightsOf(2))];
  const row = { x: [0.3, -0.4] };
  const [first, second] = [await a.predict(row), await b.predict(row)];
  expect(first).not.toEqual(second);
  expect(await Promise.all([a.predict(row), b.predict(row), a.predict(row)])).toEqual([first, second, first]);
  await a.dispose();
  expect(await b.predict(row)).toEqual(second);
  await b.dispose();
});

test("threads give the answers of one, and end with the model", async () => {
  const bytes = await weightsOf(1);
  const one = await load(bytes, { threads: 1 });
  const threaded = await load(bytes, { threads: 3 });
  const rows = Array.from({ length: 30 }, (_, i) => ({ x: [i / 10, -i / 20] }));
  expect(await threaded.batch(rows)).toEqual(await one.batch(rows));
  const threads = (): number => process.getActiveResourcesInfo().filter((name) => name === "MessagePort").length;
  const before = threads();
  await threaded.dispose();
  await one.dispose();
  await expect.poll(threads).toBeLessThanOrEqual(before);
});

test("a thread that ends is said at once, and by every call after that", async () => {
  const workers: Worker[] = [];
  const remember = (worker: Worker): void => void workers.push(worker);
  process.on("worker", remember);
  const net = await load(await weightsOf(1), { threads: 2 });
  process.off("worker", remember);
  expect((await net.predict([1, 2])).label).toMatch(/0|1/);
  expect(workers.length).toBeGreaterThanOrEqual(2);
  await workers.at(-1)!.terminate();
  for (const _ of [1, 2])
    await expect(net.predict([1, 2])).rejects.toThrow(/the engine stopped: one of its threads ended/);
  await net.dispose();
});
