// In: checkpoints as bytes. Out: the files of a run's folder: the checkpoints, `latest`, which names the last whole one, and
// `best`, which names the one that did best where a run has such.
// Invariant: both are written after the checkpoint they name, so they never point at something incomplete.

import { join } from "node:path";
import { type Disk, describeFailure, errorCode, nodeDisk, writeAtomically } from "./disk.node.ts";
import { WeightsError } from "./weightserror.ts";

export { type Disk, describeFailure, nodeDisk, writeAtomically } from "./disk.node.ts";
export { type FolderLock, lockFolder } from "./lock.node.ts";

/** Files of a run's folder that name a checkpoint. */
export type Pointer = "latest" | "best";
export const POINTERS: readonly string[] = ["latest", "best"] satisfies Pointer[];

/** One visible name without folders or control characters. */
function isPlainName(name: string): boolean {
  return /^[^./\\\p{Cc}][^/\\\p{Cc}]*$/u.test(name);
}

/**
 * Writes `folder/name`, then lets `folder/latest` name it, and before that `folder/best` where it is the best so far: a run
 * that goes on from `latest` comes to the same best again. A crash at any moment leaves the old or the new state.
 */
export async function saveCheckpoint(
  folder: string,
  name: string,
  bytes: Uint8Array,
  disk: Disk = nodeDisk,
  best = false,
): Promise<void> {
  if (!isPlainName(name) || POINTERS.includes(name))
    throw new RangeError(`${JSON.stringify(name)} is no name for a checkpoint`);
  const pointTo = (pointer: Pointer): Promise<void> =>
    writeAtomically(join(folder, pointer), new TextEncoder().encode(`${name}\n`), disk);
  await writeAtomically(join(folder, name), bytes, disk);
  if (best) await pointTo("best");
  await pointTo("latest");
}

/** The name that `folder/latest` or `folder/best` holds. WeightsError `checkpoint/none` or `checkpoint/bad-latest`. */
export async function readPointer(folder: string, pointer: Pointer, disk: Disk = nodeDisk): Promise<string> {
  const path = join(folder, pointer);
  let bytes: Uint8Array;
  try {
    bytes = await disk.read(path);
  } catch (error) {
    const absent = errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR";
    if (!absent) throw describeFailure(error, "read", path);
    const hint = `name the folder of a run, such as runs/NAME-1: it has a file called ${pointer}`;
    throw new WeightsError("checkpoint/none", `${folder} has no saved weights`, hint);
  }
  const name = new TextDecoder().decode(bytes.subarray(0, 1024)).trim();
  if (isPlainName(name)) return name;
  const message = `${path} holds ${JSON.stringify(name)}, which is not the name of a checkpoint`;
  throw new WeightsError("checkpoint/bad-latest", message);
}

/** The checkpoint that `latest` or `best` names. WeightsError as `readPointer`, or `checkpoint/not-found`. */
export async function readNamedCheckpoint(folder: string, pointer: Pointer, disk: Disk = nodeDisk) {
  const name = await readPointer(folder, pointer, disk);
  const path = join(folder, name);
  try {
    return { name, path, bytes: await disk.read(path) };
  } catch (error) {
    throw describeFailure(error, "read", path);
  }
}
