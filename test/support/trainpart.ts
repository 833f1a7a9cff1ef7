// One step of a training on the CPU engine, from given values of its leaves.

import type { TrainStep } from "../../compiler/check/training/lines/types.ts";
import type { Node } from "../../compiler/graph/node.ts";
import type { Tensor } from "../../compiler/graph/tensor.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import type { WasmTuning } from "../../compiler/targets/wasm/schedule/tuning.ts";
import type { WasmPlan } from "../../runtime/plan.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { spawnWorker } from "../../runtime/wasm/node.ts";
import { partOf } from "./programs.ts";

export interface Trial {
  readonly step: TrainStep;
  readonly nodes: readonly Node[];
  readonly leaves: ReadonlyMap<Node, Tensor>;
  /** The batch that the plan is made for, and the one that is run. */
  readonly planned: number;
  readonly batch: number;
  readonly threads: number;
  readonly tuning?: WasmTuning;
}

/** The engine after the step; who asks for it stops it. */
export async function trainPart(t: Trial): Promise<{ engine: WasmEngine; plan: WasmPlan }> {
  const program = { entries: [{ name: "train", parts: [partOf(t.step, t.nodes, t.planned)] }], batch: t.planned };
  const device = { shared: t.threads > 1, ...(t.tuning ? { tuning: t.tuning } : {}) };
  const plan = wasmTarget.plan(program, device, { verify: true });
  const engine = await WasmEngine.start(plan, t.threads, spawnWorker);
  for (const [leaf, value] of t.leaves) {
    const name = leaf.attributes.name as string;
    if (engine.has(name)) engine.view(name).set(value.data);
  }
  engine.set("batch", t.batch);
  await engine.run("train");
  return { engine, plan };
}
