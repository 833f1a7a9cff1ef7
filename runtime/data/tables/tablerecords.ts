// Rows of a table that are read while a training goes on. In: which numbers each field has of a row, and how the cells write them.
// Out: the values of rows of a shard, the same numbers as those of a table in memory.

import type { Numbers } from "../../engine.ts";
import { type CellFormat, cellNumber, isAbsentWord } from "../../files/csvcells.ts";
import { FORM } from "../../files/csvscan.ts";
import type { FileReader } from "../../files/files.ts";
import type { Decoder, Wanted } from "../records.ts";
import { isPlain } from "./cells.ts";
import { csvRows } from "./csvshards.ts";
import { jsonRows } from "./jsonshards.ts";
import { parquetRows } from "./parquetshards.ts";
import { type ColumnRows, MOST_PLAIN, type RowSource } from "./rawtable.ts";
import { changed, type RowsOfShard, type ShardedFile, type TableShard } from "./shards.ts";
import { type BlockColumn, blockBytes, numbersFor, readBlocks, writeBlocks } from "./tableblocks.ts";

/** A number of a field. */
export interface CellPlan {
  /** The place of its column in a row. */
  readonly at: number;
  readonly format: CellFormat;
  /** The value of an empty cell. */
  readonly stand?: number;
}

export interface FieldPlan {
  readonly cells: readonly CellPlan[];
  /** Of classes: their names, sorted, and whether they are words or whole numbers. */
  readonly labels?: readonly string[];
}

/** Facts that a decoder of tables needs. */
export interface TableContext {
  readonly files: readonly ShardedFile[];
  /** Of each file, the places of the first file's columns in its rows. */
  readonly places: readonly (readonly number[])[];
  readonly fields: readonly FieldPlan[];
  /** Columns without whose cells a row is left out. */
  readonly needed: readonly CellPlan[];
}

/** Rows `from` to `to` among those of the shard that are held out, or among the others. */
export interface TableTask {
  readonly file: number;
  readonly shard: TableShard;
  /** Whether each row of the shard is held out; where all or none are, one value. */
  readonly heldout: Uint8Array | boolean;
  /** The first block that each part of the shard has in a cache. */
  readonly blocks: Readonly<Record<"train" | "heldout", number>>;
  readonly part: "train" | "heldout";
  readonly from: number;
  readonly to: number;
}

const openers = { csv: csvRows, jsonl: jsonRows, parquet: parquetRows } as const;

const openShards = (file: ShardedFile, files: FileReader): RowsOfShard => openers[file.kind](file, files);

/** The number of a cell; undefined where it is none of its kind, NaN where it is empty and nothing stands for it. */
type Reader = (row: RowSource, at: number) => number | undefined;

function readerOf({ format, stand = Number.NaN }: CellPlan, labels: readonly string[] | undefined): Reader {
  const place = new Map(labels?.map((label, i) => [label, i]));
  if (labels && format.kind === "word")
    return (row, at) => {
      const cell = row.text(at);
      return isAbsentWord(cell) ? stand : place.get(cell);
    };
  const isBare = isPlain(format);
  const number: Reader = (row, at) => {
    if (isBare && row.forms[at] !== FORM.text) return row.values[at];
    const value = cellNumber(row.text(at), format);
    return value !== undefined && Number.isNaN(value) ? stand : value;
  };
  return labels ? (row, at) => place.get(String(Math.fround(number(row, at) ?? Number.NaN))) : number;
}

/** Whether a cell holds nothing of what its column writes. */
const isEmpty = (cell: string, format: CellFormat): boolean =>
  format.kind === "word" ? isAbsentWord(cell) : Number.isNaN(cellNumber(cell, format));

/** The values of both parts of a shard, for each field in order, and how many rows each has. */
type Decoded = Readonly<Record<"train" | "heldout", { readonly values: readonly Numbers[]; readonly rows: number }>>;

interface Opened extends Pick<TableContext, "needed"> {
  readonly files: readonly OpenedFile[];
  readonly fields: readonly (readonly CellReader[])[];
}

interface OpenedFile {
  readonly path: string;
  readonly rows: RowsOfShard;
  /** The place of a column of the first file. */
  readonly placeOf: (at: number) => number;
}

interface CellReader {
  readonly at: number;
  readonly read: Reader;
  /** Whether a plain number is the value itself. */
  readonly isBare: boolean;
}

async function decode(
  { files, needed, fields }: Opened,
  task: TableTask,
  columns: readonly BlockColumn[],
): Promise<Decoded> {
  const { heldout, shard } = task;
  const file = files[task.file];
  if (!file) throw new Error(`the table has no file ${task.file}`);
  const { path, rows, placeOf } = file;
  const row = await rows(shard);
  if (row.byColumn && needed.length === 0) return decodeColumns(row, row.byColumn, file, { fields, columns, heldout });
  const flat = fields.map((cells) => ({ cells, train: [] as number[], heldout: [] as number[] }));
  const rowsOf = { train: 0, heldout: 0 };
  let count = 0;
  while (row.next()) {
    const part = (typeof heldout === "boolean" ? heldout : heldout[count] === 1) ? "heldout" : "train";
    count++;
    if (needed.some(({ at, format }) => isEmpty(row.text(placeOf(at)), format))) continue;
    rowsOf[part]++;
    for (const field of flat)
      for (const { at, read } of field.cells) {
        const place = placeOf(at);
        const value = read(row, place);
        if (value === undefined || Number.isNaN(value))
          throw changed(path, `a cell is ${JSON.stringify(row.text(place))}`);
        field[part].push(value);
      }
  }
  checkCount(count, heldout, path);
  const asNumbers = (part: "train" | "heldout"): Decoded["train"] => ({
    values: flat.map((field, i) => (columns[i]?.isClass ? Int32Array : Float32Array).from(field[part])),
    rows: rowsOf[part],
  });
  return { train: asNumbers("train"), heldout: asNumbers("heldout") };
}

/** DataError `data/changed` where a shard has another number of rows than it had. */
function checkCount(count: number, heldout: TableTask["heldout"], path: string): void {
  if (typeof heldout === "boolean" || count === heldout.length) return;
  throw changed(path, `a part of it had ${heldout.length} rows and has ${count}`);
}

interface ColumnTask extends Pick<Opened, "fields">, Pick<TableTask, "heldout"> {
  readonly columns: readonly BlockColumn[];
}

/** The same of rows whose values lie column by column, of which none is left out. */
function decodeColumns(
  row: RowSource,
  rows: ColumnRows,
  { path, placeOf }: OpenedFile,
  { fields, columns, heldout }: ColumnTask,
): Decoded {
  const { count } = rows;
  checkCount(count, heldout, path);
  const isHeld = typeof heldout === "boolean" ? new Uint8Array(count).fill(Number(heldout)) : heldout;
  // Of each row, its place in its part.
  const places = new Int32Array(count);
  const sizes: [number, number] = [0, 0];
  for (let i = 0; i < count; i++) places[i] = sizes[isHeld[i] === 1 ? 1 : 0]++;
  const [train, held] = sizes.map((size) => columns.map((column) => numbersFor(column, size))) as [
    Numbers[],
    Numbers[],
  ];
  for (const [f, cells] of fields.entries())
    for (const [k, { at, read, isBare }] of cells.entries()) {
      const place = placeOf(at);
      const own = rows.column(place);
      const [ofTrain, ofHeld] = [train[f]!, held[f]!];
      for (let i = 0; i < count; i++) {
        let value = own?.[i] as number | undefined;
        if (!isBare || typeof value !== "number" || !(value > -MOST_PLAIN && value < MOST_PLAIN)) {
          rows.seek(i, place);
          value = read(row, place);
          if (value === undefined || Number.isNaN(value))
            throw changed(path, `a cell is ${JSON.stringify(row.text(place))}`);
        }
        (isHeld[i] === 1 ? ofHeld : ofTrain)[places[i]! * cells.length + k] = value;
      }
    }
  return { train: { values: train, rows: sizes[0] }, heldout: { values: held, rows: sizes[1] } };
}

/** Opens the files; of fields that nothing reads, no cell is read. */
function openTable({ files: plain, places, needed, fields }: TableContext, files: FileReader, wanted: Wanted): Opened {
  return {
    files: plain.map((file, i) => {
      const own = places[i] ?? [];
      return { path: file.path, rows: openShards(file, files), placeOf: (at) => own[at] ?? at };
    }),
    needed,
    fields: fields.map(({ cells, labels }, i) =>
      (wanted?.[i] ?? true)
        ? cells.map((cell) => ({
            at: cell.at,
            read: readerOf(cell, labels),
            isBare: labels === undefined && isPlain(cell.format),
          }))
        : [],
    ),
  };
}

export const tableDecoder: Decoder = {
  name: "table",
  open(given, files, wanted, open) {
    const context = given as TableContext;
    const opened = openTable(context, files, wanted);
    const columns = opened.fields.map((cells, i): BlockColumn => {
      return { width: cells.length, isClass: context.fields[i]?.labels !== undefined };
    });
    const cache = open?.(blockBytes(columns));
    // The shard that was read last: its other rows are often wanted next.
    let last: { readonly key: string; readonly decoded: Decoded } | undefined;
    return async (asked) => {
      const task = asked as TableTask;
      const { part, blocks, from, to } = task;
      const key = `${task.file} ${task.shard.from}`;
      if (last?.key !== key) {
        const stamp = cache?.stampOf(context.files[task.file]?.path ?? "");
        const found = stamp && cache && readBlocks(cache, stamp, columns, blocks[part], [from, to]);
        if (found) return found;
        last = undefined;
        const decoded = await decode(opened, task, columns);
        last = { key, decoded };
        if (stamp && cache)
          for (const each of ["train", "heldout"] as const)
            writeBlocks(cache, stamp, columns, blocks[each], decoded[each].values, decoded[each].rows);
      }
      return last.decoded[part].values.map((values, i) => {
        const width = columns[i]?.width ?? 0;
        return values.slice(from * width, to * width);
      });
    };
  },
};
