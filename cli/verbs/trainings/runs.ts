// `dnn runs`: lists the runs below a folder with their settings and results.

import { EXIT, Failure, failure } from "../../../project/failure.ts";
import { counted, figureText, timeText } from "../../../project/numbertext.ts";
import { findRuns, type RunFacts, readRun } from "../../../project/train/runs.ts";
import { foldText } from "../../../project/train/sweep.ts";
import { table } from "../../../report/tables.ts";
import { WeightsError } from "../../../runtime/checkpoint/weightserror.ts";
import { type Flags, path } from "../../command/flag.ts";
import { defineVerb } from "../../command/verb.ts";
import { machine } from "../../terminal/machine.ts";
import { note, out, outJson } from "../../terminal/say.ts";

const flags = { json: { description: "one object a run" } } as const satisfies Flags;

export const verb = defineVerb({
  arguments: [{ name: "folder", type: path(), description: "where the runs are", isOptional: true, default: "runs" }],
  flags,
  example: "dnn runs",
  run: ([folder], flags) => list(folder, flags.json === true),
});

async function list(folder: string, json: boolean): Promise<number> {
  const runs = await readableRuns(folder);
  if (json) for (const run of runs) outJson(objectOf(run));
  else out(runsTable(runs));
  return EXIT.fine;
}

/** A run that cannot be read is named, and the others are listed. */
async function readableRuns(folder: string): Promise<readonly RunFacts[]> {
  const folders = await findRuns(folder, machine.disk);
  if (folders.length === 0)
    throw failure("checkpoint/none", `there are no runs in ${machine.disk.absolute?.(folder) ?? folder}`, {
      hint: "`dnn train FILE` makes one in runs/; name the folder where yours are",
    });
  const runs: RunFacts[] = [];
  for (const one of folders) {
    try {
      runs.push(await readRun(one, machine.disk));
    } catch (error) {
      if (!(error instanceof WeightsError) && !(error instanceof Failure)) throw error;
      note(`warning: ${one} is left out: ${error.message}`);
    }
  }
  return runs;
}

/** All that is known of a run but its epochs and its program. */
export function objectOf({ history: _, program: __, record: ___, ...facts }: RunFacts): object {
  return facts;
}

/** `lr=0.1 seed=2`: what the command line said. */
export function settingsText({ settings: { set, seed, splitSeed, fold } }: RunFacts): string {
  const given = Object.entries(set).map(([key, value]) => `${key}=${value}`);
  const seeds = [
    ...(seed === 1 ? [] : [`seed=${seed}`]),
    ...(splitSeed ? [`split-seed=${splitSeed}`] : []),
    ...(fold ? [`fold=${foldText(fold)}`] : []),
  ];
  return [...given, ...seeds].join(" ");
}

function stateOf({ epochs, planned, ended, result }: RunFacts): string {
  const of = planned === undefined || planned === epochs ? counted(epochs, "epoch") : `${epochs} of ${planned} epochs`;
  const best = result.epoch === epochs ? "" : `, best ${result.epoch}`;
  return `${of}${best}${ended === false ? ", unfinished" : ""}`;
}

function runsTable(runs: readonly RunFacts[]): string {
  const names = [...new Set(runs.flatMap((r) => Object.keys({ ...r.result.train, ...r.result.heldout })))];
  const figures = (r: RunFacts): string[] =>
    names.map((name) => {
      const value = (r.result.heldout ?? r.result.train)[name];
      return value === undefined ? "" : figureText(value);
    });
  const head = ["run", "training", "epochs", ...names, "time", "settings"];
  const rows = runs.map((r) => [
    r.folder,
    `${r.training} of ${r.file}`,
    stateOf(r),
    ...figures(r),
    r.seconds === undefined ? "" : timeText(r.seconds),
    settingsText(r),
  ]);
  const right = names.map((_, i) => 3 + i);
  const isHeld = runs.some((r) => r.result.heldout !== undefined);
  const which = isHeld
    ? "figures are of held-out data, where there is some"
    : "nothing is held out: figures are of training";
  return `${table([head, ...rows], [...right, 3 + names.length])}\n${which}`;
}
