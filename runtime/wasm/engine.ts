// The CPU engine: one memory, one module, `threads` workers that each run the whole record table with barriers inside.
// With one thread everything runs on the calling thread and the memory is not shared.

import type { Engine, Numbers, WorkerPort } from "../engine.ts";
import type { PlanBuffer, WasmPlan } from "../plan.ts";
import { LAYOUT } from "../plan.ts";

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

export class WasmEngine implements Engine {
  readonly plan: WasmPlan;
  readonly threads: number;
  /** Width of its vectors; the caller that enables wider ones says so. */
  device = "cpu:relaxed";
  readonly memory: WebAssembly.Memory;
  private readonly buffers: ReadonlyMap<string, PlanBuffer>;
  private readonly ports: WorkerPort[] = [];
  private local: Instance | undefined;
  private waiting: ((error?: Error) => void) | undefined;
  private left = 0;
  /** Why it runs no more: a thread that has ended would never answer. */
  private failed: Error | undefined;

  private constructor(plan: WasmPlan, threads: number) {
    this.plan = plan;
    this.threads = threads;
    this.memory = new WebAssembly.Memory({ initial: plan.pages, maximum: plan.pages, shared: plan.shared });
    this.buffers = new Map(plan.buffers.map((b) => [b.name, b]));
    this.bytes().set(plan.records, plan.recordsAddress);
  }

  static async start(plan: WasmPlan, threads: number, spawn?: () => WorkerPort): Promise<WasmEngine> {
    const engine = new WasmEngine(plan, plan.shared && spawn ? threads : 1);
    const compiled = await WebAssembly.compile(plan.module);
    if (engine.threads === 1 || !spawn) engine.local = await instantiate(compiled, engine.memory);
    else await engine.startWorkers(compiled, spawn);
    return engine;
  }

  private async startWorkers(module: WebAssembly.Module, spawn: () => WorkerPort): Promise<void> {
    const ready: Promise<void>[] = [];
    for (let thread = 0; thread < this.threads; thread++) {
      const port = spawn();
      this.ports.push(port);
      ready.push(
        new Promise((resolve, reject) => {
          port.onMessage((message) => this.answered(message as { kind: string; error?: string }, resolve, reject));
        }),
      );
      port.post({ kind: "start", module, memory: this.memory, thread, threads: this.threads });
    }
    await Promise.all(ready);
  }

  private answered(message: { kind: string; error?: string }, resolve: () => void, reject: (e: Error) => void): void {
    if (message.kind === "ready") resolve();
    else if (message.kind === "done") {
      if (--this.left === 0) this.waiting?.();
    } else {
      Atomics.store(this.words(), LAYOUT.abort >> 2, 1);
      this.failed ??= new Error(`the engine stopped: ${message.error}`);
      reject(this.failed);
      this.waiting?.(this.failed);
    }
  }

  /** Runs an entry `steps` times on all threads. */
  async run(entry: string, steps = 1): Promise<void> {
    const found = this.plan.entries.find((e) => e.name === entry);
    if (!found) throw new Error(`the plan has no entry '${entry}'`);
    this.words()[LAYOUT.ringPosition >> 2] = 0;
    if (this.local) {
      this.local.run(found.start, found.end, steps, 0, 1);
      return;
    }
    if (this.failed) throw this.failed;
    this.left = this.threads;
    const done = new Promise<void>((resolve, reject) => {
      this.waiting = (error) => (error ? reject(error) : resolve());
    });
    for (const port of this.ports) port.post({ kind: "run", start: found.start, end: found.end, steps });
    await done;
  }

  private bytes(): Uint8Array {
    return new Uint8Array(this.memory.buffer);
  }
  private words(): Int32Array {
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

  async stop(): Promise<void> {
    Atomics.store(this.words(), LAYOUT.abort >> 2, 1);
    for (const port of this.ports) port.end();
  }
}
