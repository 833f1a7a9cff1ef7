// In: the bytes of a CSV file. Out: each column as numbers or as classes, with its missing cells marked, and how its cells
// write what they hold.
// Invariant: a column is numeric only when every cell it has is a finite number in one format. Two passes over the rows, the
// first for the formats, the second for the values: no cell is kept, and time and memory are linear in the file.

import {
  type CellFormat,
  cellNumber,
  type Decimal,
  FLAGS,
  isAbsent,
  isAbsentWord,
  isDate,
  isInfinite,
  readMarked,
} from "../../files/csvcells.ts";
import { bodyRows, readHeader } from "../../files/csvrows.ts";
import { DataError } from "../../files/dataerror.ts";

/** Index that stands for a missing class; a missing number is NaN. */
const MISSING = -1;

export interface TableColumn {
  readonly written: string;
  readonly format: CellFormat;
  /** Sorted names of the classes; undefined for numbers. */
  readonly labels: readonly string[] | undefined;
  /** One number or class index per row, in file order. */
  readonly values: Float64Array;
  /** The first cell that holds something. */
  readonly example: string;
}

export interface Table {
  readonly header: readonly string[];
  readonly columns: readonly TableColumn[];
  /** On which line of the file each row starts. */
  readonly lines: Int32Array;
}

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

/** What the cells of a column look like. */
class Profile {
  readonly units = new Map<string, Tally>();
  present = 0;
  infinite = 0;
  example = "";
  readonly flags = FLAGS.map(([yes, no]) => ({ yes, no, cells: 0 }));
  /** The column's name in the header. */
  readonly written: string;

  constructor(written: string) {
    this.written = written;
  }

  add(cell: string): void {
    if (isAbsent(cell)) return;
    if (this.present++ === 0) this.example = cell;
    const written = readMarked(cell);
    if (written) this.#count(written.unit, written.values);
    else if (isInfinite(cell)) this.infinite++;
    else if (cell.length <= 5) {
      const word = cell.toLowerCase();
      for (const flag of this.flags) if (word === flag.yes || word === flag.no) flag.cells++;
    }
  }

  #count(unit: string, values: Partial<Record<Decimal, number>>): void {
    let tally = this.units.get(unit);
    if (!tally) this.units.set(unit, (tally = { cells: 0, zeros: 0, point: 0, comma: 0, openComma: 0, openPoint: 0 }));
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

function formatOf(profile: Profile, isLabel: boolean, decimal: Decimal): CellFormat {
  const flag = profile.flags.find(({ cells }) => cells === profile.present);
  if (flag && !isLabel) return { kind: "flag", yes: flag.yes, no: flag.no };
  const units = [...profile.units.keys()].filter((unit) => unit !== "");
  const cellsWith = (unit: string) => profile.units.get(unit)?.cells ?? 0;
  const unit = units.reduce((most, each) => (cellsWith(each) > cellsWith(most) ? each : most), units[0] ?? "");
  const usable = ({ cells, point, comma }: Tally) => cells - (decimal === "." ? comma : point);
  const [own, bare] = [profile.units.get(unit), profile.units.get("")];
  let numbers = profile.infinite + (own ? usable(own) : 0);
  if (unit !== "" && bare) numbers += unit === "%" ? bare.zeros : usable(bare);
  if (numbers === 0 || numbers < MOSTLY * profile.present) return { kind: "word" };
  return { kind: "number", decimal, unit };
}

function emptyColumn(path: string, written: string): DataError {
  const message = `${path}: no row has a value in column ${JSON.stringify(written)}`;
  return new DataError("data/csv-empty-column", message, "remove the column");
}

/** The first pass: name, format and first cell of each column, and the number of rows. */
function readFormats(bytes: Uint8Array, path: string, options: TableOptions, header: readonly string[], label: number) {
  const profiles = header.map((written) => new Profile(written));
  let rows = 0;
  for (const { cells } of bodyRows(bytes, path, options.separator)) {
    for (let k = 0; k < cells.length; k++) profiles[k]!.add(cells[k]!);
    rows++;
  }
  if (rows === 0) throw new DataError("data/csv-no-rows", `${path} has a header and no rows`);
  const empty = profiles.find((profile) => profile.present === 0);
  if (empty) throw emptyColumn(path, empty.written);
  const common = shownDecimal(profiles) ?? likelyDecimal(profiles, options.separator);
  const columns = profiles.map((profile, k) => {
    const decimal = options.decimal ?? shownDecimal([profile]) ?? common;
    return { written: profile.written, format: formatOf(profile, k === label, decimal), example: profile.example };
  });
  return { rows, columns };
}

/** What is wrong with a cell of a numeric column that gives this value: `data/not-finite` or `data/csv-not-a-number`. */
function badCell(cell: string, value: number | undefined, where: string): DataError {
  if (value !== undefined) return new DataError("data/not-finite", `${where}: ${cell} is not a finite 32-bit number`);
  const message = `${where}: ${JSON.stringify(cell)} is not a number, but most cells of this column are`;
  return new DataError("data/csv-not-a-number", message, "correct the cell, or empty it");
}

/** Missing values are NaN. */
const isNumber32 = (value: number | undefined): value is number =>
  value !== undefined && (Number.isNaN(value) || Number.isFinite(Math.fround(value)));

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
    const sorted = met.toSorted((a, b) => (a < b ? -1 : 1));
    const indexOf = new Map(sorted.map((label, index) => [label, index]));
    const places = met.map((label) => indexOf.get(label) ?? MISSING);
    for (const [row, value] of values.entries()) values[row] = value === MISSING ? MISSING : (places[value] ?? MISSING);
    return sorted;
  }
}

export interface TableOptions {
  readonly separator: string;
  /** Undefined: as the cells show. */
  readonly decimal: Decimal | undefined;
}

/**
 * The columns of a table. `labelOf` gives the index of the label among the header's names, -1 for none.
 * DataErrors of `rowsOf` and `bodyRows`, `data/csv-no-rows`, `data/csv-empty-column`, `data/not-finite`, `data/csv-not-a-number`.
 */
export function readTable(
  bytes: Uint8Array,
  path: string,
  options: TableOptions,
  labelOf: (header: readonly string[]) => number,
): Table {
  const header = readHeader(bytes, path, options.separator);
  const { rows, columns: formats } = readFormats(bytes, path, options, header, labelOf(header));
  const columns = formats.map((column) => {
    const words = column.format.kind === "word" ? new Words() : undefined;
    return { ...column, words, values: new Float64Array(rows) };
  });
  const lines = new Int32Array(rows);
  let row = 0;
  for (const { cells, line } of bodyRows(bytes, path, options.separator)) {
    lines[row] = line;
    for (let k = 0; k < cells.length; k++) {
      const cell = cells[k]!;
      const { written, format, words, values } = columns[k]!;
      const value = words?.indexOf(cell) ?? cellNumber(cell, format);
      if (!isNumber32(value)) throw badCell(cell, value, `${path}, line ${line}, column ${JSON.stringify(written)}`);
      values[row] = value;
    }
    row++;
  }
  const settled = columns.map(({ words, ...column }) => ({ ...column, labels: words?.settle(column.values) }));
  return { header, columns: settled, lines };
}

export function isMissing(column: TableColumn, row: number): boolean {
  return column.labels ? column.values[row] === MISSING : Number.isNaN(column.values[row]);
}

/** What stands in for missing cells: the mean of the given rows, or their most frequent class (the first on a tie). */
export function substitute(column: TableColumn, rows: Int32Array): number {
  const known = rows.filter((row) => !isMissing(column, row));
  if (!column.labels) return known.reduce((sum, row) => sum + column.values[row]!, 0) / Math.max(1, known.length);
  const counts = new Float64Array(column.labels.length);
  for (const row of known) counts[column.values[row]!]!++;
  return counts.reduce((best, count, index) => (count > counts[best]! ? index : best), 0);
}

/** `price is left out of x: its cells are 58 different words, such as "2,340"` */
export function leftOutText({ written, labels, example }: TableColumn): string {
  const kinds = labels?.length ?? 0;
  const what = `${isDate(example) ? "date" : "word"}${kinds === 1 ? "" : "s"}`;
  const cells = kinds === 1 ? `its cells are all the ${what}` : `its cells are ${kinds} different ${what}, such as`;
  return `${written} is left out of x: ${cells} ${JSON.stringify(example)}`;
}
