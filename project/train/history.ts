// The history of a run beside its weights, as text: `run.json` says what was trained, with which settings, on what; `history.jsonl`
// has a line for each epoch. In: facts of a training. Out: the text of the files, and the way back. A run of an earlier version
// has neither, and a line that a killed process has not finished is none.

import type { DiskReader } from "../../runtime/checkpoint/disk.ts";
import { resolvePath } from "../../runtime/files/files.ts";
import { jsonOf, numbersOf } from "../../runtime/json.ts";
import type { RunSettings } from "../../runtime/train/checkpoint.ts";
import type { Figures } from "../../runtime/train/events.ts";

export const HISTORY = "history.jsonl";
export const RECORD = "run.json";
export const PROGRAM = "program.dnn";

/** One epoch. */
export interface EpochRecord {
  readonly training: string;
  readonly epoch: number;
  /** Steps so far. */
  readonly step: number;
  /** Of training so far, those before a resume included. */
  readonly seconds: number;
  readonly examplesPerSecond: number;
  /** The share of its time that was waited for rows of a stream; absent in earlier versions. */
  readonly waiting?: number;
  /** Learning rates of the epoch's last step, by the step's name. */
  readonly rates: Figures;
  readonly train: Figures;
  readonly heldout: Figures | null;
  /** Whether no epoch so far was better on the held-out data. */
  readonly best: boolean;
  /** Bytes that the process holds. */
  readonly memory: number;
  /** Some of the epoch's steps, the first at least, and the mean loss from each to the next. */
  readonly steps: readonly number[];
  readonly losses: readonly number[];
}

/** The training of a run: program, settings and data. */
export interface RunRecord {
  readonly format: 1;
  readonly training: string;
  /** The program's file, as the command named it; its text lies beside this record. */
  readonly file: string;
  /** SHA-256 of the text. */
  readonly hash: string;
  readonly settings: RunSettings;
  readonly epochs: number;
  readonly batch: number;
  readonly params: number;
  readonly data: {
    readonly name: string;
    readonly unit: string;
    readonly examples: number;
    readonly heldout: number;
    readonly digest: string;
  };
  readonly device: string;
  readonly versions: { readonly dnn: string; readonly node: string; readonly system: string };
  /** Whose weights are the run's: the best epoch's where the training has patience. */
  readonly result: "best" | "latest";
  /** When it began, in ISO 8601. */
  readonly began: string;
  /** Why it has ended; absent while it runs, and where it was interrupted. */
  readonly ended?: string;
}

export const historyText = (records: readonly EpochRecord[]): string =>
  records.map((record) => `${jsonOf(record)}\n`).join("");

/** The whole lines of a history, each epoch once, in order: of two lines for one epoch the later is what was gone on from. */
export function parseHistory(text: string): readonly EpochRecord[] {
  const byEpoch = new Map<number, EpochRecord>();
  for (const line of text.split("\n")) {
    const record = parsed<EpochRecord>(line);
    if (record && Number.isInteger(record.epoch) && typeof record.train === "object") byEpoch.set(record.epoch, record);
  }
  return [...byEpoch.values()].sort((a, b) => a.epoch - b.epoch);
}

function parsed<T>(text: string): (Partial<T> & T) | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? numbersOf(value as T & Partial<T>) : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined where it is none, or one of a later version. */
export function parseRecord(text: string): RunRecord | undefined {
  const record = parsed<RunRecord>(text);
  return record?.format === 1 && typeof record.settings?.seed === "number" ? record : undefined;
}

/** The history in a run's folder, as far as there is one. */
export interface Remembered {
  readonly record: RunRecord | undefined;
  readonly history: readonly EpochRecord[];
  readonly program: string | undefined;
}

export async function readRemembered(folder: string, disk: DiskReader): Promise<Remembered> {
  const read = async (name: string): Promise<string | undefined> => {
    const path = resolvePath(folder, name);
    return (await disk.kindOf(path)) === "file" ? new TextDecoder().decode(await disk.read(path)) : undefined;
  };
  return {
    record: parseRecord((await read(RECORD)) ?? ""),
    history: parseHistory((await read(HISTORY)) ?? ""),
    program: await read(PROGRAM),
  };
}
