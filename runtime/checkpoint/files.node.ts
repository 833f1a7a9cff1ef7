// In: checkpoints as bytes. Out: the files of a run's folder: the checkpoints, `latest`, which names the last whole one, and
// `best`, which names the one that did best where a run has such.
// Invariant: both are written after the checkpoint they name, so they never point at something incomplete.

import { join } from "node:path";
import { nodeDisk, writeAtomically } from "./disk.node.ts";
import type { Disk } from "./disk.ts";
import { isPlainName, POINTERS, type Pointer } from "./pointers.ts";

export { nodeDisk, writeAtomically } from "./disk.node.ts";
export { type FolderLock, lockFolder } from "./lock.node.ts";

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
