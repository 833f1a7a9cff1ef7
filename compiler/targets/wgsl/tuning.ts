// The thresholds of the GPU engine: when threads work together, how large a tile is, into how many parts a sum is cut. Chosen for
// devices from integrated ones to large ones; a device of its own kind can be given a record of its own.
// Sizes of workgroups, which generated code is built around, stand in `schedule.ts`.

import type { CutTuning } from "../../loops/regions.ts";

export interface WgslTuning {
  readonly cut: CutTuning;
  /** Workgroups that keep a large GPU busy. */
  readonly busy: number;
  /** A workgroup reduces together where a result has enough steps, and where there are not enough results for all threads. */
  readonly together: { readonly fewestSteps: number; readonly mostResults: number };
  readonly tile: {
    /** Rows, and columns: below, too few threads would share a staged value. */
    readonly fewestRows: number;
    readonly fewestSteps: number;
    /** Share of a large tile's results that must lie inside of the result. */
    readonly filled: number;
    /** Reduced steps that are staged at once, by the largest tile and by the others. */
    readonly depth: { readonly large: 8 | 16; readonly small: 8 | 16 };
    /** Steps of a block of a long sum: longer than elsewhere, since closing one takes a register for each result. */
    readonly block: number;
  };
  /** The sum of a tile that would keep few workgroups busy is cut into parts, which still have enough steps. */
  readonly parts: { readonly most: number; readonly fewestSteps: number };
}

export const GPU: WgslTuning = {
  cut: { parts: 8, mostResults: 256, fewestTerms: 2048 },
  busy: 128,
  together: { fewestSteps: 64, mostResults: 65536 },
  tile: { fewestRows: 8, fewestSteps: 4, filled: 0.7, depth: { large: 8, small: 16 }, block: 512 },
  parts: { most: 32, fewestSteps: 128 },
};
