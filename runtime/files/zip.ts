// In: the bytes of a zip file. Out: the files in it, each checked against its length and CRC.
// Invariant: refused before inflating when the files together claim more than the limit. Format: PKWARE APPNOTE 6.3.

import { Inflate } from "fflate";
import { crc32 } from "./crc32.ts";
import { DataError } from "./dataerror.ts";

/** Most bytes that all files of an archive may have together. */
const ZIP_LIMIT = 2 ** 30;

const END_RECORD = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly encrypted: boolean;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly header: number;
}

function corrupt(path: string, reason: string): DataError {
  return new DataError("data/corrupt-zip", `${path} is damaged or incomplete: ${reason}`, "copy the file again");
}

/** Where the end-of-directory record starts: it is followed by a comment of at most 65,535 bytes. */
function endRecord(view: DataView, path: string): number {
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 22 - 65535); at--) {
    if (view.getUint32(at, true) === END_RECORD) return at;
  }
  throw corrupt(path, "its table of contents is missing");
}

function readEntry(view: DataView, at: number, path: string): { entry: Entry; next: number } {
  if (at + 46 > view.byteLength || view.getUint32(at, true) !== DIRECTORY_ENTRY) {
    throw corrupt(path, "its table of contents is cut off");
  }
  const nameLength = view.getUint16(at + 28, true);
  const next = at + 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  if (next > view.byteLength) throw corrupt(path, "its table of contents is cut off");
  const name = new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + at + 46, nameLength));
  const entry = {
    name,
    method: view.getUint16(at + 10, true),
    encrypted: (view.getUint16(at + 8, true) & 1) === 1,
    crc: view.getUint32(at + 16, true),
    packed: view.getUint32(at + 20, true),
    size: view.getUint32(at + 24, true),
    header: view.getUint32(at + 42, true),
  };
  return { entry, next };
}

function readDirectory(view: DataView, path: string): Entry[] {
  const end = endRecord(view, path);
  const count = view.getUint16(end + 10, true);
  const entries: Entry[] = [];
  const names = new Set<string>();
  let at = view.getUint32(end + 16, true);
  if (count === 0xffff || at === 0xffffffff) {
    throw new DataError(
      "data/too-large",
      `${path} is a zip64 archive of more than 4 GiB`,
      "save fewer arrays per file",
    );
  }
  for (let index = 0; index < count; index++) {
    const { entry, next } = readEntry(view, at, path);
    if (names.has(entry.name)) throw corrupt(path, `it holds ${entry.name} twice`);
    names.add(entry.name);
    entries.push(entry);
    at = next;
  }
  // No checksum covers the number of files.
  if (at !== end) throw corrupt(path, "its table of contents does not end where it says");
  return entries;
}

/** Compressed bytes a push, and the most bytes that one of them can stand for. */
const PUSH = 2 ** 14;
const EXPANDS = 1032;

/** Exactly as many bytes as the entry announces: what would give more is not unpacked any further. */
function inflateEntry(packed: Uint8Array, entry: Entry, path: string): Uint8Array {
  const other = corrupt(path, `${entry.name} has another length than announced`);
  if (entry.method === STORED) return packed;
  if (entry.method !== DEFLATED) {
    throw new DataError(
      "data/corrupt-zip",
      `${path}: ${entry.name} is packed with method ${entry.method}; 0 and 8 are read`,
    );
  }
  if (packed.length * EXPANDS < entry.size) throw other;
  const contents = new Uint8Array(entry.size);
  let length = 0;
  const stream = new Inflate((part) => {
    if (length + part.length > contents.length) throw other;
    contents.set(part, length);
    length += part.length;
  });
  try {
    for (let at = 0; at < packed.length; at += PUSH)
      stream.push(packed.slice(at, at + PUSH), at + PUSH >= packed.length);
  } catch (error) {
    throw error instanceof DataError ? error : corrupt(path, `${entry.name} does not unpack (${error})`);
  }
  return contents.subarray(0, length);
}

function extract(bytes: Uint8Array, view: DataView, entry: Entry, path: string): Uint8Array {
  const at = entry.header;
  if (entry.encrypted) throw new DataError("data/corrupt-zip", `${path}: ${entry.name} is protected by a password`);
  if (at + 30 > bytes.length || view.getUint32(at, true) !== LOCAL_HEADER) {
    throw corrupt(path, `${entry.name} is not where the table of contents says`);
  }
  const start = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
  if (start + entry.packed > bytes.length) throw corrupt(path, `${entry.name} is cut off`);
  const contents = inflateEntry(bytes.subarray(start, start + entry.packed), entry, path);
  if (contents.length !== entry.size) throw corrupt(path, `${entry.name} has another length than announced`);
  if (crc32(contents) !== entry.crc) throw corrupt(path, `the checksum of ${entry.name} does not agree`);
  return contents;
}

/** Files by name, in the order of the table of contents. DataError `data/corrupt-zip` or `data/too-large`. */
export function readZip(bytes: Uint8Array, path: string, limit = ZIP_LIMIT): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const entries = readDirectory(view, path);
  const total = entries.reduce((sum, entry) => sum + entry.size, 0);
  if (total > limit) {
    throw new DataError("data/too-large", `${path} unpacks to ${total} bytes, more than the ${limit} that are read`);
  }
  return new Map(entries.map((entry) => [entry.name, extract(bytes, view, entry, path)]));
}
