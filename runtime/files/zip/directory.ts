// In: the last bytes of a zip file, and its table of contents. Out: the files in it, and where each lies, unread.
// Invariant: nothing is taken from a table of contents that does not end where it says. Format: PKWARE APPNOTE 6.3, zip64 included.

import { DataError } from "../dataerror.ts";
import type { FileReader } from "../files.ts";

const END_RECORD = 0x06054b50;
const END_BYTES = 22;
const END64_LOCATOR = 0x07064b50;
const LOCATOR_BYTES = 20;
const END64_RECORD = 0x06064b50;
const END64_BYTES = 56;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
const LOCAL_BYTES = 30;
/** The end record is followed by a comment of at most so many bytes. */
const LONGEST_COMMENT = 65535;
const SIZES64 = 1;
/** A table of contents that would have more bytes is damaged. */
const LONGEST_DIRECTORY = 2 ** 26;
/** Stands for a number that does not fit, and is written beside its entry. */
const [WIDE, WIDE_COUNT] = [0xffffffff, 0xffff];

export const STORED = 0;

export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly encrypted: boolean;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly header: number;
}

export function corrupt(path: string, reason: string): DataError {
  return new DataError("data/corrupt-zip", `${path} is damaged or incomplete: ${reason}`, "copy the file again");
}

/** Where a table of contents lies in its file, and how many files it lists. */
interface Bounds {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

function wideAt(view: DataView, at: number, path: string): number {
  const value = Number(view.getBigUint64(at, true));
  if (Number.isSafeInteger(value)) return value;
  throw corrupt(path, "its table of contents has a length that no file has");
}

/** `tail`: the last bytes of a file, which begin at `start`. */
function boundsIn(tail: Uint8Array, start: number, path: string): Bounds {
  const view = viewOf(tail);
  let at = tail.length - END_BYTES;
  const first = Math.max(0, at - LONGEST_COMMENT);
  while (at >= first && view.getUint32(at, true) !== END_RECORD) at--;
  if (at < first) throw corrupt(path, "its table of contents is missing");
  const [count, from] = [view.getUint16(at + 10, true), view.getUint32(at + 16, true)];
  if (count !== WIDE_COUNT && from !== WIDE) return { from, to: start + at, count };
  const locator = at - LOCATOR_BYTES;
  if (locator < 0 || view.getUint32(locator, true) !== END64_LOCATOR) return { from, to: start + at, count };
  const wide = wideAt(view, locator + 8, path) - start;
  if (wide < 0 || wide + END64_BYTES > locator || view.getUint32(wide, true) !== END64_RECORD)
    throw corrupt(path, "the end of its table of contents is missing");
  return { from: wideAt(view, wide + 48, path), to: start + wide, count: wideAt(view, wide + 32, path) };
}

/** The numbers of an entry that need 64 bits stand in a field of their own, in this order. */
function wideNumbers(view: DataView, from: number, to: number, numbers: readonly number[], path: string): number[] {
  let at = from;
  while (at + 4 <= to && view.getUint16(at, true) !== SIZES64) at += 4 + view.getUint16(at + 2, true);
  const end = at + 4 <= to ? Math.min(to, at + 4 + view.getUint16(at + 2, true)) : to;
  at += 4;
  return numbers.map((number) => {
    if (number !== WIDE) return number;
    if (at + 8 > end) throw corrupt(path, "its table of contents leaves out a length");
    at += 8;
    return wideAt(view, at - 8, path);
  });
}

function entryAt(view: DataView, at: number, path: string): { entry: ZipEntry; next: number } {
  const cutOff = (): DataError => corrupt(path, "its table of contents is cut off");
  if (at + 46 > view.byteLength || view.getUint32(at, true) !== DIRECTORY_ENTRY) throw cutOff();
  const extra = at + 46 + view.getUint16(at + 28, true);
  const comment = extra + view.getUint16(at + 30, true);
  const next = comment + view.getUint16(at + 32, true);
  if (next > view.byteLength) throw cutOff();
  const name = new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + at + 46, extra - at - 46));
  const narrow = [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)];
  const [size = 0, packed = 0, header = 0] = narrow.includes(WIDE)
    ? wideNumbers(view, extra, comment, narrow, path)
    : narrow;
  const encrypted = (view.getUint16(at + 8, true) & 1) === 1;
  const crc = view.getUint32(at + 16, true);
  return { entry: { name, method: view.getUint16(at + 10, true), encrypted, crc, packed, size, header }, next };
}

/** The entries of a table of contents. */
function entriesOf(bytes: Uint8Array, count: number, path: string): ZipEntry[] {
  const view = viewOf(bytes);
  const entries: ZipEntry[] = [];
  const names = new Set<string>();
  let at = 0;
  for (let index = 0; index < count; index++) {
    const { entry, next } = entryAt(view, at, path);
    if (names.has(entry.name)) throw corrupt(path, `it holds ${entry.name} twice`);
    names.add(entry.name);
    entries.push(entry);
    at = next;
  }
  // No checksum covers the number of files.
  if (at !== bytes.length) throw corrupt(path, "its table of contents does not end where it says");
  return entries;
}

/** The files of an archive in memory. DataError `data/corrupt-zip`. */
export function entriesIn(bytes: Uint8Array, path: string): ZipEntry[] {
  const { from, to, count } = boundsIn(bytes, 0, path);
  if (from > to) throw corrupt(path, "its table of contents is cut off");
  return entriesOf(bytes.subarray(from, to), count, path);
}

/** A table of contents, and its bytes up to the end of the file, by which a change of any file in it shows. */
export interface ZipDirectory {
  readonly entries: readonly ZipEntry[];
  readonly from: number;
  readonly bytes: Uint8Array;
}

/** The files of an archive of any length. The DataErrors of its reader, `data/corrupt-zip`. */
export async function readDirectory(files: FileReader, path: string): Promise<ZipDirectory> {
  const size = await files.sizeOf(path);
  const start = Math.max(0, size - LONGEST_COMMENT - END_BYTES - LOCATOR_BYTES - END64_BYTES);
  const { from, to, count } = boundsIn(await files.readPart(path, start, size), start, path);
  if (from > to || to - from > LONGEST_DIRECTORY) throw corrupt(path, "its table of contents is cut off");
  const bytes = await files.readPart(path, from, size);
  if (bytes.length < to - from) throw corrupt(path, "its table of contents is cut off");
  return { entries: entriesOf(bytes.subarray(0, to - from), count, path), from, bytes };
}

/** Where the bytes of a file begin, by what stands before them: `header` is bytes of the archive from there on. */
export function startOf(header: Uint8Array, entry: ZipEntry, path: string): number {
  const view = viewOf(header);
  if (header.length < LOCAL_BYTES || view.getUint32(0, true) !== LOCAL_HEADER)
    throw corrupt(path, `${entry.name} is not where the table of contents says`);
  return entry.header + LOCAL_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
}

/** Where the bytes of a file begin that is stored as it is. The DataErrors of `readDirectory`. */
export async function storedAt(files: FileReader, path: string, entry: ZipEntry): Promise<number> {
  const start = startOf(await files.readPart(path, entry.header, entry.header + LOCAL_BYTES), entry, path);
  if (entry.packed === entry.size) return start;
  throw corrupt(path, `${entry.name} has another length than announced`);
}
