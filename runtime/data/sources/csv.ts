// In: a CSV file with a header. Out: one field per column, all numeric ones together as `x`, and the label.
// Invariant: rows are shuffled by the seed before the split, and what fills missing cells comes from training rows only.

import { type Decimal, formatText, isDate } from "../../files/csvcells.ts";
import { SEPARATORS } from "../../files/csvrows.ts";
import { DataError } from "../../files/dataerror.ts";
import { refuseJson, refuseWebPage } from "../../files/decode.ts";
import { didYouMean } from "../../files/nearest.ts";
import type { Column, DataRemark, Dataset } from "../dataset.ts";
import { clashesOf, clashRemark, fieldNames } from "../fieldname.ts";
import { Random } from "../random.ts";
import type { Source } from "../source.ts";
import { cutAt, splitRows } from "../split.ts";
import { isMissing, leftOutText, readTable, substitute, type Table, type TableColumn } from "./csvcolumns.ts";

const OFFER = 'missing="drop" leaves such rows out, missing="mean" fills them in';

/** Index of the label column, or -1 for none (label=""). DataError `data/csv-no-label`. */
function labelIndex(header: readonly string[], label: string, path: string): number {
  const index = header.indexOf(label);
  if (index < 0 && label === LAST) return header.includes("label") ? header.indexOf("label") : header.length - 1;
  if (index >= 0 || label === "") return index;
  const hint = didYouMean(label, header) ?? `its columns are ${header.join(", ")}; label="" is for a table without one`;
  throw new DataError("data/csv-no-label", `${path} has no column ${JSON.stringify(label)} for the label`, hint);
}

/** Stands for the column that a table is usually about. */
const LAST = "last";

/** Rows to keep, in file order. DataError `data/csv-missing` names the line and the column. */
function keptRows({ columns, lines }: Table, label: number, missing: string, path: string) {
  const kept: number[] = [];
  const target = columns[label];
  for (const [row, line] of lines.entries()) {
    const hole = columns.find((column) => isMissing(column, row));
    const labelHole = target && isMissing(target, row) ? target : undefined;
    if (!hole || (missing === "mean" && !labelHole)) kept.push(row);
    else if (missing !== "drop") {
      const column = (labelHole ?? hole).written;
      const message = `${path}, line ${line}: column ${JSON.stringify(column)} has no value`;
      throw new DataError("data/csv-missing", message, labelHole ? 'missing="drop" leaves such rows out' : OFFER);
    }
  }
  if (kept.length === 0) throw new DataError("data/csv-no-rows", `${path}: every row has an empty cell`, OFFER);
  return Int32Array.from(kept);
}

/** A field of one column, in the order of `order`; empty cells get what the training rows have in their place. */
function scalarColumn(name: string, column: TableColumn, order: Int32Array, cut: number, fills: boolean): Column {
  const { written, format, labels } = column;
  const stand = fills ? substitute(column, order.subarray(0, cut)) : undefined;
  const facts = { written, name, format, ...(stand === undefined ? {} : { stand }) };
  const values = labels ? new Int32Array(order.length) : new Float32Array(order.length);
  const own = column.values;
  for (const [at, row] of order.entries())
    values[at] = stand !== undefined && isMissing(column, row) ? stand : own[row]!;
  return { name, shape: [], ...(labels ? { classes: labels.length, labels } : {}), values, columns: [facts] };
}

/** All numeric columns but the label, side by side, in file order. */
function vectorColumn(numeric: readonly Column[], count: number, leftOut: readonly TableColumn[]): Column {
  const width = numeric.length;
  const values = new Float32Array(count * width);
  numeric.forEach((column, k) => {
    for (let row = 0; row < count; row++) values[row * width + k] = column.values[row]!;
  });
  const columns = numeric.flatMap((column) => column.columns ?? []);
  return {
    name: "x",
    shape: [width],
    labels: numeric.map(({ name }) => name),
    values,
    columns,
    note: noteOf(columns, leftOut),
  };
}

/** Columns that a note lists one by one. */
const LISTED = 12;

/** `x holds size, rate (12% is 12); price is left out of x: its cells are 58 different words, such as "2,340"` */
function noteOf(columns: NonNullable<Column["columns"]>, leftOut: readonly TableColumn[]): string {
  const held = columns.slice(0, LISTED).map(({ written, format }) => {
    const how = formatText(format);
    return how === "" ? written : `${written} (${how})`;
  });
  const more = (count: number) => (count > LISTED ? [`and ${count - LISTED} more`] : []);
  const all = [...held, ...more(columns.length)].join(", ");
  return [`x holds ${all}`, ...leftOut.slice(0, LISTED).map(leftOutText), ...more(leftOut.length)].join("; ");
}

interface Rows {
  readonly order: Int32Array;
  readonly cut: number;
  /** Empty cells are filled in. */
  readonly fills: boolean;
}

/** What the columns are called in programs, and what the label is. */
function namesOf(columns: readonly TableColumn[], label: number): { names: string[]; target: string | undefined } {
  const labelled = columns[label];
  const target = labelled && (labelled.labels ? "label" : "y");
  const reserved = columns.some((column, index) => index !== label && !column.labels) ? ["x"] : [];
  if (target !== undefined && labelled?.written !== target) reserved.push(target);
  const written = columns.map((column) => column.written);
  return { names: fieldNames(written, reserved), target };
}

function allFields(columns: readonly TableColumn[], label: number, { order, cut, fills }: Rows): Column[] {
  const { names, target } = namesOf(columns, label);
  const others = columns.filter((_, index) => index !== label);
  const scalars = columns.map((column, index) =>
    scalarColumn(names[index] ?? column.written, column, order, cut, fills),
  );
  const numeric = scalars.filter((column, index) => index !== label && column.classes === undefined);
  const leftOut = others.filter((column) => column.labels);
  const fields = numeric.length > 0 ? [vectorColumn(numeric, order.length, leftOut)] : [];
  const labelled = scalars[label];
  if (labelled && target !== undefined) fields.push({ ...labelled, name: target });
  return [...fields, ...scalars.filter((column) => column.name !== target)];
}

/** From so many rows on, a column whose rows nearly all differ holds no classes. */
const FEW = 20;

/** Columns that are taken for classes and hardly are: dates, numbers in no one format, texts, names of the rows. */
function remarksOn({ columns, lines }: Table, label: number, path: string): DataRemark[] {
  return columns.flatMap((column, index) => {
    const kinds = column.labels?.length ?? 0;
    const many = lines.length >= FEW && kinds > lines.length / 2;
    if (!column.labels || !(many || (index !== label && isDate(column.example)))) return [];
    if (index === label) {
      const message = `${path}: the label ${column.written} has ${kinds} classes in ${lines.length} rows, so that most are seen once`;
      return [{ code: "data/many-classes", message, hint: 'label="COLUMN" names the column to predict' }];
    }
    const hint = many
      ? `${column.written} is a field of ${kinds} classes; numbers, if it holds any, must all be written in one way`
      : "write dates as numbers, such as days since the first, to learn from them";
    return [{ code: "data/left-out", message: `${path}: ${leftOutText(column)}`, hint }];
  });
}

/** How a table is to be read; see `csv` for the parameters. */
export interface CsvOptions {
  readonly label: string;
  readonly split: number;
  readonly missing: string;
  readonly separator: string;
  readonly decimal: Decimal | undefined;
  readonly seed: number;
}

/** The fields of a CSV file, shuffled and split. */
export function csvDataset(bytes: Uint8Array, path: string, options: CsvOptions): Dataset {
  const { separator, missing } = options;
  const table = readTable(bytes, path, options, (header) => labelIndex(header, options.label, path));
  const label = labelIndex(table.header, options.label, path);
  const kept = keptRows(table, label, missing, path);
  const order = new Random(options.seed).shuffle(kept.length).map((index) => kept[index]!);
  const cut = cutAt(kept.length, options.split, path);
  const fields = allFields(table.columns, label, { order, cut, fills: missing === "mean" });
  const clashes = clashesOf(table.header, namesOf(table.columns, label).names).filter(
    ({ second }) => second !== table.header[label],
  );
  const remarks = [...remarksOn(table, label, path), ...clashes.map((clash) => clashRemark(path, clash))];
  return {
    unit: "rows",
    unitsPerExample: 1,
    separator,
    remarks,
    ...splitRows(fields, kept.length, cut, Int32Array.from(order)),
  };
}

export const csv: Source = {
  name: "csv",
  documentation: "A table with a header: numbers as one vector and one by one, words as classes.",
  parameters: [
    { name: "file", kind: "path", documentation: "a CSV file in UTF-8 whose first line names the columns" },
    {
      name: "label",
      kind: "word",
      default: LAST,
      documentation: 'the column to predict: unless told otherwise the one called label, else the last; "" for none',
    },
    { name: "split", kind: "fraction", default: 0.8, documentation: "the share of the shuffled rows that trains" },
    {
      name: "missing",
      kind: "word",
      default: "error",
      choices: ["error", "drop", "mean"],
      documentation: "rows with empty cells: an error, left out, or filled with the mean or most frequent class",
    },
    {
      name: "separator",
      kind: "word",
      default: ",",
      choices: SEPARATORS,
      documentation: "what stands between two cells",
    },
    {
      name: "decimal",
      kind: "word",
      default: "guess",
      choices: ["guess", ".", ","],
      documentation: "what stands before the decimals of a number; unless it is given, what the cells of a column show",
    },
  ],
  fields: [
    {
      name: "x",
      type: "[n]",
      documentation:
        "the numeric columns but the label, in file order: $1,234.50 is 1234.5, 12% is 12, true and yes are 1, false and no 0",
    },
    { name: "label", type: "class K", documentation: "the label column, when it holds words; classes are sorted" },
    { name: "y", type: "[]", documentation: "the label column, when it holds numbers" },
    { name: "<column>", type: "[] or class K", documentation: "each column under its own name, made an identifier" },
  ],
  generated: false,
  async load(given, { files, seed }) {
    const path = given.path("file");
    const bytes = await files.read(path);
    refuseWebPage(bytes, path, "a CSV file");
    refuseJson(bytes, path);
    const [label, missing, separator] = [given.text("label"), given.text("missing"), given.text("separator")];
    const written = given.text("decimal");
    const decimal = written === "." || written === "," ? written : undefined;
    return csvDataset(bytes, path, { label, missing, separator, decimal, split: given.number("split"), seed });
  },
};
