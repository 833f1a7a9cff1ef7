// Places of runs. In: the place that somebody names, a disk. Out: that there is no folder, in words that say which path was looked for; of a run
// the folder that its training ran in, from which the paths of its program and its data start.

import type { DiskReader } from "../../runtime/checkpoint/disk.ts";
import { resolvePath } from "../../runtime/files/files.ts";
import { type Failure, failure } from "../failure.ts";

/** Runs stand below the folder of their command, in `runs/NAME-1` or wherever `--out` put them, so many folders deep. */
const DEPTH = 4;

/** The mistake of a place where there is nothing; undefined where there is something. `beside`: the same place seen from the program. */
export async function missingRun(place: string, disk: DiskReader, beside?: string): Promise<Failure | undefined> {
  if ((await disk.kindOf(place)) !== undefined) return undefined;
  const isThere = beside !== undefined && beside !== place && (await disk.kindOf(beside)) !== undefined;
  const below = resolvePath("runs", place);
  const meant = isThere ? beside : (await disk.kindOf(below)) === "folder" ? below : undefined;
  const from = isRelative(place) ? "; relative paths start from the folder of the command" : "";
  return failure("checkpoint/none", `there is no run ${place}: ${disk.absolute?.(place) ?? place} is not there`, {
    hint: meant
      ? `did you mean ${meant}?${from}`
      : `\`dnn train FILE\` makes a run and says in which folder: name that one, such as runs/NAME-1${from}`,
  });
}

const isRelative = (path: string): boolean => !/^([/\\]|[A-Za-z]:[/\\])/.test(path);

/** The folder that a run's training ran in: the nearest above the run from which its program's path leads to a file; undefined where none does. */
export async function folderOfTraining(run: string, program: string, disk: DiskReader): Promise<string | undefined> {
  if (!isRelative(program)) return undefined;
  for (const folder of foldersAbove(run)) {
    const isRun = (await disk.kindOf(resolvePath(folder, "run.json"))) !== undefined;
    if (!isRun && (await disk.kindOf(resolvePath(folder, program))) === "file") return folder;
  }
  return undefined;
}

/** Folders above a place, the nearest first; "" is that of the command. */
function foldersAbove(place: string): readonly string[] {
  const found: string[] = [];
  let at = place.replace(/[\\/]+$/, "").replace(/^\.$/, "");
  for (let i = 0; i < DEPTH; i++) {
    if (/^([A-Za-z]:)?$/.test(at) && !isRelative(place)) break;
    const [, above, last = at] = /^(?:(.*)[\\/])?([^\\/]*)$/.exec(at) ?? [];
    at = last === "" || last === ".." ? resolvePath(at, "..") : (above ?? "");
    found.push(at === "" && !isRelative(place) ? "/" : at);
  }
  return found;
}
