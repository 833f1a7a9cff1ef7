// The thresholds of the GPU engine: when threads work together, how large a tile is, into how many parts a sum is cut. Chosen for
// devices from integrated ones to large ones; an unusual device can be given a record of its own.
// Sizes of workgroups, which generated code is built around, stand here too.

import type { GpuTuning, MatrixKind } from "../../../runtime/plan.ts";
import { zip } from "../../arithmetic/lists.ts";
import type { CutTuning } from "../../loops/regions.ts";
import type { MatrixLayout } from "./tiles/matrixlayout.ts";
import { layoutOf } from "./tiles/matrixlayout.ts";

/** Threads of a workgroup: the most that every WebGPU device has. */
export const THREADS = 256;
/** Bytes of workgroup memory that every WebGPU device has. */
export const SHARED_BYTES = 16384;

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
  /** Where subgroups multiply matrices; a thread's results are then those that it stores. */
  readonly matrix?: MatrixLayout;
}

export interface WgslTuning {
  /** Which pieces become one dispatch: how many, how far apart in the order of groups, and of how many points beside a tile. */
  readonly beside: { readonly pieces: number; readonly window: number; readonly points: number };
  /** Threads of a workgroup whose threads do not work together. */
  readonly alone: number;
  /** Which long sums are cut: those of few results with some terms, those of more with many. */
  readonly cut: CutTuning & { readonly fewestTermsOfMany: number };
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
    /** Steps of the longest sum that matrices add up: their sums have no blocks. */
    readonly longest: number;
  };
  /** Products are computed again where they are used: with how many times more results than operands, how long their axes are at least,
   * and of how many steps at most. */
  readonly chain: { readonly gain: number; readonly shortest: number; readonly mostSteps: number };
  /** Work on the same rows becomes one dispatch: how many nests, how long rows may be where they are fewer than the device has units,
   * how many numbers a workgroup keeps in its memory, and how many it reads again at each step of a loop: with more, each step is
   * dispatches of its own, in which all of the device shares what it reads. */
  readonly rows: {
    readonly members: number;
    readonly longest: number;
    readonly kept: number;
    readonly again: number;
  };
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
  cut: { parts: 8, mostResults: 256, fewestTerms: 2048, fewestTermsOfMany: 16384 },
  device: { units: 132, operations: 66.9e6, bytes: 3.35e6, dispatch: 4, load: 0.6 },
  subgroup: 0,
  together: { fewestSteps: 64, mostResults: 65536 },
  tile: { shapes: SHAPES, fewestRows: 4, fewestSteps: 4, block: 512, longest: 8192 },
  chain: { gain: 2, shortest: 64, mostSteps: 128 },
  rows: { members: 24, longest: 4096, kept: 2048, again: 2 ** 16 },
  parts: { most: 64, fewestSteps: 128 },
};

/** Sides of tiles that are products of matrices. */
const MATRIX_SIDES = [
  [128, 128],
  [128, 64],
  [64, 128],
  [64, 64],
] as const;

/** Those that fit what every device has, to be measured. */
export function matrixShapes(kind: MatrixKind): TileShape[] {
  return MATRIX_SIDES.flatMap(([rows, columns]): TileShape[] => {
    const found = layoutOf(kind, [rows, columns], { threads: THREADS, bytes: SHARED_BYTES });
    if (!found) return [];
    const { depth, ...matrix } = found;
    return [{ threads: [16, 16], each: [rows / 16, columns / 16], depth, slices: 1, rate: 1, matrix }];
  });
}

/** The same without tiles of matrices. */
export const withoutMatrices = (tuning: WgslTuning): WgslTuning => ({
  ...tuning,
  tile: { ...tuning.tile, shapes: tuning.tile.shapes.filter((s) => !s.matrix) },
});

/** The thresholds for a device that was measured; undefined where its figures are of other tiles than there are. */
export function tunedBy({
  units,
  operations,
  bytes,
  dispatch,
  load,
  rates,
  subgroup = 0,
  matrices,
}: GpuTuning): WgslTuning | undefined {
  if (rates.length !== SHAPES.length) return undefined;
  const ofMatrices = matrices ? matrixShapes(matrices) : [];
  if (matrices && matrices.rates.length !== ofMatrices.length) return undefined;
  const all = [...zip(SHAPES, rates), ...zip(ofMatrices, matrices?.rates ?? [])];
  const shapes = all.map(([of, rate]) => ({ ...of, rate }));
  return { ...GPU, subgroup, device: { units, operations, bytes, dispatch, load }, tile: { ...GPU.tile, shapes } };
}
