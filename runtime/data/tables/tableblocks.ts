// Rows of a table in a cache: blocks of so many rows of one part of a shard, the columns one after the other. In: decoded columns, or
// the rows that are wanted of them. Out: blocks, or the values of these rows, bit for bit.

import type { Numbers } from "../../engine.ts";
import { memoryOf } from "../numbers.ts";
import type { RecordCache, Stamp } from "../recordcache.ts";

/** Rows of a block: enough for one call to the disk, few enough that the ends of shards waste little. */
export const BLOCK_ROWS = 64;

/** The numbers that a row has of each column, none of one that nothing reads, and whether these are classes. */
export interface BlockColumn {
  readonly width: number;
  readonly isClass: boolean;
}

const BYTES = 4;

export const blockBytes = (columns: readonly BlockColumn[]): number =>
  columns.reduce((sum, { width }) => sum + BYTES * BLOCK_ROWS * width, 0);

export const numbersFor = ({ width, isClass }: BlockColumn, rows: number): Numbers =>
  new (isClass ? Int32Array : Float32Array)(rows * width);

/** Rows `from` to `to` of a part whose first block is `first`; undefined where any of them is not there. */
export function readBlocks(
  cache: RecordCache,
  stamp: Stamp,
  columns: readonly BlockColumn[],
  first: number,
  [from, to]: readonly [from: number, to: number],
): readonly Numbers[] | undefined {
  const found = columns.map((column) => numbersFor(column, to - from));
  const block = new Uint8Array(blockBytes(columns));
  for (let start = from - (from % BLOCK_ROWS); start < to; start += BLOCK_ROWS) {
    if (!cache.read(first + start / BLOCK_ROWS, stamp, block)) return undefined;
    const [begin, end] = [Math.max(from, start), Math.min(to, start + BLOCK_ROWS)];
    let at = 0;
    for (const [i, { width }] of columns.entries()) {
      const row = BYTES * width;
      const rows = block.subarray(at + (begin - start) * row, at + (end - start) * row);
      memoryOf(found[i] ?? new Float32Array()).set(rows, (begin - from) * row);
      at += BLOCK_ROWS * row;
    }
  }
  return found;
}

/** All rows of a part. */
export function writeBlocks(
  cache: RecordCache,
  stamp: Stamp,
  columns: readonly BlockColumn[],
  first: number,
  values: readonly Numbers[],
  rows: number,
): void {
  const block = new Uint8Array(blockBytes(columns));
  for (let start = 0; start < rows; start += BLOCK_ROWS) {
    block.fill(0);
    let at = 0;
    for (const [i, { width }] of columns.entries()) {
      const own = values[i]?.subarray(start * width, (start + BLOCK_ROWS) * width);
      if (own) block.set(memoryOf(own), at);
      at += BYTES * BLOCK_ROWS * width;
    }
    cache.write(first + start / BLOCK_ROWS, stamp, block);
  }
}
