// Proves that a training takes the figures that are kept of its GPU, saves them with its weights, and goes on with them after others
// have been measured; and that one from the usual figures keeps to those. Dawn's null backend needs no driver.

import { mkdirSync, rmSync } from "node:fs";
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { verb as train } from "../../cli/verbs/trainings/train.ts";
import { GPU } from "../../compiler/targets/wgsl/tuning.ts";
import { keepTuning, tuningFolder, tuningKey } from "../../project/tune/gpucache.node.ts";
import type { GpuTuning } from "../../runtime/plan.ts";
import type { CheckpointFacts } from "../../runtime/train/checkpoint.ts";
import * as node from "../../runtime/webgpu/node.ts";
import { nullGpu, zeroedNullGpu } from "../support/gpu.ts";
import { Place, xor } from "./dnn.ts";

const place = new Place();
afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  place.remove();
});
place.write("xor.dnn", xor);

beforeEach(() => {
  vi.spyOn(node, "findAdapter").mockImplementation(zeroedNullGpu);
  for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, "write").mockImplementation(() => true);
  mkdirSync(place.path("cache/dnn"), { recursive: true, mode: 0o700 });
  vi.stubEnv("XDG_CACHE_HOME", place.path("cache"));
});

async function measured(units: number): Promise<GpuTuning> {
  const { operations, bytes, dispatch, load } = GPU.device;
  const key = tuningKey(await nullGpu());
  const tuning = { key, units, operations, bytes, dispatch, load, rates: GPU.tile.shapes.map((s) => s.rate) };
  keepTuning(tuningFolder(place.path("cache/dnn"))!, tuning);
  return tuning;
}

async function facts(flags: { out?: string; resume?: string; epochs: number }): Promise<CheckpointFacts> {
  const common = { data: [], set: ["optimizer.lr=0.01"], device: "gpu" as const, revec: false };
  expect(await train.run([place.path("xor.dnn")], { ...common, ...flags })).toBe(0);
  const { metadata } = place.checkpoint("run");
  return JSON.parse(metadata.get("dnn")!) as CheckpointFacts;
}

test("a training goes on with the figures that it was begun with", async () => {
  vi.stubEnv("DNN_GPU_TUNING", "");
  const first = await measured(8);
  expect((await facts({ out: place.path("run"), epochs: 2 })).tuning).toEqual(first);
  await measured(64);
  expect((await facts({ resume: place.path("run"), epochs: 4 })).tuning).toEqual(first);
  rmSync(place.path("run"), { recursive: true });
  vi.stubEnv("DNN_GPU_TUNING", "usual");
  expect((await facts({ out: place.path("run"), epochs: 2 })).tuning).toBeUndefined();
  vi.stubEnv("DNN_GPU_TUNING", "");
  expect((await facts({ resume: place.path("run"), epochs: 4 })).tuning).toBeUndefined();
}, 60_000);
