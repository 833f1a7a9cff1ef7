// The checkpoints of runs, read: in, a disk and the place that somebody names; out, the checkpoint that it stands for.

import { zip } from "../../compiler/arithmetic/lists.ts";
import { lookUp } from "../../compiler/arithmetic/lookup.ts";
import { readWithDigests } from "../../runtime/checkpoint/digests.ts";
import type { DiskReader } from "../../runtime/checkpoint/disk.ts";
import { POINTERS, type Pointer, readNamedCheckpoint } from "../../runtime/checkpoint/pointers.ts";
import type { Tensor } from "../../runtime/checkpoint/tensor.ts";
import { WeightsError } from "../../runtime/checkpoint/weightserror.ts";
import { resolvePath } from "../../runtime/files/files.ts";
import type { Checkpoint } from "../../runtime/train/checkpoint.ts";
import { readCheckpoint } from "../../runtime/train/checkpoint.ts";
import { failure, type Note } from "../failure.ts";
import { otherThanWeights } from "./othertools.ts";
import { missingRun } from "./runplace.ts";

/** The folder of a run's copies for good, which `keep` asks for: each is a run's folder itself. */
export const KEPT = "kept";
export const ENDING = ".safetensors";

/** Opens the checkpoint at `place`: of a run's folder its result, the best or the latest; or `RUN/latest`, `RUN/best`, or a file of weights. */
export async function openCheckpoint(place: string, disk: DiskReader): Promise<Checkpoint> {
  const kind = await disk.kindOf(place);
  const refused = kind === "folder" ? undefined : otherThanWeights(place);
  if (refused) throw refused;
  if (kind === "file") {
    const [, folder = ".", name = place] = /^(.*)[\\/]([^\\/]*)$/.exec(place) ?? [];
    return POINTERS.includes(name)
      ? readPointed(folder, name as Pointer, disk)
      : readCheckpoint(await disk.read(place), place);
  }
  const latest = await readPointed(place, "latest", disk);
  return latest.facts.result === "best" && (await isThere(resolvePath(place, "best"), disk))
    ? readPointed(place, "best", disk)
    : latest;
}

/** As `openCheckpoint`, its tensors alone: another tool may have written the file. */
export async function openTensors(place: string, disk: DiskReader): Promise<ReadonlyMap<string, Tensor>> {
  if (place.endsWith(ENDING) && (await disk.kindOf(place)) === "file")
    return readWithDigests(await disk.read(place), place).tensors;
  return (await openCheckpoint(place, disk)).tensors;
}

/** The checkpoint that a run's folder names; of a folder that holds runs, their names. */
export async function readPointed(folder: string, pointer: Pointer, disk: DiskReader): Promise<Checkpoint> {
  const missing = await missingRun(folder, disk);
  if (missing) throw missing;
  const inside = (await isThere(resolvePath(folder, pointer), disk)) ? [] : await runsIn(folder, disk);
  if (inside.length > 0)
    throw failure("checkpoint/none", `${folder} has no saved weights of its own`, {
      hint: `there are runs in it: ${inside.join(", ")}`,
    });
  const { name, path, bytes } = await readNamedCheckpoint(folder, pointer, disk);
  try {
    return readCheckpoint(bytes, path);
  } catch (error) {
    throw pointer === "latest" ? await withEarlier(error, folder, name, disk) : error;
  }
}

/** Where the last checkpoint is damaged, the one before it may be whole. */
async function withEarlier(error: unknown, folder: string, name: string, disk: DiskReader): Promise<unknown> {
  if (!(error instanceof WeightsError)) return error;
  const other = (await checkpointsIn(folder, disk)).findLast((n) => `${n}${ENDING}` !== name);
  if (other === undefined) return error;
  const hint = `write ${other}${ENDING} into ${resolvePath(folder, "latest")} to go on from the checkpoint before it`;
  return new WeightsError(error.code, error.message, hint);
}

/** The checkpoints of a run's folder without their ending, in the order in which they were saved, `latest` last. */
export async function checkpointsIn(folder: string, disk: DiskReader): Promise<string[]> {
  const names = (await disk.list(folder)).filter((name) => /^(epoch|step)-\d+\.safetensors$/.test(name));
  const times = await Promise.all(names.map((name) => disk.modifiedAt(resolvePath(folder, name))));
  const saved = new Map(zip(names, times));
  const place = resolvePath(folder, "latest");
  const latest = (await isThere(place, disk)) ? new TextDecoder().decode(await disk.read(place)).trim() : "";
  const order = (name: string): number => (name === latest ? Number.POSITIVE_INFINITY : lookUp(saved, name));
  return names.toSorted((a, b) => order(a) - order(b)).map((name) => name.slice(0, -ENDING.length));
}

/** A file of several trainings has a folder for each. */
async function runsIn(folder: string, disk: DiskReader): Promise<string[]> {
  const places = (await disk.list(folder)).map((name) => resolvePath(folder, name));
  const isRun = await Promise.all(places.map((inner) => isThere(resolvePath(inner, "latest"), disk)));
  return places.filter((_, i) => isRun[i]);
}

/** A folder of kept weights stands for all of them, in order. */
export async function keptIn(folder: string, disk: DiskReader, note: Note): Promise<string[]> {
  if (folder === "") return [];
  const isRun = (place: string): Promise<boolean> => isThere(resolvePath(place, "latest"), disk);
  if (!/(^|[\\/])kept[\\/]*$/.test(folder) || (await isRun(folder))) return [folder];
  const found: string[] = [];
  for (const name of (await disk.list(folder)).filter((n) => !n.startsWith("."))) {
    const place = resolvePath(folder, name);
    if (await isRun(place)) found.push(name);
    else note(`${place} is left out: its weights were not saved to the end`);
  }
  return found.toSorted((a, b) => a.localeCompare(b, "en", { numeric: true })).map((name) => resolvePath(folder, name));
}

const isThere = async (path: string, disk: DiskReader): Promise<boolean> => (await disk.kindOf(path)) !== undefined;
