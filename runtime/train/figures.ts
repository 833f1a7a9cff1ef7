// Figures from logged scalars: which of them are losses, and means over rows that came in unequal batches.

import type { Figures } from "./events.ts";

/** One scalar that every training step logs. */
export interface LoggedScalar {
  readonly name: string;
  /** For a loss, the step it belongs to and its sign in the sum of what is minimised; absent for a metric. */
  readonly loss?: { readonly step: string; readonly sign: 1 | -1 };
}

/** Sums of scalars, each times the rows it is a mean of. */
export class RowMeans {
  readonly sums: number[];
  rows: number;

  constructor(width: number, sums: readonly number[] = [], rows = 0) {
    this.sums = Array.from({ length: width }, (_, i) => sums[i] ?? 0);
    this.rows = rows;
  }

  add(scalars: ArrayLike<number>, from: number, rows: number): void {
    for (let i = 0; i < this.sums.length; i++) this.sums[i]! += scalars[from + i]! * rows;
    this.rows += rows;
  }

  means(): number[] {
    return this.sums.map((s) => s / this.rows);
  }
}

/** `loss` is the sum of what is minimised; metrics stand by their names. */
export function figuresOf(logged: readonly LoggedScalar[], values: readonly number[]): Figures {
  const figures: Record<string, number> = {};
  logged.forEach(({ name, loss }, i) => {
    if (loss) figures.loss = (figures.loss ?? 0) + loss.sign * values[i]!;
    else figures[name] = values[i]!;
  });
  return figures;
}

/** The step's losses as written. */
export function lossesOf(logged: readonly LoggedScalar[], values: ArrayLike<number>, from: number): number[] {
  const losses: number[] = [];
  logged.forEach(({ loss }, i) => {
    if (loss) losses.push(values[from + i]!);
  });
  return losses;
}

/** The first scalar that is not a finite number. */
export function firstWrong(values: ArrayLike<number>, from: number, count: number): number | undefined {
  for (let i = from; i < from + count; i++) if (!Number.isFinite(values[i]!)) return i;
  return undefined;
}
