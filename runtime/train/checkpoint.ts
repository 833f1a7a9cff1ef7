// A checkpoint as bytes: every parameter and state by name, and in the metadata all that going on or using them takes.
// Invariant: what is read back continues bit for bit; what is wrong with a file is one WeightsError.

import { readWithDigests, writeWithDigests } from "../checkpoint/digests.ts";
import type { Tensor } from "../checkpoint/tensor.ts";
import { WeightsError } from "../checkpoint/weightserror.ts";
import type { Fold, Scale, SeriesFacts, TableColumnFacts } from "../data/dataset.ts";
import type { TokenFacts } from "../data/tokens/tokenise.ts";
import { jsonOf, numbersOf } from "../json.ts";
import type { GpuTuning } from "../plan.ts";
import type { SoundFacts } from "../sounds/clip.ts";
import type { Progress } from "./events.ts";

/** How a run was asked for; a run that goes on uses the same unless told otherwise. */
export interface RunSettings {
  readonly seed: number;
  /** Which examples are held out, and what generators of data draw. Absent: as without the option. */
  readonly splitSeed?: number | undefined;
  /** The part of the data that is held out in place of what the program holds out. */
  readonly fold?: Fold | undefined;
  /** Bytes that examples may take before they are streamed. */
  readonly memory?: number | undefined;
  readonly set: Readonly<Record<string, string>>;
  readonly epochs?: number | undefined;
  readonly steps?: number | undefined;
  /** Declarations given on the command line, with the folder their paths start from. */
  readonly data: readonly { readonly name: string; readonly expression: string; readonly base: string }[];
}

/** A field of the data as the model saw it. */
export interface SavedField {
  readonly name: string;
  readonly shape: readonly number[];
  readonly classes?: number;
  /** Names of the classes, or the characters of a vocabulary. */
  readonly labels?: readonly string[];
  /** The columns of a table that it was read from, one for each of its numbers. */
  readonly columns?: readonly TableColumnFacts[];
  /** Of rows that follow each other in time. */
  readonly series?: SeriesFacts;
  /** Programs see its numbers scaled by these. */
  readonly scale?: Scale;
  /** How texts are cut into the tokens that `labels` names. */
  readonly tokens?: TokenFacts;
  /** How files of sounds are read. */
  readonly sound?: SoundFacts;
  /** Its numbers, those of a picture or the like, are from 0 to 1. */
  readonly shares?: true;
}

/** An array of a file beside the program. */
export interface SavedArray {
  readonly file: string;
  readonly name?: string;
  readonly shape: readonly number[];
  /** The least and the largest, where all are whole numbers. */
  readonly whole?: readonly [number, number];
}

export interface CheckpointFacts {
  readonly format: 1;
  readonly file: string;
  /** SHA-256 of the program's text. */
  readonly hash: string;
  /** The texts of the files that the program imports, by their paths; absent where there are none. */
  readonly imports?: Readonly<Record<string, string>>;
  /** Arrays of files that the program names, by where they stand; their numbers are among the tensors. */
  readonly arrays?: readonly SavedArray[];
  readonly training: string;
  readonly progress: Progress;
  readonly settings: RunSettings;
  readonly fields: readonly SavedField[];
  readonly unit: string;
  /** Where the data was a table: what stands between two cells. */
  readonly separator?: string;
  /** ... and whether its first line held no names. */
  readonly headless?: boolean;
  readonly device: string;
  /** Measured figures of a GPU, by which its kernels were chosen; absent where they were the usual ones. */
  readonly tuning?: GpuTuning;
  /** Examples of a step, how many there are, and a digest of all of them; absent in files of earlier versions, as is `version`. */
  readonly batch?: number;
  readonly examples?: number;
  readonly dataDigest?: string;
  /** Of dnn. */
  readonly version?: string;
  /** The training has come to its end. */
  readonly complete: boolean;
  /** Whose weights are the run's: the best epoch's where the training has patience; absent in older runs. */
  readonly result?: "best" | "latest";
}

export interface Checkpoint {
  readonly facts: CheckpointFacts;
  /** The program's text. */
  readonly program: string;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

const FACTS = "dnn";
const PROGRAM = "program";

export function writeCheckpoint({ facts, program, tensors }: Checkpoint): Uint8Array {
  const metadata = new Map([
    [FACTS, jsonOf(facts)],
    [PROGRAM, program],
  ]);
  return writeWithDigests({ tensors, metadata });
}

/** WeightsError `weights/not-a-checkpoint` where the file has tensors but was not saved by a training. */
export function readCheckpoint(bytes: Uint8Array, path: string): Checkpoint {
  const { tensors, metadata } = readWithDigests(bytes, path);
  const facts = parseFacts(metadata.get(FACTS));
  const program = metadata.get(PROGRAM);
  if (facts && program !== undefined) return { facts, program, tensors };
  const hint =
    "name the folder of a run, such as runs/NAME-1; `dnn train FILE --weights WEIGHTS.safetensors` makes one that begins with such tensors";
  throw new WeightsError("weights/not-a-checkpoint", `${path} was not saved by a training`, hint);
}

function parseFacts(text: string | undefined): CheckpointFacts | undefined {
  if (text === undefined) return undefined;
  try {
    const facts = JSON.parse(text) as Partial<CheckpointFacts> | null;
    const progress = facts?.progress;
    const whole =
      facts?.format === 1 &&
      typeof facts.training === "string" &&
      typeof progress?.step === "number" &&
      typeof facts.settings?.seed === "number" &&
      Array.isArray(facts.fields);
    return whole ? { ...(facts as CheckpointFacts), progress: progressOf(progress) } : undefined;
  } catch {
    return undefined;
  }
}

/** Figures may be no numbers; and a run of before the best epoch was remembered has of it the loss alone. */
function progressOf(saved: Progress): Progress {
  const { best, ...rest } = numbersOf(saved);
  return { ...rest, best: typeof best === "object" ? best : undefined };
}
