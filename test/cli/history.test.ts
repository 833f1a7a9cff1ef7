// Proves what a run's folder remembers: each epoch once, whatever happened in between; the program, its settings and where it ran;
// and that what cannot be written down ends no training.

import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EpochRecord, parseHistory, type RunRecord } from "../../project/train/history.ts";
import { Place, xor } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const historyOf = (run: string): readonly EpochRecord[] =>
  parseHistory(readFileSync(place.path(run, "history.jsonl"), "utf8"));
const recordOf = (run: string): RunRecord => JSON.parse(readFileSync(place.path(run, "run.json"), "utf8"));
/** Figures of an epoch, without times. */
const figuresOf = (records: readonly EpochRecord[]) =>
  records.map(({ epoch, step, rates, train, heldout, best }) => ({ epoch, step, rates, train, heldout, best }));

let events: readonly Record<string, unknown>[] = [];

beforeAll(async () => {
  place.write("xor.dnn", xor);
  ({ events } = await place.run("train", "xor.dnn", "--out", "whole", "--set", "batch=40", "--json"));
});

test("an epoch is a line with all its figures", () => {
  const epochs = events.filter((e) => e.event === "epoch");
  const history = historyOf("whole");
  expect(history.map((r) => [r.epoch, r.train, r.heldout])).toEqual(epochs.map((e) => [e.epoch, e.train, e.heldout]));
  expect(history).toHaveLength(6);
  const last = history.at(-1)!;
  expect([last.training, last.rates]).toEqual(["xor", { xor: 0.02 }]);
  expect(last.memory).toBeGreaterThan(1e6);
  expect(last.step).toBe(events.filter((e) => e.event === "step").length);
  const seconds = history.map((r) => r.seconds);
  expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
});

test("the losses of an epoch's steps are a curve of at most twenty points, and their mean is the epoch's", () => {
  const losses = events.filter((e) => e.event === "step").map((e) => e.loss as number);
  for (const { steps, losses: means } of historyOf("whole")) {
    expect(steps.length).toBeLessThanOrEqual(20);
    for (const [i, step] of steps.entries()) {
      const width = steps.length > 1 ? steps[1]! - steps[0]! : losses.length;
      const own = losses.slice(step - 1, Math.min(step - 1 + width, (steps[i + 1] ?? step + width) - 1));
      expect(means[i]).toBeCloseTo(own.reduce((a, b) => a + b, 0) / own.length, 5);
    }
  }
});

test("the record names program, settings, data, device and versions", () => {
  const record = recordOf("whole");
  expect(record).toMatchObject({
    format: 1,
    training: "xor",
    file: "xor.dnn",
    settings: { seed: 1, set: { batch: "40" } },
    batch: 40,
    data: { name: "points" },
    versions: { node: process.versions.node },
  });
  expect(readFileSync(place.path("whole", "program.dnn"), "utf8")).toBe(xor);
});

test("a run that was killed and goes on has each epoch once, with the figures of a run in one go", async () => {
  const { began } = recordOf("whole");
  await place.run("train", "xor.dnn", "--out", "part", "--set", "batch=40", "--steps", "9", "--epochs", "6");
  // A process that was killed had written of an epoch that no checkpoint has, and half a line.
  const before = historyOf("part");
  const ahead = { ...before[0]!, epoch: 5, train: { loss: 99 } };
  appendFileSync(place.path("part", "history.jsonl"), `${JSON.stringify(ahead)}\n{"training":"xor","epo`);
  const { code } = await place.run("train", "xor.dnn", "--resume", "part");
  expect(code).toBe(0);
  const history = historyOf("part");
  expect(figuresOf(history)).toEqual(figuresOf(historyOf("whole")));
  expect(history[0]!.seconds).toBe(before[0]!.seconds);
  expect(history.at(-1)!.seconds).toBeGreaterThanOrEqual(before.at(-1)!.seconds);
  expect(recordOf("part").began > began).toBe(true);
  const lines = readFileSync(place.path("part", "history.jsonl"), "utf8").trimEnd().split("\n");
  expect(lines).toHaveLength(6);
});

test("a run of before there was a history goes on, and has the epochs from there", async () => {
  await place.run("train", "xor.dnn", "--out", "older", "--epochs", "2");
  for (const name of ["history.jsonl", "run.json", "program.dnn"]) rmSync(place.path("older", name));
  const { code, err } = await place.run("train", "xor.dnn", "--resume", "older", "--epochs", "3");
  expect([code, err.includes("warning")]).toEqual([0, false]);
  expect(historyOf("older").map((r) => r.epoch)).toEqual([3]);
});

test("a folder in which a killed process has begun and saved nothing is free", async () => {
  await place.run("train", "xor.dnn", "--epochs", "1");
  for (const name of ["latest", "best", "epoch-1.safetensors"]) rmSync(place.path("runs", "xor-1", name));
  const { events } = await place.run("train", "xor.dnn", "--epochs", "2", "--json");
  expect(events.at(-1)!.dir).toBe("runs/xor-1");
  expect(historyOf("runs/xor-1").map((r) => r.epoch)).toEqual([1, 2]);
});

test("without patience the better epoch is named, with its weights", async () => {
  const { out } = await place.run(
    "train",
    "xor.dnn",
    "--out",
    "worse",
    "--set",
    "optimizer.lr=1",
    "--epochs",
    "8",
    "--set",
    "batch=all",
  );
  const history = historyOf("worse");
  const losses = history.map((r) => r.heldout!.loss!);
  const best = losses.indexOf(Math.min(...losses)) + 1;
  expect(best).toBeLessThan(8);
  expect(out).toContain(`epoch ${best} was better on the held-out data, loss `);
  expect(out).toContain(": worse/best");
});

const FULL = "/dev/full";
test.runIf(existsSync(FULL))("a full disk ends the history with one warning, and the training goes on", async () => {
  mkdirSync(place.path("full"));
  symlinkSync(FULL, place.path("full", "history.jsonl"));
  const { code, err } = await place.run("train", "xor.dnn", "--out", "full");
  expect(code).toBe(0);
  expect(err.match(/warning: .*/g)).toEqual([
    "warning: cannot write full/history.jsonl: the disk is full; the training goes on, and its curves end here",
  ]);
  expect(err).toContain("epoch 6/6");
  expect(readFileSync(place.path("full", "latest"), "utf8")).toContain("epoch-6");
});

test("what stands in the history's place ends no training either", async () => {
  mkdirSync(place.path("taken", "history.jsonl"), { recursive: true });
  const { code, err } = await place.run("train", "xor.dnn", "--out", "taken");
  expect(code).toBe(0);
  expect(err.match(/warning:/g)).toHaveLength(1);
  expect(err).toContain("epoch 6/6");
});
