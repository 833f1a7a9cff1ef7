// The thresholds of the CPU engine: when a tile pays, what threads divide, how much is one unit of work. The same for all machines, so
// that a training that goes on elsewhere gives the same bits. Widths that generated code is built around stand where it is emitted.

import type { CutTuning } from "../../../loops/regions.ts";
import type { WinogradTuning } from "../../../loops/winograd/winograd.ts";

/** Lanes of a panel, the stretch of a vector operand that a tile reads at each step. */
export const PANEL = 16;

/** How far commands may be moved up. */
export interface LaunchTuning {
  /** Launches that a command may be moved up to run beside earlier ones: its result lies in memory for as much longer. */
  readonly reach: number;
  /** Numbers that a launch may write before nothing more is moved up into it: a barrier is little beside so much work. */
  readonly mostWritten: number;
}

/** Where the next panel of a tile's vector operand is read while this one's rows multiply. */
export interface AheadTuning {
  /** Bytes of all panels, from which on they come from farther away than the core's own cache. */
  readonly fewestBytes: number;
  /** Tiles of a panel: with fewer, nothing hides the reading; with more, the wait for the first is little. */
  readonly fewestTiles: number;
  readonly mostTiles: number;
  /** Threads that rows are assumed to be divided by, where they are. */
  readonly threads: number;
}

/** Where maps read the next stretch of memory ahead of walking across it. */
export interface AcrossTuning {
  /** Bytes of all stretches, from which on they come from farther away than the core's own cache. */
  readonly fewestBytes: number;
  /** Bytes of a stretch: it and the next one lie in the core's own cache. */
  readonly mostBytes: number;
  /** Bytes that are read ahead at once: what is computed beside them hides no more. */
  readonly mostAtOnce: number;
}

export interface WasmTuning {
  readonly cut: CutTuning;
  readonly tile: {
    /** A tile is zeroed before and stored after its steps: with fewer of them that costs more than the tile saves. */
    readonly fewestSteps: number;
    /** With fewer lanes most of a vector would be empty. */
    readonly fewestLanes: number;
    /** The most rows of a tile of whole panels. */
    readonly rows: number;
    /** The part of the greatest height that rows of an axis further in may have: neighbours in memory are worth the rest. */
    readonly nearlyTallest: number;
    /** Rows from which on a vector operand whose steps may vary is put into panels. */
    readonly fewestPackedRows: number;
    /** Rows, or steps of a panel, up to which a vector operand that may be read where it lies is not put into panels. */
    readonly mostUnpacked: number;
    /** A fixed number of rows up to this is written out as tiles of even height; more are counted when it runs. */
    readonly mostWrittenRows: number;
    /** Reduced steps of the innermost loop's body. */
    readonly unrolled: number;
    /** Steps of a block of a long sum: longer than elsewhere, since a tile's accumulators leave no registers for those above. */
    readonly block: number;
    /** Rows from which on a long sum is taken block by block for all of them: so often what a block reads is in the cache. */
    readonly fewestWaitingRows: number;
    /** Lanes from which on patches may be copied. */
    readonly fewestPatchLanes: number;
    /** How many times as tall tiles must become for patches to pay. */
    readonly tallerPatches: number;
  };
  readonly threads: {
    /** From so many panels, steps of an outer axis, rows on, threads divide them. */
    readonly fewestPanels: number;
    readonly fewestOuter: number;
    readonly fewestRows: number;
    /** Steps of an axis from which on threads divide it, where there are no tiles, though longer ones lie within it. */
    readonly fewestSteps: number;
    /** Rows along the batch from which on threads divide them before anything else. */
    readonly fewestBatchRows: number;
    /** A fixed number of rows from which on each thread has enough of them for tiles of any number. */
    readonly fewestEvenRows: number;
    /** Rows from which on half of a panel's rows are a unit: fives and sixes make up both halves. */
    readonly fewestHalvedRows: number;
    /** Rows of a batch, whose size is known when it runs only, in one unit: tiles are made of all rows of a thread. */
    readonly batchRows: number;
    /** Elements of a flat axis in one unit. */
    readonly flatUnit: number;
    /** Results of a reduction along lanes in one unit. */
    readonly columnUnit: number;
  };
  readonly ahead: AheadTuning;
  readonly across: AcrossTuning;
  /** Neighbours in memory from which on lanes that lie apart are turned in registers. */
  readonly fewestTurned: number;
  readonly launches: LaunchTuning;
  readonly winograd: WinogradTuning;
}

export const CPU: WasmTuning = {
  cut: { parts: 8, mostResults: 256, fewestTerms: 2048 },
  tile: {
    fewestSteps: 4,
    fewestLanes: 3,
    rows: 6,
    nearlyTallest: 0.8,
    fewestPackedRows: 32,
    mostUnpacked: 144,
    mostWrittenRows: 48,
    unrolled: 4,
    block: 288,
    fewestWaitingRows: 48,
    fewestPatchLanes: 128,
    tallerPatches: 1.2,
  },
  threads: {
    fewestPanels: 8,
    fewestOuter: 8,
    fewestRows: 12,
    fewestSteps: 4,
    fewestBatchRows: 512,
    fewestEvenRows: 80,
    fewestHalvedRows: 40,
    batchRows: 4,
    flatUnit: 64,
    columnUnit: 16,
  },
  fewestTurned: 4,
  ahead: { fewestBytes: 2 ** 20, fewestTiles: 2, mostTiles: 64, threads: 2 },
  across: { fewestBytes: 2 ** 21, mostBytes: 2 ** 19, mostAtOnce: 2 ** 11 },
  launches: { reach: 3, mostWritten: 2 ** 20 },
  winograd: { perNumber: 28, perNearNumber: 12, mostNear: 3 * 2 ** 19, mostTime: 0.9, fewestLanes: 8, panel: PANEL },
};
