// In: a CSV file with a header. Out: one field per column, all numeric ones together as `x`, and the label.
// Invariant: rows are shuffled by the seed before the split, and what fills missing cells comes from training rows only.

import { isMissing, readColumn, substitute, type TableColumn } from "./csvcolumns.ts";
import { readTable, type Table } from "./csvrows.ts";
import { type Column, DataError } from "./dataset.ts";
import { decodeText, refuseWebPage } from "./decode.ts";
import { fieldNames } from "./fieldname.ts";
import { didYouMean } from "./nearest.ts";
import { Random } from "./random.ts";
import type { Source } from "./source.ts";
import { cutAt, splitRows } from "./split.ts";

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
function keptRows(table: Table, columns: readonly TableColumn[], label: number, missing: string, path: string) {
  const kept: number[] = [];
  for (const [row, { line }] of table.rows.entries()) {
    const hole = columns.findIndex((column) => isMissing(column, row));
    const labelHole = label >= 0 && isMissing(columns[label], row);
    if (hole < 0 || (missing === "mean" && !labelHole)) kept.push(row);
    else if (missing !== "drop") {
      const column = columns[labelHole ? label : hole].written;
      const message = `${path}, line ${line}: column ${JSON.stringify(column)} has no value`;
      throw new DataError("data/csv-missing", message, labelHole ? 'missing="drop" leaves such rows out' : OFFER);
    }
  }
  if (kept.length === 0) throw new DataError("data/csv-no-rows", `${path}: every row has an empty cell`, OFFER);
  return Int32Array.from(kept);
}

function fill(column: TableColumn, order: Int32Array, cut: number): Float64Array {
  const stand = substitute(column, order.subarray(0, cut));
  return Float64Array.from(order, (row) => (isMissing(column, row) ? stand : column.values[row]));
}

function scalarColumn(name: string, column: TableColumn, values: Float64Array): Column {
  if (!column.labels) return { name, shape: [], values: Float32Array.from(values) };
  return { name, shape: [], classes: column.labels.length, labels: column.labels, values: Int32Array.from(values) };
}

/** All numeric columns but the label, side by side, in file order. */
function vectorColumn(numeric: readonly Column[], count: number): Column {
  const width = numeric.length;
  const values = new Float32Array(count * width);
  numeric.forEach((column, k) => {
    for (let row = 0; row < count; row++) values[row * width + k] = column.values[row];
  });
  return { name: "x", shape: [width], labels: numeric.map((column) => column.name), values };
}

function allFields(columns: readonly TableColumn[], label: number, order: Int32Array, cut: number): Column[] {
  const target = label < 0 ? undefined : columns[label].labels ? "label" : "y";
  const others = columns.filter((_, index) => index !== label);
  const reserved = others.some((column) => !column.labels) ? ["x"] : [];
  if (target !== undefined && columns[label].written !== target) reserved.push(target);
  const names = fieldNames(
    columns.map((column) => column.written),
    reserved,
  );
  const scalars = columns.map((column, index) => scalarColumn(names[index], column, fill(column, order, cut)));
  const numeric = scalars.filter((column, index) => index !== label && column.classes === undefined);
  const fields = numeric.length > 0 ? [vectorColumn(numeric, order.length)] : [];
  if (target !== undefined) fields.push({ ...scalars[label], name: target });
  return [...fields, ...scalars.filter((column) => column.name !== target)];
}

/** The fields of a CSV text, shuffled and split; see `csv` for the parameters. */
export function csvDataset(
  text: string,
  path: string,
  options: { label: string; split: number; missing: string; separator: string; seed: number },
) {
  const table = readTable(text, path, options.separator);
  const label = labelIndex(table.header, options.label, path);
  const columns = table.header.map((_, index) => readColumn(table, index, path));
  const kept = keptRows(table, columns, label, options.missing, path);
  const shuffled = new Random(options.seed).shuffle(kept.length).map((index) => kept[index]);
  const cut = cutAt(kept.length, options.split, path);
  const fields = allFields(columns, label, shuffled, cut);
  return { unit: "rows", unitsPerExample: 1, ...splitRows(fields, kept.length, cut) };
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
      choices: [",", ";", "\t", "|"],
      documentation: "what stands between two cells",
    },
  ],
  fields: [
    { name: "x", type: "[n]", documentation: "the numeric columns but the label, in file order" },
    { name: "label", type: "class K", documentation: "the label column, when it holds words; classes are sorted" },
    { name: "y", type: "[]", documentation: "the label column, when it holds numbers" },
    { name: "<column>", type: "[] or class K", documentation: "each column under its own name, made an identifier" },
  ],
  generated: false,
  async load(given, { files, seed }) {
    const path = given.path("file");
    const bytes = await files.read(path);
    refuseWebPage(bytes, path, "a CSV file");
    const [label, missing, separator] = [given.text("label"), given.text("missing"), given.text("separator")];
    return csvDataset(decodeText(bytes, path), path, { label, missing, separator, split: given.number("split"), seed });
  },
};
