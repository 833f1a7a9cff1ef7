// The bits that a training on the CPU engine ends with, for tests of schedules that must not change any.

import { entriesOf } from "../../bench/plans.ts";
import type { Workload } from "../../bench/workloads.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import type { WasmTuning } from "../../compiler/targets/wasm/schedule/tuning.ts";
import type { WasmPlan } from "../../runtime/plan.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { spawnWorker } from "../../runtime/wasm/node.ts";

/** Parameters and states, by name. */
export type Bits = ReadonlyMap<string, readonly number[]>;

export const planWith = (workload: Workload, shared: boolean, tuning: WasmTuning): WasmPlan =>
  wasmTarget.plan({ entries: entriesOf(workload), batch: workload.batch }, { shared, tuning });

/** After three steps, on batches of different sizes, of which the plan's is the largest. */
export async function trainPlan({ fields, batch: largest }: Workload, plan: WasmPlan, threads: number): Promise<Bits> {
  const engine = await WasmEngine.start(plan, threads, threads > 1 ? spawnWorker : undefined);
  engine.set("batch", largest);
  await engine.run("initialise");
  for (const { name, shape } of fields) {
    const size = largest * shape.reduce((n, s) => n * s, 1);
    await engine.write(
      name,
      Float32Array.from({ length: size }, (_, i) => Math.sin(i * 12.9898)),
    );
  }
  for (const batch of [largest, largest - 7, 2]) {
    engine.set("batch", batch);
    await engine.run("train");
  }
  const kept = plan.buffers.filter(({ role }) => role === "parameter" || role === "state");
  const values = new Map<string, number[]>();
  for (const { name } of kept) values.set(name, [...(await engine.read(name))]);
  await engine.stop();
  return values;
}

/** Names of what has other bits than wanted, or numbers that are not finite. */
export const differing = (values: Bits, wanted: Bits): string[] =>
  [...wanted].flatMap(([name, numbers]) => {
    const own = values.get(name) ?? [];
    const isSame = numbers.every((v, i) => Number.isFinite(v) && Object.is(v, own[i]));
    return isSame && own.length === numbers.length ? [] : [name];
  });
