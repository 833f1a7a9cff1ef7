// In: paths on this machine. Out: their bytes. The only file of the data folder that needs Node.
// Invariant: every failure is a DataError; nothing larger than FILE_LIMIT is read into memory.

import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { access, type FileHandle, open, readdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { DataError } from "./dataerror.ts";
import { type FileReader, fileNotFound, folderNotFound } from "./files.ts";

/** Largest file that is read, in bytes: the most that one read of Node gives. */
const FILE_LIMIT = 2 ** 31 - 1;

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

async function siblings(path: string): Promise<string[]> {
  return readdir(dirname(path)).catch(() => []);
}

async function fileFailure(path: string, error: unknown): Promise<DataError> {
  const code = codeOf(error);
  if (code === "ENOENT" || code === "ENOTDIR") return fileNotFound(path, await siblings(path));
  const reason = REASONS[code] ?? String(error);
  return new DataError("data/file-unreadable", `cannot read ${path}: ${reason}`);
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "this user may not read it",
  EPERM: "this user may not read it",
  ELOOP: "its links lead round in a circle",
  EAGAIN: "it is not an ordinary file",
  ENXIO: "it is not an ordinary file",
};

/** Checks the opened file, not its path: the path may lead elsewhere between two looks. */
function sizeOfFile(facts: Stats, path: string): number {
  if (facts.isDirectory()) throw new DataError("data/file-unreadable", `${path} is a folder, not a file`);
  if (!facts.isFile()) throw new DataError("data/file-unreadable", `${path} is not an ordinary file`);
  return facts.size;
}

function checkSize(size: number, path: string): number {
  if (size <= FILE_LIMIT) return size;
  const message = `${path} has ${size} bytes, more than the ${FILE_LIMIT} that are read`;
  throw new DataError("data/too-large", message, "train on a part of it");
}

/**
 * The whole file, as long as it says it is: of what has no length of its own, such as files of the kernel, nothing is read.
 * Opening waits for nobody, as a pipe without a writer would make it.
 */
const read = (path: string): Promise<Uint8Array> => readBytes(path, 0, Number.POSITIVE_INFINITY);

async function readBytes(path: string, from: number, to: number): Promise<Uint8Array> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const size = sizeOfFile(await file.stat(), path);
    const bytes = new Uint8Array(Math.max(0, checkSize(Math.min(size, to) - from, path)));
    let length = 0;
    for (let got = 1; got > 0 && length < bytes.length; length += got)
      got = (await file.read(bytes, length, Math.min(bytes.length - length, READ), from + length)).bytesRead;
    return bytes.subarray(0, length);
  } catch (error) {
    throw error instanceof DataError ? error : await fileFailure(path, error);
  } finally {
    await file?.close();
  }
}

/** The same without giving way to anything else: a thread that only reads is several times faster so. */
async function readAtOnce(path: string, from: number, to: number): Promise<Uint8Array> {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const size = sizeOfFile(fstatSync(file), path);
    const bytes = new Uint8Array(Math.max(0, checkSize(Math.min(size, to) - from, path)));
    let length = 0;
    for (let got = 1; got > 0 && length < bytes.length; length += got)
      got = readSync(file, bytes, length, Math.min(bytes.length - length, READ), from + length);
    return bytes.subarray(0, length);
  } catch (error) {
    throw error instanceof DataError ? error : await fileFailure(path, error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Bytes that one call reads. */
const READ = 2 ** 26;

async function foldersBeside(path: string): Promise<string[]> {
  const found = await readdir(dirname(path), { withFileTypes: true }).catch(() => []);
  return found.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

async function list(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).sort();
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") throw folderNotFound(path, await foldersBeside(path));
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
  const sizeOf = (path: string): Promise<number> =>
    stat(path).then(
      ({ size }) => size,
      () => 0,
    );
  return { read, readPart: readBytes, list, exists, sizeOf };
}

/** The same for a thread of its own, which has nothing else to do while it reads. */
export const blockingFiles = (): FileReader => ({
  ...nodeFiles(),
  read: (path) => readAtOnce(path, 0, Number.POSITIVE_INFINITY),
  readPart: readAtOnce,
});
