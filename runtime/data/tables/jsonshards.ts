// A file of JSON lines in shards: a first pass over its lines finds the names of all columns, and where shards begin.

import { DataError } from "../../files/dataerror.ts";
import { refuseOtherText } from "../../files/decode.ts";
import type { FileReader } from "../../files/files.ts";
import { cellOf, isList, objectsIn } from "./jsontable.ts";
import { type RawRow, TextRows } from "./rawtable.ts";
import type { RowsOfShard, ShardedFile, ShardedTable, TableShard } from "./shards.ts";
import { LineShards, partsOf, readUnchanged, SHARD_BYTES } from "./shards.ts";

const LF = 10;

/** DataErrors `data/jsonl`, `data/csv-no-rows`, `data/streamed` for one list of objects, and those of text. */
export async function shardJson(files: FileReader, path: string): Promise<ShardedTable> {
  const size = await files.sizeOf(path);
  const head = await files.readPart(path, 0, SHARD_BYTES);
  refuseOtherText(head, path, "a file of JSON lines");
  if (isList(head))
    throw new DataError(
      "data/streamed",
      `${path} is one list of objects, which can only be read at once, and the data is streamed`,
      "write an object on each line, or stream=false",
    );
  const names = new Set<string>();
  const nested = new Map<string, string>();
  const shards = await findShards(files, path, size);
  const unread = { kind: "jsonl", path, size, header: [], separator: "", named: true } as const;
  for (const { from, to, line } of shards)
    for (const { value } of objectsIn(await readUnchanged(files, unread, from, to), path, { from, line }))
      for (const [name, item] of Object.entries(value)) {
        names.add(name);
        if (typeof item === "object" && item !== null) nested.set(name, Array.isArray(item) ? "lists" : "objects");
      }
  if (names.size === 0) throw new DataError("data/csv-no-rows", `${path} has no rows`);
  const file: ShardedFile = { ...unread, header: [...names] };
  return { path, header: file.header, counts: "line", nested, file, shards, rows: jsonRows(file, files) };
}

async function findShards(files: FileReader, path: string, size: number): Promise<readonly TableShard[]> {
  const found = new LineShards(0);
  let lines = 0;
  for await (const { bytes, at: first } of partsOf(files, path, 0, size))
    for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) found.endRow(first + at + 1, ++lines + 1);
  return found.end(size);
}

export const jsonRows =
  (file: ShardedFile, files: FileReader): RowsOfShard =>
  async ({ from, to, line }) =>
    new TextRows(rowsIn(await readUnchanged(files, file, from, to), file, from, line));

function* rowsIn(bytes: Uint8Array, { path, header }: ShardedFile, from: number, first: number): Generator<RawRow> {
  for (const { value, line } of objectsIn(bytes, path, { from, line: first }))
    yield { line, cells: header.map((name) => (Object.hasOwn(value, name) ? cellOf(value[name]) : "")) };
}
