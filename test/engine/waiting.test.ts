// Proves that sums of tiles that wait in memory have the bits of those that each tile makes by itself: for layers over many places and
// their gradients, with rows and lanes that fill no whole tiles, batches of which the last block is a part, and any number of threads.

import { beforeAll, expect, test } from "vitest";
import type { Workload } from "../../bench/workloads.ts";
import { CPU } from "../../compiler/targets/wasm/schedule/tuning.ts";
import type { WasmPlan } from "../../runtime/plan.ts";
import { type Bits, differing, planWith, trainPlan } from "../support/bits.ts";

const LARGEST = 40;

const programs: Readonly<Record<string, Workload>> = {
  places: {
    text: `model net(x: [31, 19]) { dense 49; tanh; dense 130; relu; dense 65; relu; dense 6; avgpool 31 }
train run on d { loss mean((net(x) - y)^2); optimizer sgd lr=0.1 momentum=0.9; batch ${LARGEST} }`,
    fields: [
      { name: "x", shape: [31, 19] },
      { name: "y", shape: [1, 6] },
    ],
    batch: LARGEST,
  },
  pictures: {
    text: `model net(x: [13, 13, 3]) { conv 2x2 50; relu; conv 4x4 17 s2; relu; upconv 4x4 5 s2 }
train run on d { loss mean((net(x) - mean(x))^2); optimizer adam lr=1e-2; batch ${LARGEST} }`,
    fields: [{ name: "x", shape: [13, 13, 3] }],
    batch: LARGEST,
  },
};

function planOf(workload: Workload, shared: boolean, fewestWaitingRows: number): WasmPlan {
  // Convolutions are sums as they stand.
  const winograd = { ...CPU.winograd, mostTime: 0 };
  return planWith(workload, shared, { ...CPU, tile: { ...CPU.tile, fewestWaitingRows }, winograd });
}

const trained = (workload: Workload, threads: number, fewestWaitingRows: number): Promise<Bits> =>
  trainPlan(workload, planOf(workload, threads > 1, fewestWaitingRows), threads);

test.each(Object.entries(programs))("more sums of %s wait in memory from fewer rows on", (_, workload) => {
  const lengths = [1, CPU.tile.fewestWaitingRows, Number.POSITIVE_INFINITY].map(
    (rows) => planOf(workload, false, rows).module.length,
  );
  expect(new Set(lengths).size).toBe(lengths.length);
});

const wanted = new Map<string, Bits>();
beforeAll(async () => {
  for (const [name, workload] of Object.entries(programs))
    wanted.set(name, await trained(workload, 1, Number.POSITIVE_INFINITY));
});

for (const name of Object.keys(programs))
  test.each([
    [1, 1],
    [1, CPU.tile.fewestWaitingRows],
    [2, 1],
    [4, CPU.tile.fewestWaitingRows],
  ])(`${name} train to the same bits on %i threads, with sums that wait from %i rows on`, async (threads, rows) => {
    expect(differing(await trained(programs[name]!, threads, rows), wanted.get(name)!)).toEqual([]);
  });
