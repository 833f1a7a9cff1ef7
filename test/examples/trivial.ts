// Baselines of the targets: the figure of an answer without learning in the same metric. Each is computed, not remembered.

import type { Dataset, Split } from "../../runtime/data/dataset.ts";
import type { Run } from "./run.ts";

export interface Trivial {
  /** The baseline, in words. */
  readonly what: string;
  /** Its figure, to two digits. */
  readonly figure: number;
  /** A metric of the same training that measures it; without any of these, it is the network before its first step, of the only training. */
  readonly metric?: string;
  /** Or the same training after its first step, for rules that one step would satisfy if the task were too easy. */
  readonly steps?: 1;
  /** Or another training of the file, by its name. */
  readonly training?: string;
  /** Or the network before the last training, when the one of this name has taught what measures the figure. */
  readonly after?: string;
  /** Or a simpler model in place of the one of its name, before its first step: the program's own data and metric judge its answers. */
  readonly instead?: string;
  /** By which such a model is trained first. */
  readonly flags?: readonly string[];
  /** Or a computation from the data of the last training. */
  readonly computed?: (data: Dataset) => number;
}

/** The part of a target that a baseline is compared with. */
interface Asked {
  readonly metric: string;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly own?: true;
}

/** Computes the figure of the trivial answer to an example. */
export async function trivialFigure(asked: Asked, trivial: Trivial, trained: () => Promise<Run>): Promise<number> {
  const run = await trained();
  if (trivial.computed) return trivial.computed(await run.data());
  const { metric = asked.metric, training, instead, after } = trivial;
  if (instead !== undefined) return (await run.instead(instead, trivial.flags))[metric] ?? Number.NaN;
  if (after !== undefined) return (await run.unbegun(after))[metric] ?? Number.NaN;
  if (trivial.steps !== undefined) return (await run.stepped())[metric] ?? Number.NaN;
  if (training === undefined && trivial.metric === undefined) return (await run.untrained())[metric] ?? Number.NaN;
  const end = training === undefined ? run.ends.at(-1) : run.ends.find((e) => e.training === training);
  return (asked.own ? end?.train : end?.heldout)?.[metric] ?? Number.NaN;
}

/** Whether the target lies at least a quarter of the way from a figure, which misses it, to what is reached. */
export function isClearlyMissed({ atLeast, atMost }: Asked, figure: number, reached: number): boolean {
  const quarter = Math.abs(reached - figure) / 4;
  return (atLeast !== undefined && figure + quarter <= atLeast) || (atMost !== undefined && figure - quarter >= atMost);
}

const average = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0) / x.length;

/** The share of held-out examples that have the class which most training examples have. */
function commonestClass({ train, heldout }: Dataset): number {
  const counts = new Map<number, number>();
  for (const label of values(train, "label")) counts.set(label, (counts.get(label) ?? 0) + 1);
  const [commonest] = [...counts].toSorted((a, b) => b[1] - a[1])[0]!;
  const wanted = values(heldout, "label");
  return wanted.filter((label) => label === commonest).length / wanted.length;
}

/** The squared error on held-out examples of always answering the mean of the training examples. */
function meanError({ train, heldout }: Dataset): number {
  const numbers = ({ columns }: Split): readonly number[] =>
    [...columns.find((c) => c.name === "y")!.values].map(Number);
  const mean = average(numbers(train));
  return average(numbers(heldout).map((y) => (y - mean) ** 2));
}

const values = ({ columns }: Split, name: string): Int32Array => {
  const column = columns.find((c) => c.name === name);
  if (!(column?.values instanceof Int32Array)) throw new Error(`there are no classes called ${name}`);
  return column.values;
};

/**
 * The cross-entropy of held-out text, in nats for each character, of a table that knows how often each character follows each:
 * what can be told without any memory.
 */
export function pairsOfLetters({ train, heldout }: Dataset): number {
  const classes = train.columns[0]?.classes ?? 0;
  // A little for every pair, so that none is impossible.
  const counts = new Float64Array(classes * classes).fill(0.01);
  const [before, after] = [values(train, "text"), values(train, "next")];
  before.forEach((id, i) => {
    counts[id * classes + after[i]!]!++;
  });
  const [seen, wanted] = [values(heldout, "text"), values(heldout, "next")];
  const surprises = Array.from(seen, (id, i) => {
    const row = counts.subarray(id * classes, (id + 1) * classes);
    return -Math.log(row[wanted[i]!]! / row.reduce((a, b) => a + b, 0));
  });
  return surprises.reduce((a, b) => a + b, 0) / surprises.length;
}

/** Always answering with the class that most examples have. */
export const commonest = (figure: number): Trivial => ({
  what: "always the commonest class",
  figure,
  computed: commonestClass,
});

/** Always answering with the mean, as often as the figure has errors. */
export const mean = (figure: number, times = 1): Trivial => ({
  what: "always the mean",
  figure,
  computed: (data) => times * meanError(data),
});

/** A model in place of the example's, trained for so many epochs or, where there are none, as it begins. */
export const simpler = (
  what: string,
  figure: number,
  instead: string,
  training?: { epochs: number; lr?: number },
): Trivial => {
  if (!training) return { what, figure, instead };
  const { epochs, lr } = training;
  const rate = lr === undefined ? [] : ["--set", `optimizer.lr=${lr}`];
  return { what, figure, instead, flags: ["--epochs", `${epochs}`, ...rate] };
};
