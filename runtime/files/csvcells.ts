// In: one cell of a table. Out: the number it writes, as the cells of its column write numbers: with a decimal point or comma,
// thousands set apart, a unit of money, a per cent sign; or yes and no.
// Invariant: a cell is read by the format of its column alone, so that training and prediction read it alike. No expression
// below can match a part of a cell in two ways, so that each takes linear time.
import { type DateOrder, type DatePart, partOfDate, readDate } from "./dates.ts";

export type Decimal = "." | ",";

/** Words of spreadsheets, R and pandas for "no value" in a column of numbers. */
const ABSENT = /^(nan|na|n\/a|null|none|\?|-nan)$/i;
/** The same in a column of words, where "none" and "?" may well be classes. */
const ABSENT_WORD = /^(nan|na|n\/a|null|)$/i;
const INFINITE = /^[+-]?inf(inity)?$/i;
const PLAIN = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

export const isAbsent = (cell: string): boolean => cell === "" || (cell.length <= 4 && ABSENT.test(cell));
export const isAbsentWord = (cell: string): boolean => ABSENT_WORD.test(cell);
export const isInfinite = (cell: string): boolean => INFINITE.test(cell);

/** Codes of money that are taken for a unit (ISO 4217); any sign of the Unicode class "currency" is, too. */
const CODES =
  "AED|ARS|AUD|BRL|CAD|CHF|CLP|CNY|COP|CZK|DKK|EGP|EUR|GBP|HKD|HUF|IDR|ILS|INR|JPY|KES|KRW|MXN|MYR|NGN|NOK|NZD|PEN|PHP|PKR|PLN|RON|RUB|SAR|SEK|SGD|THB|TRY|TWD|UAH|USD|VND|ZAR";
const UNIT = `(?:[A-Z]{0,2}\\p{Sc}|${CODES})`;
const SPACE = "[ \\u00a0\\u2009\\u202f]";
const MARKED = new RegExp(
  `^([+\\-\\u2212]?)${SPACE}?(${UNIT})?${SPACE}?([+\\-\\u2212]?)((?:\\d|[.,]\\d)[\\d.,'\\u2019 \\u00a0\\u2009\\u202f]*?)(e[+-]?\\d+)?${SPACE}?(%|${UNIT})?$`,
  "u",
);
const POINTS = /^[+-]?[1-9]\d{0,2}(?:\.\d{3})+$/;
const GROUPED: Readonly<Record<Decimal, RegExp>> = {
  ".": /^[1-9]\d{0,2}(?:(?:,\d{3})+|(?:['\u2019]\d{3})+|(?:[ \u00a0\u2009\u202f]\d{3})+)(?:\.\d*)?$/,
  ",": /^[1-9]\d{0,2}(?:(?:\.\d{3})+|(?:['\u2019]\d{3})+|(?:[ \u00a0\u2009\u202f]\d{3})+)(?:,\d*)?$/,
};
const UNGROUPED: Readonly<Record<Decimal, RegExp>> = {
  ".": /^(?:\d+(?:\.\d*)?|\.\d+)$/,
  ",": /^(?:\d+(?:,\d*)?|,\d+)$/,
};
/** Longer cells are no numbers. */
const LONGEST = 64;

/** A cell that writes a number: its unit, and its value for each decimal mark that makes sense of it. */
export interface Written {
  readonly unit: string;
  readonly values: Readonly<Partial<Record<Decimal, number>>>;
}

/** Undefined for what is no number. */
export function readMarked(cell: string): Written | undefined {
  if (PLAIN.test(cell)) {
    const value = Number(cell);
    // `2.340` and `2340` make sense with a comma as the decimal mark, too.
    const other = !cell.includes(".")
      ? value
      : POINTS.test(cell)
        ? numberIn(cell.replace(/^[+-]/, ""), ",")
        : undefined;
    return {
      unit: "",
      values: { ".": value, ...(other === undefined ? {} : { ",": cell.startsWith("-") ? -Math.abs(other) : other }) },
    };
  }
  const match = cell.length <= LONGEST ? MARKED.exec(cell) : null;
  if (!match) return undefined;
  const [, sign, before, inner, body = "", power = "", after] = match;
  if ((before && after) || (sign && inner)) return undefined;
  const factor = sign && sign !== "+" ? -1 : inner && inner !== "+" ? -1 : 1;
  const values: Partial<Record<Decimal, number>> = {};
  for (const decimal of [".", ","] as const) {
    const value = numberIn(body, decimal, power);
    if (value !== undefined) values[decimal] = factor * value;
  }
  return Object.keys(values).length === 0 ? undefined : { unit: before ?? after ?? "", values };
}

function numberIn(body: string, decimal: Decimal, power = ""): number | undefined {
  if (!UNGROUPED[decimal].test(body) && !GROUPED[decimal].test(body)) return undefined;
  const digits = decimal === "." ? body.replace(/[^\d.]/g, "") : body.replace(/[^\d,]/g, "").replace(",", ".");
  return Number(digits + power);
}

/** Powers of ten that a number of 64 bits holds exactly. */
export const POWERS: readonly number[] = Array.from({ length: 23 }, (_, k) => 10 ** k);
const [ZERO, NINE, POINT, MINUS] = [48, 57, 46, 45];
/** Whole numbers of so many digits are exact, and so is their quotient by a power of ten up to 22 correctly rounded. */
const EXACT_DIGITS = 15;

/** The number of a cell of digits with at most one point, as most are; undefined for any other, which may still be one. */
export function plainNumber(cell: string): number | undefined {
  const length = cell.length;
  const isNegative = length > 0 && cell.charCodeAt(0) === MINUS;
  let [whole, point] = [0, -1];
  const first = isNegative ? 1 : 0;
  if (length - first > EXACT_DIGITS + 1 || length === first) return undefined;
  for (let at = first; at < length; at++) {
    const code = cell.charCodeAt(at);
    if (code >= ZERO && code <= NINE) whole = whole * 10 + (code - ZERO);
    else if (code === POINT && point < 0) point = at;
    else return undefined;
  }
  const digits = length - first - (point < 0 ? 0 : 1);
  if (digits === 0 || digits > EXACT_DIGITS) return undefined;
  const value = point < 0 ? whole : whole / POWERS[length - 1 - point]!;
  return isNegative ? -value : value;
}

/** Of a cell that `plainNumber` reads: whether its point could set thousands apart, as in 1.500, or is one for decimals; or neither. */
export function pointOf(cell: string): "open" | "decimal" | "none" {
  const point = cell.lastIndexOf(".");
  if (point < 0) return "none";
  const first = cell.charCodeAt(0) === MINUS ? 1 : 0;
  const digits = point - first;
  const isGroup = cell.length - point === 4 && digits >= 1 && digits <= 3 && cell.charCodeAt(first) !== ZERO;
  return isGroup ? "open" : "decimal";
}

/** The number that a cell of a column writes; undefined where it is none of the kind. NaN: no value. */
export function cellNumber(cell: string, format: CellFormat): number | undefined {
  if (format.kind === "missing") return isAbsent(cell) ? 1 : 0;
  if (format.kind === "is") return isAbsentWord(cell) ? Number.NaN : cell === format.word ? 1 : 0;
  if (format.kind === "number" && format.decimal === "." && format.unit === "") {
    const plain = plainNumber(cell);
    if (plain !== undefined) return plain;
  }
  if (isAbsent(cell)) return Number.NaN;
  if (format.kind === "date") {
    const days = readDate(cell, format.order);
    return days === undefined ? undefined : partOfDate(days, format.part);
  }
  if (format.kind === "flag") {
    const word = cell.toLowerCase();
    return word === format.yes ? 1 : word === format.no ? 0 : undefined;
  }
  if (format.kind === "word" || format.kind === "text") return undefined;
  if (format.decimal === "." && format.unit === "" && PLAIN.test(cell)) return Number(cell);
  if (isInfinite(cell)) return cell.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const written = readMarked(cell);
  if (!written) return undefined;
  const value = written.values[format.decimal];
  return value !== undefined && fitsUnit(written.unit, value, format.unit) ? value : undefined;
}

/** A unit may be left out, but 5 among per cents is 5 per cent only where it is 0. */
function fitsUnit(unit: string, value: number, wanted: string): boolean {
  return unit === wanted || (unit === "" && (wanted !== "%" || value === 0));
}

/** Words for yes and no, in small letters. */
export const FLAGS: readonly (readonly [yes: string, no: string])[] = [
  ["true", "false"],
  ["yes", "no"],
];

/** Recognises dates of several forms in a column, where its cells are no numbers and no dates of one form; for messages only. */
export const isDateLike = (cell: string): boolean =>
  /^(?:\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ]\d{1,2}:\d{2}.*)?|\d{1,2}:\d{2}(?::\d{2}.*)?)$/.test(cell);

/** The note on a column that writes numbers in its own way; none for plain ones. */
export function formatText(format: CellFormat): string {
  if (format.kind === "flag") return `${format.yes} is 1, ${format.no} is 0`;
  if (format.kind === "date") return format.part === "days" ? "days since 1970-01-01" : DATE_PARTS[format.part];
  if (format.kind !== "number") return "";
  const parts = [
    ...(format.decimal === "," ? ["decimal comma"] : []),
    ...(format.unit === "%" ? ["12% is 12"] : format.unit === "" ? [] : [`in ${format.unit}`]),
  ];
  return parts.join(", ");
}

const DATE_PARTS = { year: "the year", month: "1 is January", weekday: "1 is Monday" } as const;

/** How the cells of a column write what they hold, and which number is made of one; saved with the weights. */
export type CellFormat =
  | { readonly kind: "number"; readonly decimal: Decimal; readonly unit: string }
  | { readonly kind: "flag"; readonly yes: string; readonly no: string }
  | { readonly kind: "date"; readonly order: DateOrder; readonly part: DatePart }
  /** 1 where the cell is this word, else 0. */
  | { readonly kind: "is"; readonly word: string }
  /** 1 where the cell is empty, else 0. */
  | { readonly kind: "missing" }
  | { readonly kind: "word" }
  /** Cut into tokens, a sequence of them. */
  | { readonly kind: "text" };
