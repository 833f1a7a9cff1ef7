// Proves that the leftovers of a killed training are completed or cleared away when the run goes on, and nothing of it is in the way
// of a new one. The states are those between any two operations on the disk.

import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, utimesSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { differences, Place, xor } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

beforeAll(async () => {
  place.write("keep.dnn", xor.replace("epochs    6", "epochs 6\n  keep every 2"));
  expect((await place.run("train", "keep.dnn", "--out", "whole")).code).toBe(0);
}, 60_000);

/** Four of six epochs, with copies of two. */
async function started(run: string): Promise<void> {
  const { code } = await place.run("train", "keep.dnn", "--epochs", "4", "--out", run);
  expect([code, readdirSync(place.path(run, "kept")).sort()]).toEqual([0, ["epoch-2", "epoch-4"]]);
}

async function goesOn(run: string): Promise<string> {
  const { code, err } = await place.run("train", "keep.dnn", "--resume", run, "--epochs", "6");
  expect([code, err]).toEqual([0, expect.not.stringContaining("error")]);
  expect(differences(place.checkpoint("whole"), place.checkpoint(run))).toEqual([]);
  expect(readdirSync(place.path(run)).sort()).toEqual(readdirSync(place.path("whole")).sort());
  const kept = ["epoch-2", "epoch-4", "epoch-6"];
  expect(readdirSync(place.path(run, "kept")).sort()).toEqual(kept);
  for (const name of kept) {
    expect(readdirSync(place.path(run, "kept", name)).sort()).toEqual([`${name}.safetensors`, "latest"]);
    expect(differences(place.checkpoint(`whole/kept/${name}`), place.checkpoint(`${run}/kept/${name}`))).toEqual([]);
  }
  return err;
}

test("checkpoints that were not pruned, and all temporary files, are gone when the run goes on", async () => {
  await started("many");
  for (const n of [1, 2])
    copyFileSync(place.path("many/epoch-3.safetensors"), place.path(`many/epoch-${n}.safetensors`));
  copyFileSync(place.path("many/epoch-3.safetensors"), place.path("many/step-7.safetensors"));
  for (const name of ["epoch-1", "epoch-2", "step-7"]) utimesSync(place.path(`many/${name}.safetensors`), 1e9, 1e9);
  mkdirSync(place.path("many/kept/.epoch-6.1.1.tmp"));
  for (const at of ["", "kept/epoch-2/", "kept/.epoch-6.1.1.tmp/"]) place.write(`many/${at}.latest.1.2.tmp`, "half");
  expect(await goesOn("many")).not.toContain("was ");
});

test("a copy for good that a kill left unnamed, half made or not made at all is there when the run goes on", async () => {
  await started("unnamed");
  rmSync(place.path("unnamed/kept/epoch-2/latest"));
  const evaluated = await place.run("eval", "keep.dnn", "--weights", "unnamed/kept", "--json");
  expect([evaluated.code, evaluated.err]).toEqual([0, expect.stringContaining("epoch-2 is left out")]);
  await goesOn("unnamed");
  await started("missing");
  rmSync(place.path("missing/kept/epoch-4"), { recursive: true });
  await goesOn("missing");
  await started("empty");
  for (const name of ["latest", "epoch-4.safetensors"]) rmSync(place.path("empty/kept/epoch-4", name));
  await goesOn("empty");
}, 60_000);

test("a checkpoint that was written and not named yet does not lead astray, nor does a clock that was set back", async () => {
  await started("ahead");
  for (const name of ["epoch-4.safetensors", "latest"]) utimesSync(place.path("ahead", name), 1e9, 1e9);
  copyFileSync(place.path("whole/epoch-5.safetensors"), place.path("ahead/epoch-5.safetensors"));
  await goesOn("ahead");
});

test("a folder that holds nothing but a dead run's lock is used again, and a run that never saved leaves none", async () => {
  mkdirSync(place.path("runs/xor-1"), { recursive: true });
  place.write("runs/xor-1/lock", "");
  place.write("runs/xor-1/.latest.1.1.tmp", "half");
  await place.run("train", "keep.dnn", "--epochs", "1");
  expect(readdirSync(place.path("runs"))).toEqual(["xor-1"]);
  const broken = xor.replace("cross_entropy(xor(x), label)", "log(0 * sum(xor(x)))");
  place.write("broken.dnn", broken);
  const { code } = await place.run("train", "broken.dnn", "--out", "never");
  expect([code, existsSync(place.path("never"))]).toEqual([3, false]);
});

test("a run that goes on says what is not as it was", async () => {
  await started("changed");
  const now = ["--data", "points=xor(n=100)", "--set", "batch=20", "--epochs", "5"];
  const { code, err } = await place.run("train", "keep.dnn", "--resume", "changed", ...now);
  expect([code, err]).toEqual([
    0,
    expect.stringMatching(/the number of training examples was \d+ when changed was saved, and is 100 now/),
  ]);
  expect(err).toContain("the batch was 24 when changed was saved, and is 20 now");
  const moved = await place.run(
    "train",
    "keep.dnn",
    "--resume",
    "changed",
    "--data",
    "points=moons(n=125)",
    "--epochs",
    "6",
  );
  expect(moved.err).toContain("the data is not what it was when changed was saved");
  expect(moved.err).not.toContain("batch");
});

test("a damaged checkpoint says so and how to go on from the one before it, and that works", async () => {
  await started("bent");
  const bytes = place.bytes("bent/epoch-4.safetensors");
  bytes[bytes.length - 2]! ^= 0x40;
  place.write("bent/epoch-4.safetensors", bytes);
  for (const call of [
    ["train", "keep.dnn", "--resume", "bent"],
    ["eval", "keep.dnn", "--weights", "bent"],
  ]) {
    const { code, err } = await place.run(...call);
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/error\[weights\/damaged\].*\n.*write epoch-3.safetensors into bent\/latest/),
    ]);
  }
  place.write("bent/latest", "epoch-3.safetensors");
  renameSync(place.path("bent/kept/epoch-4"), place.path("bent/epoch-4"));
  rmSync(place.path("bent/epoch-4"), { recursive: true });
  await goesOn("bent");
});
