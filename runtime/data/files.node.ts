// In: paths on this machine. Out: their bytes. The only file of the data folder that needs Node.
// Invariant: every failure is a DataError; nothing larger than FILE_LIMIT is read into memory.

import { access, readdir, readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { DataError } from "./dataset.ts";
import { type FileReader, fileNotFound } from "./files.ts";

/** Largest file that is read, in bytes. */
export const FILE_LIMIT = 2 ** 31;

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

async function siblings(path: string): Promise<string[]> {
  return readdir(dirname(path)).catch(() => []);
}

async function fileFailure(path: string, error: unknown): Promise<DataError> {
  const code = codeOf(error);
  if (code === "ENOENT" || code === "ENOTDIR") return fileNotFound(path, await siblings(path));
  const reason = code === "EACCES" || code === "EPERM" ? "this user may not read it" : String(error);
  return new DataError("data/file-unreadable", `cannot read ${path}: ${reason}`);
}

async function read(path: string): Promise<Uint8Array> {
  try {
    const facts = await stat(path);
    if (facts.isDirectory()) throw new DataError("data/file-unreadable", `${path} is a folder, not a file`);
    if (!facts.isFile()) throw new DataError("data/file-unreadable", `${path} is not an ordinary file`);
    if (facts.size > FILE_LIMIT) {
      throw new DataError(
        "data/too-large",
        `${path} has ${facts.size} bytes, more than the ${FILE_LIMIT} that are read`,
      );
    }
    return new Uint8Array(await readFile(path));
  } catch (error) {
    throw error instanceof DataError ? error : await fileFailure(path, error);
  }
}

async function list(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).sort();
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") throw new DataError("data/folder-not-found", `there is no folder ${path}`);
    if (code === "ENOTDIR") throw new DataError("data/folder-not-found", `${path} is a file, not a folder`);
    throw await fileFailure(path, error);
  }
}

/** Reads from the disks of this machine. */
export function nodeFiles(): FileReader {
  const exists = (path: string) =>
    access(path).then(
      () => true,
      () => false,
    );
  return { read, list, exists };
}
