// The engine of one thread, the one that calls it: all that a built module needs.

import type { WasmPlan } from "../plan.ts";
import { type Instance, instantiate, PlanMemory } from "./memory.ts";

export class LocalEngine extends PlanMemory {
  private instance: Instance | undefined;

  static async start(plan: WasmPlan): Promise<LocalEngine> {
    const engine = new LocalEngine(plan);
    engine.instance = await instantiate(plan.module, engine.memory);
    return engine;
  }

  async run(entry: string, steps = 1): Promise<void> {
    const { start, end } = this.startRun(entry);
    this.instance?.run(start, end, steps, 0, 1);
  }

  async stop(): Promise<void> {}
}
