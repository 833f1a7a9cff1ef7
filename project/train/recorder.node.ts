// Writes what a run remembers into its folder while it trains. In: the record, and each epoch. Out: `run.json`, `program.dnn` and
// `history.jsonl`. Invariant: what cannot be written is said once, and never ends a training; a run that goes on has each epoch once.

import { appendFile, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryName } from "../../runtime/checkpoint/disk.node.ts";
import { describeFailure, errorCode } from "../../runtime/checkpoint/disk.ts";
import type { Note } from "../failure.ts";
import {
  type EpochRecord,
  HISTORY,
  historyText,
  PROGRAM,
  parseHistory,
  parseRecord,
  RECORD,
  type RunRecord,
} from "./history.ts";

export class Recorder {
  /** Seconds of training before this process. */
  readonly secondsBefore: number;
  private readonly folder: string;
  private readonly note: Note;
  private readonly record: RunRecord;
  private readonly program: string;
  /** All epochs so far: a folder that was deleted gets them again. */
  private readonly epochs: EpochRecord[];
  private hasFailed = false;

  private constructor(
    folder: string,
    note: Note,
    { record, program, epochs }: { record: RunRecord; program: string; epochs: readonly EpochRecord[] },
  ) {
    this.folder = folder;
    this.note = note;
    this.record = record;
    this.program = program;
    this.epochs = [...epochs];
    this.secondsBefore = epochs.at(-1)?.seconds ?? 0;
  }

  /** Of a run that goes on after `epoch` epochs; what the history has of later ones was not saved, and comes again. */
  static async open(
    folder: string,
    { record, program, epoch }: { readonly record: RunRecord; readonly program: string; readonly epoch: number },
    note: Note,
  ): Promise<Recorder> {
    let [kept, began]: [readonly EpochRecord[], string] = [[], record.began];
    let failed: unknown;
    try {
      if (epoch === 0) await writeFile(join(folder, HISTORY), "");
      else {
        kept = parseHistory(await textOf(join(folder, HISTORY))).filter((r) => r.epoch <= epoch);
        began = parseRecord(await textOf(join(folder, RECORD)))?.began ?? began;
        await replace(folder, HISTORY, historyText(kept));
      }
      await replace(folder, PROGRAM, program);
      await replace(folder, RECORD, recordText({ ...record, began }));
    } catch (error) {
      failed = error;
    }
    const recorder = new Recorder(folder, note, { record: { ...record, began }, program, epochs: kept });
    if (failed !== undefined) recorder.failed(failed);
    return recorder;
  }

  /** One more epoch. */
  async add(record: EpochRecord): Promise<void> {
    this.epochs.push(record);
    if (this.hasFailed) return;
    try {
      await appendFile(join(this.folder, HISTORY), historyText([record]));
    } catch (error) {
      // A folder that was deleted gets all epochs again where its checkpoint is saved.
      if (errorCode(error) !== "ENOENT") this.failed(error);
    }
  }

  /** Writes all of it again, into a folder that was deleted. */
  async restore(): Promise<void> {
    try {
      await replace(this.folder, PROGRAM, this.program);
      await replace(this.folder, RECORD, recordText(this.record));
      await replace(this.folder, HISTORY, historyText(this.epochs));
      this.hasFailed = false;
    } catch (error) {
      this.failed(error);
    }
  }

  /** The training has come to its end. */
  async end(reason: string): Promise<void> {
    if (this.hasFailed) return;
    await replace(this.folder, RECORD, recordText({ ...this.record, ended: reason })).catch((e) => this.failed(e));
  }

  private failed(error: unknown): void {
    if (this.hasFailed) return;
    this.hasFailed = true;
    const { message } = describeFailure(error, "write", join(this.folder, HISTORY));
    this.note(`warning: ${message}; the training goes on, and its curves end here`);
  }
}

const recordText = (record: RunRecord): string => `${JSON.stringify(record, undefined, 2)}\n`;
const textOf = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "");

/** Either what was there or all of the text: no curve is worth the time that forcing it to the disk takes. */
async function replace(folder: string, name: string, text: string): Promise<void> {
  const temporary = join(folder, temporaryName(name));
  await writeFile(temporary, text);
  await rename(temporary, join(folder, name));
}
