// Proves that weights which were saved when the library called its parameters `shift` and `gain` are read under their names of
// today, `bias` and `scale`. The run in the fixture was saved so, in the middle of a training with adam and moving averages.

import { cpSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { libraryOn } from "../../embed/api.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { machineHost } from "../../project/machine.node.ts";
import { readCheckpoint, writeCheckpoint } from "../../runtime/train/checkpoint.ts";
import { openText } from "../support/opened.ts";
import { differences, Place } from "./dnn.ts";

const place = new Place();
const current = (name: string): string => name.replace(/\.shift\b/, ".bias").replace(/\.gain\b/, ".scale");
const FILE = "epoch-3.safetensors";
let program = "";

beforeAll(() => {
  for (const run of ["earlier", "twin"])
    cpSync(fileURLToPath(new URL("../fixtures/earliernames", import.meta.url)), place.path(run), {
      recursive: true,
    });
  const saved = readCheckpoint(place.bytes(`earlier/${FILE}`), "earlier");
  program = saved.program.replaceAll(".shift", ".bias");
  place.write("now.dnn", program);
  // The same run as this version saves it: a layer without a bias has none.
  const tensors = [...saved.tensors].filter(([name]) => !name.startsWith("net.conv1.shift"));
  const twin = { ...saved, program, tensors: new Map(tensors.map(([name, t]) => [current(name), t])) };
  place.write(`twin/${FILE}`, writeCheckpoint(twin));
});
afterAll(() => place.remove());

const row = ["--input", '{"x": [0, 1]}', "--format", "json"];

test("a run with the earlier names answers to the bit as the same run with today's, by its own program too", async () => {
  const { out: wanted } = await place.run("predict", "now.dnn", "--weights", "twin", ...row);
  expect(wanted).toContain("probabilities");
  expect((await place.run("predict", "now.dnn", "--weights", "earlier", ...row)).out).toBe(wanted);
  const answers = await Promise.all(
    ["twin", "earlier"].map(async (run) =>
      (await libraryOn(machineHost()).load(place.path(run))).predict({ x: [0, 1] }),
    ),
  );
  expect(answers[1]).toEqual(answers[0]);
});

test("a run with the earlier names goes on to the bit, averages and the optimizer's states with it, and is saved with today's", async () => {
  for (const run of ["twin", "earlier"])
    expect((await place.run("train", "now.dnn", "--resume", run)).code, run).toBe(0);
  const [twin, earlier] = ["twin", "earlier"].map((run) => place.checkpoint(run));
  expect(differences(earlier!, twin!)).toEqual([]);
  const names = [...earlier!.tensors.keys()];
  expect(names).toContain("net.batchnorm1.scale~adam.m");
  expect(names).toContain("net.dense1.bias~ema");
  expect(names.filter((name) => current(name) !== name)).toEqual([]);
});

test("weights with the earlier names start another training, under another model's name too", async () => {
  for (const model of ["net", "other"]) {
    place.write("start.dnn", program.replaceAll(/\bnet\b/g, model));
    const flags = ["--epochs", "1", "--steps", "1"];
    const { code, err } = await place.run("train", "start.dnn", "--weights", "earlier", "--out", model, ...flags);
    expect(err).toContain("13 of 13 tensors");
    expect(err).not.toContain("not used");
    expect(code).toBe(0);
  }
});

test("lines with the earlier names mean the same parameters, and each gets a warning that corrects it", async () => {
  const earlier = program
    .replaceAll(".bias", ".shift")
    .replace("  ema 0.9\n", "  optimizer sgd for net.layernorm1.gain\n");
  const said = (await checkOpened(openText("net.dnn", earlier))).filter(({ code }) => code === "names/renamed");
  const written = said.map(({ fix }) =>
    fix?.edits.map(({ span, text }) => [earlier.slice(span.start, span.end), text]),
  );
  expect(written).toEqual([[["shift", "bias"]], [["shift", "bias"]], [["gain", "scale"]]]);
});
