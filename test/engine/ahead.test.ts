// Proves that panels that are read ahead of their tiles, and stretches of memory that are read ahead of maps that walk across them, change no
// bit, with rows and lanes that fill no whole tiles and any number of threads, and that nothing is read past the end of the memory, wherever
// the panels lie.

import { beforeAll, expect, test } from "vitest";
import type { Workload } from "../../bench/workloads.ts";
import { CPU } from "../../compiler/targets/wasm/schedule/tuning.ts";
import type { PlanBuffer, WasmPlan } from "../../runtime/plan.ts";
import { enableRevectorize } from "../../runtime/wasm/node.ts";
import { differing, planWith, trainPlan } from "../support/bits.ts";

const BATCH = 40;
const programs: Readonly<Record<string, Workload>> = {
  layers: {
    text: `model net(x: [31, 65]) { dense 49; tanh; dense 130; relu; dense 3; avgpool 31 }
train run on d { loss mean((net(x) - y)^2); optimizer adam lr=1e-2; batch ${BATCH} }`,
    fields: [
      { name: "x", shape: [31, 65] },
      { name: "y", shape: [1, 3] },
    ],
    batch: BATCH,
  },
  pictures: {
    text: `model net(x: [9, 9, 3]) { conv 3x3 24 p1; relu; conv 3x3 32 p1; relu; conv 3x3 17 s2 }
train run on d { loss mean((net(x) - mean(x))^2); optimizer sgd lr=0.01; batch ${BATCH} }`,
    fields: [{ name: "x", shape: [9, 9, 3] }],
    batch: BATCH,
  },
  "layers of whole panels": {
    text: `model net(x: [65]) { dense 64; tanh; dense 128; relu; dense 32; dense 3 }
train run on d { loss mean((net(x) - y)^2); optimizer adam lr=1e-2; batch ${BATCH} }`,
    fields: [
      { name: "x", shape: [65] },
      { name: "y", shape: [3] },
    ],
    batch: BATCH,
  },
  "pictures of whole panels": {
    text: `model net(x: [8, 8, 3]) { conv 3x3 48 p1; relu; conv 3x3 64 p1; relu; conv 3x3 32 p1; avgpool 8 }
train run on d { loss mean((net(x) - mean(x))^2); optimizer sgd lr=0.01; batch ${BATCH} }`,
    fields: [{ name: "x", shape: [8, 8, 3] }],
    batch: BATCH,
  },
};

const PAGE = 2 ** 16;
/** Bytes after a buffer that whole vectors may be read from. */
const SLACK = 64;

/** Bytes of all panels, and of all stretches, from which on they are read ahead. */
interface Fewest {
  readonly panels: number;
  readonly stretches: number;
}

const ALL: Fewest = { panels: 0, stretches: 0 };
const NONE: Fewest = { panels: Infinity, stretches: Infinity };

const planOf = (workload: Workload, shared: boolean, { panels, stretches }: Fewest): WasmPlan =>
  planWith(workload, shared, {
    ...CPU,
    tile: { ...CPU.tile, mostUnpacked: 0 },
    ahead: { ...CPU.ahead, fewestBytes: panels, fewestTiles: 1, mostTiles: Infinity },
    across: { ...CPU.across, fewestBytes: stretches, mostBytes: Infinity },
  });

const bytesOf = ({ size }: PlanBuffer): number => Math.ceil((4 * size) / 64) * 64;

/** The plan with a buffer that is no larger than a page at the end of the memory, where nothing else lies. */
function atTheEnd(plan: WasmPlan, buffer: PlanBuffer): WasmPlan {
  const records = plan.records.slice();
  const words = new Int32Array(records.buffer);
  words.forEach((word, i) => {
    if (word === buffer.address) words[i] = plan.pages * PAGE - SLACK - bytesOf(buffer);
  });
  return { ...plan, records };
}

beforeAll(enableRevectorize);

test.each(Object.keys(programs))("%s have the same bits", async (name) => {
  const workload = programs[name]!;
  const plain = await trainPlan(workload, planOf(workload, false, NONE), 1);
  for (const threads of [1, 2, 4])
    expect(differing(await trainPlan(workload, planOf(workload, threads > 1, ALL), threads), plain)).toEqual([]);
});

test.each([
  ["panels", "layers"],
  ["panels", "pictures"],
  ["stretches", "layers of whole panels"],
  ["stretches", "pictures of whole panels"],
])("kernels that read %s ahead are others in %s", (which, name) => {
  const moduleOf = (fewest: Fewest): number => planOf(programs[name]!, false, fewest).module.length;
  expect(moduleOf({ ...NONE, [which]: 0 })).toBeGreaterThan(moduleOf(NONE));
});

test("stretches are read ahead beside rows of few lanes only: a burst of reads would hide behind nothing", () => {
  const isReadAhead = (rows: number, columns: number): boolean => {
    const workload = {
      text: `model net(x: [${rows}, ${columns}]) { exp(transpose(it)); dense 3 }
train run on d { loss mean(net(x)^2); optimizer sgd lr=0.1; batch 24 }`,
      fields: [{ name: "x", shape: [rows, columns] }],
      batch: 24,
    };
    return (
      planOf(workload, false, { ...NONE, stretches: 0 }).module.length > planOf(workload, false, NONE).module.length
    );
  };
  expect(isReadAhead(501, 65)).toBe(true);
  expect(isReadAhead(3001, 11)).toBe(false);
});

test.each(["layers", "pictures"])("%s: nothing is read past the memory", async (name) => {
  const workload = programs[name]!;
  const plan = planOf(workload, false, ALL);
  const plain = await trainPlan(workload, plan, 1);
  const isAlone = ({ address }: PlanBuffer): boolean => plan.buffers.filter((b) => b.address === address).length === 1;
  const panels = plan.buffers.filter((b) => /pack|blocks/.test(b.name) && isAlone(b) && bytesOf(b) <= PAGE);
  expect(panels.length).toBeGreaterThan(2);
  for (const buffer of panels)
    expect(differing(await trainPlan(workload, atTheEnd(plan, buffer), 1), plain)).toEqual([]);
});
