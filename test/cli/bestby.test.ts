// Proves that a training finds its best epoch by the figure that it names: `best accuracy`, `patience 3 of accuracy`. What the
// epochs reported says which epoch that is; eval, the checkpoints and an interrupted run have to agree.

import { readFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { differences, Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const program = (lines: string): string => `model m(x: [2]) { dense 64; relu; dense 64; relu; dense 2 }
data points = moons(n=60, noise=0.6)
train t on points {
  loss cross_entropy(m(x), label)
  metric accuracy(m(x), label)
  metric error = 1 - accuracy(m(x), label)
  optimizer adam lr=0.02
  batch 16
  ${lines}
}
`;

type Figures = Readonly<Record<"loss" | "accuracy" | "error", number>>;

async function trained(lines: string, out: string, ...words: readonly string[]) {
  place.write("m.dnn", program(lines));
  const { code, err, events } = await place.run("train", "m.dnn", "--json", "--out", out, ...words);
  expect([code, err]).toEqual([0, ""]);
  const epochs = events.filter((e) => e.event === "epoch").map((e) => e.heldout as Figures);
  return { epochs, end: events.at(-1) as { epochs: number; best: number; heldout: Figures } };
}

const pointed = (run: string): string => readFileSync(place.path(run, "best"), "utf8").trim();

/** From 1; of equal figures the first. */
const highest = (epochs: readonly Figures[]): number => {
  const figures = epochs.map((f) => f.accuracy);
  return figures.indexOf(Math.max(...figures)) + 1;
};
const leastLoss = (epochs: readonly Figures[]): number => {
  const figures = epochs.map((f) => f.loss);
  return figures.indexOf(Math.min(...figures)) + 1;
};

test("`best accuracy` makes the epoch of the highest accuracy the result, though another has the least loss", async () => {
  const { epochs, end } = await trained("best accuracy; epochs 25", "by");
  const best = highest(epochs);
  expect(best).not.toBe(leastLoss(epochs));
  expect(end).toMatchObject({ epochs: 25, best, heldout: epochs[best - 1] });
  expect(pointed("by")).toBe(`epoch-${best}.safetensors`);
  const { events } = await place.run("eval", "m.dnn", "--weights", "by", "--json");
  expect(events[0]).toMatchObject(epochs[best - 1]!);
});

test("`lowest` turns it round", async () => {
  const { epochs, end } = await trained("best lowest error; epochs 25", "lowest");
  expect(end.best).toBe(highest(epochs));
});

test("`patience 4 of accuracy` ends four epochs after the best, and an interrupted run ends with the same", async () => {
  const { epochs, end } = await trained("patience 4 of accuracy; epochs 60", "whole");
  expect(end).toMatchObject({ best: highest(epochs), epochs: highest(epochs) + 4 });
  expect(end.epochs).toBeLessThan(60);
  await place.run("train", "m.dnn", "--steps", String((end.best + 1) * 3 + 1), "--out", "part");
  const { events } = await place.run("train", "m.dnn", "--resume", "part", "--json");
  expect(events.at(-1)).toMatchObject({ best: end.best, epochs: end.epochs, heldout: end.heldout });
  expect(differences(place.checkpoint("whole"), place.checkpoint("part"))).toEqual([]);
});

test("`patience` waits for what `best` names, and says so to people", async () => {
  place.write("m.dnn", program("best accuracy; patience 4; epochs 60"));
  const { out } = await place.run("train", "m.dnn", "--out", "read");
  expect(out).toContain("stopped early, after 4 epochs without a better held-out accuracy: the result is epoch");
});
