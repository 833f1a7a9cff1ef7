// Which epoch of a training is its best. In: the figure that the program names, or none, and figures of held-out rows. Out: whether
// an epoch is better than the best before it, and whether the best epoch's weights are the run's result.

import type { Criterion } from "../plan.ts";
import type { Figures } from "./events.ts";

/** Where the program names no other. */
const LEAST_LOSS: Criterion = { figure: "loss", isLowest: true };

/** The part of a session's plan that decides it. */
interface Plan {
  readonly settings?: Readonly<Record<string, number>>;
  readonly criterion?: Criterion | undefined;
}

export const criterionOf = ({ criterion }: Plan): Criterion => criterion ?? LEAST_LOSS;

/** Whether the result is the best epoch, not simply the last: where the program waits for a better one, or asks for the best. */
export const isResultBest = ({ settings, criterion }: Plan): boolean =>
  settings?.patience !== undefined || criterion !== undefined;

/** A figure that is absent or none is no better than any. */
export function isBetter({ figure, isLowest }: Criterion, now: Figures, before: Figures | undefined): boolean {
  const [value, best] = [now[figure], before?.[figure]];
  if (value === undefined || Number.isNaN(value)) return false;
  if (best === undefined || Number.isNaN(best)) return true;
  return isLowest ? value < best : value > best;
}
