// In: the table of a CSV file. Out: each column as numbers or as classes, with its missing cells marked.
// Invariant: a column is numeric only when every cell it has is a finite number; nothing is guessed silently.

import type { Table } from "./csvrows.ts";
import { DataError } from "./dataset.ts";

/** Index that stands for a missing class; a missing number is NaN. */
export const MISSING = -1;

export interface TableColumn {
  readonly written: string;
  /** Sorted names of the classes; undefined for numbers. */
  readonly labels: readonly string[] | undefined;
  /** One number or class index per row, in file order. */
  readonly values: Float64Array;
}

/** What spreadsheets, R and pandas write for "no value" in a column of numbers. */
const ABSENT = /^(nan|na|n\/a|null|none|\?|-nan)$/i;
/** The same in a column of words, where "none" and "?" may well be classes. */
const ABSENT_WORD = /^(nan|na|n\/a|null|)$/i;
const INFINITE = /^[+-]?inf(inity)?$/i;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The share of numbers from which a column counts as numeric with mistakes rather than as classes. */
const MOSTLY = 0.8;

function asNumber(cell: string): number | undefined {
  return NUMBER.test(cell) ? Number(cell) : undefined;
}

function classColumn(written: string, cells: readonly string[]): TableColumn {
  const labels = [...new Set(cells)].filter((cell) => !ABSENT_WORD.test(cell)).sort((a, b) => (a < b ? -1 : 1));
  const indexOf = new Map(labels.map((label, index) => [label, index]));
  return { written, labels, values: Float64Array.from(cells, (cell) => indexOf.get(cell) ?? MISSING) };
}

function toNumber(cell: string, where: string): number {
  const value = asNumber(cell);
  if (value !== undefined && Number.isFinite(Math.fround(value))) return value;
  if (value !== undefined || INFINITE.test(cell)) {
    throw new DataError("data/not-finite", `${where}: ${cell} is not a finite 32-bit number`);
  }
  if (cell === "" || ABSENT.test(cell)) return Number.NaN;
  const message = `${where}: ${JSON.stringify(cell)} is not a number, but most cells of this column are`;
  throw new DataError("data/csv-not-a-number", message, "correct the cell, or empty it");
}

/** Column `index` of the table. DataError `data/not-finite`, `data/csv-not-a-number`, `data/csv-empty-column`. */
export function readColumn(table: Table, index: number, path: string): TableColumn {
  const written = table.header[index];
  const cells = table.rows.map((row) => row.cells[index]);
  const present = cells.filter((cell) => cell !== "" && !ABSENT.test(cell));
  const numbers = present.filter((cell) => NUMBER.test(cell) || INFINITE.test(cell)).length;
  if (present.length === 0) {
    const message = `${path}: no row has a value in column ${JSON.stringify(written)}`;
    throw new DataError("data/csv-empty-column", message, "remove the column");
  }
  if (numbers < MOSTLY * present.length || numbers === 0) return classColumn(written, cells);
  const where = (row: number) => `${path}, line ${table.rows[row].line}, column ${JSON.stringify(written)}`;
  return { written, labels: undefined, values: Float64Array.from(cells, (cell, row) => toNumber(cell, where(row))) };
}

export function isMissing(column: TableColumn, row: number): boolean {
  return column.labels ? column.values[row] === MISSING : Number.isNaN(column.values[row]);
}

/** What stands in for missing cells: the mean of the given rows, or their most frequent class (the first on a tie). */
export function substitute(column: TableColumn, rows: Int32Array): number {
  const known = rows.filter((row) => !isMissing(column, row));
  if (!column.labels) return known.reduce((sum, row) => sum + column.values[row], 0) / Math.max(1, known.length);
  const counts = new Float64Array(column.labels.length);
  for (const row of known) counts[column.values[row]]++;
  return counts.reduce((best, count, index) => (count > counts[best] ? index : best), 0);
}
