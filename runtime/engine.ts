// The interface of an engine to a training session: the CPU engine, the GPU engine, or a stand-in in a test.
// Invariant: after `run` resolves, every buffer holds the values of that run, and words hold what the run left in them.

import type { WasmPlan, WgslPlan } from "./plan.ts";
import { LAYOUT } from "./plan.ts";

export type StepWord = "seed" | "step" | "batch" | "cursor";

export type Numbers = Float32Array | Int32Array;

/** Values that buffers are filled with: numbers, or bytes that stand for them. */
export type StoredValues = Numbers | Uint8Array;

/** Runs that an engine was given, and that may not be through. */
export interface Started {
  /** Their logged scalars, once they are through. */
  readonly logged: Promise<Float32Array>;
}

export interface Engine {
  /** `cpu:revec`, `cpu:relaxed`, `cpu:simd` or `gpu:NAME`. */
  readonly device: string;
  /** Runs an entry of the plan `steps` times; each run advances the step counter and, where it took rows, the cursor. */
  run(entry: string, steps?: number): Promise<void>;
  /**
   * As `run`, on an engine that can be given more while it runs: comes back before the runs are through, and words hold at once what they
   * leave. What is run, read or written later comes after them. `count` scalars that they log are to be known.
   */
  start?(entry: string, steps: number, count: number): Promise<Started>;
  /** Computes what a plan makes of weights alone, after they were written and before it is run. */
  prepareWeights?(): Promise<void>;
  set(word: StepWord, value: number): void;
  get(word: "step" | "cursor"): number;
  /** The first `count` scalars that the last `run` logged, in order. */
  logged(count: number): Float32Array | Promise<Float32Array>;
  has(name: string): boolean;
  /** A copy of a buffer of numbers, row-major. */
  read(name: string): Promise<Numbers>;
  /** Writes numbers into a buffer of numbers from element `at` on; `writeStored` writes bytes, too. */
  write(name: string, values: Numbers, at?: number): Promise<void>;
  stop(): Promise<void>;
}

/** The memory of an engine of the processor or of a GPU, for what writes into it by itself. */
export type EngineMemory =
  | { readonly plan: WasmPlan; readonly memory: WebAssembly.Memory }
  | { readonly plan: WgslPlan; readonly gpu: GPUDevice; arena(index: number): GPUBuffer };

/** How workers are made: Node's worker_threads or a browser's Worker. */
export interface WorkerPort {
  readonly post: (message: unknown) => void;
  readonly onMessage: (listener: (message: unknown) => void) => void;
  readonly end: () => void;
}

/** Most scalars that one `run` may log. */
export const LOG_LIMIT = LAYOUT.ringSize;
