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

  /** Of those that are `running` the last stands for all rows so far. */
  add(scalars: ArrayLike<number>, from: number, rows: number, running: readonly boolean[] = []): void {
    this.rows += rows;
    for (const [i, sum] of this.sums.entries()) {
      const scalar = scalars[from + i]!;
      this.sums[i] = running[i] ? scalar * this.rows : sum + scalar * rows;
    }
  }

  means(): number[] {
    return this.sums.map((s) => s / this.rows);
  }
}

/** `loss` is the sum of what is minimised; metrics stand by their names. */
export function figuresOf(logged: readonly LoggedScalar[], values: readonly number[]): Figures {
  const figures = new Map<string, number>();
  logged.forEach(({ name, loss }, i) => {
    const value = values[i]!;
    if (loss) figures.set("loss", (figures.get("loss") ?? 0) + loss.sign * value);
    else figures.set(name, value);
  });
  return Object.fromEntries(figures);
}

/** The step's losses as written. */
export function lossesOf(logged: readonly LoggedScalar[], values: ArrayLike<number>, from: number): number[] {
  const losses: number[] = [];
  logged.forEach(({ loss }, i) => {
    if (loss) losses.push(values[from + i]!);
  });
  return losses;
}

/** The first loss of some steps that is not a finite number; a metric may be none, such as a share of nothing. */
export function firstWrong(
  logged: readonly LoggedScalar[],
  values: ArrayLike<number>,
  steps: number,
): number | undefined {
  for (let i = 0; i < steps * logged.length; i++)
    if (!Number.isFinite(values[i]!) && logged[i % logged.length]!.loss) return i;
  return undefined;
}
