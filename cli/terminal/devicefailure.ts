// A device that fails in the middle of a training: what happened, what of the run is saved, and the command that goes on.
// In: the error and how far the run has come. Out: one failure; any other error as it is.

import { type Failure, failure } from "../../project/failure.ts";
import { quoted } from "../../project/quoted.ts";
import { foldText } from "../../project/train/sweep.ts";
import type { GpuError } from "../../runtime/webgpu/device.ts";
import type { TrainFlags } from "../command/trainflags.ts";

/** How far a training has come. */
export interface Reached {
  readonly path: string;
  readonly flags: TrainFlags;
  /** Undefined before the first step. */
  readonly step: number | undefined;
  /** The folder that goes on: the run's own, or that of the training before it in the file. */
  readonly folder: string | undefined;
  /** The last checkpoint in that folder. */
  readonly newest: string | undefined;
  /** Whether the run's folder remembers the flags of this command. */
  readonly isSaved: boolean;
}

export function onDeviceFailure(error: unknown, reached: Reached): unknown {
  if (!(error instanceof Error) || error.name !== "GpuError") return error;
  const { folder, newest, step } = reached;
  const came = step === undefined ? "the training had not begun" : `the training had come to step ${step}`;
  const saved = newest === undefined ? "nothing was saved yet" : `what was saved last is ${newest}`;
  const goesOn = newest === undefined || folder === undefined ? "starts again" : "goes on from there";
  const command = commandAgain({ ...reached, folder: newest === undefined ? undefined : folder });
  return failed(error as GpuError, `${came}; ${saved}`, `\`${command}\` ${goesOn} on the processor`);
}

function failed({ code, message }: GpuError, note: string, hint: string): Failure {
  return failure(code, message, { notes: [note], hint });
}

/** The command once more, on the processor. A run that was saved knows its settings, and flags that are given once more are added to these. */
function commandAgain({ path, flags, folder, isSaved }: Reached): string {
  const { resume = folder, only, steps, threads } = flags;
  const given: readonly (readonly [flag: string, value: string | number | undefined])[] = [
    ["--only", only],
    ["--resume", isSaved ? folder : resume],
    ["--steps", steps],
    ["--threads", threads],
    ...(isSaved ? [] : settingsOf(flags, resume !== undefined)),
    ["--device", "cpu"],
  ];
  const switches = [...(flags.revec ? [] : ["--no-revec"]), ...(flags.json ? ["--json"] : [])];
  const words = given.flatMap(([flag, value]) => (value === undefined ? [] : [flag, quoted(String(value))]));
  return ["dnn train", quoted(path), ...words, ...switches].join(" ");
}

function settingsOf(flags: TrainFlags, isResumed: boolean): (readonly [string, string | number | undefined])[] {
  return [
    ...flags.data.map((value) => ["--data", value] as const),
    ...flags.set.map((value) => ["--set", value] as const),
    ["--precision", flags.precision],
    ["--epochs", flags.epochs],
    ["--seed", flags.seed],
    ["--split-seed", flags.splitSeed],
    ["--fold", foldText(flags.fold) || undefined],
    ["--memory", flags.memory],
    // A run that goes on has its folder and its weights.
    ["--out", isResumed ? undefined : flags.out],
    ["--weights", isResumed ? undefined : flags.weights],
  ];
}
