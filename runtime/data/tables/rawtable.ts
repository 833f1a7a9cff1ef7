// A table before its columns are understood, whichever file it comes from: names, and rows of texts that can be
// gone through again and again. An empty text is no value.

import { plainNumber, pointOf } from "../../files/csvcells.ts";
import { FORM, type ScannedRow } from "../../files/csvscan.ts";
import { DataError } from "../../files/dataerror.ts";

export interface RawRow {
  readonly cells: readonly string[];
  /** Its place in its file, from 1: a line, or a row where the file has no lines. */
  readonly line: number;
}

export interface RawTable {
  readonly path: string;
  /** A column without a name has an empty one. */
  readonly header: readonly string[];
  /** The unit of `line`. */
  readonly counts: "line" | "row";
  /** Columns that hold lists or objects, which no cell can, with what they hold. */
  readonly nested?: ReadonlyMap<string, string>;
  rows(): Iterable<RawRow>;
  /** The same row by row, with the numbers of cells that write one plainly; `report` is called now and then with the share that is behind. */
  scan?(report?: (share: number) => void): RowSource;
}

/** Rows one after the other: each is there until the next is asked for. */
export interface RowSource extends ScannedRow {
  /** False behind the last row. */
  next(): boolean;
  /** Where values are there column by column already. */
  readonly byColumn?: ColumnRows;
}

/** Rows whose values lie column by column: a loop over one column costs far less than one over rows. */
export interface ColumnRows {
  readonly count: number;
  /** The values of a column; numbers below `MOST_PLAIN` are those of their cells. Undefined where it holds no cells. */
  column(at: number): ArrayLike<unknown> | undefined;
  /** Makes a row the current one, as far as one of its cells is asked for. */
  seek(row: number, at: number): void;
}

/** Larger numbers may be none of 32 bits, which their texts are looked at for. */
export const MOST_PLAIN = 1e15;

/** The files of one table: the second holds the rows that are held out. */
export type TableFiles = readonly [RawTable, RawTable?];

/** Where a row stands, for messages. */
export const placeOf = ({ path, counts }: Pick<RawTable, "path" | "counts">, line: number): string =>
  `${path}, ${counts} ${line}`;

type Named = Pick<RawTable, "path" | "header">;

/** The place of each column of one table in another, -1 where it has none. DataError `data/no-column` where that is one that is kept. */
export function placesIn(
  table: Named,
  first: Named,
  kept: readonly { readonly at: number }[],
  isLabel: (name: string) => boolean,
): readonly number[] {
  const places = new Map(table.header.map((name, at) => [name, at]));
  if (table.header.join("\n") === first.header.join("\n")) return first.header.map((_, at) => at);
  for (const { at } of kept) {
    const name = first.header[at] ?? "";
    if (!places.has(name)) throw noColumn(table, name, isLabel(name) ? toPredict(table) : leftOut(first, name));
  }
  return first.header.map((name) => places.get(name) ?? -1);
}

const leftOut = ({ path }: Named, name: string): string =>
  `${path} has it: drop=${JSON.stringify(name)} leaves it out of both`;

/** A file of rows whose label is not known, as competitions hand out, tells nothing of how good a model is. */
const toPredict = ({ path }: Named): string =>
  `that is the label, and without it no answer can be judged: leave \`test=\` out, so that a part of the rows is held out; after the training \`dnn predict FILE --weights RUN --input ${path.replace(/.*[/\\]/, "")}\` answers for these rows`;

export const scanOf = (table: RawTable, report?: (share: number) => void): RowSource =>
  table.scan?.(report) ?? new TextRows(table.rows());

/** Rows of texts, as a scanner would give them. */
export class TextRows implements RowSource {
  line = 0;
  width = 0;
  values = new Float64Array(0);
  forms = new Uint8Array(0);
  readonly #rows: Iterator<RawRow>;
  #cells: readonly string[] = [];

  constructor(rows: Iterable<RawRow>) {
    this.#rows = rows[Symbol.iterator]();
  }

  next(): boolean {
    const { done, value } = this.#rows.next();
    if (done) return false;
    [this.line, this.width, this.#cells] = [value.line, value.cells.length, value.cells];
    if (this.forms.length < this.width) {
      this.values = new Float64Array(this.width);
      this.forms = new Uint8Array(this.width);
    }
    for (let k = 0; k < this.width; k++) {
      const cell = this.#cells[k]!;
      const number = plainNumber(cell);
      this.forms[k] = number === undefined ? FORM.text : plainForm(cell);
      if (number !== undefined) this.values[k] = number;
    }
    return true;
  }

  text(cell: number): string {
    return this.#cells[cell]!;
  }
}

/** The form of a cell that `plainNumber` reads. */
function plainForm(cell: string): number {
  const point = pointOf(cell);
  return point === "decimal" ? FORM.decimal : point === "open" ? FORM.open : FORM.whole;
}

export function noColumn({ path, header }: Named, name: string, hint?: string, argument?: string): DataError {
  const message = `${path} has no column ${JSON.stringify(name)}`;
  return new DataError("data/no-column", message, hint ?? `its columns are ${listed(header)}`, argument);
}

/** Some of a long list. */
const MOST = 20;
export const listed = (names: readonly string[]): string =>
  names.length <= MOST ? names.join(", ") : `${names.slice(0, MOST).join(", ")} and ${names.length - MOST} more`;
