// A trained model as plain data and one run of bytes: what `dnn build --weights` writes and a built module reads. Invariant: it has
// nothing of the program but what answers rows.

import type { ModelInput } from "../project/use/model/modelinputs.ts";
import type { PlanBuffer } from "../runtime/plan.ts";
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
  readonly pages: number;
  readonly recordsAddress: number;
  /** First and last byte of the entry's records. */
  readonly span: readonly [number, number];
  readonly buffers: readonly PlanBuffer[];
  /** The buffers that the weights fill, in the order in which they follow the module and the records. */
  readonly weights: readonly string[];
  /** Whether weights are numbers of 16 bits. */
  readonly isHalf: boolean;
  /** Bytes of the module, then of the records; then come the weights. */
  readonly sizes: readonly [number, number];
}
