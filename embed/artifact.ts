// A trained model as plain data and one run of bytes: what `dnn build --weights` writes and a built module reads. Invariant: it has
// nothing of the program but what answers rows.

import type { ModelInput } from "../project/use/model/modelinputs.ts";
import type { PlanBuffer, WgslPlan } from "../runtime/plan.ts";
import type { SavedField } from "../runtime/train/checkpoint.ts";

export interface Artifact {
  readonly format: 1;
  readonly model: string;
  readonly inputs: readonly ModelInput[];
  /** The output's, for one row, and those of its axes that differ in length. */
  readonly shape: readonly number[];
  readonly ragged: readonly number[];
  readonly target?: SavedField;
  readonly fields: readonly string[];
  readonly seed: number;
  readonly batch: number;
  /** Kernels for the processor, those for a GPU, or both. */
  readonly wasm?: WasmPart;
  readonly wgsl?: WgslPart;
  /** The buffers that the weights fill, in the order in which they stand at the end of the bytes, and how many numbers each has. */
  readonly weights: readonly (readonly [name: string, length: number])[];
  /** Whether weights are numbers of 16 bits. */
  readonly isHalf: boolean;
  /** Begins the bytes, too: that of another program, or of other kernels, differs. Weights of another training of the program fit. */
  readonly key: number;
}

/** Bytes of the key, before all others. */
export const KEY_BYTES = 4;

export interface WasmPart {
  readonly pages: number;
  readonly recordsAddress: number;
  /** Entries with the first and last byte of their records. */
  readonly spans: readonly (readonly [name: string, start: number, end: number])[];
  readonly buffers: readonly PlanBuffer[];
  /** Bytes of the module, then of the records, after the key; then come the weights, each in planes. */
  readonly sizes: readonly [number, number];
  /** Where threads can run it. */
  readonly sharing?: Sharing;
}

export interface Sharing {
  /** The byte of the module that says that its memory is shared: without that bit one thread runs it. */
  readonly at: number;
  /** Whether its kernels are large enough for threads to pay. */
  readonly isWorth: boolean;
}

export type WgslPart = Pick<WgslPlan, "arenas" | "buffers" | "kernels" | "entries">;
