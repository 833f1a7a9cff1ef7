// The plan: all that an engine needs to run a compiled program, and the one contract between compiler and runtime.
// Plain data: it can be written to a file, sent to a worker or put into a page.

/**
 * Types of what a buffer holds; bytes are data alone, and become numbers where a batch is fetched; numbers of 16 bits are
 * temporaries alone.
 */
export type StoredType = "f32" | "i32" | "f16" | "u8";

/** The byte that stands for 1: bytes are the numbers themselves, or shares of the largest. */
export type ByteUnit = 1 | 255;

export interface PlanBuffer {
  readonly name: string;
  /** Byte address in the one memory. */
  readonly address: number;
  /** Elements of its type. */
  readonly size: number;
  readonly dtype: StoredType;
  readonly role: "parameter" | "state" | "field" | "temporary" | "zeroed" | "result" | "data";
}

export interface PlanEntry {
  readonly name: string;
  /** Byte addresses of the first record and past the last. */
  readonly start: number;
  readonly end: number;
  /** Kernels that are started one after the other: between two of them threads wait for each other. */
  readonly launches: number;
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

/** The entry that computes what another one needs of its weights alone. */
export const PREPARE = "prepare";

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

/** Extent of an axis when it runs: constant + perBatch * batch. */
export interface PlanExtent {
  readonly constant: number;
  readonly perBatch: number;
}

/** A WGSL module with one entry point, `main`. Group 0 holds what it binds, see BINDING. */
export interface WgslKernel extends PlanKernel {
  readonly code: string;
  readonly step: "none" | "read" | "write";
  /** Whether it reads the time step of a loop. */
  readonly time: boolean;
  /** The arenas that it is given, in order. */
  readonly arenas: readonly { readonly access: "read" | "write" }[];
}

/** Numbers of a kernel's bindings. */
export const BINDING = { step: 0, offsets: 1, time: 2, arenas: 3 } as const;

/** Workgroups: the product of ceil(product of extents / per). */
export type WgslGrid = readonly { readonly extents: readonly PlanExtent[]; readonly per: number }[];

/** One dispatch: its workgroups are those of all its grids, one after the other. */
export interface WgslDispatch {
  readonly kind: "kernel";
  readonly kernel: number;
  readonly grids: readonly WgslGrid[];
  /** Indices into the plan's arenas. */
  readonly arenas: readonly number[];
  /** Where each buffer of the kernel begins in its arena, in elements. */
  readonly offsets: readonly number[];
  /** About how long it takes on the device that the plan was made for, with the largest batch. */
  readonly microseconds: number;
}

export interface WgslLoop {
  readonly kind: "loop";
  readonly length: number;
  readonly reverse: boolean;
  readonly body: readonly WgslDispatch[];
}

export interface WgslEntry {
  readonly name: string;
  readonly steps: readonly (WgslDispatch | WgslLoop)[];
  readonly logged: readonly string[];
  readonly fields: readonly string[];
  /** Minibatches that one run takes. */
  readonly batches: number;
  /** Parts of the entry: each advances the step counter. */
  readonly parts: number;
}

/** One GPU buffer: what is written in one dispatch and read in another lies in as few of them as possible. */
export interface WgslArena {
  readonly name: string;
  /** Bytes lie four in a word. */
  readonly dtype: StoredType;
  readonly bytes: number;
}

export interface WgslBuffer extends Omit<PlanBuffer, "address"> {
  readonly arena: number;
  /** First element in the arena. */
  readonly at: number;
  /** Of data that no buffer of the GPU is large enough for: it is in several, of which this begins with element `from` of `of`. */
  readonly part?: { readonly of: string; readonly from: number };
}

/** Figures of a GPU, as they were measured: kernels are chosen by them, and so is the order in which they add. */
/** Products of matrices that the threads of a subgroup compute together: of m x k numbers by k x n, added up in 32 bits. */
export interface MatrixKind {
  readonly component: "f16" | "f32";
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Of a subgroup. */
  readonly threads: number;
}

export interface GpuTuning {
  /** The adapter, its driver and the kernels that were measured. */
  readonly key: string;
  readonly units: number;
  /** A microsecond's. */
  readonly operations: number;
  readonly bytes: number;
  /** Microseconds. */
  readonly dispatch: number;
  readonly load: number;
  /** Shares of `operations` that the tiles reach, in the order of the compiler's list. */
  readonly rates: readonly number[];
  /** Threads of a subgroup, where reductions are right and sooner done with them; absent or 0 where not. */
  readonly subgroup?: number;
  /** Matrices whose products are right and sooner done, with the rates of their tiles; absent where there are none. */
  readonly matrices?: MatrixKind & { readonly rates: readonly number[] };
}

/** Features of devices. */
export type PlanFeature = "shader-f16" | "subgroups" | typeof MATRIX_FEATURE;
export const MATRIX_FEATURE = "chromium-experimental-subgroup-matrix";

export interface WgslPlan {
  /** Features that its shaders need beyond the core of WebGPU. */
  readonly features?: readonly PlanFeature[];
  readonly arenas: readonly WgslArena[];
  readonly buffers: readonly WgslBuffer[];
  readonly kernels: readonly WgslKernel[];
  readonly entries: readonly WgslEntry[];
  /** Largest batch. */
  readonly batch: number;
  /** The measured figures that it was made by; absent where it was made by the usual ones. */
  readonly tuning?: GpuTuning;
}

/** Words of the step block: seed, step, batch, cursor, ring position. */
export const STEP_WORDS = { seed: 0, step: 1, batch: 2, cursor: 3, ring: 4, size: 8 } as const;

// ---------------------------------------------------------------- names

/** Companions of a tensor or field are named after it: in plans, in data and in files of weights. */
const COMPANIONS = { length: "~length", classes: "~classes", average: "~ema", carried: "~carried" } as const;

/**
 * `length`: the lengths of a field's sequences. `classes`: a field's whole numbers as classes. `average`: the moving average of
 * a parameter. `carried`: what a state of a cell takes from one batch to the next.
 */
type Companion = keyof typeof COMPANIONS;

export const companionName = (of: string, companion: Companion): string => of + COMPANIONS[companion];

/** The name of that whose companion this is. */
export function companionOf(name: string, companion: Companion): string | undefined {
  const ending = COMPANIONS[companion];
  return name.endsWith(ending) ? name.slice(0, -ending.length) : undefined;
}

/** The name of the tensor or field that a companion, or what a training keeps beside it, is named after; of any other its own. */
export const ownerOf = (name: string): string => name.replace(/~.*/s, "");

/** Whether a tensor in a file of weights is neither a model's nor the data's, but what a training keeps beside these. */
export const isOfTraining = (name: string): boolean => name.includes("~");

/** By what the best epoch of a training is found: a figure of held-out rows, and whether less of it is better. */
export interface Criterion {
  readonly figure: string;
  readonly isLowest: boolean;
}
