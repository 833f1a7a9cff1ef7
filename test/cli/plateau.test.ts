// Proves `plateau`: the learning rate falls when so many epochs have brought no better held-out figure, in the same way whether the
// training runs through or goes on from a checkpoint, and stays where every epoch is better.

import { readFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

interface Epoch {
  readonly epoch: number;
  readonly best: boolean;
  readonly rates: { readonly net: number };
  readonly heldout: { readonly loss: number };
}

const program = (lines: string): string => `data points = spirals(n=300)
model net(x: [2]) { dense 16; tanh; dense 3 }
train net on points {
  loss cross_entropy(net(x), label)
  ${lines}
  batch 32
}`;

const epochsOf = (run: string): Epoch[] =>
  readFileSync(place.path(`${run}/history.jsonl`), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Epoch);

async function trained(lines: string, run: string, ...flags: string[]): Promise<Epoch[]> {
  place.write(`${run}.dnn`, program(lines));
  const { code } = await place.run("train", `${run}.dnn`, "--out", run, ...flags);
  expect(code).toBe(0);
  return epochsOf(run);
}

/** The rates that a rate and a factor give, by what the epochs brought. */
function expected(epochs: readonly Epoch[], rate: number, factor: number, patience: number): number[] {
  let stale = 0;
  return epochs.map(({ best }) => {
    const now = rate;
    stale = best ? 0 : stale + 1;
    if (stale > 0 && stale % patience === 0) rate *= factor;
    return now;
  });
}

test("the rate falls after so many epochs without a better one, and a training that goes on does the same", async () => {
  const lines = "optimizer sgd lr=20\n  plateau 2 factor=0.5";
  const whole = await trained(lines, "whole", "--epochs", "12");
  const rates = whole.map((e) => e.rates.net);
  expect(rates).toEqual(expected(whole, 20, 0.5, 2));
  expect(new Set(rates).size).toBeGreaterThan(2);
  const first = whole.findIndex((e) => e.rates.net < 20);
  await trained(lines, "parts", "--epochs", String(first));
  await place.run("train", "parts.dnn", "--resume", "parts", "--epochs", "12");
  expect(epochsOf("parts").map((e) => [e.rates, e.heldout])).toEqual(whole.map((e) => [e.rates, e.heldout]));
});

test("without `factor=` it is a tenth, beside a schedule and an optimizer of a part", async () => {
  const lines =
    "optimizer sgd lr=20\n  optimizer sgd lr=10 for net.dense2\n  schedule exponential gamma=1\n  plateau 1";
  const epochs = await trained(lines, "tenth", "--epochs", "8");
  const wanted = expected(epochs, 20, 0.1, 1);
  expect(Math.min(...wanted)).toBeLessThan(3);
  for (const [i, { rates }] of epochs.entries()) {
    expect(rates.net).toBeCloseTo(wanted[i]!, 5);
    expect((rates as Record<string, number>)["net.dense2"]).toBeCloseTo(wanted[i]! / 2, 5);
  }
});

test("where nothing is held out, `check` says that the rate stays", async () => {
  const all = program("optimizer sgd lr=1\n  plateau 2").replace("spirals(n=300)", "moons(split=1)");
  place.write("none.dnn", all.replace("dense 3", "dense 2"));
  expect((await place.run("check", "none.dnn")).out).toContain("nothing is held out: the rate stays as it is");
});
