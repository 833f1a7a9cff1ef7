// Figures of repeated runs: the median and the least and greatest.

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly greatest: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, least: sorted[0]!, greatest: sorted.at(-1)! };
}

export const medianOf = (values: readonly number[]): number => spreadOf(values).median;

/** "0.76 (0.71 to 0.80)"; a single value stands alone. */
export function showSpread({ median, least, greatest }: Spread, digits: number): string {
  const [m, l, g] = [median, least, greatest].map((v) => v.toFixed(digits));
  return l === g ? m! : `${m} (${l} to ${g})`;
}
