// Stopping and going on: a run that was interrupted in any way ends with the bits of one that was not.

import { cpSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { differences, Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

// Draws (dropout), running averages (batchnorm), a schedule and momentum: everything that a run carries along.
const program = `model m(x: [2]) { dense 8; batchnorm; tanh; dropout 0.2; dense 2 }
data points = xor(n=120)
train m on points {
  loss      cross_entropy(m(x), label)
  metric    accuracy(m(x), label)
  optimizer sgd lr=0.1 momentum=0.9
  schedule  cosine()
  batch     16
  epochs    40
}
`;

beforeAll(async () => {
  place.write("m.dnn", program);
  const { code } = await place.run("train", "m.dnn", "--out", "whole");
  expect(code).toBe(0);
}, 60_000);

const progress = (run: string) => JSON.parse(place.checkpoint(run).metadata.get("dnn")!).progress;

test("a run that stops at a step within an epoch goes on bit for bit, its epoch's figures included", async () => {
  const first = await place.run("train", "m.dnn", "--steps", "101", "--epochs", "40", "--out", "steps");
  expect(first.code).toBe(0);
  expect(progress("steps")).toMatchObject({ step: 101, epoch: 12, cursor: 80 });
  const rest = await place.run("train", "m.dnn", "--resume", "steps", "--json");
  expect(rest.code).toBe(0);
  expect(differences(place.checkpoint("whole"), place.checkpoint("steps"))).toEqual([]);
  expect(progress("steps")).toEqual(progress("whole"));
  expect(rest.events[1]).toMatchObject({ event: "step", step: 102 });
});

/** Tensors after so many steps of the long training, without an interruption. */
async function uninterrupted(steps: number) {
  await place.run("train", "m.dnn", "--epochs", "5000", "--steps", String(steps), "--out", `whole-${steps}`);
  return place.checkpoint(`whole-${steps}`);
}

async function goesOn(run: string): Promise<void> {
  const { step, epoch } = progress(run);
  expect(epoch).toBeLessThan(5000);
  expect(differences(await uninterrupted(step), place.checkpoint(run))).toEqual([]);
  const rest = await place.run("train", "m.dnn", "--resume", run, "--steps", String(step + 21));
  expect(rest.code).toBe(0);
  expect(differences(await uninterrupted(step + 21), place.checkpoint(run))).toEqual([]);
}

test("Ctrl-C finishes the step, saves, tells how to go on and exits with 130; nothing of the run is lost", async () => {
  const running = place.start("train", "m.dnn", "--epochs", "5000", "--out", "interrupted", "--json");
  await running.said('"event":"epoch"');
  running.child.kill("SIGINT");
  const { code, err } = await running.done;
  expect(code).toBe(130);
  expect(err).toContain("go on with: dnn train m.dnn --resume interrupted");
  await goesOn("interrupted");
});

test("a second Ctrl-C ends at once, and the folder can be resumed all the same", async () => {
  const running = place.start("train", "m.dnn", "--epochs", "5000", "--out", "twice", "--json");
  await running.said('"event":"epoch"');
  running.child.kill("SIGINT");
  running.child.kill("SIGINT");
  expect((await running.done).code).toBe(130);
  await goesOn("twice");
});

test("a process that is killed leaves a checkpoint that an uninterrupted run would have", async () => {
  const running = place.start("train", "m.dnn", "--epochs", "5000", "--out", "killed", "--json");
  await running.said('"epoch":3,');
  running.child.kill("SIGKILL");
  await running.done;
  expect(progress("killed").epoch).toBeGreaterThanOrEqual(3);
  await goesOn("killed");
});

test("a run keeps the settings it was started with, and more epochs go on from its end", async () => {
  const data = ["--data", "points=xor(n=32)", "--set", "batch=8", "--seed", "4", "--epochs", "2"];
  await place.run("train", "m.dnn", ...data, "--out", "settings");
  const more = await place.run("train", "m.dnn", "--resume", "settings", "--epochs", "3", "--json");
  expect(more.events.at(-1)).toMatchObject({ event: "end", epochs: 3, steps: 12 });
  expect(more.err).not.toContain("nothing is left to do");
  const again = await place.run("train", "m.dnn", "--resume", "settings");
  expect([again.code, again.err]).toEqual([
    0,
    expect.stringContaining("nothing is left to do: the run has ended after 3 epochs; --epochs 4"),
  ]);
  const seed = await place.run("train", "m.dnn", "--resume", "settings", "--seed", "5");
  expect([seed.code, seed.err]).toEqual([2, expect.stringContaining("started with seed 4")]);
});

test("the weights of another program are refused with the names and shapes that differ", async () => {
  place.write("wide.dnn", program.replace("dense 8", "dense 9"));
  const { code, err } = await place.run("train", "wide.dnn", "--resume", "steps");
  expect(code).toBe(1);
  expect(err).toContain("error[weights/other-program]");
  expect(err).toContain("F32 [2, 8] in the file, F32 [2, 9] in the program");
});

test("a folder without a run and a damaged checkpoint get different errors", async () => {
  const none = await place.run("train", "m.dnn", "--resume", "nowhere");
  expect([none.code, none.err]).toEqual([1, expect.stringContaining("error[checkpoint/none]")]);
  const { out } = await place.run("train", "m.dnn", "--epochs", "1", "--out", "damaged");
  expect(out).toMatch(/: 1 epoch, \d+ steps in /);
  place.write("damaged/epoch-1.safetensors", "not tensors at all");
  const damaged = await place.run("train", "m.dnn", "--resume", "damaged");
  expect([damaged.code, damaged.err]).toEqual([1, expect.stringContaining("error[weights/")]);
});

test("interrupted in the first of several trainings, a file goes on through all of them", async () => {
  const settings = "{ loss cross_entropy(xor(x), label); optimizer adam lr=0.01; batch 40; epochs 3 }";
  const text = `model xor(x: [2]) { dense 8; tanh; dense 2 }\ndata points = xor()\ntrain one on points ${settings}\ntrain two on points ${settings}\n`;
  place.write("two.dnn", text);
  expect((await place.run("train", "two.dnn", "--out", "all")).code).toBe(0);
  expect((await place.run("train", "two.dnn", "--only", "one", "--steps", "7", "--out", "part")).code).toBe(0);
  const rest = await place.run("train", "two.dnn", "--resume", "part/one", "--json");
  expect(rest.events.filter((e) => e.event === "end").map((e) => e.dir)).toEqual(["part/one", "part/two"]);
  for (const name of ["one", "two"])
    expect(differences(place.checkpoint(`all/${name}`), place.checkpoint(`part/${name}`))).toEqual([]);
  cpSync(place.path("part/one"), place.path("taken/one"), { recursive: true });
  place.write("taken/two", "");
  const taken = await place.run("train", "two.dnn", "--resume", "taken/one");
  const said = "--resume taken/one goes on with 'two' in taken/two: it is a file, not a folder";
  expect([taken.code, taken.err]).toEqual([2, expect.stringContaining(said)]);
  const { code, err } = await place.run("eval", "two.dnn", "--weights", "all");
  expect([code, err]).toEqual([1, expect.stringContaining("there are runs in it: all/one, all/two")]);
});

test("states that are carried from batch to batch are part of what goes on, bit for bit", async () => {
  const waves = `model m(x: [T, 1]) { lstm 4; dense 1 }
data d = sequences(n=100, seq=12)
train m on d {
  loss mse(m(x), next)
  carry
  batch 8
  epochs 3
}
`;
  place.write("carry.dnn", waves);
  expect((await place.run("train", "carry.dnn", "--out", "carried")).code).toBe(0);
  expect((await place.run("train", "carry.dnn", "--steps", "14", "--epochs", "3", "--out", "part14")).code).toBe(0);
  const name = "m.lstm1.h~carried";
  expect(place.checkpoint("part14").tensors.get(name)?.shape).toEqual([8, 4]);
  expect((await place.run("train", "carry.dnn", "--resume", "part14")).code).toBe(0);
  expect(differences(place.checkpoint("carried"), place.checkpoint("part14"))).toEqual([]);
});
