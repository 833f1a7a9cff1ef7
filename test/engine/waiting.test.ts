// Proves that sums of tiles that wait in memory have the bits of those that each tile makes by itself: for layers over many places and
// their gradients, with rows and lanes that fill no whole tiles, batches of which the last block is a part, and any number of threads.

import { beforeAll, expect, test } from "vitest";
import { entriesOf } from "../../bench/plans.ts";
import type { Workload } from "../../bench/workloads.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { CPU } from "../../compiler/targets/wasm/schedule/tuning.ts";
import type { WasmPlan } from "../../runtime/plan.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { spawnWorker } from "../../runtime/wasm/node.ts";

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
  const tuning = { ...CPU, tile: { ...CPU.tile, fewestWaitingRows }, winograd };
  return wasmTarget.plan({ entries: entriesOf(workload), batch: workload.batch }, { shared, tuning });
}

/** Parameters and states after three steps, on batches of different sizes. */
async function trained(workload: Workload, threads: number, fewestWaitingRows: number): Promise<Map<string, number[]>> {
  const plan = planOf(workload, threads > 1, fewestWaitingRows);
  const engine = await WasmEngine.start(plan, threads, threads > 1 ? spawnWorker : undefined);
  engine.set("batch", LARGEST);
  await engine.run("initialise");
  for (const { name, shape } of workload.fields) {
    const size = LARGEST * shape.reduce((n, s) => n * s, 1);
    await engine.write(
      name,
      Float32Array.from({ length: size }, (_, i) => Math.sin(i * 12.9898)),
    );
  }
  for (const batch of [LARGEST, 33, 2]) {
    engine.set("batch", batch);
    await engine.run("train");
  }
  const kept = plan.buffers.filter(({ role }) => role === "parameter" || role === "state");
  const values = new Map<string, number[]>();
  for (const { name } of kept) values.set(name, [...(await engine.read(name))]);
  await engine.stop();
  return values;
}

test.each(Object.entries(programs))("more sums of %s wait in memory from fewer rows on", (_, workload) => {
  const lengths = [1, CPU.tile.fewestWaitingRows, Number.POSITIVE_INFINITY].map(
    (rows) => planOf(workload, false, rows).module.length,
  );
  expect(new Set(lengths).size).toBe(lengths.length);
});

const wanted = new Map<string, Map<string, number[]>>();
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
    const values = await trained(programs[name]!, threads, rows);
    const plain = [...wanted.get(name)!];
    const isSame = (key: string, numbers: readonly number[]): boolean =>
      values.get(key)!.every((v, i) => Number.isFinite(v) && Object.is(v, numbers[i]));
    expect(plain.filter(([key, numbers]) => !isSame(key, numbers)).map(([key]) => key)).toEqual([]);
  });
