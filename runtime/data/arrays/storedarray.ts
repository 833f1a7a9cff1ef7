// In: an archive of arrays that are stored as they are, row by row, and numbers of rows. Out: these rows, read where they lie.
// Invariant: a file that is not what it was when it was first looked at is one DataError `data/changed`.

import { crc32 } from "../../files/crc32.ts";
import type { FileReader } from "../../files/files.ts";
import { type NpyArray, type NpyHead, readNpyRows } from "../../files/npy.ts";
import { changed } from "../tables/shards.ts";
import { joined } from "./layout.ts";

/** An array of an archive: plain data. */
export interface StoredArray {
  /** The archive and the array, for messages. */
  readonly where: string;
  readonly head: NpyHead;
  /** Where its first row lies in the file. */
  readonly from: number;
  readonly count: number;
}

/** The arrays of which the rows of one are those of the next one's front, and their file: plain data. */
export interface StoredFile {
  readonly path: string;
  /** The end of the file, from its table of contents on, in which there is a check sum of each array. */
  readonly end: { readonly from: number; readonly length: number; readonly crc: number };
}

export const rowBytesOf = ({ head, count }: StoredArray): number => head.bytes / Math.max(1, count);

/** Rows `first` to `first + count` of one array. DataError `data/changed`. */
export async function readStretch(
  files: FileReader,
  { path }: StoredFile,
  array: StoredArray,
  first: number,
  count: number,
): Promise<Uint8Array> {
  const width = rowBytesOf(array);
  const from = array.from + first * width;
  const bytes = await files.readPart(path, from, from + count * width);
  if (bytes.length === count * width) return bytes;
  throw changed(path, "it is shorter");
}

/** DataError `data/changed` where the end of the file is not what it was. */
export async function checkEnd(files: FileReader, { path, end }: StoredFile): Promise<void> {
  const bytes = await files.readPart(path, end.from, end.from + end.length + 1);
  if (bytes.length !== end.length) throw changed(path, "it has another length");
  if (crc32(bytes) !== end.crc) throw changed(path, "other arrays are in it");
}

/** Rows of arrays that follow each other, by their numbers among those of all, in the order that is asked for. */
export async function readRows(
  files: FileReader,
  file: StoredFile,
  members: readonly StoredArray[],
  rows: ArrayLike<number>,
): Promise<NpyArray> {
  let found: NpyArray | undefined;
  for (let at = 0; at < rows.length; ) {
    const { array, first } = memberOf(members, rows[at] ?? 0);
    let to = at + 1;
    while (to < rows.length && memberOf(members, rows[to] ?? 0).array === array) to++;
    const own = Array.from({ length: to - at }, (_, i) => (rows[at + i] ?? 0) - first);
    const part = await rowsOfOne(files, file, array, own);
    found = found ? joined(found, part) : part;
    at = to;
  }
  if (!found) throw new Error("no row is asked for");
  return found;
}

function memberOf(members: readonly StoredArray[], row: number): { array: StoredArray; first: number } {
  let first = 0;
  for (const array of members) {
    if (row < first + array.count) return { array, first };
    first += array.count;
  }
  throw new Error(`there is no row ${row}`);
}

/** Rows that lie one behind the other are read at once. */
async function rowsOfOne(
  files: FileReader,
  file: StoredFile,
  array: StoredArray,
  rows: readonly number[],
): Promise<NpyArray> {
  const width = rowBytesOf(array);
  const bytes = new Uint8Array(rows.length * width);
  for (let at = 0; at < rows.length; ) {
    const first = rows[at] ?? 0;
    let count = 1;
    while (rows[at + count] === first + count) count++;
    bytes.set(await readStretch(files, file, array, first, count), at * width);
    at += count;
  }
  return readNpyRows(array.head, bytes, rows.length, array.where);
}
