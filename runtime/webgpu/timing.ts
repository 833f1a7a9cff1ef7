// Times an entry of an engine by the clock. In: an engine that has everything it needs. Out: microseconds of one run, without what
// waiting for the end costs: the time of many runs less that of half as many.

import type { Engine } from "../engine.ts";

export interface Effort {
  /** Milliseconds that the runs of one figure take at least. */
  readonly milliseconds: number;
  /** Figures, of which the middle one counts: each is a difference, which others on the machine make shorter or longer. */
  readonly figures: number;
}

const USUAL: Effort = { milliseconds: 30, figures: 3 };
const MOST_RUNS = 2 ** 14;

export async function microsecondsOf(engine: Engine, entry: string, effort = USUAL): Promise<number> {
  const take = async (runs: number): Promise<number> => {
    const began = performance.now();
    await engine.run(entry, runs);
    await engine.logged(1);
    return performance.now() - began;
  };
  // The first run compiles and uploads.
  await take(1);
  let runs = 1;
  let took = await take(runs);
  while (took < effort.milliseconds && runs < MOST_RUNS) {
    runs = Math.min(MOST_RUNS, 2 * runs);
    took = await take(runs);
  }
  const figures: number[] = [];
  for (let i = 0; i < effort.figures; i++) {
    const [more, fewer] = [await take(2 * runs), await take(runs)];
    figures.push((more - fewer) / runs);
  }
  const middle = figures.sort((a, b) => a - b)[Math.floor(figures.length / 2)] ?? 0;
  return 1000 * (middle > 0 ? middle : took / runs);
}
