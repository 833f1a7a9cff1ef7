// One line of a plan's table: a kernel with what it reads and writes, or a loop over such lines.

import type { Nest } from "../../loops/nest.ts";

/** A line of a record table before addresses are known. */
export type Line =
  | {
      readonly kind: "kernel";
      readonly kernel: number;
      readonly units: Units;
      readonly buffers: readonly string[];
      /** Among the buffers: those that it writes. */
      readonly writes: readonly string[];
      /** It touches what has no buffer. */
      readonly alone?: boolean;
      readonly rows: boolean;
      readonly word: number;
      /** Threads wait for each other after it, unless this says no. */
      readonly barrier?: boolean;
      /** What it computes, where that is a nest. */
      readonly nest?: Nest;
    }
  | { readonly kind: "loop"; readonly length: number; readonly reverse: boolean; readonly body: readonly Line[] };

export interface Units {
  readonly constant: number;
  readonly perBatch: number;
  readonly divisor: number;
}
