// Runs by their folders: what each was, how far it came and what it reached. In: a disk. Out: plain data. A run of before there was
// a history has of it what its last checkpoint says.

import type { DiskReader } from "../../runtime/checkpoint/disk.ts";
import { resolvePath } from "../../runtime/files/files.ts";
import type { RunSettings } from "../../runtime/train/checkpoint.ts";
import type { Figures } from "../../runtime/train/events.ts";
import { failure } from "../failure.ts";
import { KEPT, readPointed } from "./checkpoints.ts";
import { type EpochRecord, type Remembered, readRemembered } from "./history.ts";
import { missingRun } from "./runplace.ts";

export interface RunFacts {
  readonly folder: string;
  readonly training: string;
  readonly file: string;
  /** SHA-256 of the program. */
  readonly hash: string;
  readonly settings: RunSettings;
  /** Epochs that it has, and that it was to have where that is known. */
  readonly epochs: number;
  readonly planned: number | undefined;
  readonly seconds: number | undefined;
  readonly began: string | undefined;
  /** Whether it came to its end; undefined where that is not known. */
  readonly ended: boolean | undefined;
  /** The epoch of its result, with the figures. */
  readonly result: { readonly epoch: number; readonly train: Figures; readonly heldout: Figures | undefined };
  readonly history: readonly EpochRecord[];
  readonly program: string | undefined;
  readonly record: Remembered["record"];
}

/** WeightsError `checkpoint/none` where the folder holds no run. */
export async function readRun(folder: string, disk: DiskReader): Promise<RunFacts> {
  const remembered = await readRemembered(folder, disk);
  const { record, history, program } = remembered;
  const last = history.at(-1);
  if (record && last) {
    const best = history.findLast((r) => r.best);
    const { epoch, train, heldout } = record.result === "best" && best ? best : last;
    return {
      folder,
      training: record.training,
      file: record.file,
      hash: record.hash,
      settings: record.settings,
      epochs: last.epoch,
      planned: record.epochs,
      seconds: last.seconds,
      began: record.began,
      ended: record.ended !== undefined,
      result: { epoch, train, heldout: heldout ?? undefined },
      history,
      program,
      record,
    };
  }
  return ofCheckpoint(folder, remembered, disk);
}

async function ofCheckpoint(folder: string, { record, history }: Remembered, disk: DiskReader): Promise<RunFacts> {
  const { facts, program } = await readPointed(folder, "latest", disk);
  const { progress } = facts;
  const best = facts.result === "best" ? progress.best : undefined;
  return {
    folder,
    training: facts.training,
    file: facts.file,
    hash: facts.hash,
    settings: facts.settings,
    epochs: progress.epoch,
    planned: record?.epochs,
    seconds: undefined,
    began: record?.began,
    ended: facts.complete,
    result: {
      epoch: best?.epoch ?? progress.epoch,
      train: best?.train ?? progress.train ?? {},
      heldout: best?.heldout ?? progress.heldout,
    },
    history,
    program,
    record,
  };
}

/** The folders of runs in a folder and in those within it, the copies for good left out. */
export async function findRuns(folder: string, disk: DiskReader, depth = 3): Promise<readonly string[]> {
  const names = await disk.list(folder);
  if (names.includes("latest")) return [folder];
  if (depth === 0) return [];
  const found: string[] = [];
  for (const name of names.toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }))) {
    if (name === KEPT || name.startsWith(".") || name === "node_modules") continue;
    const inner = resolvePath(folder, name);
    if ((await disk.kindOf(inner)) === "folder") found.push(...(await findRuns(inner, disk, depth - 1)));
  }
  return found;
}

/** The runs that are named: each a run's folder, or one that holds runs. */
export async function namedRuns(folders: readonly string[], disk: DiskReader): Promise<readonly RunFacts[]> {
  const runs: RunFacts[] = [];
  for (const folder of folders) {
    const found = await findRuns(folder, disk);
    if (found.length === 0) {
      const missing = await missingRun(folder, disk);
      if (missing) throw missing;
      const below = resolvePath("runs", folder);
      const isThere = (await findRuns(below, disk)).length > 0;
      throw failure("checkpoint/none", `${folder} has no saved weights`, {
        hint: isThere
          ? `did you mean ${below}?`
          : "name the folder of a run, such as runs/NAME-1, or one that holds runs",
      });
    }
    for (const run of found) runs.push(await readRun(run, disk));
  }
  return runs;
}
