// The learning rate range test (Smith, 2015): losses of a training whose rate grows by the same factor at every step.
// In: rate and loss of each step. Out: the smoothed curve up to where it breaks off, and the rate it speaks for.

export interface RatePoint {
  readonly rate: number;
  readonly loss: number;
  /** The loss averaged over the steps before it, weighted by how near they are. */
  readonly smooth: number;
}

export interface RateCurve {
  readonly points: readonly RatePoint[];
  /** Where the smoothed loss falls most for each growth of the rate; undefined where it never falls. */
  readonly steepest: number | undefined;
  /** Where the smoothed loss is lowest. */
  readonly lowest: number | undefined;
}

/** Share of the average that each step keeps. */
const KEEP = 0.9;
/** The first steps say little: the average still stands on few losses. */
const SKIP = 5;

export function rateCurve(steps: readonly { readonly rate: number; readonly loss: number }[]): RateCurve {
  const points = smoothed(steps);
  const read = points.slice(Math.min(SKIP, Math.max(0, points.length - 2)));
  const lowest = read.reduce<RatePoint | undefined>(
    (best, p) => (!best || p.smooth < best.smooth ? p : best),
    undefined,
  );
  const before = lowest ? read.slice(0, read.indexOf(lowest) + 1) : [];
  const slopes = before.flatMap((from, i) => {
    const to = before[i + 1];
    if (!to) return [];
    const slope = (to.smooth - from.smooth) / Math.log(to.rate / from.rate);
    return [{ rate: Math.sqrt(to.rate * from.rate), slope }];
  });
  const falls = slopes.filter((s) => s.slope < 0).toSorted((a, b) => a.slope - b.slope);
  return { points, steepest: falls[0]?.rate, lowest: falls.length > 0 ? lowest?.rate : undefined };
}

/** Exponential moving averages, freed of their start as in Adam (Kingma and Ba, 2014). */
function smoothed(steps: readonly { readonly rate: number; readonly loss: number }[]): RatePoint[] {
  let average = 0;
  return steps.map(({ rate, loss }, i) => {
    average = KEEP * average + (1 - KEEP) * loss;
    return { rate, loss, smooth: average / (1 - KEEP ** (i + 1)) };
  });
}

/** Whether the training has broken off: the loss is far above the best of it. */
export function hasBrokenOff(points: readonly { readonly loss: number }[]): boolean {
  if (points.length < 2 * SKIP) return false;
  const losses = points.map((p) => p.loss);
  const [[first = 0], last = 0, best] = [losses, losses.at(-1), Math.min(...losses)];
  return last > best + 3 * Math.max(Math.abs(first - best), 0.1 * Math.abs(first), 1e-6);
}
