// Values that took long to compute, kept in the folder of the user's caches. In: what a value is computed from, all of it. Out: the value,
// read back where the same build of dnn computed it from the same before.
// Invariant: a file counts only where it is whole, in the user's own folder, and of this build; without it everything goes on.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "../../runtime/checkpoint/makefolder.node.ts";
import { crc32 } from "../../runtime/files/crc32.ts";
import { isOwn } from "../../runtime/files/usercache.node.ts";
import { packValue, unpackValue } from "./packing.node.ts";
import { plainText } from "./plaintext.ts";
import type { Remember } from "./remember.ts";

interface Limits {
  /** Milliseconds: what is sooner computed than read is not kept. */
  readonly worth: number;
  /** Bytes of one value, and of all: those that were not used for longest make room. */
  readonly ofOne: number;
  readonly ofAll: number;
}

const LIMITS: Limits = { worth: 40, ofOne: 64 * 2 ** 20, ofAll: 256 * 2 ** 20 };

/** Before the contents: their length and checksum, four bytes each. */
const HEAD = 8;

function headOf(contents: Uint8Array): Buffer {
  const head = Buffer.alloc(HEAD);
  head.writeUInt32LE(contents.length);
  head.writeUInt32LE(crc32(contents), 4);
  return head;
}

/** `build` names the compiled code: another one may compute something else. */
export function rememberIn(folder: string, build: string, limits = LIMITS): Remember {
  return async (subject, inputs, compute) => {
    const key = keyOf(build, inputs);
    if (key === undefined) return compute();
    const file = join(folder, `${subject}-${key}`);
    const kept = readKept(file);
    if (kept) return kept.value as Awaited<ReturnType<typeof compute>>;
    const begun = performance.now();
    const value = await compute();
    if (performance.now() - begun >= limits.worth) keep(folder, file, value, limits);
    return value;
  };
}

/** Undefined for inputs that are no plain data. */
function keyOf(build: string, inputs: unknown): string | undefined {
  try {
    return createHash("sha256").update(build).update("\n").update(plainText(inputs)).digest("hex");
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** A kept value; undefined where there is none, or none that can be trusted. */
function readKept(file: string): { readonly value: unknown } | undefined {
  try {
    if (!isOwn(dirname(file))) return undefined;
    const bytes = readFileSync(file);
    const [head, contents] = [bytes.subarray(0, HEAD), bytes.subarray(HEAD)];
    if (!head.equals(headOf(contents))) return undefined;
    const now = new Date();
    utimesSync(file, now, now);
    return { value: unpackValue(contents) };
  } catch {
    return undefined;
  }
}

/** A folder that cannot be written, or a value that is no plain data, is no reason to stop. */
function keep(folder: string, file: string, value: unknown, { ofOne, ofAll }: Limits): void {
  try {
    const contents = packValue(value);
    if (contents.length > ofOne) return;
    makeFolder(folder, { mode: 0o700 });
    if (!isOwn(folder)) return;
    makeRoom(folder, ofAll - contents.length);
    writeWhole(file, Buffer.concat([headOf(contents), contents]));
  } catch {
    // Computed again next time.
  }
}

/** A file is there whole or not at all. */
function writeWhole(file: string, bytes: Uint8Array): void {
  const beside = `${file}.${process.pid}`;
  try {
    writeFileSync(beside, bytes, { mode: 0o600 });
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** Leaves files of so many bytes at most, the ones that were used last. */
function makeRoom(folder: string, bytes: number): void {
  const files = readdirSync(folder).map((name) => {
    const path = join(folder, name);
    const { size, mtimeMs } = statSync(path);
    return { path, size, mtimeMs };
  });
  let held = 0;
  for (const { path, size } of files.sort((a, b) => b.mtimeMs - a.mtimeMs)) {
    held += size;
    if (held > bytes) rmSync(path, { force: true });
  }
}
