// In: the cells of a column, one after the other. Out: how they write what they hold: numbers with a decimal mark and a unit, yes and
// no, dates in an order, or words.
// Invariant: a column is numeric only where nearly all its cells are numbers in one format; constant memory.

import {
  type CellFormat,
  type Decimal,
  FLAGS,
  isAbsent,
  isDateLike,
  isInfinite,
  readMarked,
} from "../../files/csvcells.ts";
import { FORM } from "../../files/csvscan.ts";
import { DataError } from "../../files/dataerror.ts";
import { type DateOrder, readDate } from "../../files/dates.ts";

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

const newTally = (): Tally => ({ cells: 0, zeros: 0, point: 0, comma: 0, openComma: 0, openPoint: 0 });

const ORDERS: readonly DateOrder[] = ["ymd", "dmy", "mdy"];

/** The form of a column's cells. */
export class Profile {
  readonly #plain = newTally();
  readonly units = new Map([["", this.#plain]]);
  present = 0;
  infinite = 0;
  /** The first cell that holds something. */
  example = "";
  readonly flags = FLAGS.map(([yes, no]) => ({ yes, no, cells: 0 }));
  /** How many cells are dates, in each order. */
  readonly dates = ORDERS.map((order) => ({ order, cells: 0 }));
  /** The column's name in the header. */
  readonly written: string;

  constructor(written: string) {
    this.written = written;
  }

  /** Counts a cell that writes a number plainly; `form` is one of `FORM`. */
  addPlain(value: number, form: number): void {
    this.present++;
    const tally = this.#plain;
    tally.cells++;
    if (value === 0) tally.zeros++;
    if (form === FORM.decimal) tally.point++;
    else if (form === FORM.open) tally.openPoint++;
  }

  /** Counts cells of any other text. */
  add(cell: string, times: number): void {
    if (isAbsent(cell)) return;
    this.present += times;
    if (isDateLike(cell))
      for (const date of this.dates) if (readDate(cell, date.order) !== undefined) date.cells += times;
    const written = readMarked(cell);
    if (written) this.#count(written.unit, written.values, times);
    else if (isInfinite(cell)) this.infinite += times;
    else if (cell.length <= 5) {
      const word = cell.toLowerCase();
      for (const flag of this.flags) if (word === flag.yes || word === flag.no) flag.cells += times;
    }
  }

  #count(unit: string, values: Partial<Record<Decimal, number>>, times: number): void {
    const tally = this.units.get(unit) ?? newTally();
    this.units.set(unit, tally);
    const [point, comma] = [values["."], values[","]];
    tally.cells += times;
    if ((point ?? comma) === 0) tally.zeros += times;
    if (comma === undefined) tally.point += times;
    else if (point === undefined) tally.comma += times;
    else if (Math.abs(comma) < Math.abs(point)) tally.openComma += times;
    else if (comma !== point) tally.openPoint += times;
  }

  sum(of: keyof Tally): number {
    let sum = 0;
    for (const tally of this.units.values()) sum += tally[of];
    return sum;
  }
}

/** The decimal mark that cells which make sense with one mark only show; undefined where there are none, or as many of each. */
export function shownDecimal(profiles: readonly Profile[]): Decimal | undefined {
  let balance = 0;
  for (const profile of profiles) balance += profile.sum("comma") - profile.sum("point");
  return balance > 0 ? "," : balance < 0 ? "." : undefined;
}

/** Where nothing shows it: 2,340 has a decimal comma where cells are not separated by commas, unless points are in use. */
export function likelyDecimal(profiles: readonly Profile[], separator: string): Decimal {
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

export function formatOf(profile: Profile, isLabel: boolean, decimal: Decimal, path: string): CellFormat {
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
export function formatAs(type: ColumnType, profile: Profile, decimal: Decimal, path: string): CellFormat {
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

export function emptyColumn(path: string, written: string): DataError {
  const message = `${path}: no row has a value in column ${JSON.stringify(written)}`;
  return new DataError("data/csv-empty-column", message, `leave it out with drop=${JSON.stringify(written)}`);
}
