// A file of a stream that is gone or damaged in the middle of a training: what happened, what of the run is saved, and the command
// that goes on.

import { type Failure, failure } from "../../project/failure.ts";
import { quoted } from "../../project/quoted.ts";
import type { RunFolder } from "../../project/train/runfolder.node.ts";
import type { DataError } from "../../runtime/files/dataerror.ts";

export function onBrokenStream(
  { code, message }: DataError,
  path: string,
  step: number,
  { folder, newest }: Pick<RunFolder, "folder" | "newest">,
): Failure {
  const saved = newest === undefined ? "nothing could be saved" : `what was learned is saved in ${newest}`;
  const command = `dnn train ${quoted(path)} --resume ${quoted(folder)}`;
  return failure(code, message, {
    notes: [`the training had come to step ${step}; ${saved}`],
    hint: `put the file back as it was, then \`${command}\` goes on from there`,
  });
}
