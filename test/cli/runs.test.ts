// Proves that `dnn runs` lists every run once, with the figures of its result, those of earlier versions too.

import { rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Place, xor } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

interface Listed {
  readonly folder: string;
  readonly epochs: number;
  readonly planned?: number;
  readonly ended?: boolean;
  readonly result: { readonly epoch: number; readonly heldout: { readonly loss: number } };
}

const listed = async (...args: string[]): Promise<readonly Listed[]> =>
  (await place.run("runs", ...args, "--json")).events as unknown as Listed[];

let first: { readonly loss: number };

beforeAll(async () => {
  place.write("xor.dnn", xor);
  place.write("two.dnn", `${xor}train again on points { loss cross_entropy(xor(x), label); epochs 2 }\n`);
  const { events } = await place.run("train", "xor.dnn", "--json");
  first = events.at(-1)!.heldout as { loss: number };
  await place.run("train", "xor.dnn", "--epochs", "9", "--steps", "20", "--set", "batch=12", "--seed", "4");
  await place.run("train", "two.dnn", "--out", "runs/both");
});

test("each run is an object, those of a file of several trainings too", async () => {
  const runs = await listed();
  expect(runs.map((r) => r.folder)).toEqual(["runs/both/again", "runs/both/xor", "runs/xor-1", "runs/xor-2"]);
  expect(runs[2]).toMatchObject({ epochs: 6, planned: 6, ended: true, result: { epoch: 6, heldout: first } });
});

test("people read settings, and which runs have not come to their end", async () => {
  const { out } = await place.run("runs");
  const line = out.split("\n").find((l) => l.startsWith("runs/xor-2"))!;
  expect(line).toContain("batch=12 seed=4");
  expect(line).toMatch(/\d+ of 9 epochs/);
  expect(out).toContain("runs/xor-1");
});

test("a run of before there was a history is listed by its last checkpoint", async () => {
  for (const name of ["history.jsonl", "run.json", "program.dnn"]) rmSync(place.path("runs", "xor-1", name));
  const runs = await listed();
  expect(runs.find((r) => r.folder === "runs/xor-1")).toMatchObject({
    epochs: 6,
    ended: true,
    result: { epoch: 6, heldout: first },
  });
});

test("a run that cannot be read is named, and the others are listed", async () => {
  rmSync(place.path("runs", "xor-2", "run.json"));
  writeFileSync(place.path("runs", "xor-2", "latest"), "epoch-77.safetensors\n");
  const { code, out, err } = await place.run("runs");
  expect(code).toBe(0);
  expect(err).toContain("warning: runs/xor-2 is left out: ");
  expect(out).toContain("runs/both/xor");
});

test("a folder without runs is an error that says how to get one", async () => {
  const { code, err } = await place.run("runs", "nowhere");
  expect(code).toBe(1);
  expect(err).toContain(`there are no runs in ${place.path("nowhere")}`);
});
