// In: folders and bytes. Out: files that are either wholly there or not there at all, also after a power cut.
// Invariant: the final name never stands for half a file; each failure is a WeightsError that says what to do.

import { constants } from "node:fs";
import { link, open, readdir, readFile, rename, rm, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { WeightsError } from "./weightserror.ts";

/** The steps a safe write is made of; tests put failing ones in their place. */
export interface Disk {
  /** Creates the file, writes all bytes and forces them to the disk. Fails when the file exists. */
  create(path: string, bytes: Uint8Array): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Gives a file a second name. Fails when that name is taken, unlike `rename`. */
  link(from: string, to: string): Promise<void>;
  /** Forces the names in a folder to the disk. */
  syncFolder(folder: string): Promise<void>;
  remove(path: string): Promise<void>;
  read(path: string): Promise<Uint8Array>;
}

export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

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

/** The clear form of an error of the file system; one that is clear already stays as it is. */
export function describeFailure(error: unknown, action: string, path: string): WeightsError {
  if (error instanceof WeightsError) return error;
  const failure = `cannot ${action} ${path}`;
  switch (errorCode(error)) {
    case "ENOSPC":
    case "EDQUOT":
      return new WeightsError("checkpoint/disk-full", `${failure}: the disk is full`, "free some space, then resume");
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new WeightsError(
        "checkpoint/read-only",
        `${failure}: it is read-only`,
        "choose another folder with --out",
      );
    case "ENOENT":
    case "ENOTDIR":
      return new WeightsError("checkpoint/not-found", `${failure}: it does not exist`);
    case "EFBIG":
      return new WeightsError("checkpoint/disk-full", `${failure}: the file would be larger than this system allows`);
    default:
      return new WeightsError("checkpoint/failed", `${failure}: ${error instanceof Error ? error.message : error}`);
  }
}

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

/** Clears away what a killed process left half-written; whoever calls this holds the folder. */
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
