// `dnn train`: the objects it prints, what its settings change, and how a run ends.

import { existsSync, readdirSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { differences, Place, xor } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());
place.write("xor.dnn", xor);

test("--json prints exactly the contract's keys, one step event a step and one epoch event an epoch", async () => {
  const { code, events } = await place.run("train", "xor.dnn", "--epochs", "2", "--json", "--out", "json");
  expect(code).toBe(0);
  const kinds = events.map((e) => e.event);
  const perEpoch = Array.from({ length: 9 }, () => "step");
  expect(kinds).toEqual(["start", ...perEpoch, "epoch", ...perEpoch, "epoch", "end"]);
  const keys = (kind: string): string[] => Object.keys(events.find((e) => e.event === kind)!);
  expect(keys("start")).toEqual(["event", "training", "device", "params"]);
  const step = ["event", "training", "step", "loss", "losses", "learningRates", "examplesPerSecond", "seconds"];
  expect(keys("step")).toEqual(step);
  expect(keys("epoch")).toEqual(["event", "training", "epoch", "train", "heldout", "examplesPerSecond", "seconds"]);
  const end = ["event", "training", "steps", "epochs", "seconds", "examplesPerSecond", "train", "heldout", "dir"];
  expect(keys("end")).toEqual(end);
  expect(events[0]).toMatchObject({ params: 42, device: expect.stringMatching(/^cpu:(revec|relaxed|simd)$/) });
  expect(events.at(-1)).toMatchObject({ steps: 18, epochs: 2, dir: "json" });
  expect(events.filter((e) => e.event === "step").map((e) => e.step)).toEqual(
    Array.from({ length: 18 }, (_, i) => i + 1),
  );
});

test("the training figures of an epoch are the means of its steps, each by its number of rows", async () => {
  const { events } = await place.run("train", "xor.dnn", "--epochs", "1", "--json", "--out", "means");
  const losses = events.filter((e) => e.event === "step").map((e) => Number(e.loss));
  const rows = losses.map((_, i) => (i < 8 ? 24 : 8));
  const mean = losses.reduce((sum, loss, i) => sum + loss * rows[i]!, 0) / 200;
  const epoch = events.find((e) => e.event === "epoch")!.train as { loss: number };
  expect(epoch.loss).toBeCloseTo(mean, 10);
});

test("one thread, two threads and narrow vectors give the same bits, another seed does not", async () => {
  await place.run("train", "xor.dnn", "--epochs", "3", "--threads", "1", "--out", "one");
  await place.run("train", "xor.dnn", "--epochs", "3", "--threads", "2", "--out", "two");
  await place.run("train", "xor.dnn", "--epochs", "3", "--threads", "1", "--no-revec", "--out", "narrow");
  await place.run("train", "xor.dnn", "--epochs", "3", "--seed", "9", "--out", "other");
  const one = place.checkpoint("one");
  expect(differences(one, place.checkpoint("two"))).toEqual([]);
  expect(differences(one, place.checkpoint("narrow"))).toEqual([]);
  expect(differences(one, place.checkpoint("other"))).not.toEqual([]);
});

test("without --out runs are numbered, results go to stdout and progress to stderr", async () => {
  const first = await place.run("train", "xor.dnn", "--epochs", "1");
  const second = await place.run("train", "xor.dnn", "--epochs", "1");
  expect([first.code, second.code]).toEqual([0, 0]);
  expect(readdirSync(place.path("runs")).sort()).toEqual(["xor-1", "xor-2"]);
  expect(second.out).toContain("saved in runs/xor-2");
  expect(second.out).toMatch(/held out\s+\S+\s+\S+/);
  expect(second.err).toContain("epoch 1/1");
  const remembered = ["history.jsonl", "program.dnn", "run.json"];
  const files = ["best", "epoch-1.safetensors", "latest", ...remembered];
  expect(readdirSync(place.path("runs", "xor-1")).sort()).toEqual(files.sort());
});

test("--steps ends within an epoch and lengthens the training where the program's epochs are too few", async () => {
  const short = await place.run("train", "xor.dnn", "--steps", "4", "--json", "--out", "short");
  expect(short.events.at(-1)).toMatchObject({ event: "end", steps: 4, epochs: 0 });
  expect((short.events.at(-1)!.heldout as { loss: number }).loss).toBeGreaterThan(0);
  const long = await place.run("train", "xor.dnn", "--steps", "70", "--json", "--out", "long");
  expect(long.events.at(-1)).toMatchObject({ event: "end", steps: 70, epochs: 7 });
});

test("--set changes settings, --data the data, and patience ends a run early", async () => {
  const set = ["--set", "batch=all", "--set", "optimizer.lr=0", "--set", "patience=2"];
  const still = await place.run("train", "xor.dnn", "--epochs", "9", ...set, "--json", "--out", "still");
  expect(still.events.at(-1)).toMatchObject({ event: "end", epochs: 3, steps: 3 });
  const data = await place.run(
    "train",
    "xor.dnn",
    "--epochs",
    "1",
    "--data",
    "points=xor(n=48)",
    "--json",
    "--out",
    "data",
  );
  expect(data.events.at(-1)).toMatchObject({ event: "end", steps: 2 });
});

test("--set gives any number of a training, with a line or without, and refuses what the line would refuse", async () => {
  const run = async (...set: string[]): Promise<unknown> => {
    const flags = set.flatMap((s) => ["--set", s]);
    const { events } = await place.run(
      "train",
      "xor.dnn",
      "--steps",
      "3",
      ...flags,
      "--json",
      "--out",
      `set${set.join()}`,
    );
    return events.filter((e) => e.event === "step").at(-1)!.loss;
  };
  const usual = await run();
  expect(await run("clip=1e-6")).not.toBe(usual);
  expect(await run("clip=1e6")).toBe(usual);
  for (const [set, range] of [
    ["clip=0", "a number above 0"],
    ["ema=1", "a number from 0 to below 1"],
    ["patience=0.5", "a whole number from 1"],
    ["epochs=", "a whole number from 1"],
  ] as const) {
    const { code, err } = await place.run("train", "xor.dnn", "--set", set, "--out", "numbers");
    expect({ set, code, err }).toEqual({ set, code: 2, err: expect.stringContaining(`${range} is needed`) });
  }
});

test("trainings of a file run in order and later ones start from what earlier ones learned", async () => {
  const settings = "{ loss cross_entropy(xor(x), label); optimizer sgd lr=RATE; batch 40; epochs 2 }";
  const train = (name: string, rate: string): string => `train ${name} on points ${settings.replace("RATE", rate)}\n`;
  const head = "model xor(x: [2]) { dense 8; tanh; dense 2 }\ndata points = xor()\n";
  place.write("both.dnn", head + train("first", "0.5") + train("second", "0"));
  const { code, events } = await place.run("train", "both.dnn", "--json", "--out", "both");
  expect(code).toBe(0);
  expect(events.filter((e) => e.event === "end").map((e) => e.dir)).toEqual(["both/first", "both/second"]);
  const [first, second] = [place.checkpoint("both/first"), place.checkpoint("both/second")];
  const models = (file: typeof first): [string, unknown][] => [...file.tensors].filter(([name]) => !name.includes("~"));
  expect(models(second)).toEqual(models(first));
  const only = await place.run("train", "both.dnn", "--only", "second", "--json");
  expect(only.events.filter((e) => e.event === "start").length).toBe(1);
});

test("several steps are reported by their names, and the loss is the sum of what is minimised", async () => {
  await place.run("new", "--template", "gan", ".");
  const { code, events } = await place.run("train", "gan.dnn", "--epochs", "1", "--json", "--out", "gan");
  expect(code).toBe(0);
  for (const e of events.filter((e) => e.event === "step")) {
    const { D, G } = e.losses as { D: number; G: number };
    expect(e.loss).toBeCloseTo(-D - G, 6);
  }
});

test("numbers that are none end a run with exit code 3 and leave the last good checkpoint", async () => {
  place.write(
    "line.dnn",
    "model m(x: [1]) { dense 1 }\ndata d = line()\ntrain m on d { loss mean((m(x) - y)^2); optimizer sgd lr=RATE; epochs 50 }\n".replace(
      "RATE",
      "2.5",
    ),
  );
  const { code, err } = await place.run("train", "line.dnn", "--out", "line");
  expect(code).toBe(3);
  expect(err).toContain("error[train/diverged]");
  expect(err).toContain("line.dnn:3:7");
  for (const { values } of place.checkpoint("line").tensors.values())
    expect([...(values as Float32Array)].every(Number.isFinite)).toBe(true);
});

test("a parameter that is none ends a run by its name, though the loss is a number", async () => {
  place.write(
    "root.dnn",
    "model m(x: [1]) { param b: [] = 0; dense 1; it + sqrt(b) }\ndata d = line()\ntrain m on d { loss mean((m(x) - y)^2); optimizer sgd lr=0.1; batch all; epochs 5 }\n",
  );
  const { code, err } = await place.run("train", "root.dnn", "--out", "root");
  expect(code).toBe(3);
  expect(err).toMatch(/after step 1 'm\.b' holds -?Infinity, though the loss is a number/);
  expect(err).toContain("nothing was saved yet");
});

test("a closed pipe ends a run as an interruption does, with the exit code of one", async () => {
  const running = place.start("train", "xor.dnn", "--epochs", "3000", "--json", "--out", "pipe");
  await running.said('"event":"epoch"');
  running.child.stdout!.destroy();
  const { err, code } = await running.done;
  expect([code, err]).toEqual([141, "go on with: dnn train xor.dnn --resume pipe\n"]);
});

test("a folder that holds a run is not overwritten", async () => {
  const { code, err } = await place.run("train", "xor.dnn", "--out", "one");
  expect(code).toBe(1);
  expect(err).toContain("error[checkpoint/folder-has-run]");
  expect(err).toContain("--resume one");
  expect(existsSync(place.path("one", "lock"))).toBe(false);
});
