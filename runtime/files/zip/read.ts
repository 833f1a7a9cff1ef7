// In: the bytes of a zip file. Out: the files in it, each checked against its length and CRC.
// Invariant: refused before inflating when the files together claim more than the limit. Format: PKWARE APPNOTE 6.3.

import { Inflate } from "fflate";
import { crc32 } from "../crc32.ts";
import { DataError } from "../dataerror.ts";
import { corrupt, entriesIn, STORED, startOf, type ZipEntry } from "./directory.ts";

/** Most bytes that all files of an archive may have together. */
export const ZIP_LIMIT = 2 ** 30;

const DEFLATED = 8;

/** Compressed bytes a push, and the most bytes that one of them can stand for. */
const PUSH = 2 ** 14;
const EXPANDS = 1032;

/** Exactly as many bytes as the entry announces: what would give more is not unpacked any further. */
function inflateEntry(packed: Uint8Array, entry: ZipEntry, path: string): Uint8Array {
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

function extract(bytes: Uint8Array, entry: ZipEntry, path: string): Uint8Array {
  if (entry.encrypted) throw new DataError("data/corrupt-zip", `${path}: ${entry.name} is protected by a password`);
  const start = startOf(bytes.subarray(entry.header), entry, path);
  if (start + entry.packed > bytes.length) throw corrupt(path, `${entry.name} is cut off`);
  const contents = inflateEntry(bytes.subarray(start, start + entry.packed), entry, path);
  if (contents.length !== entry.size) throw corrupt(path, `${entry.name} has another length than announced`);
  if (crc32(contents) !== entry.crc) throw corrupt(path, `the checksum of ${entry.name} does not agree`);
  return contents;
}

/** Files by name, in the order of the table of contents. DataError `data/corrupt-zip` or `data/too-large`. */
export function readZip(bytes: Uint8Array, path: string, limit = ZIP_LIMIT): Map<string, Uint8Array> {
  const entries = entriesIn(bytes, path);
  const total = entries.reduce((sum, entry) => sum + entry.size, 0);
  if (total > limit) {
    throw new DataError("data/too-large", `${path} unpacks to ${total} bytes, more than the ${limit} that are read`);
  }
  return new Map(entries.map((entry) => [entry.name, extract(bytes, entry, path)]));
}
