// In: the bytes of a Parquet file. Out: a table with its flat columns.
// Invariant: the decoder is loaded with the first such file; whatever it meets in a damaged one is one DataError, and no more
// memory is asked for than the file can fill.

import type { AsyncBuffer, FileMetaData } from "hyparquet";
import { DataError } from "../../files/dataerror.ts";
import { gunzip } from "../../files/gzip.ts";
import { checkPages } from "./parquetpages.ts";
import type { RawRow, RawTable } from "./rawtable.ts";

type Library = typeof import("hyparquet");

/** How many times larger than its file a table may be: dictionaries of one value and runs take few bytes for many rows. */
const MOST_TIMES = 2 ** 12;
/** Rows and columns that any file may have. */
const FEW_CELLS = 2 ** 24;

/** DataErrors `data/parquet`, `data/too-large`, `data/csv-no-rows`. */
export async function parquetTable(bytes: Uint8Array, path: string): Promise<RawTable> {
  const sign = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 12 || sign(0) !== "PAR1" || sign(bytes.length - 4) !== "PAR1") throw notParquet(path);
  const library = await libraryOf(path);
  const file = bytes.slice().buffer;
  const metadata = await guarded(path, () => library.parquetMetadata(file));
  const count = countOf(metadata, bytes.length, path);
  const { header, nested } = columnsOf(metadata, path);
  const flat = header.filter((name) => !nested.has(name));
  const { deserializeTCompactProtocol } = await import("hyparquet/src/thrift.js");
  await guarded(path, () => checkPages(file, metadata, new Set(flat), deserializeTCompactProtocol, path));
  const columns = new Map<string, ArrayLike<unknown>>();
  for (const name of flat) columns.set(name, await readColumn(library, file, metadata, name, [0, count], path));
  const read = header.map((name) => columns.get(name));
  return {
    path,
    header,
    counts: "row",
    nested,
    *rows(): Generator<RawRow> {
      for (let row = 0; row < count; row++)
        yield { line: row + 1, cells: read.map((values) => (values ? cellOf(values[row]) : "")) };
    },
  };
}

export const notParquet = (path: string): DataError =>
  new DataError(
    "data/parquet",
    `${path} is no Parquet file, or not a whole one`,
    "such a file begins and ends with PAR1",
  );

export async function libraryOf(path: string): Promise<Library> {
  try {
    return await import("hyparquet");
  } catch {
    const message = `${path} needs the package hyparquet, which is not installed`;
    throw new DataError("data/parquet", message, "npm install hyparquet");
  }
}

/** An error of the decoder is reported as one of the file, which is damaged. */
export async function guarded<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DataError) throw error;
    const said = error instanceof Error ? error.message : "";
    const codec = /compression codec: ([A-Z][A-Z0-9_]*)$/.exec(said)?.[1];
    if (codec)
      throw new DataError(
        "data/parquet",
        `${path} is compressed with ${codec}, which is not read`,
        'write it with compression="snappy" or "gzip"',
      );
    throw new DataError(
      "data/parquet",
      `${path} is damaged: its columns cannot be decoded`,
      "write or download the file again",
    );
  }
}

export function countOf({ num_rows, row_groups, schema }: FileMetaData, size: number, path: string): number {
  const count = Number(num_rows);
  const inGroups = row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
  if (!Number.isSafeInteger(count) || count < 0 || inGroups !== count)
    throw new DataError(
      "data/parquet",
      `${path} is damaged: its numbers of rows differ`,
      "write or download the file again",
    );
  if (count === 0) throw new DataError("data/csv-no-rows", `${path} has no rows`);
  const cells = count * schema.length;
  const claimed = row_groups.flatMap((group) =>
    group.columns.map((c) => Number(c.meta_data?.total_uncompressed_size ?? 0)),
  );
  const isTooMuch = (n: number) => n > FEW_CELLS && n > MOST_TIMES * size;
  if (!isTooMuch(cells) && !claimed.some(isTooMuch)) return count;
  throw new DataError(
    "data/too-large",
    `${path} says it has ${count} rows, more than a file of ${size} bytes can hold`,
  );
}

/** The names of the columns, and which hold lists or objects. DataError `data/parquet` where one has no name. */
export function columnsOf({ schema }: FileMetaData, path: string): { header: string[]; nested: Map<string, string> } {
  const header: string[] = [];
  const nested = new Map<string, string>();
  // The tree is written depth first: a column is passed over with all that lies below it.
  for (let at = 1; at < schema.length; ) {
    const { name, num_children = 0, repetition_type } = schema[at]!;
    // The decoder takes what a damaged file has in the place of a name as it is.
    if (typeof name !== "string")
      throw new DataError(
        "data/parquet",
        `${path} is damaged: a column has no name`,
        "write or download the file again",
      );
    header.push(name);
    if (num_children > 0 || repetition_type === "REPEATED")
      nested.set(name, num_children > 0 ? "lists or objects" : "lists");
    for (let open = 1; open > 0 && at < schema.length; at++) open += (schema[at]!.num_children ?? 0) - 1;
  }
  return { header, nested };
}

/** The values of a column in rows `from` to `to`. */
export async function readColumn(
  { parquetRead }: Library,
  file: AsyncBuffer | ArrayBuffer,
  metadata: FileMetaData,
  name: string,
  [from, to]: readonly [from: number, to: number],
  path: string,
): Promise<ArrayLike<unknown>> {
  const count = to - from;
  let whole: ArrayLike<unknown> | undefined;
  let values: unknown[] | undefined;
  const compressors = { GZIP: (input: Uint8Array, length: number) => gunzip(input, path, length) };
  await guarded(path, () =>
    parquetRead({
      file,
      metadata,
      columns: [name],
      rowStart: from,
      rowEnd: to,
      compressors,
      onChunk({ columnData, rowStart }) {
        if (rowStart === from && columnData.length === count) {
          whole = columnData;
          return;
        }
        values ??= new Array(count).fill(null);
        for (let i = 0; i < columnData.length; i++) {
          const at = rowStart + i - from;
          if (at >= 0 && at < count) values[at] = columnData[i];
        }
      },
    }),
  );
  return whole ?? values ?? new Array(count).fill(null);
}

/** Numbers and dates as they are written in tables. */
export function cellOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Date) return Number.isFinite(value.getTime()) ? value.toISOString() : "";
  return typeof value === "object" ? (JSON.stringify(value) ?? "") : String(value).trim();
}
