// A CSV file in shards: a first pass over its bytes finds rows to begin them at.

import { RowEnds } from "../../files/csvends.ts";
import { BodyScanner, guessSeparator, readHeader } from "../../files/csvrows.ts";
import { refuseJson, refuseWebPage } from "../../files/decode.ts";
import type { FileReader } from "../../files/files.ts";
import {
  markLength,
  partsOf,
  type RowsOfShard,
  readUnchanged,
  SHARD_BYTES,
  type ShardedFile,
  type ShardedTable,
  type TableShard,
} from "./shards.ts";

const LF = 10;
const decoder = new TextDecoder();

/** `separator`: undefined to guess it. DataErrors of `readHeader`. */
export async function shardCsv(
  files: FileReader,
  path: string,
  asked: string | undefined,
  named: boolean,
): Promise<ShardedTable> {
  const size = await files.sizeOf(path);
  const start = await files.readPart(path, 0, 2 * SHARD_BYTES);
  refuseWebPage(start, path, "a CSV file");
  refuseJson(start, path);
  // Half of a row, or of a character, says nothing.
  const head = start.length < size ? start.subarray(0, start.lastIndexOf(LF) + 1) : start;
  const separator = asked ?? guessSeparator(head, path);
  const header = readHeader(head, path, separator, named);
  const file: ShardedFile = { kind: "csv", path, size, header, separator, named };
  const shards = await findShards(files, file, markLength(head));
  return { path, header, counts: "line", file, shards, rows: csvRows(file, files) };
}

async function findShards(
  files: FileReader,
  { path, size, separator, named }: ShardedFile,
  start: number,
): Promise<TableShard[]> {
  const ends = new RowEnds(separator);
  const shards: TableShard[] = [];
  let isHeader = named;
  let begin = { at: start, line: 1 };
  for await (const { bytes, at: first } of partsOf(files, path, start, size)) {
    for (let from = 0; from < bytes.length; ) {
      const { at, isEnd } = ends.next(bytes, from);
      from = at;
      if (isEnd) break;
      // Blank lines before the names are passed over with them.
      const isBlank = isHeader && decoder.decode(bytes.subarray(begin.at - first, at)).trim() === "";
      // The second half of a line end may follow in the next part.
      if (!isHeader && (first + at - begin.at < SHARD_BYTES || at === bytes.length)) continue;
      if (!isHeader) shards.push({ from: begin.at, to: first + at, line: begin.line });
      begin = { at: first + at, line: 1 + ends.lines };
      if (!isBlank) isHeader = false;
    }
  }
  if (begin.at < size && !isHeader) shards.push({ from: begin.at, to: size, line: begin.line });
  return shards;
}

export const csvRows =
  (file: ShardedFile, files: FileReader): RowsOfShard =>
  async ({ from, to, line }) => {
    const bytes = await readUnchanged(files, file, from, to);
    const { path, separator, named, header } = file;
    return new BodyScanner(bytes, path, separator, named, undefined, { from, line, width: header.length });
  };
