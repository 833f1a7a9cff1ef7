// The CPU engine: one memory, one module, `threads` workers that each run the whole record table with barriers inside.
// With one thread everything runs on the calling thread and the memory is not shared.

import type { WorkerPort } from "../engine.ts";
import type { WasmPlan } from "../plan.ts";
import { LAYOUT } from "../plan.ts";
import { type Instance, instantiate, PlanMemory } from "./memory.ts";

export class WasmEngine extends PlanMemory {
  readonly threads: number;
  private readonly ports: WorkerPort[] = [];
  private local: Instance | undefined;
  private waiting: ((error?: Error) => void) | undefined;
  private left = 0;
  /** Why it runs no more: a thread that has ended would never answer. */
  private failed: Error | undefined;
  /** Fulfilled when all its threads have the module; the host may write into the memory before. */
  private ready: Promise<unknown> = Promise.resolve();

  private constructor(plan: WasmPlan, threads: number) {
    super(plan);
    this.threads = threads;
  }

  static async start(plan: WasmPlan, threads: number, spawn?: () => WorkerPort): Promise<WasmEngine> {
    const engine = new WasmEngine(plan, plan.shared && spawn ? threads : 1);
    const compiled = await WebAssembly.compile(plan.module);
    if (engine.threads === 1 || !spawn) engine.local = await instantiate(compiled, engine.memory);
    else engine.startWorkers(compiled, spawn);
    return engine;
  }

  private startWorkers(module: WebAssembly.Module, spawn: () => WorkerPort): void {
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
    this.ready = Promise.all(ready);
    // The first run throws it.
    this.ready.catch(() => undefined);
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
    const { start, end } = this.startRun(entry);
    if (this.local) {
      this.local.run(start, end, steps, 0, 1);
      return;
    }
    await this.ready;
    if (this.failed) throw this.failed;
    this.left = this.threads;
    const done = new Promise<void>((resolve, reject) => {
      this.waiting = (error) => (error ? reject(error) : resolve());
    });
    for (const port of this.ports) port.post({ kind: "run", start, end, steps });
    await done;
  }

  async stop(): Promise<void> {
    Atomics.store(this.words(), LAYOUT.abort >> 2, 1);
    for (const port of this.ports) port.end();
  }
}
