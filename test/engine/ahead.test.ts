// Proves that panels that are read ahead of their tiles change no bit, with rows and lanes that fill no whole tiles and any number of threads,
// and that nothing is read past the end of the memory, wherever the panels lie.

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
};

const PAGE = 2 ** 16;
/** Bytes after a buffer that whole vectors may be read from. */
const SLACK = 64;

/** `fewestBytes` of all panels, from which on they are read ahead. */
const planOf = (workload: Workload, shared: boolean, fewestBytes: number): WasmPlan =>
  planWith(workload, shared, { ...CPU, ahead: { ...CPU.ahead, fewestBytes, fewestTiles: 1, mostTiles: Infinity } });

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
  const plain = await trainPlan(workload, planOf(workload, false, Infinity), 1);
  for (const threads of [1, 2, 4])
    expect(differing(await trainPlan(workload, planOf(workload, threads > 1, 0), threads), plain)).toEqual([]);
});

test("kernels that read ahead are others", () => {
  const module = (fewest: number): number => planOf(programs.layers!, false, fewest).module.length;
  expect(module(0)).toBeGreaterThan(module(Infinity));
});

test.each(Object.keys(programs))("%s: nothing is read past the memory", async (name) => {
  const workload = programs[name]!;
  const plan = planOf(workload, false, 0);
  const plain = await trainPlan(workload, plan, 1);
  const isAlone = ({ address }: PlanBuffer): boolean => plan.buffers.filter((b) => b.address === address).length === 1;
  const panels = plan.buffers.filter((b) => /pack|blocks/.test(b.name) && isAlone(b) && bytesOf(b) <= PAGE);
  expect(panels.length).toBeGreaterThan(2);
  for (const buffer of panels)
    expect(differing(await trainPlan(workload, atTheEnd(plan, buffer), 1), plain)).toEqual([]);
});
