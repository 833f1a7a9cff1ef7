// A target of the compiler: a function from lowered entries to a plan for an engine.
// A target's thresholds are a record of their own, its tuning: decisions depend on shapes and on that record only. The default
// belongs to the target and not to the machine that compiles, so that a run that goes on elsewhere adds in the same order.

import type { Entry } from "../loops/entry.ts";
import type { Observer } from "../loops/stage.ts";
import type { Buffer } from "../loops/storage.ts";

/** The program that a plan is made from. */
export interface Program {
  readonly entries: readonly Entry[];
  /** The largest batch. */
  readonly batch: number;
  /** Buffers that hold the data sets. */
  readonly data?: readonly Buffer[];
}

export interface Target<Plan, Device> {
  readonly name: string;
  /** MemoryExceeded where the device has too little. */
  readonly plan: (program: Program, device: Device, observer?: Observer) => Plan;
  /** Bytes of the largest memory that a plan asks for. */
  readonly memoryOf: (plan: Plan) => number;
}
