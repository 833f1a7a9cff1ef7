// Proves that what is measured of a GPU decides which kernels it gets, that nothing but a whole file of the same adapter, driver and
// compiler is believed, and that a run goes on with the figures that it was begun with.

import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { itemAt } from "../../compiler/arithmetic/lists.ts";
import type { Entry } from "../../compiler/compile.ts";
import { sidesOf } from "../../compiler/targets/wgsl/tiles/shapes.ts";
import { GPU, tunedBy } from "../../compiler/targets/wgsl/tuning.ts";
import { startEngine } from "../../project/engine.ts";
import { tuningOf, tuningToKeep } from "../../project/gpu.ts";
import type { Devices } from "../../project/host.ts";
import { changesSince, type Surroundings } from "../../project/train/changed.ts";
import * as cache from "../../project/tune/gpucache.node.ts";
import { copyProbe, isTuningFor, kernelsDigest, measureGpu } from "../../project/tune/gputuning.ts";
import type { GpuTuning, WgslPlan } from "../../runtime/plan.ts";
import type { CheckpointFacts } from "../../runtime/train/checkpoint.ts";
import { recordOf } from "../../runtime/webgpu/device.ts";
import { findAdapter, startGpu } from "../../runtime/webgpu/node.ts";
import { compileText } from "../support/engine.ts";
import { nullGpu } from "../support/gpu.ts";
import { machine } from "../support/opened.ts";

const folder = mkdtempSync(join(tmpdir(), "dnn-tuning-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A device of so many units, of which each does 1e5 operations in a microsecond where it has a full workgroup. */
const deviceOf =
  (units: number, best: number) =>
  async (plan: WgslPlan): Promise<number> => {
    const { schedule } = plan.kernels.find((k) => k.schedule.includes("contraction")) ?? { schedule: "" };
    const tile = /tiles of (\d+) x (\d+) x/.exec(schedule);
    const numbers = (name: string): number => plan.buffers.find((b) => b.name === name)?.size ?? 0;
    if (!tile) return 6 + (8 * numbers("a")) / 1e6;
    const [rows, columns] = [Number(tile[1]), Number(tile[2])];
    const results = numbers("out");
    const steps = Math.sqrt((numbers("a") * numbers("b")) / results);
    const groups = results / (rows * columns);
    const i = GPU.tile.shapes.findIndex((s) => sidesOf(s).join() === [rows, columns].join());
    const rate = i === best ? 1 : 0.5;
    return 6 + (2 * rows * columns * steps * Math.max(1, groups / units)) / (rate * 1e5);
  };

const tuningFor = (units: number, best: number): Promise<GpuTuning> => measureGpu("a key", deviceOf(units, best));

test("a device's units, memory, waits and the rates of its tiles are found by timing plans", async () => {
  for (const [units, best] of [
    [8, 1],
    [132, 0],
  ] as const) {
    const t = await tuningFor(units, best);
    expect(t.units / units).toBeGreaterThan(0.8);
    expect(t.units / units).toBeLessThan(1.25);
    expect(t.bytes / 1e6).toBeCloseTo(1, 0);
    expect(t.dispatch).toBeCloseTo(3, 0);
    expect(t.rates.indexOf(Math.max(...t.rates))).toBe(best);
    const others = t.rates.filter((_, i) => i !== best);
    for (const rate of others) expect(rate / itemAt(t.rates, best)).toBeCloseTo(0.5, 1);
    expect(isTuningFor("a key", JSON.parse(JSON.stringify(t)))).toBe(true);
  }
});

const PROGRAM = `model net(x: [1024]) { dense 1024; relu; dense 10 }
train net on d { loss cross_entropy(net(x), label); optimizer adam lr=0.01; batch 512 }`;

function entries(): Entry[] {
  const made = compileText(
    PROGRAM,
    [
      { name: "x", shape: [1024] },
      { name: "label", shape: [], classes: 10 },
    ],
    512,
  );
  return made.entries.map((e) => ({ ...e, parts: e.parts.map((p) => ({ ...p, fields: [] })) }));
}

/** A machine with a GPU that was measured so, and how often it was asked for that. */
function machineWith(tuning: GpuTuning): { devices: Devices; asked: () => number } {
  const tuned = vi.fn(async () => tuning);
  return {
    asked: () => tuned.mock.calls.length,
    devices: {
      ...machine.devices,
      findGpu: async () => {
        const found = await nullGpu();
        return {
          name: found.name,
          software: false,
          limits: found.adapter.limits,
          tuned,
          start: (plan) => startGpu(found, plan),
        };
      },
    },
  };
}

async function planOn(devices: Devices, facts?: Pick<CheckpointFacts, "device" | "tuning">): Promise<WgslPlan> {
  const engine = await startEngine(devices, entries(), { fields: [], train: 512, heldout: 0 }, 512, {
    device: "gpu",
    revectorize: false,
    tuning: facts && tuningToKeep(facts),
  });
  await engine.stop();
  return (engine as unknown as { plan: WgslPlan }).plan;
}

const codeOf = (plan: WgslPlan): string => plan.kernels.map((k) => k.code).join("\n");

test("a run that goes on has the kernels that it was begun with, whatever was measured since", async () => {
  const [slow, fast] = [await tuningFor(8, 1), await tuningFor(132, 0)];
  const [first, later] = [machineWith(slow), machineWith(fast)];
  const begun = await planOn(first.devices);
  expect(begun.tuning).toEqual(slow);
  expect(codeOf(await planOn(later.devices))).not.toBe(codeOf(begun));
  const before = later.asked();
  const goesOn = await planOn(later.devices, { device: "gpu:one", tuning: slow });
  expect([codeOf(goesOn), goesOn.tuning, later.asked()]).toEqual([codeOf(begun), slow, before]);
  const usual = await planOn(later.devices, { device: "gpu:one" });
  expect([usual.tuning, later.asked()]).toEqual([undefined, before]);
  expect(tuningOf({ plan: goesOn } as never)).toEqual(slow);
  const fromProcessor = await planOn(later.devices, { device: "cpu:relaxed" });
  expect(fromProcessor.tuning).toEqual(fast);
}, 120_000);

test("plans are timed on a device of their own each, and the adapter has one left for the training", async () => {
  const found = await nullGpu();
  const time = cache.timingOn(found);
  for (const size of [1, 64]) expect(await time(copyProbe(size))).toBeGreaterThan(0);
  const engine = await startGpu(found, copyProbe(1));
  await engine.stop();
});

test("figures of other tiles than there are leave the usual thresholds", async () => {
  const t = await tuningFor(8, 1);
  expect(tunedBy(t)?.device.units).toBe(t.units);
  expect(tunedBy({ ...t, rates: t.rates.slice(1) })).toBeUndefined();
});

test("a file of figures is believed only where it is whole and of this key", async () => {
  const t = await tuningFor(8, 1);
  cache.keepTuning(folder, t);
  expect(cache.readTuning(folder, t.key)).toEqual(t);
  const file = cache.tuningFile(folder, t.key);
  const whole = readFileSync(file, "utf8");
  const damaged = [
    "",
    whole.slice(0, whole.length / 2),
    whole.slice(0, -1),
    `${whole}}`,
    whole.replace(/"units":\d+/, '"units":9'),
    whole.replace('"format":1', '"format":2'),
    "null",
    "[]",
  ];
  for (const text of damaged) {
    writeFileSync(file, text);
    expect(cache.readTuning(folder, t.key), text).toBeUndefined();
  }
  writeFileSync(cache.tuningFile(folder, "another key"), whole);
  expect(cache.readTuning(folder, "another key")).toBeUndefined();
  const wrong = { ...t, rates: [...t.rates.slice(1), Number.NaN] };
  cache.keepTuning(folder, wrong);
  expect(cache.readTuning(folder, t.key)).toBeUndefined();
});

test("a device is measured once, again where the file cannot be believed, and each time where there is no folder", async () => {
  const measure = vi.fn(async () => ({ ...(await tuningFor(8, 1)), key: "k" }));
  const own = join(folder, "own");
  mkdirSync(own, { mode: 0o700 });
  for (let i = 0; i < 3; i++) expect((await cache.tuningOf("k", measure, own)).key).toBe("k");
  expect(measure).toHaveBeenCalledTimes(1);
  writeFileSync(cache.tuningFile(own, "k"), "{");
  await cache.tuningOf("k", measure, own);
  expect(measure).toHaveBeenCalledTimes(2);
  const open = join(folder, "open");
  mkdirSync(join(open, "gpu"), { recursive: true });
  chmodSync(join(open, "gpu"), 0o777);
  expect(cache.tuningFolder(open)).toBe(process.getuid ? undefined : join(open, "gpu"));
});

test("the key names the adapter, its driver and the kernels that were measured", async () => {
  const found = await nullGpu();
  const key = cache.tuningKey(found);
  const { vendor, description } = recordOf(found.adapter);
  expect(key).toContain(vendor);
  expect(key).toContain(description);
  expect(key).toContain(kernelsDigest());
});

test("another GPU, and another kind of device, are said when a run goes on", () => {
  const now = { batch: 1, examples: 1, dataDigest: "", version: "1", device: "gpu:two" } satisfies Surroundings;
  const facts = { ...now, device: "gpu:one" } as unknown as CheckpointFacts;
  expect(changesSince(facts, now, "runs/a")).toEqual([
    expect.stringContaining("the GPU was one when runs/a was saved, and is two now"),
  ]);
  expect(changesSince(facts, { ...now, device: "gpu:one" }, "runs/a")).toEqual([]);
  expect(changesSince(facts, { ...now, device: "cpu:revec" }, "runs/a")).toEqual([
    "the device was gpu when runs/a was saved, and is cpu now",
  ]);
});

test("where the runtime has WebGPU of its own, as Deno does, that is the one that is found", async () => {
  const { adapter } = await nullGpu();
  vi.stubGlobal("navigator", { gpu: { requestAdapter: async () => adapter } });
  const found = await findAdapter();
  vi.unstubAllGlobals();
  expect(typeof found === "string" ? found : found.adapter).toBe(adapter);
  const record = recordOf(adapter);
  expect(record.limits.maxStorageBuffersPerShaderStage).toBeGreaterThanOrEqual(8);
  expect(record.features.includes("subgroups")).toBe(record.subgroups !== undefined);
});
