// Several runs, or the settings of a sweep, beside one another. In: what each reached. Out: a table for the terminal, and plain data
// for a page with the curves of all of them.

import { figureText, numberText, timeText } from "../../project/numbertext.ts";
import type { RunFacts } from "../../project/train/runs.ts";
import { type CellResult, figuresOfRun, foldText, type Spread } from "../../project/train/sweep.ts";
import type { Comparison, ReportData } from "./data.ts";
import { curveOf } from "./gather.ts";

/** Points of all runs within epochs. */
const POINTS = 12_000;

/** Settings of a run by name, its seeds among them. */
function settingsOf({ settings: { set, seed, splitSeed, fold } }: RunFacts): ReadonlyMap<string, string> {
  return new Map([
    ...Object.entries(set),
    ["seed", String(seed)],
    ["split seed", String(splitSeed ?? 0)],
    ["fold", foldText(fold)],
  ]);
}

/** Compares runs: a column for each difference, and the figures of the results. */
export function comparisonOf(runs: readonly RunFacts[]): Comparison {
  const settings = runs.map(settingsOf);
  const keys = [...new Set(settings.flatMap((s) => [...s.keys()]))];
  const differing = keys.filter((key) => new Set(settings.map((s) => s.get(key))).size > 1);
  const names = [...new Set(runs.flatMap((r) => Object.keys(figuresOfRun(r))))];
  const trainings = new Set(runs.map((r) => `${r.file} ${r.training}`)).size > 1 ? ["training"] : [];
  return {
    head: ["run", ...trainings, ...differing, "epoch", ...names, "time"],
    rows: runs.map((r, i) => [
      r.folder,
      ...trainings.map(() => `${r.training} of ${r.file}`),
      ...differing.map((key) => settings[i]!.get(key) ?? ""),
      r.result.epoch === r.epochs ? String(r.epochs) : `${r.result.epoch} of ${r.epochs}`,
      ...names.map((name) => ((v) => (v === undefined ? "" : figureText(v)))(figuresOfRun(r)[name])),
      r.seconds === undefined ? "" : timeText(r.seconds),
    ]),
    best: undefined,
  };
}

/** Why figures may not be comparable, as sentences. */
export function differencesOf(runs: readonly RunFacts[]): readonly string[] {
  const [first] = runs;
  if (!first) return [];
  const notes: string[] = [];
  const other = (what: string, of: (run: RunFacts) => string | number | undefined): void => {
    const run = runs.find((r) => of(r) !== undefined && of(first) !== undefined && of(r) !== of(first));
    if (run) notes.push(`${first.folder} and ${run.folder} differ in ${what}`);
  };
  other("their programs", (r) => r.hash);
  if (notes.length === 0 || new Set(runs.map((r) => r.training)).size > 1) other("their trainings", (r) => r.training);
  // Other folds are other orders of the same examples: the column says which.
  const isSameFold = (r: RunFacts): boolean => foldText(r.settings.fold) === foldText(first.settings.fold);
  other("their data", (r) => (isSameFold(r) ? r.record?.data.digest : undefined));
  const old = runs.filter((r) => r.history.length === 0);
  if (old.length > 0)
    notes.push(`made before runs had a history, without curves: ${old.map((r) => r.folder).join(", ")}`);
  return notes;
}

const spreadText = ({ mean, deviation }: Spread): string =>
  deviation === undefined ? figureText(mean) : `${figureText(mean)} ± ${numberText(deviation)}`;

/** A row for each setting: means, and how far runs deviate from them. */
export function sweepTable(cells: readonly CellResult[], best: number | undefined): Comparison {
  const names = [...new Set(cells.flatMap((c) => Object.keys(c.figures)))];
  const keys = [...new Set(cells.flatMap((c) => c.settings.map((s) => s.slice(0, s.indexOf("=")))))];
  const diverged = cells.some((c) => c.diverged > 0) ? ["diverged"] : [];
  return {
    head: ["", ...keys, "runs", ...diverged, ...names],
    rows: cells.map((cell, i) => [
      i === best ? "best" : "",
      ...keys.map((key) => cell.settings.find((s) => s.startsWith(`${key}=`))?.slice(key.length + 1) ?? ""),
      String(cell.runs),
      ...diverged.map(() => String(cell.diverged)),
      ...names.map((name) => ((s) => (s === undefined ? "" : spreadText(s)))(cell.figures[name])),
    ]),
    best,
  };
}

export interface Compared {
  readonly title: string;
  readonly facts: ReportData["facts"];
  readonly program: string;
  /** With the number of what shares its colour. */
  readonly runs: readonly (readonly [name: string, run: RunFacts, group: number])[];
  readonly comparison: Comparison;
  readonly notes: readonly string[];
}

/** The page of several runs. */
export function comparisonReport({ title, facts, program, runs, comparison, notes }: Compared): ReportData {
  const room = Math.floor(POINTS / Math.max(1, runs.length));
  return {
    title,
    facts,
    program,
    comparison,
    runs: runs.map(([name, run, group]) => ({ ...curveOf(run, room), name, group })),
    result: 0,
    models: [],
    shown: [],
    assessment: undefined,
    sheet: undefined,
    weights: [],
    activations: [],
    notes,
  };
}
