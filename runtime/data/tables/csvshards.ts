// A CSV file in shards: a first pass over its bytes finds rows to begin them at.

import { RowEnds } from "../../files/csvends.ts";
import { BodyScanner, guessSeparator, readHeader } from "../../files/csvrows.ts";
import { refuseJson, refuseOtherText } from "../../files/decode.ts";
import type { FileReader } from "../../files/files.ts";
import {
  LineShards,
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
  refuseOtherText(start, path, "a CSV file");
  refuseJson(start, path);
  // Half of a row, or of a character, says nothing.
  const head = start.length < size ? start.subarray(0, start.lastIndexOf(LF) + 1) : start;
  const separator = asked ?? guessSeparator(head, path);
  const header = readHeader(head, path, separator, named);
  const file: ShardedFile = { kind: "csv", path, size, header, separator, named };
  const shards = await findShards(files, file, markLength(head));
  return { path, header, counts: "line", file, shards, rows: csvRows(file, files) };
}

async function findShards(files: FileReader, file: ShardedFile, start: number): Promise<readonly TableShard[]> {
  const { path, size } = file;
  const ends = new RowEnds(file.separator);
  const found = new LineShards(start);
  let isHeader = file.named;
  for await (const { bytes, at: first } of partsOf(files, path, start, size)) {
    for (let from = 0; from < bytes.length; ) {
      const { at, isEnd } = ends.next(bytes, from);
      from = at;
      if (isEnd) break;
      if (isHeader) {
        // Blank lines before the names are passed over with them.
        isHeader = decoder.decode(bytes.subarray(found.begin - first, at)).trim() === "";
        found.skip(first + at, 1 + ends.lines);
        continue;
      }
      // The second half of a line end may follow in the next part.
      if (at < bytes.length) found.endRow(first + at, 1 + ends.lines);
    }
  }
  return isHeader ? [] : found.end(size);
}

export const csvRows =
  (file: ShardedFile, files: FileReader): RowsOfShard =>
  async ({ from, to, line }) => {
    const bytes = await readUnchanged(files, file, from, to);
    const { path, separator, named, header } = file;
    return new BodyScanner(bytes, path, separator, named, undefined, { from, line, width: header.length });
  };
