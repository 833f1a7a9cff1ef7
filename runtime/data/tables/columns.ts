// In: the rows of one or more files of a table. Out: each column as numbers, dates or classes, with its missing cells marked,
// and how its cells write what they hold.
// Invariant: a column is numeric only when every cell it has is a finite number in one format. One pass over the rows gives formats
// and values; columns whose texts are needed once their format is known are read again. Time and memory are linear in the file.

import { type CellFormat, cellNumber, type Decimal, isAbsentWord, isDateLike } from "../../files/csvcells.ts";
import { FORM } from "../../files/csvscan.ts";
import { DataError } from "../../files/dataerror.ts";
import type { DateOrder } from "../../files/dates.ts";
import type { Extent } from "../dataset.ts";
import type { TokenSettings } from "../tokens/settings.ts";
import { Texts } from "../tokens/texts.ts";
import { Cells, type CellValues, isNumber32, isPlain, MISSING } from "./cells.ts";
import { type ColumnType, emptyColumn, formatAs, formatOf, likelyDecimal, Profile, shownDecimal } from "./formats.ts";
import { placeOf, placesIn, type RawTable, scanOf, type TableFiles } from "./rawtable.ts";

export interface TableColumn {
  readonly written: string;
  readonly format: CellFormat;
  /** Sorted names of the classes; undefined for numbers. */
  readonly labels: readonly string[] | undefined;
  /** The tokens of its texts, of which `values` are the numbers. */
  readonly texts?: Texts | undefined;
  /** How many rows have no value. */
  readonly holes: number;
  /** One number or class index per row, in file order. */
  readonly values: Float64Array;
  /** The first cell that holds something. */
  readonly example: string;
  /** Where `values` are not kept: what is asked of them. */
  readonly summary?: ColumnSummary;
}

/** A column of a table that is streamed. */
export interface ColumnSummary extends Extent {
  /** The value of an empty cell: the mean of the training rows, or their most frequent value. */
  readonly stand: number;
  readonly rows: number;
}

export interface Table {
  readonly path: string;
  readonly columns: readonly TableColumn[];
  /** Rows of each file, one after the other. */
  readonly count: number;
  /** Where in its file a row stands. */
  readonly where: (row: number) => string;
  /** Rows of the first file. */
  readonly ofFirst: number;
  /** Columns that were left out by themselves. */
  readonly notes: readonly string[];
}

export interface ColumnPlan {
  readonly written: string;
  readonly format: CellFormat;
  readonly example: string;
  /** Its place in a row. */
  readonly at: number;
}

const filesOf = ([first, second]: TableFiles): readonly RawTable[] => (second ? [first, second] : [first]);

/** The share of the work that the first pass is. */
const FIRST = 0.9;

/** Lines of the rows, as they come. */
class Lines {
  #lines = new Int32Array(1024);
  count = 0;

  add(line: number): void {
    if (this.count === this.#lines.length) {
      const more = new Int32Array(2 * this.count);
      more.set(this.#lines);
      this.#lines = more;
    }
    this.#lines[this.count++] = line;
  }

  of(row: number): number {
    return this.#lines[row] ?? 0;
  }
}

/** The first pass: name, format and cells of each column that is kept, and where the rows stand. */
function readFormats(tables: TableFiles, options: TableOptions) {
  const [first] = tables;
  const { path, header } = first;
  const all = header.flatMap((written, at) => {
    const profile = new Profile(written);
    return options.keeps(written, at) ? [{ at, profile, cells: new Cells(profile) }] : [];
  });
  const lines = new Lines();
  let ofFirst = 0;
  for (const table of filesOf(tables)) {
    const places = placesIn(table, first, all, options.isLabel);
    const own = all.map(({ at, cells }) => ({ cells, place: places[at] ?? at }));
    const row = scanOf(table, (share) => options.progress?.(FIRST * share));
    while (row.next()) {
      for (const { cells, place } of own) cells.add(row, place);
      lines.add(row.line);
    }
    if (table === first) ofFirst = lines.count;
  }
  if (lines.count === 0) throw new DataError("data/csv-no-rows", `${path} has a header and no rows`);
  for (const { cells } of all) cells.end();
  return { lines, ofFirst, ...formatsOf(all, path, options) };
}

/** A column that was read, with the form of its cells. */
interface ReadColumn {
  readonly at: number;
  readonly profile: Profile;
}

/** The formats of columns that are kept. DataErrors `data/csv-header`, `data/csv-empty-column`, `data/csv-date`. */
export function formatsOf<Read extends ReadColumn>(
  read: readonly Read[],
  path: string,
  options: Pick<TableOptions, "separator" | "decimal" | "types" | "isLabel">,
): { readonly columns: readonly (ColumnPlan & Read)[]; readonly notes: readonly string[] } {
  const { kept, notes } = withoutNameless(read, path);
  const empty = kept.find(({ profile }) => profile.present === 0);
  if (empty) throw emptyColumn(path, empty.profile.written);
  const all = kept.map(({ profile }) => profile);
  const common = shownDecimal(all) ?? likelyDecimal(all, options.separator);
  const columns = kept.map((each) => {
    const { written, example } = each.profile;
    const decimal = options.decimal ?? shownDecimal([each.profile]) ?? common;
    const type = options.types.get(written);
    const isLabel = options.isLabel(written);
    const format = type ? formatAs(type, each.profile, decimal, path) : formatOf(each.profile, isLabel, decimal, path);
    return { ...each, written, format, example };
  });
  return { columns, notes };
}

/** Without columns that have no name: the first, which numbers the rows, and those of a separator at the end of each line. */
function withoutNameless<Read extends ReadColumn>(columns: readonly Read[], path: string) {
  const notes: string[] = [];
  const kept = columns.filter(({ at, profile }) => {
    if (profile.written !== "") return true;
    if (at > 0 && profile.present > 0) {
      const message = `${path}, line 1: column ${at + 1} has no name`;
      throw new DataError("data/csv-header", message, "name it in the first line, or remove it");
    }
    notes.push(`column ${at + 1} has no name${at > 0 ? " and no values" : ""} and is left out`);
    return false;
  });
  return { kept, notes };
}

/** The error of a cell of a numeric column that gives this value: `data/not-finite` or `data/csv-not-a-number`. */
export function badCell(
  cell: string,
  value: number | undefined,
  written: string,
  format: CellFormat,
  place: string,
): DataError {
  const where = `${place}, column ${JSON.stringify(written)}`;
  if (value !== undefined) return new DataError("data/not-finite", `${where}: ${cell} is not a finite 32-bit number`);
  const kind = format.kind === "date" ? `date (${ORDER_TEXTS[format.order]})` : "number";
  const message = `${where}: ${JSON.stringify(cell)} is not a ${kind}, but most cells of this column are`;
  return new DataError("data/csv-not-a-number", message, "correct the cell, or empty it");
}

const ORDER_TEXTS: Readonly<Record<DateOrder, string>> = {
  ymd: "year, month, day",
  dmy: "day, month, year",
  mdy: "month, day, year",
};

const isNumeric = (word: string): boolean => word !== "" && Number.isFinite(Number(word));

/** Classes by their names while they are met, and in the order of their names in the end. */
export class Words {
  readonly #index = new Map<string, number>();

  indexOf(cell: string): number {
    if (isAbsentWord(cell)) return MISSING;
    const known = this.#index.get(cell);
    if (known !== undefined) return known;
    this.#index.set(cell, this.#index.size);
    return this.#index.size - 1;
  }

  /** How many were met. */
  get size(): number {
    return this.#index.size;
  }

  /** The sorted names; `values` become their places. */
  settle(values: Float64Array): readonly string[] {
    const met = [...this.#index.keys()];
    const sorted = met.toSorted(met.every(isNumeric) ? (a, b) => Number(a) - Number(b) : (a, b) => (a < b ? -1 : 1));
    const indexOf = new Map(sorted.map((label, index) => [label, index]));
    const places = met.map((label) => indexOf.get(label) ?? MISSING);
    for (const [row, value] of values.entries()) values[row] = value === MISSING ? MISSING : (places[value] ?? MISSING);
    return sorted;
  }
}

export interface TableOptions {
  /** The separator of cells: where it is a comma, one in a cell sets thousands apart. */
  readonly separator: string;
  /** Undefined: as the cells show. */
  readonly decimal: Decimal | undefined;
  readonly types: ReadonlyMap<string, ColumnType>;
  /** How texts are cut, where `types` has any. */
  readonly tokens?: TokenSettings;
  /** Which columns are read at all. */
  readonly keeps: (written: string, at: number) => boolean;
  readonly isLabel: (written: string) => boolean;
  /** Called now and then with the share that is done. */
  readonly progress?: ((share: number) => void) | undefined;
}

/**
 * The columns of a table, of one file or of several with the same columns. DataErrors of the rows, and `data/no-column`,
 * `data/csv-no-rows`, `data/csv-empty-column`, `data/csv-date`, `data/not-finite`, `data/csv-not-a-number`.
 */
export function readTable(tables: TableFiles, options: TableOptions): Table {
  const [first, second = first] = tables;
  const { path } = first;
  const { lines, ofFirst, columns: plans, notes } = readFormats(tables, options);
  const placed = (row: number): string => placeOf(row < ofFirst ? first : second, lines.of(row));
  const columns = plans.map((plan): FilledColumn => {
    const { format, cells } = plan;
    const words = format.kind === "word" ? new Words() : undefined;
    const texts =
      format.kind === "text" && options.tokens ? new Texts(options.tokens, `${path}: ${plan.written}`) : undefined;
    const found = cells.valuesIn(format, words && ((text) => words.indexOf(text)));
    const values = found?.values ?? new Float64Array(lines.count);
    return { ...plan, words, texts, values, holes: found?.holes ?? 0, bad: found?.bad, isRead: found !== undefined };
  });
  readAgain(tables, columns, options);
  const wrong = columns.flatMap(({ bad, written, format }) => (bad ? [{ ...bad, written, format }] : []));
  const [bad] = wrong.toSorted((a, b) => a.row - b.row);
  if (bad) throw badCell(bad.cell, bad.value, bad.written, bad.format, placed(bad.row));
  const settled = columns.map(({ written, format, example, words, texts, holes, values }) => ({
    ...{ written, format, example, holes, values, labels: words?.settle(values) },
    ...(texts ? { texts } : {}),
  }));
  return { path, columns: settled, count: lines.count, where: placed, ofFirst, notes };
}

interface FilledColumn extends ColumnPlan {
  readonly cells: Cells;
  readonly words: Words | undefined;
  readonly texts: Texts | undefined;
  readonly values: Float64Array;
  holes: number;
  bad: CellValues["bad"];
  readonly isRead: boolean;
}

/** The second pass, over the columns whose texts are needed: ends at the first row that is wrong. */
function readAgain(tables: TableFiles, all: readonly FilledColumn[], { progress, isLabel }: TableOptions): void {
  const columns = all.filter(({ isRead }) => !isRead);
  if (columns.length === 0) return;
  let at = 0;
  for (const table of filesOf(tables)) {
    const places = placesIn(table, tables[0], columns, isLabel);
    const row = scanOf(table, (share) => progress?.(FIRST + (1 - FIRST) * share));
    for (; row.next(); at++)
      for (const column of columns) {
        const cell = places[column.at] ?? column.at;
        const isNumber = isPlain(column.format) && row.forms[cell] !== FORM.text;
        const value = isNumber ? row.values[cell] : cellValueOf(row.text(cell), column);
        if (!isNumber32(value)) {
          column.bad = { row: at, cell: row.text(cell), value };
          return;
        }
        column.values[at] = value;
        if (column.words ? value === MISSING : Number.isNaN(value)) column.holes++;
      }
  }
}

const cellValueOf = (cell: string, { words, texts, format }: FilledColumn): number | undefined =>
  words?.indexOf(cell) ?? (texts ? textLength(texts, cell) : cellNumber(cell, format));

/** How many tokens a text has; of none, not even one, it is as good as empty. */
function textLength(texts: Texts, cell: string): number {
  const count = texts.add(cell);
  return count === 0 ? Number.NaN : count;
}

export function isMissing(column: TableColumn, row: number): boolean {
  if (column.holes === 0) return false;
  return column.labels ? column.values[row] === MISSING : Number.isNaN(column.values[row]);
}

/** `price is left out of x: its cells are 58 different words, such as "2,340"` */
export function leftOutText({ written, labels, example }: TableColumn): string {
  const kinds = labels?.length ?? 0;
  const what = `${isDateLike(example) ? "date" : "word"}${kinds === 1 ? "" : "s"}`;
  const cells = kinds === 1 ? `its cells are all the ${what}` : `its cells are ${kinds} different ${what}, such as`;
  return `${written} is left out of x: ${cells} ${JSON.stringify(example)}`;
}
