// In: the rows of one or more files of a table. Out: each column as numbers, dates or classes, with its missing cells marked,
// and how its cells write what they hold.
// Invariant: a column is numeric only when every cell it has is a finite number in one format. Two passes over the rows, the
// first for the formats, the second for the values: no cell is kept, and time and memory are linear in the file.

import {
  type CellFormat,
  cellNumber,
  type Decimal,
  FLAGS,
  isAbsent,
  isAbsentWord,
  isDateLike,
  isInfinite,
  plainNumber,
  pointOf,
  readMarked,
} from "../../files/csvcells.ts";
import { DataError } from "../../files/dataerror.ts";
import { type DateOrder, readDate } from "../../files/dates.ts";
import type { TokenSettings } from "../tokens/settings.ts";
import { Texts } from "../tokens/texts.ts";
import { placeOf, type RawTable, rowsLike, type TableFiles } from "./rawtable.ts";

/** Index that stands for a missing class; a missing number is NaN. */
const MISSING = -1;

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

/** The kind of a column as the program declares it. */
export type ColumnType = "class" | "number" | "text" | "date" | DateOrder;

/** The share of numbers from which a column counts as numeric with mistakes rather than as classes. */
const MOSTLY = 0.8;

/** How many numbers with one unit make sense with a decimal point only, with a comma only, or with both. */
interface Tally {
  cells: number;
  zeros: number;
  point: number;
  comma: number;
  /** Of those that mean another number with the other mark, such as 2,340: how many have a comma, how many a point. */
  openComma: number;
  openPoint: number;
}

const ORDERS: readonly DateOrder[] = ["ymd", "dmy", "mdy"];

/** The form of a column's cells. */
class Profile {
  readonly units = new Map<string, Tally>();
  present = 0;
  infinite = 0;
  example = "";
  readonly flags = FLAGS.map(([yes, no]) => ({ yes, no, cells: 0 }));
  /** How many cells are dates, in each order. */
  readonly dates = ORDERS.map((order) => ({ order, cells: 0 }));
  /** The column's name in the header. */
  readonly written: string;

  constructor(written: string) {
    this.written = written;
  }

  add(cell: string): void {
    const plain = plainNumber(cell);
    if (plain !== undefined) {
      if (this.present++ === 0) this.example = cell;
      this.#countPlain(cell, plain);
      return;
    }
    if (isAbsent(cell)) return;
    if (this.present++ === 0) this.example = cell;
    if (isDateLike(cell)) for (const date of this.dates) if (readDate(cell, date.order) !== undefined) date.cells++;
    const written = readMarked(cell);
    if (written) this.#count(written.unit, written.values);
    else if (isInfinite(cell)) this.infinite++;
    else if (cell.length <= 5) {
      const word = cell.toLowerCase();
      for (const flag of this.flags) if (word === flag.yes || word === flag.no) flag.cells++;
    }
  }

  /** What `#count` says of a cell that a point, if any, makes plain. */
  #countPlain(cell: string, value: number): void {
    const tally = this.#tallyOf("");
    tally.cells++;
    if (value === 0) tally.zeros++;
    const point = pointOf(cell);
    if (point === "decimal") tally.point++;
    else if (point === "open") tally.openPoint++;
  }

  #tallyOf(unit: string): Tally {
    let tally = this.units.get(unit);
    if (!tally) this.units.set(unit, (tally = { cells: 0, zeros: 0, point: 0, comma: 0, openComma: 0, openPoint: 0 }));
    return tally;
  }

  #count(unit: string, values: Partial<Record<Decimal, number>>): void {
    const tally = this.#tallyOf(unit);
    const [point, comma] = [values["."], values[","]];
    tally.cells++;
    if ((point ?? comma) === 0) tally.zeros++;
    if (comma === undefined) tally.point++;
    else if (point === undefined) tally.comma++;
    else if (Math.abs(comma) < Math.abs(point)) tally.openComma++;
    else if (comma !== point) tally.openPoint++;
  }

  sum(of: keyof Tally): number {
    let sum = 0;
    for (const tally of this.units.values()) sum += tally[of];
    return sum;
  }
}

/** The decimal mark that cells which make sense with one mark only show; undefined where there are none, or as many of each. */
function shownDecimal(profiles: readonly Profile[]): Decimal | undefined {
  let balance = 0;
  for (const profile of profiles) balance += profile.sum("comma") - profile.sum("point");
  return balance > 0 ? "," : balance < 0 ? "." : undefined;
}

/** Where nothing shows it: 2,340 has a decimal comma where cells are not separated by commas, unless points are in use. */
function likelyDecimal(profiles: readonly Profile[], separator: string): Decimal {
  if (separator === ",") return ".";
  const open = (of: keyof Tally) => profiles.some((profile) => profile.sum(of) > 0);
  return open("openComma") && !open("openPoint") ? "," : ".";
}

/** The unit that most cells of a column have, and how many numbers it holds with it and one decimal mark. */
function numbersWith(profile: Profile, decimal: Decimal): { unit: string; numbers: number } {
  const units = [...profile.units.keys()].filter((unit) => unit !== "");
  const cellsWith = (unit: string) => profile.units.get(unit)?.cells ?? 0;
  const unit = units.reduce((most, each) => (cellsWith(each) > cellsWith(most) ? each : most), units[0] ?? "");
  const usable = ({ cells, point, comma }: Tally) => cells - (decimal === "." ? comma : point);
  const [own, bare] = [profile.units.get(unit), profile.units.get("")];
  let numbers = profile.infinite + (own ? usable(own) : 0);
  if (unit !== "" && bare) numbers += unit === "%" ? bare.zeros : usable(bare);
  return { unit, numbers };
}

function formatOf(profile: Profile, isLabel: boolean, decimal: Decimal, path: string): CellFormat {
  const flag = profile.flags.find(({ cells }) => cells === profile.present);
  if (flag && !isLabel) return { kind: "flag", yes: flag.yes, no: flag.no };
  const { unit, numbers } = numbersWith(profile, decimal);
  if (numbers > 0 && numbers >= MOSTLY * profile.present) return { kind: "number", decimal, unit };
  const most = Math.max(...profile.dates.map(({ cells }) => cells));
  if (most < MOSTLY * profile.present || most === 0) return { kind: "word" };
  return { kind: "date", order: orderOf(profile, most, path), part: "days" };
}

/** The order that most dates of a column have. DataError `data/csv-date` where two make sense of as many. */
function orderOf({ written, dates, example }: Profile, most: number, path: string): DateOrder {
  const [likeliest, other] = dates.filter(({ cells }) => cells === most);
  if (likeliest && !other) return likeliest.order;
  const column = JSON.stringify(written);
  const message = `${path}: the dates of column ${column}, such as ${example}, may begin with the day or with the month`;
  throw new DataError("data/csv-date", message, `types=["${written}: dmy"] says the day comes first, mdy the month`);
}

/** The format that a program says a column has. DataErrors where its cells cannot be read so. */
function formatAs(type: ColumnType, profile: Profile, decimal: Decimal, path: string): CellFormat {
  if (type === "class") return { kind: "word" };
  if (type === "text") return { kind: "text" };
  if (type === "number") return { kind: "number", decimal, unit: numbersWith(profile, decimal).unit };
  if (type !== "date") return { kind: "date", order: type, part: "days" };
  const most = Math.max(...profile.dates.map(({ cells }) => cells));
  if (most > 0) return { kind: "date", order: orderOf(profile, most, path), part: "days" };
  const message = `${path}: column ${JSON.stringify(profile.written)} holds no dates, such as ${JSON.stringify(profile.example)}`;
  throw new DataError(
    "data/csv-date",
    message,
    "dates are written as 2020-01-31, 31.01.2020, 31/01/2020 or 01/31/2020",
  );
}

function emptyColumn(path: string, written: string): DataError {
  const message = `${path}: no row has a value in column ${JSON.stringify(written)}`;
  return new DataError("data/csv-empty-column", message, `leave it out with drop=${JSON.stringify(written)}`);
}

interface ColumnPlan {
  readonly written: string;
  readonly format: CellFormat;
  readonly example: string;
  /** Its place in a row. */
  readonly at: number;
}

const filesOf = ([first, second]: TableFiles): readonly RawTable[] => (second ? [first, second] : [first]);

/** The first pass: name, format and first cell of each column that is kept, and the number of rows. */
function readFormats(tables: TableFiles, options: TableOptions) {
  const [first] = tables;
  const { path, header } = first;
  const profiles = header.flatMap((written, at) =>
    options.keeps(written, at) ? [{ at, ...emptyProfile(written) }] : [],
  );
  let rows = 0;
  for (const table of filesOf(tables))
    for (const { cells } of rowsLike(first, table, (share) => options.progress?.(share / 2))) {
      for (const { profile, at } of profiles) profile.add(cells[at]!);
      rows++;
    }
  if (rows === 0) throw new DataError("data/csv-no-rows", `${path} has a header and no rows`);
  const { kept, notes } = withoutNameless(profiles, path);
  const empty = kept.find(({ profile }) => profile.present === 0);
  if (empty) throw emptyColumn(path, empty.profile.written);
  const all = kept.map(({ profile }) => profile);
  const common = shownDecimal(all) ?? likelyDecimal(all, options.separator);
  const columns = kept.map(({ profile, at }): ColumnPlan => {
    const { written, example } = profile;
    const decimal = options.decimal ?? shownDecimal([profile]) ?? common;
    const type = options.types.get(written);
    const isLabel = options.isLabel(written);
    const format = type ? formatAs(type, profile, decimal, path) : formatOf(profile, isLabel, decimal, path);
    return { written, format, example, at };
  });
  return { rows, columns, notes };
}

const emptyProfile = (written: string) => ({ profile: new Profile(written) });

/** Without columns that have no name: the first, which numbers the rows, and those of a separator at the end of each line. */
function withoutNameless(profiles: readonly { readonly at: number; readonly profile: Profile }[], path: string) {
  const notes: string[] = [];
  const kept = profiles.filter(({ at, profile }) => {
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
function badCell(
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

/** Missing values are NaN. */
const isNumber32 = (value: number | undefined): value is number =>
  value !== undefined && (Number.isNaN(value) || Number.isFinite(Math.fround(value)));

const isNumeric = (word: string): boolean => word !== "" && Number.isFinite(Number(word));

/** Classes by their names while they are met, and in the order of their names in the end. */
class Words {
  readonly #index = new Map<string, number>();

  indexOf(cell: string): number {
    if (isAbsentWord(cell)) return MISSING;
    const known = this.#index.get(cell);
    if (known !== undefined) return known;
    this.#index.set(cell, this.#index.size);
    return this.#index.size - 1;
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
  const { rows, columns: plans, notes } = readFormats(tables, options);
  const columns = plans.map((column) => {
    const words = column.format.kind === "word" ? new Words() : undefined;
    const texts =
      column.format.kind === "text" && options.tokens
        ? new Texts(options.tokens, `${path}: ${column.written}`)
        : undefined;
    return { ...column, words, texts, holes: 0, values: new Float64Array(rows) };
  });
  const lines = new Int32Array(rows);
  let row = 0;
  let ofFirst = 0;
  for (const table of filesOf(tables)) {
    for (const { cells, line } of rowsLike(first, table, (share) => options.progress?.((1 + share) / 2))) {
      lines[row] = line;
      for (const column of columns) {
        const { written, format, words, texts, values, at } = column;
        const cell = cells[at]!;
        const value = words?.indexOf(cell) ?? (texts ? textLength(texts, cell) : cellNumber(cell, format));
        if (!isNumber32(value)) throw badCell(cell, value, written, format, placeOf(table, line));
        values[row] = value;
        if (words ? value === MISSING : Number.isNaN(value)) column.holes++;
      }
      row++;
    }
    if (table === first) ofFirst = row;
  }
  const settled = columns.map(({ words, ...column }) => ({ ...column, labels: words?.settle(column.values) }));
  const where = (at: number): string => placeOf(at < ofFirst ? first : second, lines[at]!);
  return { path, columns: settled, count: rows, where, ofFirst, notes };
}

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
