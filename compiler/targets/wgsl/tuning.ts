// The thresholds of the GPU engine: when threads work together, how large a tile is, into how many parts a sum is cut. Chosen for
// devices from integrated ones to large ones; an unusual device can be given a record of its own.
// Sizes of workgroups, which generated code is built around, stand in `schedule.ts`.

import type { GpuTuning } from "../../../runtime/plan.ts";
import { zip } from "../../arithmetic/lists.ts";
import type { CutTuning } from "../../loops/regions.ts";

/** How a workgroup is laid over a tile of a contraction. */
export interface TileShape {
  /** Threads down the rows and along the columns. */
  readonly threads: readonly [number, number];
  /** Results of a thread in each direction, multiples of four. */
  readonly each: readonly [number, number];
  /** Reduced steps that are staged at once. */
  readonly depth: number;
  /** Groups of threads that have the same results and take turns at the steps, so that few results still make a full workgroup. */
  readonly slices: number;
  /** Share of a device's operations that it reaches where all of the device is busy: estimated from instructions issued. */
  readonly rate: number;
}

export interface WgslTuning {
  /** Which pieces become one dispatch: how many, how far apart in the order of groups, and of how many points beside a tile. */
  readonly beside: { readonly pieces: number; readonly window: number; readonly points: number };
  /** Threads of a workgroup whose threads do not work together. */
  readonly alone: number;
  readonly cut: CutTuning;
  /** The device that tiles are chosen for; times in microseconds. */
  readonly device: {
    /** Compute units, and the operations that all of them do. */
    readonly units: number;
    readonly operations: number;
    /** Bytes that its memory moves. */
    readonly bytes: number;
    /** The cost of one more dispatch that waits for the one before. */
    readonly dispatch: number;
    /** Until what was loaded is there: the least that a staged stretch takes. */
    readonly load: number;
  };
  /** Neighbouring threads that join what they have reduced without memory, where the device has so many in a subgroup; 0: none do. */
  readonly subgroup: number;
  /** A workgroup reduces together where a result has enough steps, and where there are not enough results for all threads. */
  readonly together: { readonly fewestSteps: number; readonly mostResults: number };
  readonly tile: {
    readonly shapes: readonly TileShape[];
    /** Rows, and columns: below, too few threads would share a staged value. */
    readonly fewestRows: number;
    readonly fewestSteps: number;
    /** Steps of a block of a long sum: longer than elsewhere, since closing one takes a register for each result. */
    readonly block: number;
  };
  /** Products are computed again where they are used: with how many times more results than operands, how long their axes are at least,
   * and of how many steps at most. */
  readonly chain: { readonly gain: number; readonly shortest: number; readonly mostSteps: number };
  /** Work on the same rows becomes one dispatch: how many nests, how long rows may be where they are fewer than the device has units,
   * and how many numbers a workgroup keeps in its memory. */
  readonly rows: { readonly members: number; readonly longest: number; readonly kept: number };
  /** The sum of a tile that would keep few workgroups busy is cut into parts, which still have enough steps. */
  readonly parts: { readonly most: number; readonly fewestSteps: number };
}

const shape = (
  [down, along]: readonly [number, number],
  each: 4 | 8,
  depth: number,
  slices: number,
  rate: number,
): TileShape => ({ threads: [down, along], each: [each, each], depth, slices, rate });

/** Each fits the workgroup memory and the threads that every WebGPU device has. */
const SHAPES: readonly TileShape[] = [
  shape([16, 16], 8, 8, 1, 0.6),
  shape([16, 16], 4, 16, 1, 0.4),
  shape([32, 8], 4, 16, 1, 0.36),
  shape([8, 32], 4, 16, 1, 0.36),
  shape([64, 4], 4, 8, 1, 0.28),
  shape([4, 64], 4, 8, 1, 0.28),
  shape([8, 8], 4, 8, 4, 0.32),
  shape([16, 4], 4, 8, 4, 0.28),
  shape([4, 16], 4, 8, 4, 0.28),
];

export const GPU: WgslTuning = {
  beside: { pieces: 16, window: 8, points: 2 ** 22 },
  alone: 64,
  cut: { parts: 8, mostResults: 256, fewestTerms: 2048 },
  device: { units: 132, operations: 66.9e6, bytes: 3.35e6, dispatch: 4, load: 0.6 },
  subgroup: 0,
  together: { fewestSteps: 64, mostResults: 65536 },
  tile: { shapes: SHAPES, fewestRows: 4, fewestSteps: 4, block: 512 },
  chain: { gain: 2, shortest: 64, mostSteps: 128 },
  rows: { members: 24, longest: 4096, kept: 2048 },
  parts: { most: 64, fewestSteps: 128 },
};

/** The thresholds for a device that was measured; undefined where its figures are of other tiles than there are. */
export function tunedBy({
  units,
  operations,
  bytes,
  dispatch,
  load,
  rates,
  subgroup = 0,
}: GpuTuning): WgslTuning | undefined {
  if (rates.length !== SHAPES.length) return undefined;
  const shapes = zip(SHAPES, rates).map(([of, rate]) => ({ ...of, rate }));
  return { ...GPU, subgroup, device: { units, operations, bytes, dispatch, load }, tile: { ...GPU.tile, shapes } };
}
