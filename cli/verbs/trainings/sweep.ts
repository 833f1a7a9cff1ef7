// `dnn sweep`: a training with every one of several settings, each from several seeds, in processes of their own. What is there
// already is not trained again, so a sweep that was interrupted goes on, and ends with the same numbers.

import { existsSync, readFileSync } from "node:fs";
import { rmdir, unlink } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { itemAt } from "../../../compiler/arithmetic/lists.ts";
import { didYouMean } from "../../../compiler/check/names/didyoumean.ts";
import { metricsOf } from "../../../compiler/check/training/figures.ts";
import { EXIT, failure, usage } from "../../../project/failure.ts";
import { counted, figureText } from "../../../project/numbertext.ts";
import { quoted } from "../../../project/quoted.ts";
import { parseRecord } from "../../../project/train/history.ts";
import { checkSettings } from "../../../project/train/job.ts";
import { hashOf } from "../../../project/train/runfolder.node.ts";
import { type RunFacts, readRun } from "../../../project/train/runs.ts";
import {
  bestCell,
  type CellResult,
  cellResult,
  foldText,
  gridOf,
  type PlannedRun,
  plannedRuns,
  type Ranking,
  type SweepPlan,
  someOf,
} from "../../../project/train/sweep.ts";
import { chosenTrainings, parseSettings } from "../../../project/trainings.ts";
import { comparisonReport, sweepTable } from "../../../report/run/comparison.ts";
import { reportPage } from "../../../report/run/page.ts";
import { table } from "../../../report/tables.ts";
import { type Flags, MOST_FOLDS, path, text, type Values, whole } from "../../command/flag.ts";
import { program, shared } from "../../command/shared.ts";
import { defineVerb } from "../../command/verb.ts";
import { type Ended, runJobs } from "../../terminal/childruns.ts";
import { Interrupts } from "../../terminal/interrupts.ts";
import { machine, sources } from "../../terminal/machine.ts";
import { writeOut } from "../../terminal/outfile.ts";
import { note, out, outJson, writeStyled } from "../../terminal/say.ts";

const flags = {
  set: { ...shared.set, value: "key=a,b", description: "values of a setting that `dnn train --set` takes" },
  seeds: { value: "n", type: whole(1, 1000), default: 1, description: "runs of each setting, from seeds 1 to n" },
  folds: {
    value: "n",
    type: whole(2, MOST_FOLDS),
    description: "cross-validation: all examples in n equal parts, and each is held out once, of each setting and seed",
  },
  random: { value: "n", type: whole(1), description: "so many of all settings, chosen at random" },
  seed: { ...shared.seed, description: "which of them `--random` chooses" },
  jobs: { value: "n", type: whole(1, 256), defaultText: "half the processors", description: "runs at a time" },
  by: {
    value: "figure",
    type: text,
    default: "loss",
    description: "the figure of held-out data that says which is best",
  },
  lowest: { description: "the least figure is best; of a loss it always is" },
  only: shared.only,
  data: shared.data,
  epochs: { value: "n", type: whole(1), description: "passes over the data" },
  steps: { value: "n", type: whole(1), description: "stop after so many steps" },
  splitSeed: { value: "n", type: whole(0), defaultText: "0", description: "which examples are held out" },
  device: shared.device,
  threads: { ...shared.threads, defaultText: "1 where several run at a time" },
  out: { value: "dir", type: path(), defaultText: "runs/NAME-sweep-N", description: "the sweep's folder" },
  resume: { value: "dir", type: path(), description: "go on with a sweep" },
  json: { ...shared.json, description: "one object a setting" },
} as const satisfies Flags;

type SweepFlags = Values<typeof flags>;

export const verb = defineVerb({
  arguments: [program],
  flags,
  example: "dnn sweep examples/mlp.dnn --set optimizer.lr=0.1,0.01 --set batch=32,128 --seeds 3",
  details:
    "Each run is what `dnn train` makes of its settings and seed alone, to the bit, however many run at a time. `--resume DIR` goes on with a sweep that was interrupted; `report.html` in its folder has the table and all curves.",
  run: ([file], flags) => sweep(file, flags),
});

const PLAN = "sweep.json";

async function sweep(file: string, flags: SweepFlags): Promise<number> {
  if (flags.resume !== undefined && flags.out !== undefined) throw usage("--out and --resume exclude each other");
  const opened = sources.openForUse(file);
  const trainings = chosenTrainings(opened, flags.only);
  const [training] = trainings;
  if (trainings.length > 1)
    throw usage(
      `${file} has ${trainings.length} trainings: ${trainings.map((t) => t.name.text).join(", ")}`,
      "--only NAME says which of them is swept",
    );
  const hash = hashOf(opened.text);
  const plan = flags.resume === undefined ? planOf(file, hash, flags) : planIn(flags.resume, file, hash, flags);
  for (const cell of plan.cells) checkSettings(opened.program, training!, new Map(Object.entries(parseSettings(cell))));
  checkFigure(flags.by, ["loss", ...metricsOf(training!.body)]);
  const folder = flags.resume ?? flags.out ?? freeFolder(training!.name.text);
  if (flags.resume === undefined) {
    if (existsSync(join(folder, PLAN)))
      throw failure("checkpoint/folder-has-run", `${folder} already holds a sweep`, {
        hint: `--resume ${quoted(folder)} goes on with it; --out takes another folder`,
      });
    await writeOut(join(folder, PLAN), `${JSON.stringify(plan, undefined, 2)}\n`);
  }
  const interrupts = new Interrupts();
  try {
    const code = await interrupts.during(() => runAll(plan, folder, flags, interrupts));
    if (interrupts.asked) note(`go on with: dnn sweep ${quoted(file)} --resume ${quoted(folder)}`);
    if (code !== undefined) return code;
  } finally {
    interrupts.stop();
  }
  return await tell(plan, folder, flags);
}

function planOf(file: string, hash: string, flags: SweepFlags): SweepPlan {
  const grid = gridOf(flags.set);
  const cells = flags.random === undefined ? grid : someOf(grid, flags.random, flags.seed);
  const seeds = Array.from({ length: flags.seeds }, (_, i) => i + 1);
  const word = (name: string, value: string | number | undefined): string[] =>
    value === undefined ? [] : [name, String(value)];
  const words = [
    ...word("--only", flags.only),
    ...flags.data.flatMap((d) => ["--data", d]),
    ...word("--epochs", flags.epochs),
    ...word("--steps", flags.steps),
    ...word("--split-seed", flags.splitSeed),
  ];
  return { format: 1, file, hash, cells, seeds, ...(flags.folds === undefined ? {} : { folds: flags.folds }), words };
}

/** A sweep keeps its settings: others would make another table of it. */
function planIn(folder: string, file: string, hash: string, flags: SweepFlags): SweepPlan {
  const place = join(folder, PLAN);
  let plan: SweepPlan | undefined;
  try {
    plan = JSON.parse(readFileSync(place, "utf8"));
  } catch {
    plan = undefined;
  }
  if (plan?.format !== 1 || !Array.isArray(plan.cells))
    throw failure("checkpoint/none", `${folder} holds no sweep`, { hint: `a sweep's folder has a file ${PLAN}` });
  if (plan.hash !== hash)
    throw usage(
      `${file} is not the program that ${folder} was begun with`,
      "a new sweep takes the program as it is now",
    );
  if (flags.set.length > 0) throw usage("--set and --resume exclude each other", `the settings stand in ${place}`);
  return plan;
}

function freeFolder(name: string): string {
  for (let n = 1; ; n++) {
    const folder = join("runs", `${name}-sweep-${n}`);
    if (!existsSync(folder)) return folder;
  }
}

/** The figures by which a sweep may choose are known before its first run. */
function checkFigure(figure: string, known: readonly string[]): void {
  if (known.includes(figure)) return;
  const near = didYouMean(figure, known);
  throw usage(
    `--by ${figure}: the runs have no such figure`,
    near === undefined ? `they have ${known.join(", ")}` : `did you mean ${near}?`,
  );
}

// ---------------------------------------------------------------- runs

/** Undefined where all runs are there; else the exit code. */
async function runAll(
  plan: SweepPlan,
  folder: string,
  flags: SweepFlags,
  interrupts: Interrupts,
): Promise<number | undefined> {
  const jobs = flags.jobs ?? Math.max(1, Math.floor(availableParallelism() / 2));
  const threads = flags.threads ?? (jobs > 1 ? 1 : undefined);
  const engine = ["--device", flags.device, ...(threads === undefined ? [] : ["--threads", String(threads)])];
  const all = plannedRuns(plan);
  const left = all.filter((run) => stateOf(join(folder, run.folder)) !== "ended");
  let done = all.length - left.length;
  if (done > 0) note(`${done} of ${counted(all.length, "run")} are there`);
  let failed: Ended | undefined;
  const ended = async (run: PlannedRun, how: Ended): Promise<boolean> => {
    if (how.code === EXIT.diverged) await markDiverged(join(folder, run.folder));
    else if (how.code !== EXIT.fine) {
      failed ??= interrupts.asked ? undefined : how;
      return false;
    }
    done++;
    note(
      `${done}/${all.length}  ${nameOf(plan, run)}  ${how.code === EXIT.diverged ? "diverged" : await lossOf(folder, run)}`,
    );
    return true;
  };
  const work = left.map((run) => ({
    words: () => wordsOf(plan, run, join(folder, run.folder), engine),
    ended: (how: Ended) => ended(run, how),
  }));
  await runJobs(work, jobs, () => interrupts.asked);
  if (failed) {
    if (done === 0)
      await unlink(join(folder, PLAN))
        .then(() => rmdir(folder))
        .catch(() => undefined);
    writeStyled(process.stderr, failed.err);
    return failed.code;
  }
  return interrupts.asked ? interrupts.exitCode : undefined;
}

const DIVERGED = "diverged";

/** A file says so: a sweep that goes on need not come to the same end again. */
const markDiverged = (folder: string): Promise<void> => writeOut(join(folder, DIVERGED), "");

type State = "none" | "begun" | "ended";

/** A run's last words are its record's `ended`. */
function stateOf(folder: string): State {
  if (existsSync(join(folder, DIVERGED))) return "ended";
  const record = existsSync(join(folder, "run.json")) ? readFileSync(join(folder, "run.json"), "utf8") : "";
  if (parseRecord(record)?.ended !== undefined) return "ended";
  return existsSync(join(folder, "latest")) ? "begun" : "none";
}

function wordsOf(plan: SweepPlan, run: PlannedRun, folder: string, engine: readonly string[]): readonly string[] {
  const settings = itemAt(plan.cells, run.cell).flatMap((set) => ["--set", set]);
  const begun = stateOf(folder) === "begun";
  const place = begun ? ["--resume", folder] : ["--out", folder];
  const fold = run.fold ? ["--fold", foldText(run.fold)] : [];
  // A number of steps is no setting that a run remembers.
  return ["train", plan.file, ...place, ...settings, "--seed", String(run.seed), ...fold, ...plan.words, ...engine];
}

const nameOf = ({ cells }: SweepPlan, { cell, seed, fold }: PlannedRun): string =>
  [...itemAt(cells, cell), `seed ${seed}`, ...(fold ? [`fold ${foldText(fold)}`] : [])].join(", ");

async function lossOf(folder: string, run: PlannedRun): Promise<string> {
  const { result } = await readRun(join(folder, run.folder), machine.disk);
  const { loss } = result.heldout ?? result.train;
  return loss === undefined ? "" : `loss ${figureText(loss)}`;
}

// ---------------------------------------------------------------- results

/** Undefined for a run that has diverged. */
async function read(folder: string, run: PlannedRun): Promise<RunFacts | undefined> {
  const place = join(folder, run.folder);
  return existsSync(join(place, DIVERGED)) ? undefined : readRun(place, machine.disk);
}

async function tell(plan: SweepPlan, folder: string, flags: SweepFlags): Promise<number> {
  const planned = plannedRuns(plan);
  const runs = await Promise.all(planned.map(async (run) => ({ run, facts: await read(folder, run) })));
  const cells = plan.cells.map((settings, i) =>
    cellResult(
      settings,
      runs.flatMap(({ run, facts }) => (run.cell === i ? [facts] : [])),
    ),
  );
  const ranking = { figure: flags.by, isLowest: flags.lowest === true || flags.by === "loss" };
  const known = [...new Set(cells.flatMap((c) => Object.keys(c.figures)))];
  if (known.length > 0) checkFigure(ranking.figure, known);
  const best = bestCell(cells, ranking);
  const comparison = sweepTable(cells, best);
  const said = bestText(cells, best, ranking);
  const named = runs.flatMap(({ run, facts }) => (facts ? [[nameOf(plan, run), facts, run.cell] as const] : []));
  const page = join(folder, "report.html");
  await writeOut(
    page,
    reportPage(
      comparisonReport({
        title: `sweep of ${plan.file}`,
        facts: [
          ["settings", counted(plan.cells.length, "setting")],
          ["seeds", plan.seeds.join(", ")],
          ...(plan.folds === undefined ? [] : [["folds", String(plan.folds)] as const]),
          ["outcome", said],
        ],
        program: named[0]?.[1].program ?? "",
        runs: named,
        comparison,
        notes: [],
      }),
    ),
  );
  if (flags.json) for (const [i, cell] of cells.entries()) outJson({ ...cell, best: i === best });
  else {
    out(table([comparison.head, ...comparison.rows], [...comparison.head.keys()].slice(1)));
    out(said);
    out(`all curves are in ${page}`);
  }
  return EXIT.fine;
}

function bestText(cells: readonly CellResult[], best: number | undefined, { figure, isLowest }: Ranking): string {
  const cell = best === undefined ? undefined : cells[best];
  const isShort = cells.some((c) => c.runs > c.diverged);
  if (!cell)
    return isShort
      ? "no run came to the end of an epoch, where figures are taken: give more --steps, or --epochs in their place"
      : "no run came to its end";
  const { mean, deviation } = cell.figures[figure]!;
  const spread = deviation === undefined ? "" : ` ± ${figureText(deviation)}`;
  const settings = cell.settings.join(" ") || "as the program has it";
  return `best by ${isLowest ? "least" : "highest"} ${figure}: ${settings}, ${figureText(mean)}${spread} over ${counted(cell.runs - cell.diverged, "run")}`;
}
