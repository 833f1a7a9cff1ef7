// A Parquet file in shards: its groups of rows, each read from one stretch of the file.

import type { AsyncBuffer, FileMetaData } from "hyparquet";
import { FORM } from "../../files/csvscan.ts";
import { refuseWebPage } from "../../files/decode.ts";
import type { FileReader } from "../../files/files.ts";
import { boundsOf, checkPages } from "./parquetpages.ts";
import { cellOf, columnsOf, countOf, guarded, libraryOf, notParquet, readColumn } from "./parquettable.ts";
import { type ColumnRows, MOST_PLAIN, type RowSource, TextRows } from "./rawtable.ts";
import { type RowsOfShard, readUnchanged, type ShardedFile, type ShardedTable } from "./shards.ts";

/** DataErrors of `parquetTable`. */
export async function shardParquet(files: FileReader, path: string): Promise<ShardedTable> {
  const size = await files.sizeOf(path);
  refuseWebPage(await files.readPart(path, 0, 512), path, "a Parquet file");
  const metadata = await readMetadata(files, path, size);
  countOf(metadata, size, path);
  const { header, nested } = columnsOf(metadata, path);
  const file: ShardedFile = { kind: "parquet", path, size, header, separator: ",", named: true };
  let line = 1;
  const shards = metadata.row_groups.map((group, from) => {
    const shard = { from, to: from + 1, line };
    line += Number(group.num_rows);
    return shard;
  });
  return { path, header, counts: "row", nested, file, shards, rows: rowsBy(file, files, metadata) };
}

async function readMetadata(files: FileReader, path: string, size: number): Promise<FileMetaData> {
  const [start, end] = [await files.readPart(path, 0, 4), await files.readPart(path, Math.max(0, size - 4), size)];
  const isSigned = (bytes: Uint8Array) => String.fromCharCode(...bytes) === "PAR1";
  if (size < 12 || !isSigned(start) || !isSigned(end)) throw notParquet(path);
  const { parquetMetadataAsync } = await libraryOf(path);
  const buffer: AsyncBuffer = {
    byteLength: size,
    slice: async (from, to = size) => (await files.readPart(path, from, to)).slice().buffer,
  };
  return guarded(path, () => parquetMetadataAsync(buffer));
}

export function parquetRows(file: ShardedFile, files: FileReader): RowsOfShard {
  let rows: Promise<RowsOfShard> | undefined;
  return async (shard) => {
    rows ??= readMetadata(files, file.path, file.size).then((metadata) => rowsBy(file, files, metadata));
    return (await rows)(shard);
  };
}

/** The groups of a file: all flat columns of one are decoded from a single stretch of bytes. */
const rowsBy =
  (file: ShardedFile, files: FileReader, metadata: FileMetaData): RowsOfShard =>
  async ({ from: index, line }) => {
    const { path, header } = file;
    const group = metadata.row_groups[index];
    const { nested } = columnsOf(metadata, path);
    const flat = new Set(header.filter((name) => !nested.has(name)));
    const chunks = (group?.columns ?? []).flatMap((c) =>
      c.meta_data && flat.has(c.meta_data.path_in_schema[0] ?? "") ? [boundsOf(c.meta_data)] : [],
    );
    const first = Math.max(0, Math.min(...chunks.map(([from]) => from)));
    const last = Math.min(file.size, Math.max(...chunks.map(([, to]) => to)));
    if (!group || !(first < last)) return new TextRows([]);
    const bytes = (await readUnchanged(files, file, first, last)).slice().buffer;
    const library = await libraryOf(path);
    const { deserializeTCompactProtocol } = await import("hyparquet/src/thrift.js");
    await guarded(path, () =>
      checkPages(bytes, { row_groups: [group] }, flat, deserializeTCompactProtocol, path, first),
    );
    const buffer: AsyncBuffer = {
      byteLength: file.size,
      slice: (from, to = file.size) => bytes.slice(from - first, to - first),
    };
    const count = Number(group.num_rows);
    const values: (ArrayLike<unknown> | undefined)[] = [];
    for (const name of header)
      values.push(
        flat.has(name)
          ? await readColumn(library, buffer, metadata, name, [line - 1, line - 1 + count], path)
          : undefined,
      );
    return new ValueRows(values, count, line);
  };

/** Rows of values that are there already: numbers are not written as text to be read again. */
class ValueRows implements RowSource, ColumnRows {
  line: number;
  readonly width: number;
  readonly values: Float64Array;
  readonly forms: Uint8Array;
  readonly count: number;
  readonly #columns: readonly (ArrayLike<unknown> | undefined)[];
  #row = -1;

  constructor(columns: readonly (ArrayLike<unknown> | undefined)[], count: number, line: number) {
    this.#columns = columns;
    this.count = count;
    this.line = line - 1;
    this.width = columns.length;
    this.values = new Float64Array(columns.length);
    this.forms = new Uint8Array(columns.length);
  }

  next(): boolean {
    if (++this.#row >= this.count) return false;
    this.line++;
    for (let at = 0; at < this.width; at++) this.#look(at);
    return true;
  }

  #look(at: number): void {
    const value = this.#columns[at]?.[this.#row];
    const number = typeof value === "bigint" ? Number(value) : value;
    const isPlain = typeof number === "number" && Math.abs(number) < MOST_PLAIN;
    this.forms[at] = isPlain ? formOf(number) : FORM.text;
    if (isPlain) this.values[at] = number;
  }

  get byColumn(): ColumnRows {
    return this;
  }

  column(at: number): ArrayLike<unknown> | undefined {
    return this.#columns[at];
  }

  seek(row: number, at: number): void {
    this.line += row - this.#row;
    this.#row = row;
    this.#look(at);
  }

  text(cell: number): string {
    const column = this.#columns[cell];
    return column ? cellOf(column[this.#row]) : "";
  }
}

/** The form in which a number is written: with three decimals behind few digits, its point could set thousands apart. */
function formOf(value: number): number {
  if (Number.isInteger(value)) return FORM.whole;
  const size = Math.abs(value);
  const hasThree = Math.round(size * 1000) / 1000 === size && Math.round(size * 100) / 100 !== size;
  return hasThree && size >= 1 && size < 1000 ? FORM.open : FORM.decimal;
}
