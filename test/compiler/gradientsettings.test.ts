// Proves the settings that stand between a loss and its optimizer: gradients of several batches move the weights as one batch of all
// of them would, each number of a gradient may be limited, and the mean over the ends of epochs is that mean.

import { expect, test } from "vitest";
import { Random } from "../../runtime/data/random.ts";
import type { WasmEngine } from "../../runtime/wasm/engine.ts";
import { checkText } from "../support/checked.ts";
import { compileText, startEngine } from "../support/engine.ts";

const DEPTH = 5;
const EXAMPLES = 22;
const fields = [
  { name: "x", shape: [DEPTH] },
  { name: "label", shape: [], classes: 3 },
];
const drawn = new Random(11);
const xs = Float32Array.from({ length: EXAMPLES * DEPTH }, () => drawn.normal());
const labels = Int32Array.from({ length: EXAMPLES }, () => drawn.integer(3));

const program = (...lines: string[]): string => `
model net(x: [${DEPTH}]) { dense 4; tanh; dense 3 }
train net on d {
  loss cross_entropy(net(x), label)
  ${lines.join("\n  ")}
}`;

/** Epochs over the examples in their order, batch by batch; `after` sees the engine after each step. */
async function trained(
  text: string,
  epochs: number,
  after?: (engine: WasmEngine, step: number) => void,
): Promise<WasmEngine> {
  const compiled = compileText(text, fields, EXAMPLES);
  const { batch } = compiled.training;
  const engine = await startEngine(compiled);
  await engine.run("initialise");
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch++)
    for (let from = 0; from < EXAMPLES; from += batch) {
      const to = Math.min(EXAMPLES, from + batch);
      engine.set("batch", to - from);
      await engine.write("x", xs.slice(from * DEPTH, to * DEPTH));
      await engine.write("label", labels.slice(from, to));
      await engine.run("train");
      after?.(engine, ++step);
    }
  return engine;
}

const WEIGHTS = ["net.dense1.weight", "net.dense1.bias", "net.dense2.weight", "net.dense2.bias"];
const weightsOf = (engine: WasmEngine): number[] => WEIGHTS.flatMap((name) => [...engine.view(name)]);

function expectNear(found: readonly number[], wanted: readonly number[]): void {
  wanted.forEach((w, i) => {
    expect(Math.abs(found[i]! - w), `${i}: ${found[i]} for ${w}`).toBeLessThan(2e-6 * (1 + Math.abs(w)));
  });
}

test.each([
  "optimizer sgd lr=0.5 momentum=0.9",
  "optimizer adam lr=0.05",
  "optimizer sgd lr=0.5; clip 0.3",
  "optimizer sgd lr=0.5; clip value=0.05",
  "optimizer sgd lr=0.5; clip 0.3 value=0.05",
  "optimizer adam lr=0.05; ema 0.7",
])("batches that are accumulated are one batch, the last ones of an epoch too: %s", async (lines) => {
  // Of 22 examples 4 at a time, three batches are 12 and three are 10.
  const whole = await trained(program(lines, "batch 12; epochs 3"), 3);
  const parts = await trained(program(lines, "batch 4; epochs 3; accumulate 3"), 3);
  expectNear(weightsOf(parts), weightsOf(whole));
  if (lines.includes("ema"))
    for (const name of WEIGHTS) expectNear([...parts.view(`${name}~ema`)], [...whole.view(`${name}~ema`)]);
});

test("between moves the weights stay as they are", async () => {
  const seen: string[] = [];
  await trained(program("optimizer sgd lr=0.5", "batch 4; epochs 1; accumulate 3"), 1, (engine) => {
    seen.push(weightsOf(engine).join());
  });
  expect(new Set(seen.slice(0, 2)).size).toBe(1);
  expect(seen[2]).not.toBe(seen[1]);
  expect(new Set(seen.slice(2, 5)).size).toBe(1);
  expect(seen[5]).not.toBe(seen[4]);
});

test("each number of a gradient is at most as large as `clip value=` says, and one that is smaller stays", async () => {
  const start = await trained(program("optimizer sgd lr=1e-9; batch 22; epochs 1"), 0);
  const before = weightsOf(start);
  const free = weightsOf(await trained(program("optimizer sgd lr=1; batch 22; epochs 1"), 1));
  const held = weightsOf(await trained(program("optimizer sgd lr=1; batch 22; epochs 1; clip value=0.05"), 1));
  const limited = free.map((w, i) => before[i]! + Math.max(-0.05, Math.min(0.05, w - before[i]!)));
  expect(free.some((w, i) => Math.abs(w - before[i]!) > 0.05)).toBe(true);
  expectNear(held, limited);
});

test("`swa` is the mean of the weights at the ends of epochs, from its epoch on, and before that the weights", async () => {
  const ends: number[][] = [];
  const perEpoch = 3;
  const engine = await trained(program("optimizer sgd lr=0.5; batch 8; epochs 5; swa 3"), 5, (e, step) => {
    if (step % perEpoch === 0) ends.push(weightsOf(e));
    const averages = WEIGHTS.flatMap((name) => [...e.view(`${name}~ema`)]);
    if (step <= 2 * perEpoch) expectNear(averages, weightsOf(e));
    else if (step < 3 * perEpoch) expectNear(averages, ends[1]!);
  });
  const mean = ends[0]!.map((_, i) => (ends[2]![i]! + ends[3]![i]! + ends[4]![i]!) / 3);
  expectNear(
    WEIGHTS.flatMap((name) => [...engine.view(`${name}~ema`)]),
    mean,
  );
});

test("a line for some parts moves these, the narrowest one first, and the other line the rest", async () => {
  const start = weightsOf(await trained(program("optimizer sgd lr=1; batch 22; epochs 1"), 0));
  const plain = weightsOf(await trained(program("optimizer sgd lr=1; batch 22; epochs 1"), 1));
  const lines = [
    "optimizer sgd lr=0.5",
    "optimizer sgd lr=0 for net",
    "optimizer sgd lr=0.25 for net.dense1.weight, net.dense2.bias",
    "optimizer sgd lr=2 for net.dense2",
    "batch 22; epochs 1",
  ];
  const found = weightsOf(await trained(program(...lines), 1));
  const sizes = [DEPTH * 4, 4, 12, 3];
  const rates = [0.25, 0, 2, 0.25].flatMap((rate, i) => new Array<number>(sizes[i]!).fill(rate));
  expectNear(
    found,
    plain.map((w, i) => start[i]! + rates[i]! * (w - start[i]!)),
  );
});

test("an optimizer of a program takes the gradient a step up the slope (sharpness-aware minimisation), and keeps its momentum", async () => {
  const [lr, rho, momentum] = [0.5, 0.3, 0.9];
  const text = `
optimizer sharp(lr, rho=0.05, momentum=0) {
  state v = 0
  v = momentum * v + grad(param + rho * grad / (norm(grad) + 1e-12))
  param -= lr * v
}
model net(x: [${DEPTH}]) { param w: [${DEPTH}] = 0.5; x * w }
train net on d { loss sum(sin(net(x))) + 0 * onehot(label, 3)[0]; optimizer sharp lr=${lr} rho=${rho} momentum=${momentum}; batch ${EXAMPLES} }`.replace(
    "+ 0 * label",
    "",
  );
  const engine = await trained(text, 3);
  let [w, v] = [new Array<number>(DEPTH).fill(0.5), new Array<number>(DEPTH).fill(0)];
  const gradient = (at: readonly number[]): number[] =>
    at.map((_, k) => {
      let sum = 0;
      for (let i = 0; i < EXAMPLES; i++) sum += Math.cos(xs[i * DEPTH + k]! * at[k]!) * xs[i * DEPTH + k]!;
      return sum / EXAMPLES;
    });
  for (let step = 0; step < 3; step++) {
    const g = gradient(w);
    const size = Math.hypot(...g);
    const up = gradient(w.map((x, k) => x + (rho * g[k]!) / size));
    v = v.map((x, k) => momentum * x + up[k]!);
    w = w.map((x, k) => x - lr * v[k]!);
  }
  w.forEach((x, k) => {
    expect(engine.view("net.w")[k]).toBeCloseTo(x, 5);
  });
});

test("the times of a schedule may be steps", async () => {
  const rates = (schedule: string): readonly number[] => {
    const { training } = compileText(program("optimizer sgd lr=1", schedule, "batch 4; epochs 5"), fields, EXAMPLES);
    return [1, 2, 5, 9, 13, 25].map((step) => training.ratesAt(step).net!);
  };
  expect(rates("schedule warmup(8, per=steps)")).toEqual([0, 0.125, 0.5, 1, 1, 1]);
  expect(rates("schedule step_decay every=4 factor=0.5 per=steps")).toEqual([1, 1, 0.5, 0.25, 0.125, 0.015625]);
  expect(rates("schedule warmup(8, per=steps) * step_decay(2, factor=0.5, per=epochs)")).toEqual([
    0, 0.125, 0.5, 1, 0.5, 0.25,
  ]);
  expect(rates("schedule cosine per=steps")).toEqual(rates("schedule cosine"));
});

test.each([
  ["accumulate 2; optimizer nesterov lr=0.1", "train/bad-setting"],
  ["clip value=1; optimizer nesterov lr=0.1", "train/bad-setting"],
  ["accumulate 1.5", "train/bad-setting"],
  ["clip value=0", "train/bad-setting"],
  ["clip size=1", "calls/unknown-parameter"],
  ["clip 1 2", "calls/too-many-arguments"],
  ["ema 0.9; swa 2", "train/setting-twice"],
  ["plateau factor=0.5", "calls/missing-argument"],
  ["precision bf16", "train/no-precision"],
  ["optimizer sgd lr=1; optimizer sgd lr=2", "train/setting-twice"],
  ["optimizer sgd lr=1 for net.dense3", "train/not-a-model"],
  ["optimizer sgd lr=1 for other", "names/unknown"],
  ["schedule cosine for net", "train/schedule-parts"],
  ["optimizer sgd lr=1; schedule cosine per=days", "names/unknown"],
  ["optimizer sgd lr=1; schedule cosine per=3", "calls/out-of-range"],
  ["optimizer adam lr=1e-3; optimizer nesterov lr=0.1 for net.dense1; accumulate 2", "train/bad-setting"],
])("%s is refused", (lines, code) => {
  const found = checkText(program(lines), fields).filter((d) => d.severity === "error");
  expect(found.map((d) => d.code)).toEqual([code]);
});
