// The loss of an epoch as a curve of few points. In: stretches of steps. Out: for each epoch some of its steps, and the mean loss
// from each to the next.

import type { StretchEvent } from "./events.ts";
import type { SessionPlan } from "./session.ts";

/** Points of an epoch, at most. */
const POINTS = 20;

export interface CurvePoints {
  readonly steps: readonly number[];
  readonly losses: readonly number[];
}

export class LossCurve {
  private readonly width: number;
  private readonly signs: readonly number[];
  private steps: number[] = [];
  private sums: number[] = [];
  private counts: number[] = [];

  constructor({ examples, batch, batches, logged }: Pick<SessionPlan, "examples" | "batch" | "batches" | "logged">) {
    this.width = Math.max(1, Math.ceil(examples / (batch * Math.max(1, batches)) / POINTS));
    this.signs = logged.flatMap((l) => (l.loss ? [l.loss.sign] : []));
  }

  add({ first, losses }: StretchEvent): void {
    for (const [i, values] of losses.entries()) {
      const last = this.counts.length - 1;
      if (last < 0 || this.counts[last] === this.width) {
        this.steps.push(first + i);
        this.sums.push(0);
        this.counts.push(0);
      }
      this.sums[this.sums.length - 1]! += values.reduce((sum, v, k) => sum + this.signs[k]! * v, 0);
      this.counts[this.counts.length - 1]!++;
    }
  }

  /** The points since the last call. */
  take(): CurvePoints {
    const losses = this.sums.map((sum, i) => Number((sum / this.counts[i]!).toPrecision(6)));
    const { steps } = this;
    this.steps = [];
    this.sums = [];
    this.counts = [];
    return { steps, losses };
  }
}
