// The memory of an engine of the processor: the one memory of a plan, its buffers and its words. How records are run, on one thread or on
// several, is its heirs'.

import type { Engine, Numbers } from "../engine.ts";
import type { PlanBuffer, PlanEntry, WasmPlan } from "../plan.ts";
import { LAYOUT, PREPARE } from "../plan.ts";

export interface Instance {
  readonly run: (start: number, end: number, steps: number, thread: number, threads: number) => void;
}

export async function instantiate(
  module: Uint8Array<ArrayBuffer> | WebAssembly.Module,
  memory: WebAssembly.Memory,
): Promise<Instance> {
  const compiled = module instanceof WebAssembly.Module ? module : await WebAssembly.compile(module);
  const { exports } = await WebAssembly.instantiate(compiled, { env: { memory } });
  return exports as unknown as Instance;
}

export abstract class PlanMemory implements Engine {
  readonly plan: WasmPlan;
  /** Width of its vectors; the caller that enables wider ones says so. */
  device = "cpu:relaxed";
  readonly memory: WebAssembly.Memory;
  private readonly buffers: ReadonlyMap<string, PlanBuffer>;

  constructor(plan: WasmPlan) {
    this.plan = plan;
    this.memory = new WebAssembly.Memory({ initial: plan.pages, maximum: plan.pages, shared: plan.shared });
    this.buffers = new Map(plan.buffers.map((b) => [b.name, b]));
    new Uint8Array(this.memory.buffer).set(plan.records, plan.recordsAddress);
  }

  abstract run(entry: string, steps?: number): Promise<void>;
  abstract stop(): Promise<void>;

  async prepareWeights(): Promise<void> {
    if (this.plan.entries.some((e) => e.name === PREPARE)) await this.run(PREPARE);
  }

  /** The records of an entry; what it logs begins at the ring's start. */
  protected startRun(entry: string): PlanEntry {
    const found = this.plan.entries.find((e) => e.name === entry);
    if (!found) throw new Error(`the plan has no entry '${entry}'`);
    this.words()[LAYOUT.ringPosition >> 2] = 0;
    return found;
  }

  protected words(): Int32Array {
    return new Int32Array(this.memory.buffer);
  }

  /** The numbers of a buffer, in place. */
  view(name: string): Float32Array | Int32Array {
    const b = this.buffers.get(name);
    if (!b) throw new Error(`the plan has no buffer '${name}'`);
    const View = b.dtype === "i32" ? Int32Array : Float32Array;
    return new View(this.memory.buffer, b.address, b.size);
  }

  has(name: string): boolean {
    return this.buffers.has(name);
  }

  /** A copy of a buffer. */
  async read(name: string): Promise<Numbers> {
    return this.view(name).slice();
  }

  async write(name: string, values: Numbers, at = 0): Promise<void> {
    this.view(name).set(values, at);
  }

  set(word: "seed" | "step" | "batch" | "cursor", value: number): void {
    const at = { seed: LAYOUT.step, step: LAYOUT.step + 4, batch: LAYOUT.step + 8, cursor: LAYOUT.cursor }[word];
    this.words()[at >> 2] = value;
  }

  get(word: "step" | "cursor"): number {
    return this.words()[(word === "step" ? LAYOUT.step + 4 : LAYOUT.cursor) >> 2]!;
  }

  /** Scalars of the last run: `logged` numbers for each step. */
  logged(count: number): Float32Array {
    return new Float32Array(this.memory.buffer, LAYOUT.ring, count).slice();
  }
}
