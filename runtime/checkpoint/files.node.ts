// In: checkpoints as bytes. Out: the files of a run's folder: the checkpoints and `latest`, which names the last whole one.
// Invariant: `latest` is written after the checkpoint it names, so it never points at something incomplete.

import { join } from "node:path";
import { type Disk, describeFailure, errorCode, nodeDisk, writeAtomically } from "./disk.node.ts";
import { WeightsError } from "./weightserror.ts";

export { type Disk, describeFailure, nodeDisk, writeAtomically } from "./disk.node.ts";
export { type FolderLock, lockFolder } from "./lock.node.ts";

const LATEST = "latest";

/** One visible name without folders or control characters. */
function isPlainName(name: string): boolean {
  return /^[^./\\\p{Cc}][^/\\\p{Cc}]*$/u.test(name);
}

/** Writes `folder/name`, then lets `folder/latest` name it. A crash at any moment leaves the old or the new state. */
export async function saveCheckpoint(folder: string, name: string, bytes: Uint8Array, disk: Disk = nodeDisk) {
  if (!isPlainName(name) || name === LATEST)
    throw new RangeError(`${JSON.stringify(name)} is no name for a checkpoint`);
  await writeAtomically(join(folder, name), bytes, disk);
  await writeAtomically(join(folder, LATEST), new TextEncoder().encode(`${name}\n`), disk);
}

/** The name that `folder/latest` holds. WeightsError `checkpoint/none` or `checkpoint/bad-latest`. */
export async function readLatest(folder: string, disk: Disk = nodeDisk): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await disk.read(join(folder, LATEST));
  } catch (error) {
    const absent = errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR";
    if (!absent) throw describeFailure(error, "read", join(folder, LATEST));
    const hint = "a run's folder has a file called latest; is this one?";
    throw new WeightsError("checkpoint/none", `${folder} has no saved weights`, hint);
  }
  const name = new TextDecoder().decode(bytes.subarray(0, 1024)).trim();
  if (isPlainName(name)) return name;
  const message = `${join(folder, LATEST)} holds ${JSON.stringify(name)}, which is not the name of a checkpoint`;
  throw new WeightsError("checkpoint/bad-latest", message);
}

/** The checkpoint that `latest` names. WeightsError as `readLatest`, or `checkpoint/not-found`. */
export async function readLatestCheckpoint(folder: string, disk: Disk = nodeDisk) {
  const name = await readLatest(folder, disk);
  const path = join(folder, name);
  try {
    return { name, path, bytes: await disk.read(path) };
  } catch (error) {
    throw describeFailure(error, "read", path);
  }
}
