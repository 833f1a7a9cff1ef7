// Tables in shards, parts of a file that hold whole rows and are read by themselves. What kind of file it is stands in plain data, so
// that a worker opens it again. Invariant: all shards together are the rows of the table, in their order.

import { DataError } from "../../files/dataerror.ts";
import type { FileReader } from "../../files/files.ts";
import type { RawTable, RowSource } from "./rawtable.ts";

export interface TableShard {
  /** The bytes that it is, or the groups of rows. */
  readonly from: number;
  readonly to: number;
  /** The place of its first row in the file. */
  readonly line: number;
}

/** A file as plain data: `kind` says which reader opens it. */
export interface ShardedFile {
  readonly kind: "csv" | "jsonl" | "parquet";
  readonly path: string;
  /** Bytes of the file when it was first looked at. */
  readonly size: number;
  readonly header: readonly string[];
  /** Of CSV: what separates cells, and whether the first line holds names. */
  readonly separator: string;
  readonly named: boolean;
}

export type RowsOfShard = (shard: TableShard) => Promise<RowSource>;

type RawFacts = Pick<RawTable, "path" | "header" | "counts" | "nested">;

export interface ShardedTable extends RawFacts {
  readonly file: ShardedFile;
  readonly shards: readonly TableShard[];
  readonly rows: RowsOfShard;
}

/** The files of one table: the second holds the rows that are held out. */
export type ShardedFiles = readonly [ShardedTable, ShardedTable?];

/** Bytes of a shard of a file of lines, about. */
export const SHARD_BYTES = 2 ** 20;

/** Shards of a file of lines, of about `SHARD_BYTES` each. */
export class LineShards {
  private readonly shards: TableShard[] = [];
  private from: number;
  private line = 1;

  /** `from`: where the first line begins. */
  constructor(from: number) {
    this.from = from;
  }

  /** Where the next shard begins. */
  get begin(): number {
    return this.from;
  }

  /** Leaves out what is before a place, which is the beginning of a line. */
  skip(to: number, line: number): void {
    [this.from, this.line] = [to, line];
  }

  /** A row ends at a place, and the next begins there on a line. */
  endRow(to: number, line: number): void {
    if (to - this.from < SHARD_BYTES) return;
    this.shards.push({ from: this.from, to, line: this.line });
    this.skip(to, line);
  }

  /** All of them, where the file ends at a place. */
  end(to: number): readonly TableShard[] {
    return this.from < to ? [...this.shards, { from: this.from, to, line: this.line }] : this.shards;
  }
}

/** Bytes of a file that was so long when it was first looked at. DataError `data/changed`. */
export async function readUnchanged(
  files: FileReader,
  { path, size }: Pick<ShardedFile, "path" | "size">,
  from: number,
  to: number,
): Promise<Uint8Array> {
  const bytes = await files.readPart(path, from, to);
  const now = await files.sizeOf(path);
  if (bytes.length === to - from && now === size) return bytes;
  throw changed(path, `it had ${size} bytes and has ${now}`);
}

export const changed = (path: string, how: string): DataError =>
  new DataError(
    "data/changed",
    `${path} has changed since it was first read: ${how}`,
    "put it back as it was, or begin again with the file as it is",
  );

/** The bytes of a file in parts, one after the other. */
export async function* partsOf(files: FileReader, path: string, from: number, size: number) {
  for (let at = from; at < size; at += SHARD_BYTES)
    yield { bytes: await files.readPart(path, at, Math.min(size, at + SHARD_BYTES)), at };
}

/** The length of a byte order mark at the beginning of a file. */
export const markLength = (head: Uint8Array): number =>
  head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
