// Proves what batch norm does with batches that have no statistics: one number of each depth. It is normalised by the running
// figures, which stay as they are; whatever is the last batch of an epoch spoils nothing.

import { expect, test } from "vitest";
import { compileText, startEngine } from "../support/engine.ts";

const LAYER = "net.batchnorm1";

/** A layer after steps with batches of these rows, all of x being 1, 2, 3, ... times its row's number. */
async function after(shape: readonly number[], batches: readonly number[]) {
  const size = shape.reduce((a, b) => a * b, 1);
  const text = `model net(x: [${shape.join(", ")}]) { batchnorm }
model kept(x: [${shape.join(", ")}]) { param y: [${shape.join(", ")}] = 0; y }
train net on d { step net { minimize mean(net(x)); update kept.y = mean(net(x), over=batch) }; optimizer sgd lr=0; batch 4 }`;
  const engine = await startEngine(compileText(text, [{ name: "x", shape }], 4));
  await engine.run("initialise");
  for (const rows of batches) {
    engine.set("batch", rows);
    await engine.write(
      "x",
      Float32Array.from({ length: 4 * size }, (_, i) => (1 + Math.floor(i / size)) * (1 + (i % size))),
    );
    await engine.run("train");
  }
  const at = (name: string): number[] => Array.from(engine.view(name));
  return { mean: at(`${LAYER}.mean`), variance: at(`${LAYER}.variance`), y: at("kept.y") };
}

test("a batch of one vector leaves the running figures, and is normalised by them", async () => {
  const { mean, variance, y } = await after([3], [1]);
  expect([mean, variance]).toEqual([
    [0, 0, 0],
    [1, 1, 1],
  ]);
  [1, 2, 3].forEach((x, i) => {
    expect(y[i]).toBeCloseTo(x, 4);
  });
});

test("a last batch of one changes nothing of what the batches before it gave", async () => {
  const [whole, more] = [await after([3], [4, 4]), await after([3], [4, 4, 1])];
  expect([more.mean, more.variance]).toEqual([whole.mean, whole.variance]);
  expect(whole.variance.every((v) => v > 1)).toBe(true);
});

test("two rows are enough: the running variance is that over N - 1", async () => {
  const { mean, variance } = await after([3], [2]);
  // Rows x and 2 x have the mean 1.5 x and the variance 0.5 x^2.
  [1, 2, 3].forEach((x, i) => {
    expect(mean[i]).toBeCloseTo(0.1 * 1.5 * x, 5);
    expect(variance[i]).toBeCloseTo(0.9 + 0.1 * 0.5 * x * x, 5);
  });
});

test("one picture has as many numbers of each depth as places", async () => {
  const { mean, variance } = await after([2, 2, 1], [1]);
  expect(mean[0]).toBeCloseTo(0.1 * 2.5, 5);
  expect(variance[0]).toBeCloseTo(0.9 + 0.1 * (5 / 3), 5);
});
