// Proves that maps which turn rows into columns in registers give the bits of those that read lane by lane: copies of transposed weights and
// transforms of convolutions' kernels, with sides that fill whole squares and sides that do not, on any number of threads.

import { beforeAll, expect, test } from "vitest";
import type { Workload } from "../../bench/workloads.ts";
import { CPU } from "../../compiler/targets/wasm/schedule/tuning.ts";
import type { WasmPlan } from "../../runtime/plan.ts";
import { enableRevectorize } from "../../runtime/wasm/node.ts";
import { differing, planWith, trainPlan } from "../support/bits.ts";

const BATCH = 40;

const layers = (name: string, sizes: string): [string, Workload] => [
  name,
  {
    text: `model net(x: [65]) { ${sizes}; dense 3 }
train run on d { loss mean((net(x) - y)^2); optimizer adam lr=1e-2; batch ${BATCH} }`,
    fields: [
      { name: "x", shape: [65] },
      { name: "y", shape: [3] },
    ],
    batch: BATCH,
  },
];

const pictures = (name: string, convolutions: string): [string, Workload] => [
  name,
  {
    text: `model net(x: [12, 12, 3]) { ${convolutions} }
train run on d { loss mean((net(x) - mean(x))^2); optimizer sgd lr=0.01; batch ${BATCH} }`,
    fields: [{ name: "x", shape: [12, 12, 3] }],
    batch: BATCH,
  },
];

const programs = new Map([
  layers("layers of whole squares", "dense 64; tanh; dense 128; relu; dense 32"),
  layers("layers of other sides", "dense 17; tanh; dense 68; relu; dense 44; tanh; dense 65"),
  pictures("pictures in blocks", "conv 3x3 64 p1; relu; conv 3x3 64 p1; relu; conv 3x3 17"),
  pictures("pictures that grow", "conv 4x4 64 s2 p1; relu; upconv 4x4 68 s2 p1; relu; conv 3x3 20"),
]);

const planOf = (workload: Workload, shared: boolean, fewestTurned: number): WasmPlan =>
  planWith(workload, shared, { ...CPU, fewestTurned });

beforeAll(enableRevectorize);

test.each([...programs])("%s have the same bits", async (_, workload) => {
  const plain = planOf(workload, false, Infinity);
  expect(planOf(workload, false, 4).module).not.toEqual(plain.module);
  const wanted = await trainPlan(workload, plain, 1);
  for (const threads of [1, 2, 3])
    expect(differing(await trainPlan(workload, planOf(workload, threads > 1, 4), threads), wanted)).toEqual([]);
});
