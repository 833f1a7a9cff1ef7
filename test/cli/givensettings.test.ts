// Proves that a run with settings of its own stays whole: whatever reads its weights builds the model as the training called it,
// values at the top of a file are settings too, and the split of the data has a seed apart.

import { afterAll, beforeAll, expect, test } from "vitest";
import { Place } from "./dnn.ts";

const place = new Place();

const CALLED = `model net(x: [2], hidden=64, core=relu) { dense hidden; core; dense 3 }
data d = blobs(n=90, classes=3)
train net(hidden=64) on d {
  loss cross_entropy(net(x, hidden=hidden, core=tanh), label)
  optimizer sgd lr=0.1
  schedule cosine
  epochs 1
}
`;
const LETTERS = `model net(text: [T] of V, hidden) { embed hidden; dense V }
data d = text("letters.txt", seq=8)
train net(hidden=64) on d { loss cross_entropy(net(text, hidden=hidden), next); show top(net(text, hidden=hidden), 2); epochs 1 }
`;
const TOP = `hidden = 64
wide = 2 * hidden
last = dense 3
model net(x: [2]) { dense wide; relu; last }
data d = blobs(n=90, classes=3)
train net on d { loss cross_entropy(net(x), label); epochs 1 }
`;

beforeAll(() => {
  place.write("called.dnn", CALLED);
  place.write("letters.dnn", LETTERS);
  place.write("letters.txt", "abcd ".repeat(40));
  place.write("top.dnn", TOP);
});
afterAll(() => place.remove());

const shapeIn = (run: string, name: string): readonly number[] => place.checkpoint(run).tensors.get(name)!.shape;

test("predict and eval build a model with the settings that its training gave it", async () => {
  const set = ["--set", "hidden=16"];
  expect((await place.run("train", "called.dnn", ...set, "--out", "a")).code).toBe(0);
  expect((await place.run("train", "called.dnn", ...set, "--seed", "2", "--out", "b")).code).toBe(0);
  expect(shapeIn("a", "net.dense1.weight")).toEqual([2, 16]);
  const predicted = await place.run("predict", "called.dnn", "--weights", "a", "--input", "[[1, 2], [3, 4]]", "--json");
  expect([predicted.code, predicted.err]).toEqual([0, ""]);
  expect(predicted.events).toHaveLength(2);
  const weights = (name: string): number[] => Array.from(place.checkpoint("a").tensors.get(name)!.values, Number);
  const [first, bias, last, end] = ["1.weight", "1.bias", "2.weight", "2.bias"].map((n) =>
    weights(`net.dense${n}`),
  ) as [number[], number[], number[], number[]];
  // The training's `core` is tanh, the header's relu.
  const hidden = Array.from({ length: 16 }, (_, i) => Math.tanh(first[i]! + 2 * first[16 + i]! + bias[i]!));
  const scores = [0, 1, 2].map((k) => hidden.reduce((sum, h, i) => sum + h * last[3 * i + k]!, end[k]!));
  const total = scores.reduce((sum, s) => sum + Math.exp(s), 0);
  const probabilities = predicted.events[0]!.probabilities as number[];
  scores.forEach((s, k) => {
    expect(probabilities[k]).toBeCloseTo(Math.exp(s) / total, 5);
  });
  expect((await place.run("eval", "called.dnn", "--weights", "a,b")).code).toBe(0);
});

test("sample writes with a model whose settings have no defaults, and --text leaves out what the training shows", async () => {
  expect((await place.run("train", "letters.dnn", "--set", "hidden=16", "--out", "c")).code).toBe(0);
  const shown = await place.run("sample", "letters.dnn", "--weights", "c");
  expect([shown.code, shown.out]).toEqual([0, expect.stringContaining("%")]);
  const text = await place.run("sample", "letters.dnn", "--weights", "c", "--text", "--length", "12");
  expect([text.code, text.out, text.err]).toEqual([0, expect.stringMatching(/^[abcd ]{12}\n$/), ""]);
});

test("a plain value at the top of a file is a setting, and what is made of it follows", async () => {
  expect((await place.run("train", "top.dnn", "--set", "hidden=4", "--out", "d")).code).toBe(0);
  expect(shapeIn("d", "net.dense1.weight")).toEqual([2, 8]);
  expect((await place.run("predict", "top.dnn", "--weights", "d", "--input", "[1, 2]")).code).toBe(0);
  expect((await place.run("train", "top.dnn", "--resume", "d", "--epochs", "2")).code).toBe(0);
  const near = await place.run("train", "top.dnn", "--set", "hiden=4");
  expect([near.code, near.err]).toEqual([2, expect.stringContaining("did you mean `hidden`?")]);
  const layer = await place.run("train", "top.dnn", "--set", "last=4");
  expect([layer.code, layer.err]).toEqual([2, expect.stringContaining("no such setting")]);
});

test("--seed leaves the split as it is, --split-seed takes another, and a run remembers it", async () => {
  const heldout = async (...flags: string[]): Promise<unknown> => {
    const out = `split${flags.join("")}`;
    const { events } = await place.run("train", "top.dnn", "--set", "optimizer.lr=0", "--json", "--out", out, ...flags);
    return (events.at(-1)!.heldout as { loss: number }).loss;
  };
  const plain = await heldout();
  expect(await heldout("--split-seed", "0")).toBe(plain);
  const other = await heldout("--split-seed", "3");
  expect(other).not.toBe(plain);
  const evaluated = await place.run("eval", "top.dnn", "--weights", "split--split-seed3", "--json");
  expect(evaluated.events[0]!.loss).toBeCloseTo(other as number, 5);
  const both = await place.run("eval", "top.dnn", "--weights", "split,split--split-seed3");
  expect([both.code, both.err]).toEqual([0, expect.stringContaining("hold out other examples")]);
  const resumed = await place.run("train", "top.dnn", "--resume", "split", "--split-seed", "3");
  expect([resumed.code, resumed.err]).toEqual([2, expect.stringContaining("was started with split seed 0")]);
});

test("events say the learning rate of each step as the schedule has it", async () => {
  const { events } = await place.run("train", "called.dnn", "--json", "--out", "rates");
  const steps = events.filter((e) => e.event === "step");
  const rates = steps.map((e) => (e.learningRates as Record<string, number>).net!);
  rates.forEach((rate, i) => {
    expect(rate).toBeCloseTo(0.05 * (1 + Math.cos((Math.PI * i) / steps.length)), 6);
  });
  expect(rates.length).toBeGreaterThan(1);
});
