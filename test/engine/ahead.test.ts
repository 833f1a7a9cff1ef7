// Proves that panels that are read ahead of their tiles change no bit, with rows and lanes that fill no whole tiles and any number of threads,
// and that nothing is read past the end of the memory, wherever the panels lie.

import { beforeAll, expect, test } from "vitest";
import { entriesOf } from "../../bench/plans.ts";
import type { Workload } from "../../bench/workloads.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { CPU } from "../../compiler/targets/wasm/schedule/tuning.ts";
import type { PlanBuffer, WasmPlan } from "../../runtime/plan.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { enableRevectorize, spawnWorker } from "../../runtime/wasm/node.ts";

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

/** `fewestBytes` of all panels, from which on they are read ahead. */
function planOf(workload: Workload, shared: boolean, fewestBytes: number): WasmPlan {
  const tuning = { ...CPU, ahead: { ...CPU.ahead, fewestBytes, fewestTiles: 1, mostTiles: Infinity } };
  return wasmTarget.plan({ entries: entriesOf(workload), batch: workload.batch }, { shared, tuning });
}

/** Parameters after three steps. */
async function trained({ fields }: Workload, plan: WasmPlan, threads: number): Promise<Map<string, number[]>> {
  const engine = await WasmEngine.start(plan, threads, threads > 1 ? spawnWorker : undefined);
  engine.set("batch", BATCH);
  await engine.run("initialise");
  for (const { name, shape } of fields) {
    const size = BATCH * shape.reduce((n, s) => n * s, 1);
    await engine.write(
      name,
      Float32Array.from({ length: size }, (_, i) => Math.sin(i * 12.9898)),
    );
  }
  for (const batch of [BATCH, 33, 2]) {
    engine.set("batch", batch);
    await engine.run("train");
  }
  const values = new Map<string, number[]>();
  for (const { name, role } of plan.buffers) if (role === "parameter") values.set(name, [...(await engine.read(name))]);
  await engine.stop();
  return values;
}

const PAGE = 2 ** 16;
/** Bytes after a buffer that whole vectors may be read from. */
const SLACK = 64;

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
  const plain = await trained(workload, planOf(workload, false, Infinity), 1);
  for (const threads of [1, 2, 4])
    expect(await trained(workload, planOf(workload, threads > 1, 0), threads)).toEqual(plain);
});

test("kernels that read ahead are others", () => {
  const module = (fewest: number): number => planOf(programs.layers!, false, fewest).module.length;
  expect(module(0)).toBeGreaterThan(module(Infinity));
});

test.each(Object.keys(programs))("%s: nothing is read past the memory", async (name) => {
  const workload = programs[name]!;
  const plan = planOf(workload, false, 0);
  const plain = await trained(workload, plan, 1);
  const isAlone = ({ address }: PlanBuffer): boolean => plan.buffers.filter((b) => b.address === address).length === 1;
  const panels = plan.buffers.filter((b) => /pack|blocks/.test(b.name) && isAlone(b) && bytesOf(b) <= PAGE);
  expect(panels.length).toBeGreaterThan(2);
  for (const buffer of panels) expect(await trained(workload, atTheEnd(plan, buffer), 1)).toEqual(plain);
});
