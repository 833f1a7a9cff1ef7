// Tiles as they are emitted: their panels and sizes, and the locals that hold their places.

import { extent } from "../../../../arithmetic/dim.ts";
import type { Axis } from "../../../../loops/nest.ts";
import type { SumBlock } from "../../../../loops/sums.ts";
import type { Schedule } from "../../schedule/schedule.ts";
import { PANEL } from "../../schedule/tuning.ts";
import type { Context } from "../context.ts";

export type TileSchedule = Extract<Schedule, { mode: "tile" }>;

/** Panels that the lanes need; the last may be filled in part. */
export const panelsOf = ({ lanes }: TileSchedule): number => Math.ceil((lanes.extent as number) / PANEL);

/**
 * Parts of a panel's rows that are units of work of their own, so that an odd number of panels is divided evenly. A VAE's step, whose layers
 * have 25 and 49 panels, takes 6% less on two threads.
 */
export const partsOf = ({ parallel, tile: { rows }, nest, batch, tuning }: TileSchedule): 1 | 2 =>
  parallel === "panels" && rows && !nest.hidden && extent(rows.extent, batch) >= tuning.threads.fewestHalvedRows
    ? 2
    : 1;

/** Vectors of a narrow tile, whose lanes one register of 256 bits holds. */
export const NARROW = 2;

/** The most rows of a tile. A narrow one needs more of them, until its sums hide each other's latency. */
export const tallest = (vectors: number): number => (vectors <= NARROW ? 8 : 6);

/**
 * Whether the last pair of vectors is stored in part. Such a pair is written whole to a place beside, the edge, since V8 widens
 * only pairs that are stored whole: a layer of six channels takes half the time. Numbers of 16 bits go out lane by lane.
 */
export const hasEdge = ({ lanes, nest }: TileSchedule): boolean =>
  (lanes.extent as number) % 8 !== 0 && nest.stores.every((s) => s.dtype !== "f16");

/** Numbers of the edge of a thread: a pair for each row of a tile, since V8 widens none of those that share a place. */
export const edgeSize = 8 * tallest(NARROW);

/** Steps that a panel has room for: those of the largest batch. */
export const panelDepth = ({ nest, batch }: TileSchedule): number =>
  nest.reduces.reduce((n, r) => n * extent(r.extent, batch), 1);

/** Sums that wait in memory: where they lie, and the block of the outermost walk that is taken. */
export interface Waiting {
  readonly block: SumBlock;
  readonly sums: number;
  readonly start: number;
  readonly end: number;
}

/** Locals of the first step and the one past the last. */
export interface StepRange {
  readonly start: number;
  readonly end: number;
}

/** The panel that is read ahead: `base` and `pointer` are locals. */
export interface Ahead {
  /** The panel of the tile. */
  readonly base: number;
  /** The place that is read next. */
  readonly pointer: number;
  /** Bytes from a panel to the next one. */
  readonly distance: number;
  /** How many tiles it is read in. */
  readonly tiles: number;
}

export interface Tiler {
  readonly c: Context;
  readonly s: TileSchedule;
  readonly a: number;
  readonly b: number;
  readonly panel: number;
  readonly pack: number | undefined;
  readonly edge: number | undefined;
  readonly steps: readonly Walk[];
  /** Where sums go up a level, but for the block whose sums wait in memory. */
  readonly blocks: readonly SumBlock[];
  readonly waiting: Waiting | undefined;
  /** The steps of the outermost walk that a tile takes, where a mask hides others. */
  readonly range: StepRange | undefined;
  readonly ahead: Ahead | undefined;
  /** The splat operand is 1: a sum of the vector operand. */
  readonly ones: boolean;
}

/** One loop over reduced axes: how far both operands move at each step, in bytes. */
export interface Walk {
  readonly axis: Axis;
  readonly a: number;
  readonly b: number;
}
