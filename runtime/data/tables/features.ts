// In: a column as it was read. Out: the numbers, or the classes, that it gives each example, with how they are found again in
// rows that are given later. Invariant: what stands in for missing cells comes from training rows only.

import type { CellFormat } from "../../files/csvcells.ts";
import { DataError } from "../../files/dataerror.ts";
import { partOfDate } from "../../files/dates.ts";
import type { Column } from "../dataset.ts";
import { fieldName } from "../fieldname.ts";
import type { Texts } from "../tokens/texts.ts";
import { type ColumnSummary, isMissing, type TableColumn } from "./columns.ts";
import type { TableSettings } from "./settings.ts";

/** The rows of the data set, the first `cut` of which train. */
export interface Rows {
  readonly order: Int32Array;
  readonly cut: number;
}

/** How cells are made numbers. */
export type Preparing = Pick<TableSettings, "missing" | "categories" | "dates">;

/** Most words of a column that become a number of x each. */
const MOST_WORDS = 1000;
/** The class of an empty cell, where it has one of its own. */
const EMPTY = "(empty)";

const hasHoles = (column: TableColumn, { order }: Rows): boolean =>
  column.summary ? column.holes > 0 : order.some((row) => isMissing(column, row));

/** The value of a column's missing cells: a mean, or the most frequent value (the first met on a tie). */
function substitute(column: TableColumn, { order, cut }: Rows, missing: string): number {
  const { values, summary } = column;
  if (summary) return summary.stand;
  if (!column.labels && missing !== "frequent") {
    let [sum, count] = [0, 0];
    for (const row of order.subarray(0, cut)) {
      const value = values[row] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      sum += value;
      count++;
    }
    return sum / Math.max(1, count);
  }
  const counts = new Map<number, number>();
  for (const row of order.subarray(0, cut)) {
    const value = values[row] ?? 0;
    if (!isMissing(column, row)) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  let [best, most] = [0, 0];
  for (const [value, count] of counts)
    if (count > most || (count === most && value < best)) [best, most] = [value, count];
  return best;
}

const fills = ({ missing }: Preparing): boolean => missing === "mean" || missing === "frequent" || missing === "flag";

/** A loop of its own, so that it is compiled for these arrays. */
function gathered(values: Float64Array, order: Int32Array): Float32Array<ArrayBuffer> {
  const found = new Float32Array(order.length);
  for (let at = 0; at < order.length; at++) found[at] = values[order[at] ?? 0] ?? 0;
  return found;
}

/** A field of one number per row, as `made` makes it of what the column holds. */
function numberField(
  column: TableColumn,
  { order }: Rows,
  name: string,
  format: CellFormat,
  stand: number | undefined,
  made?: (value: number) => number,
): Column {
  const values = gathered(column.values, order);
  if (made) for (const [at, row] of order.entries()) values[at] = made(column.values[row] ?? Number.NaN);
  if (column.holes > 0)
    for (const [at, row] of order.entries()) if (isMissing(column, row)) values[at] = stand ?? Number.NaN;
  const facts = { written: column.written, name, format, ...(stand === undefined ? {} : { stand }) };
  return { name, shape: [], values, columns: [facts] };
}

/** The column as one field under its own name: a number, days, or a class. */
export function ownField(column: TableColumn, name: string, rows: Rows, how: Preparing): Column {
  const { labels, format, written, texts } = column;
  if (texts) return textField(column, texts, name, rows, fills(how));
  const stand = fills(how) ? substitute(column, rows, how.missing) : undefined;
  const missing = column.holes > 0 ? { missing: column.holes } : {};
  if (!labels) return { ...numberField(column, rows, name, format, stand), ...missing };
  const ownClass = how.missing === "flag" && hasHoles(column, rows);
  const classes = ownClass ? [...labels, EMPTY] : labels;
  const empty = ownClass ? labels.length : (stand ?? -1);
  const values = rows.order.map((row) => (isMissing(column, row) ? empty : column.values[row]!));
  const facts = { written, name, format, ...(stand === undefined ? {} : { stand: empty }) };
  return { name, shape: [], classes: classes.length, labels: classes, values, columns: [facts], ...missing };
}

/** A text that is empty, or has nothing that is a token, is one unknown token. */
function textField({ written, holes }: TableColumn, texts: Texts, name: string, { order, cut }: Rows, fills: boolean) {
  const field = texts.field(name, order, cut, { written, ...(fills ? { fills } : {}) });
  return holes > 0 ? { ...field, missing: holes } : field;
}

/** The numbers that a column gives x, each as a field; none of one whose classes are to be embedded. */
export function numbersOf(column: TableColumn, own: Column, rows: Rows, how: Preparing): readonly Column[] {
  if (column.texts) return [];
  const flag = how.missing === "flag" && hasHoles(column, rows) ? [emptyFlag(column, own.name, rows)] : [];
  return [...ownNumbers(column, own, rows, how), ...flag];
}

function emptyFlag(column: TableColumn, name: string, { order }: Rows): Column {
  const called = `${name}_missing`;
  const values = Float32Array.from(order, (row) => Number(isMissing(column, row)));
  const facts = { written: column.written, name: called, format: { kind: "missing" } as const };
  return { name: called, shape: [], values, columns: [facts] };
}

function ownNumbers(column: TableColumn, own: Column, rows: Rows, how: Preparing): readonly Column[] {
  const { format, labels } = column;
  if (labels) return how.categories === "onehot" ? oneHot(column, own, labels, rows, how) : [];
  if (format.kind !== "date" || how.dates === "days") return [own];
  const mean = own.columns?.[0]?.stand;
  return (["year", "month", "weekday"] as const).map((part) => {
    const stand = mean === undefined ? undefined : partOfDate(mean, part);
    return numberField(column, rows, `${own.name}_${part}`, { ...format, part }, stand, (d) => partOfDate(d, part));
  });
}

/** A number for each word, 1 where the cell is the word. */
function oneHot(column: TableColumn, own: Column, words: readonly string[], rows: Rows, how: Preparing): Column[] {
  if (words.length > MOST_WORDS) {
    const message = `column ${JSON.stringify(column.written)} has ${words.length} different words, which would be as many numbers of x`;
    const hint = `leave it out with drop=${JSON.stringify(column.written)}, or embed its classes: categories="fields"`;
    throw new DataError("data/too-large", message, hint, "categories");
  }
  const frequent = how.missing === "flag" ? -1 : own.columns?.[0]?.stand;
  return words.map((word, index) => {
    const name = fieldName(`${own.name}_${word}`, index);
    const stand = frequent === undefined ? undefined : Number(frequent === index);
    return numberField(column, rows, name, { kind: "is", word }, stand, (value) => Number(value === index));
  });
}

/** All of them side by side, under one name. */
export function sideBySide(name: string, parts: readonly Column[], count: number): Column {
  const width = parts.length;
  const values = new Float32Array(count * width);
  parts.forEach(({ values: own }, k) => {
    for (let row = 0, at = k; row < count; row++, at += width) values[at] = own[row]!;
  });
  const columns = parts.flatMap((part) => part.columns ?? []);
  return { name, shape: [width], labels: parts.map((part) => part.name), values, columns };
}

/** Most whole numbers that a label may have to be classes, too. */
const MOST_CLASSES = 256;

/** A field of classes. */
export type ClassColumn = Column & { readonly classes: number };

export const isOfClasses = (own: Column): own is ClassColumn => own.classes !== undefined;

/** A label of a few whole numbers as classes, in their order; undefined for any other. */
export function wholeClasses(own: Column, summary?: ColumnSummary): ClassColumn | undefined {
  const kinds = summary ? summary.kinds : kindsOf(own.values);
  const rows = summary?.rows ?? own.values.length;
  if (!kinds || kinds.size < 2 || kinds.size > Math.max(2, rows / 2)) return undefined;
  const sorted = [...kinds].toSorted((a, b) => a - b);
  const place = new Map(sorted.map((value, index) => [value, index]));
  const values = Int32Array.from(own.values, (value) => place.get(value)!);
  return { ...own, name: "label", classes: sorted.length, labels: sorted.map(String), values };
}

/** The whole numbers among values; undefined where one is not whole, or they are more than classes are. */
function kindsOf(values: ArrayLike<number>): ReadonlySet<number> | undefined {
  const kinds = new Kinds();
  for (let i = 0; i < values.length && kinds.found; i++) kinds.add(values[i] ?? 0);
  return kinds.found;
}

/** Whole numbers as they are met. */
export class Kinds {
  found: Set<number> | undefined = new Set();

  add(value: number): void {
    if (!this.found) return;
    if (!Number.isInteger(value)) this.found = undefined;
    else if (this.found.size < MOST_CLASSES || this.found.has(value)) this.found.add(value);
    else this.found = undefined;
  }
}
