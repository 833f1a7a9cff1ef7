// In: two checkouts. Out: how their training steps compare, pair by pair. Each run starts both in processes of their own and times
// stretches in the order A B B A, so that what the machine does besides falls on both alike; what differs from start to start
// (places in memory, the order of compilation) shows as the range of the runs.

import { medianOf, type Spread, showSpread, spreadOf } from "./statistics.ts";
import { type Effort, startTimer, thisCheckout } from "./steptimer.ts";

/** Milliseconds per step of the other checkout and of this one, of stretches next to each other. */
export type Pair = readonly [other: number, ours: number];

export interface Comparison {
  readonly other: number;
  readonly ours: number;
  /** Ours over the other's: the median of each run's pairs. */
  readonly ratio: Spread;
  readonly runs: number;
}

/** A change is judged by this much. */
const BOUND = 1.03;

/** Times two alternatives in pairs, in the order A B B A. */
export async function timePairs(
  other: () => Promise<number>,
  ours: () => Promise<number>,
  pairs: number,
): Promise<Pair[]> {
  const timed: Pair[] = [];
  for (let i = 0; i < pairs; i++) {
    if (i % 2 === 0) {
      const first = await other();
      timed.push([first, await ours()]);
    } else {
      const first = await ours();
      timed.push([await other(), first]);
    }
  }
  return timed;
}

export const comparePairs = (runs: readonly (readonly Pair[])[]): Comparison => ({
  other: medianOf(runs.flat().map(([other]) => other)),
  ours: medianOf(runs.flat().map(([, ours]) => ours)),
  ratio: spreadOf(runs.map((pairs) => medianOf(pairs.map(([other, ours]) => ours / other)))),
  runs: runs.length,
});

const FEWEST_RUNS = 3;

/** The verdict of all runs; fewer than three give none, since one start can be off by more than the bound. */
export function verdictOf({ least, greatest }: Spread, runs: number): string {
  if (runs < FEWEST_RUNS) return `undecided: ${FEWEST_RUNS} runs at least`;
  if (greatest < 1 / BOUND) return "faster by more than 3%";
  if (greatest <= BOUND) return "not slower by more than 3%";
  return least > BOUND ? "slower by more than 3%" : "undecided: more runs";
}

async function timeRun(folder: string, workload: string, threads: number, effort: Effort): Promise<Pair[]> {
  const start = (where: string) => startTimer(where, workload, threads, effort.warmUpMs);
  const other = await start(folder);
  const ours = await start(thisCheckout);
  const { stretches, stretchMs } = effort;
  const timed = await timePairs(
    () => other.time(stretchMs),
    () => ours.time(stretchMs),
    stretches,
  );
  other.stop();
  ours.stop();
  return timed;
}

export async function compareWorkload(
  folder: string,
  workload: string,
  threads: number,
  effort: Effort,
): Promise<Comparison> {
  const runs: Pair[][] = [];
  for (let i = 0; i < effort.runs; i++) runs.push(await timeRun(folder, workload, threads, effort));
  return comparePairs(runs);
}

export const COMPARISON_HEAD = `| workload | other, ms | ours, ms | ours / other | |
| --- | --- | --- | --- | --- |`;

export const comparisonRow = (workload: string, { other, ours, ratio, runs }: Comparison): string =>
  `| ${workload} | ${other.toFixed(2)} | ${ours.toFixed(2)} | ${showSpread(ratio, 3)} | ${verdictOf(ratio, runs)} |`;
