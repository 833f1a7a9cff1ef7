// The interface of an engine to a training session: the CPU engine, the GPU engine, or a stand-in in a test.
// Invariant: after `run` resolves, every buffer holds the values of that run, and words hold what the run left in them.

import { LAYOUT } from "./plan.ts";

export type StepWord = "seed" | "step" | "batch" | "cursor";

export type Numbers = Float32Array | Int32Array;

export interface Engine {
  /** `cpu:revec`, `cpu:relaxed`, `cpu:simd` or `gpu:NAME`. */
  readonly device: string;
  /** Runs an entry of the plan `steps` times; each run advances the step counter and, where it took rows, the cursor. */
  run(entry: string, steps?: number): Promise<void>;
  set(word: StepWord, value: number): void;
  get(word: "step" | "cursor"): number;
  /** The first `count` scalars that the last `run` logged, in order. */
  logged(count: number): Float32Array | Promise<Float32Array>;
  has(name: string): boolean;
  /** A copy of a buffer, row-major. */
  read(name: string): Promise<Numbers>;
  /** Writes numbers into a buffer from element `at` on. */
  write(name: string, values: Numbers, at?: number): Promise<void>;
  stop(): Promise<void>;
}

/** How workers are made: Node's worker_threads or a browser's Worker. */
export interface WorkerPort {
  readonly post: (message: unknown) => void;
  readonly onMessage: (listener: (message: unknown) => void) => void;
  readonly end: () => void;
}

/** Most scalars that one `run` may log. */
export const LOG_LIMIT = LAYOUT.ringSize;
