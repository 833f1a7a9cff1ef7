// In: folders and bytes. Out: files that are either wholly there or not there at all, also after a power cut.
// Invariant: the final name never stands for half a file; each failure is a WeightsError that says what to do.

import { constants } from "node:fs";
import { link, open, readdir, readFile, rename, rm, stat, unlink } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type Disk, type DiskReader, describeFailure } from "./disk.ts";

async function create(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o644);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Windows cannot open a folder for this and keeps names safe by itself. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The disks of this machine. */
export const nodeDisk: Disk = {
  create,
  rename,
  link,
  syncFolder,
  remove: unlink,
  read: async (path) => new Uint8Array(await readFile(path)),
};

export const nodeReader: DiskReader = {
  read: nodeDisk.read,
  list: async (folder) => (await readdir(folder).catch(() => [])).toSorted(),
  async kindOf(path) {
    const facts = await stat(path).catch(() => undefined);
    return facts?.isFile() ? "file" : facts?.isDirectory() ? "folder" : undefined;
  },
  modifiedAt: async (path) => (await stat(path)).mtimeMs,
  absolute: (path) => resolve(path),
};

const TEMPORARY = ".tmp";
let written = 0;

/** A hidden name that no other process uses; what bears one is nothing that anyone has finished. */
export function temporaryName(name: string): string {
  written++;
  return `.${name}.${process.pid}.${written}${TEMPORARY}`;
}

/** True for what a killed process may leave behind. */
function isTemporary(name: string): boolean {
  return name.startsWith(".") && name.endsWith(TEMPORARY);
}

/** Clears away what a killed process left half-written; the caller holds the folder. */
export async function removeTemporaries(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter(isTemporary);
  // A folder among them is a copy for good that was not finished.
  await Promise.all(
    names.map((name) => rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined)),
  );
}

/**
 * Writes a file so that `path` holds either what it held before or all of `bytes`: a temporary file in the same folder,
 * fsync, rename, fsync of the folder. WeightsError `checkpoint/disk-full`, `checkpoint/read-only`, ...
 */
export async function writeAtomically(path: string, bytes: Uint8Array, disk: Disk = nodeDisk): Promise<void> {
  const temporary = join(dirname(path), temporaryName(basename(path)));
  try {
    await disk.create(temporary, bytes);
    await disk.rename(temporary, path);
    await disk.syncFolder(dirname(path));
  } catch (error) {
    await disk.remove(temporary).catch(() => undefined);
    throw describeFailure(error, "write", path);
  }
}
