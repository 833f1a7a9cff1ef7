// Events of a session for its host, as plain data: stretches of steps, epochs, and the end.

import type { Holder } from "./watch.ts";

/** Loss and metrics by name. */
export type Figures = Readonly<Record<string, number>>;

/** Some steps that ran in one call of the engine. */
export interface StretchEvent {
  readonly kind: "stretch";
  /** Number of the first of them, from 1. */
  readonly first: number;
  readonly count: number;
  /** For each step its losses in the order of `SessionPlan.losses`. */
  readonly losses: readonly (readonly number[])[];
  /** The running means of this epoch. */
  readonly train: Figures;
}

export interface EpochEvent {
  readonly kind: "epoch";
  /** From 1. */
  readonly epoch: number;
  readonly train: Figures;
  /** Absent where nothing is held out. */
  readonly heldout: Figures | undefined;
  /** Whether no epoch so far was better on the held-out rows, by the training's criterion. */
  readonly best: boolean;
  readonly examplesPerSecond: number;
  /** The share of its time that was waited for rows of a stream. */
  readonly waiting: number;
}

/** The name under which a loss of held-out rows that is no number is reported. */
export const HELDOUT_LOSS = "held-out loss";

/**
 * A loss of this step or of the held-out rows, or a parameter or state after it, is not a finite number. A metric may be none: a
 * share of nothing.
 */
export interface DivergedEvent {
  readonly kind: "diverged";
  readonly step: number;
  /** `loss`, `held-out loss`, or the tensor's path. */
  readonly name: string;
  readonly value: number;
  /** A parameter or state that is not finite: the one that is named, or what has made the loss so. */
  readonly holder?: Holder;
}

export interface EndEvent {
  readonly kind: "end";
  /** The reason of the end: `epochs`, `steps`, or the setting that ended the training, such as `patience`. */
  readonly reason: string;
}

export type SessionEvent = StretchEvent | EpochEvent | DivergedEvent | EndEvent;

/** The epoch whose weights did best on the held-out rows, with its figures. */
export interface BestEpoch {
  readonly epoch: number;
  readonly train: Figures | undefined;
  readonly heldout: Figures;
}

/** All that a session must know to go on where it stopped, besides the numbers of its parameters and states. */
export interface Progress {
  /** Whole epochs behind it. */
  readonly epoch: number;
  /** Training steps behind it. */
  readonly step: number;
  /** The engine's own counter, from which draws are made. */
  readonly counter: number;
  /** Rows of the current epoch that were taken. */
  readonly cursor: number;
  /** Sums of the current epoch's logged figures, each times its rows, and those rows. */
  readonly sums: readonly number[];
  readonly rows: number;
  /** The best epoch so far, by the training's criterion, and the epochs since it. */
  readonly best: BestEpoch | undefined;
  readonly stale: number;
  /** Figures of the last whole epoch. */
  readonly train: Figures | undefined;
  readonly heldout: Figures | undefined;
}

export const beginning: Progress = {
  epoch: 0,
  step: 0,
  counter: 0,
  cursor: 0,
  sums: [],
  rows: 0,
  best: undefined,
  stale: 0,
  train: undefined,
  heldout: undefined,
};
