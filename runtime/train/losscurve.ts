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
  private points: { readonly step: number; sum: number; count: number }[] = [];

  constructor({ examples, batch, batches, logged }: Pick<SessionPlan, "examples" | "batch" | "batches" | "logged">) {
    this.width = Math.max(1, Math.ceil(examples / (batch * Math.max(1, batches)) / POINTS));
    this.signs = logged.flatMap((l) => (l.loss ? [l.loss.sign] : []));
  }

  add({ first, losses }: StretchEvent): void {
    for (const [i, values] of losses.entries()) {
      const loss = this.signs.reduce((sum, sign, k) => sum + sign * (values[k] ?? 0), 0);
      const last = this.points.at(-1);
      if (last && last.count < this.width) {
        last.sum += loss;
        last.count++;
      } else this.points.push({ step: first + i, sum: loss, count: 1 });
    }
  }

  /** The points since the last call. */
  take(): CurvePoints {
    const steps = this.points.map(({ step }) => step);
    const losses = this.points.map(({ sum, count }) => Number((sum / count).toPrecision(6)));
    this.points = [];
    return { steps, losses };
  }
}
