// A sweep: one training with many settings, each from several seeds. In: lists of values by setting. Out: the runs there are to be,
// each with a folder of its own, and once they are there, what each setting reached. Every run is what `dnn train` makes of it alone.

import type { Fold } from "../../runtime/data/dataset.ts";
import { Random } from "../../runtime/data/random.ts";
import type { Figures } from "../../runtime/train/events.ts";
import { usage } from "../failure.ts";
import type { RunFacts } from "./runs.ts";

/** The request of a sweep: it goes on with the same. */
export interface SweepPlan {
  readonly format: 1;
  readonly file: string;
  /** SHA-256 of the program. */
  readonly hash: string;
  /** Settings of each cell, as `--set` takes them. */
  readonly cells: readonly (readonly string[])[];
  readonly seeds: readonly number[];
  /** Parts of the data, of which each is held out in one run of a setting and a seed; absent where the program says what is. */
  readonly folds?: number;
  /** Words of `dnn train` that all runs have. */
  readonly words: readonly string[];
}

export interface PlannedRun {
  readonly cell: number;
  readonly seed: number;
  readonly fold?: Fold;
  /** Within the sweep's folder. */
  readonly folder: string;
}

/** `key=a,b` as `key=a` and `key=b`; a comma within brackets or quotes parts nothing. */
export function valuesOf(option: string): readonly string[] {
  const at = option.indexOf("=");
  if (at < 1) throw usage(`--set ${option}: write key=value,value`, "--set optimizer.lr=0.1,0.01");
  const [key, values] = [option.slice(0, at), option.slice(at + 1)];
  const parts = values.match(/(?:\[[^\]]*\]|"[^"]*"|[^,])+/g) ?? [];
  if (parts.length === 0 || /^,|,,|,$/.test(values)) throw usage(`--set ${option}: a value is missing beside a comma`);
  return parts.map((value) => `${key}=${value}`);
}

/** Every setting with every other; the last varies first. */
export function gridOf(options: readonly string[]): readonly (readonly string[])[] {
  const keys = options.map((o) => o.slice(0, o.indexOf("=")));
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice !== undefined)
    throw usage(`--set ${twice} is given twice`, `write its values into one: --set ${twice}=a,b`);
  return options.reduce<readonly (readonly string[])[]>(
    (cells, option) => cells.flatMap((cell) => valuesOf(option).map((value) => [...cell, value])),
    [[]],
  );
}

/** Some of the cells, in the grid's order. */
export function someOf<T>(cells: readonly T[], count: number, seed: number): readonly T[] {
  if (count >= cells.length) return cells;
  const chosen = new Set([...new Random(seed, 0).shuffle(cells.length)].slice(0, count));
  return cells.filter((_, i) => chosen.has(i));
}

export function plannedRuns({ cells, seeds, folds: of }: SweepPlan): readonly PlannedRun[] {
  const folds = of === undefined ? [undefined] : Array.from({ length: of }, (_, i) => ({ index: i + 1, of }));
  return cells.flatMap((_, cell) =>
    seeds.flatMap((seed) => {
      const folder = `cell-${cell + 1}/seed-${seed}`;
      return folds.map((fold) =>
        fold ? { cell, seed, fold, folder: `${folder}-fold-${fold.index}` } : { cell, seed, folder },
      );
    }),
  );
}

/** `2/5`, as the command line takes it; "" where there are no folds. */
export const foldText = (fold: Fold | undefined): string => (fold ? `${fold.index}/${fold.of}` : "");

// ---------------------------------------------------------------- results

export interface Spread {
  readonly mean: number;
  /** The square root of the sum of squared differences by one less than there are; none of one run. */
  readonly deviation: number | undefined;
}

export interface CellResult {
  readonly settings: readonly string[];
  readonly runs: number;
  /** Runs whose numbers were none any more. */
  readonly diverged: number;
  readonly figures: Readonly<Record<string, Spread>>;
}

/** Held-out figures of a run's result, or where nothing is held out those of training. */
export const figuresOfRun = ({ result }: RunFacts): Figures => result.heldout ?? result.train;

/** The runs of a cell; undefined for one that has diverged. */
export function cellResult(settings: readonly string[], runs: readonly (RunFacts | undefined)[]): CellResult {
  const found = runs.filter((r) => r !== undefined);
  const names = [...new Set(found.flatMap((r) => Object.keys(figuresOfRun(r))))];
  const figures = names.map((name) => {
    const values = found.map((r) => figuresOfRun(r)[name]).filter((v) => v !== undefined);
    return [name, spreadOf(values)] as const;
  });
  return { settings, runs: runs.length, diverged: runs.length - found.length, figures: Object.fromEntries(figures) };
}

function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  if (values.length < 2) return { mean, deviation: undefined };
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}

/** How settings are ranked. */
export interface Ranking {
  readonly figure: string;
  readonly isLowest: boolean;
}

/** The cell with the best mean, of those none of whose runs has diverged where there are such. */
export function bestCell(cells: readonly CellResult[], { figure, isLowest }: Ranking): number | undefined {
  const value = ({ figures, diverged }: CellResult): [number, number] => {
    const mean = figures[figure]?.mean ?? Number.NaN;
    return [diverged, Number.isNaN(mean) ? Number.POSITIVE_INFINITY : isLowest ? mean : -mean];
  };
  const [best] = [...cells.entries()]
    .filter(([, cell]) => cell.figures[figure] !== undefined)
    .toSorted(([i, a], [k, b]) => {
      const [x, y] = [value(a), value(b)];
      return x[0] - y[0] || x[1] - y[1] || i - k;
    });
  return best?.[0];
}
