// Proves that what patience leaves is the best epoch: eval, predict, later trainings and printed figures take its weights; that
// it is never pruned and survives an interruption; and that the last weights are still there by name.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readSafetensors, writeSafetensors } from "../../runtime/checkpoint/safetensors.ts";
import { differences, Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

// A large network on a few noisy rows: it learns them by heart, and the held-out loss rises again.
const head = `model m(x: [2]) { dense 64; relu; dense 64; relu; dense 2 }
data points = moons(n=60, noise=0.6)
`;
const lines = "loss cross_entropy(m(x), label); metric accuracy(m(x), label); optimizer adam lr=0.02; batch 16";
const program = `${head}train t on points { ${lines}; patience 4; epochs 60 }\n`;

interface End {
  readonly epochs: number;
  readonly best?: number;
  readonly early?: boolean;
  readonly heldout: { readonly loss: number };
}

const endOf = (events: readonly Record<string, unknown>[]): End => events.at(-1) as unknown as End;
const checkpointNames = (run: string): string[] =>
  readdirSync(place.path(run)).filter((name) => name.endsWith(".safetensors"));
const pointed = (run: string, pointer: string): string => readFileSync(place.path(run, pointer), "utf8").trim();

async function evaluated(weights: string): Promise<{ readonly loss: number }> {
  const { code, err, events } = await place.run("eval", "m.dnn", "--weights", weights, "--json");
  expect([code, err]).toEqual([0, ""]);
  return events[0] as never;
}

let whole: End;
let heldout: readonly number[];

beforeAll(async () => {
  place.write("m.dnn", program);
  const { code, events } = await place.run("train", "m.dnn", "--json", "--out", "whole");
  expect(code).toBe(0);
  whole = endOf(events);
  heldout = events.filter((e) => e.event === "epoch").map((e) => (e.heldout as { loss: number }).loss);
});

test("the training ends early, and says which epoch was best", () => {
  const best = heldout.indexOf(Math.min(...heldout)) + 1;
  expect(whole).toMatchObject({ best, early: true, epochs: best + 4 });
  expect(heldout.at(-1)).toBeGreaterThan(heldout[best - 1]!);
  expect(whole.heldout.loss).toBe(heldout[best - 1]);
});

test("people read the same", async () => {
  const { out } = await place.run("train", "m.dnn", "--out", "read");
  expect(out).toContain(
    `stopped early, after 4 epochs without a better held-out loss: the result is epoch ${whole.best}, the best; the last weights are read/latest`,
  );
});

test("eval has the best epoch's figures, and the last ones by name", async () => {
  expect((await evaluated("whole")).loss).toBe(whole.heldout.loss);
  expect((await evaluated("whole/best")).loss).toBe(whole.heldout.loss);
  expect((await evaluated("whole/latest")).loss).toBe(heldout.at(-1));
  expect((await evaluated(`whole/epoch-${whole.best}.safetensors`)).loss).toBe(whole.heldout.loss);
});

test("predict answers with the best epoch's weights", async () => {
  const answer = async (weights: string) =>
    (await place.run("predict", "m.dnn", "--weights", weights, "--input", "[[0.3, 0.2]]", "--json")).events;
  const [own, best, latest] = [await answer("whole"), await answer("whole/best"), await answer("whole/latest")];
  expect(own).toEqual(best);
  expect(own).not.toEqual(latest);
});

test("the best checkpoint is kept beside the last two, and nothing else is", () => {
  const [last, before] = [`epoch-${whole.epochs}.safetensors`, `epoch-${whole.epochs - 1}.safetensors`];
  expect(checkpointNames("whole").sort()).toEqual([before, last, `epoch-${whole.best}.safetensors`].sort());
  expect(pointed("whole", "best")).toBe(`epoch-${whole.best}.safetensors`);
  expect(pointed("whole", "latest")).toBe(last);
});

test("a run that is resumed after its best epoch still knows it", async () => {
  const steps = String((whole.best! + 1) * 3 + 1);
  await place.run("train", "m.dnn", "--steps", steps, "--epochs", "60", "--out", "part");
  expect(pointed("part", "best")).toBe(`epoch-${whole.best}.safetensors`);
  const { events } = await place.run("train", "m.dnn", "--resume", "part", "--json");
  expect(endOf(events)).toMatchObject({ best: whole.best, epochs: whole.epochs, heldout: whole.heldout });
  expect(differences(place.checkpoint("whole"), place.checkpoint("part"))).toEqual([]);
  expect((await evaluated("part")).loss).toBe(whole.heldout.loss);
  expect(checkpointNames("part")).toContain(`epoch-${whole.best}.safetensors`);
});

test("a training that follows goes on from the best epoch", async () => {
  const second = `train again on points { ${lines.replace("lr=0.02", "lr=0")}; epochs 1 }\n`;
  place.write("two.dnn", program + second);
  const { code, events } = await place.run("train", "two.dnn", "--out", "two", "--json");
  expect(code).toBe(0);
  expect(endOf(events).heldout.loss).toBe(whole.heldout.loss);
});

test("without patience the last weights are the result, and the best are there by name", async () => {
  place.write("m.dnn", program.replace("patience 4; epochs 60", `epochs ${whole.epochs}`));
  const { events } = await place.run("train", "m.dnn", "--out", "plain", "--json");
  const end = endOf(events);
  expect(end.best).toBeUndefined();
  expect(end.heldout.loss).toBe(heldout.at(-1));
  expect((await evaluated("plain")).loss).toBe(heldout.at(-1));
  expect((await evaluated("plain/best")).loss).toBe(whole.heldout.loss);
  place.write("m.dnn", program);
});

test("a run of before the best was remembered is read, and finds a best of its own", async () => {
  await place.run("train", "m.dnn", "--epochs", "2", "--out", "older");
  const path = place.path("older", "epoch-2.safetensors");
  const { tensors, metadata } = readSafetensors(readFileSync(path));
  const facts = JSON.parse(metadata.get("dnn")!);
  expect(facts.progress.best.heldout.loss).toBeGreaterThan(0);
  // Older runs have of the best the loss alone.
  facts.progress.best = facts.progress.best.heldout.loss;
  delete facts.result;
  const old = new Map([
    ["dnn", JSON.stringify(facts)],
    ["program", metadata.get("program")!],
  ]);
  writeFileSync(path, writeSafetensors({ tensors, metadata: old }));
  const { code, err, events } = await place.run("train", "m.dnn", "--resume", "older", "--epochs", "3", "--json");
  expect([code, err, endOf(events).best]).toEqual([0, "", 3]);
  expect(existsSync(place.path("older", "epoch-3.safetensors"))).toBe(true);
});
