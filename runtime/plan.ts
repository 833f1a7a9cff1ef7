// The plan: all that an engine needs to run a compiled program, and the one contract between compiler and runtime.
// Plain data: it can be written to a file, sent to a worker or put into a page.

export interface PlanBuffer {
  readonly name: string;
  /** Byte address in the one memory. */
  readonly address: number;
  /** Elements of four bytes. */
  readonly size: number;
  readonly dtype: "f32" | "i32";
  readonly role: "parameter" | "state" | "field" | "temporary" | "zeroed" | "result" | "data";
}

export interface PlanEntry {
  readonly name: string;
  /** Byte addresses of the first record and past the last. */
  readonly start: number;
  readonly end: number;
  /** Scalars that every run appends to the ring, in order. */
  readonly logged: readonly string[];
  /** Fields of the batch that the entry reads. */
  readonly fields: readonly string[];
}

export interface PlanKernel {
  readonly name: string;
  readonly schedule: string;
  readonly nest: string;
}

export interface WasmPlan {
  readonly module: Uint8Array<ArrayBuffer>;
  /** 64 KiB pages, fixed: nothing is allocated after the start. */
  readonly pages: number;
  /** Record tables, to be copied to `recordsAddress` before the first run. */
  readonly records: Uint8Array<ArrayBuffer>;
  readonly recordsAddress: number;
  readonly buffers: readonly PlanBuffer[];
  readonly entries: readonly PlanEntry[];
  readonly kernels: readonly PlanKernel[];
  /** Largest batch. */
  readonly batch: number;
  readonly shared: boolean;
}

/** Layout of the low memory, in bytes. */
export const LAYOUT = {
  /** seed, step, batch, rate, cursor, ring position */
  step: 64,
  cursor: 64 + 16,
  ringPosition: 64 + 20,
  barrierCount: 128,
  barrierGeneration: 192,
  abort: 256,
  command: 320,
  done: 384,
  ring: 1024,
  /** Numbers in the ring. */
  ringSize: 16384,
  free: 1024 + 4 * 16384,
} as const;
