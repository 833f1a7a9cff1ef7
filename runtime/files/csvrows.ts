// In: the bytes of a CSV file. Out: what separates its cells, the names of its columns, and its rows as texts, with their line numbers.
// Invariant: nothing of a row is kept once the next is asked for; all rows have as many cells as the first.

import { RowScanner } from "./csvscan.ts";
import { DataError } from "./dataerror.ts";
import type { FilePlace } from "./decode.ts";

export interface Row {
  /** Line of the file on which the row starts, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

export const SEPARATORS = [",", ";", "\t", "|"] as const;

const LF = 10;

const cellsOf = (row: RowScanner): string[] => Array.from({ length: row.width }, (_, k) => row.text(k));

/** All rows of the file, the header among them. DataError `data/csv-quote`, and those of text that is none. */
function* rowsOf(bytes: Uint8Array, path: string, separator: string): Generator<Row> {
  const scanner = new RowScanner(bytes, path, separator);
  while (scanner.next()) yield { line: scanner.line, cells: cellsOf(scanner) };
}

/** Rows that a guess looks at. */
const LOOKED_AT = 20;

/**
 * Guesses the mark between cells: the one that cuts the first rows into as many cells each, the most of all; else the one that
 * cuts the first row most often.
 */
export function guessSeparator(bytes: Uint8Array, path: string): string {
  let best = { mark: SEPARATORS[0] as string, even: false, width: 1 };
  for (const mark of SEPARATORS) {
    const widths = widthsWith(bytes, path, mark);
    const width = widths[0] ?? 0;
    const even = widths.every((each) => each === width);
    if (width > 1 && (even === best.even ? width > best.width : even)) best = { mark, even, width };
  }
  return best.mark;
}

/** Numbers of cells of the first rows, as far as they can be cut. */
function widthsWith(bytes: Uint8Array, path: string, mark: string): number[] {
  const widths: number[] = [];
  try {
    const start = bytes.subarray(0, 2 ** 20);
    const whole = start.length < bytes.length ? start.subarray(0, start.lastIndexOf(LF) + 1) : start;
    for (const { cells } of rowsOf(whole, path, mark)) if (widths.push(cells.length) === LOOKED_AT) break;
  } catch (error) {
    // Errors of the file are reported when it is read.
    if (!(error instanceof DataError)) throw error;
  }
  return widths;
}

function checkHeader(header: readonly string[], path: string, separator: string): void {
  const other = SEPARATORS.find((mark) => mark !== separator && header[0]?.includes(mark));
  if (header.length === 1 && other) {
    const message = `${path} has one column, ${JSON.stringify(header[0])}: its cells are not separated by ${JSON.stringify(separator)}`;
    throw new DataError(
      "data/csv-header",
      message,
      `add separator=${JSON.stringify(other)}, as in csv("FILE.csv", separator=${JSON.stringify(other)})`,
    );
  }
  if (looksLikeRow(header)) {
    const message = `${path}, line 1 holds numbers, as a row does, but must hold the names of the columns`;
    throw new DataError(
      "data/csv-header",
      message,
      `header=false is for a file without names, or write a first line such as ${header
        .map((_, i) => `x${i + 1}`)
        .slice(0, 3)
        .join(separator)}`,
    );
  }
  const seen = new Set<string>();
  const again = header.find((name) => name !== "" && (seen.has(name) || !seen.add(name)));
  if (again === undefined) return;
  const message = `${path}, line 1: two columns are called ${JSON.stringify(again)}`;
  throw new DataError("data/csv-header", message, "give one of them another name");
}

const isNumeric = (cell: string): boolean => cell !== "" && Number.isFinite(Number(cell));

/** Whether names are numbers that nobody counts columns by: 0, 1, 2 may be names, 5.1, 3.5, 1.4 are values. */
function looksLikeRow(header: readonly string[]): boolean {
  const numbers = header.filter(isNumeric).map(Number);
  if (numbers.length === 0 || numbers.length < header.length / 2) return false;
  return numbers.length === header.length || numbers.some((value, i) => i > 0 && value <= numbers[i - 1]!);
}

/** Names for columns that have none: c1, c2, ... */
const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `c${i + 1}`);

/**
 * The names of the columns; `named` says whether the first line holds them. A column may have an empty one.
 * DataError `data/csv-header`, `data/empty-file`.
 */
export function readHeader(bytes: Uint8Array, path: string, separator: string, named = true): readonly string[] {
  for (const { cells } of rowsOf(bytes, path, separator)) {
    if (!named) return numbered(cells.length);
    checkHeader(cells, path, separator);
    return cells;
  }
  throw new DataError("data/empty-file", `${path} is empty`);
}

/** The rows, or those below the names, each with as many cells as the first line. */
export class BodyScanner extends RowScanner {
  readonly #path: string;
  readonly #separator: string;
  readonly #named: boolean;
  #width: number | undefined;

  /** `part`: the bytes stand below the names, or the first line, which has so many cells. */
  constructor(
    bytes: Uint8Array,
    path: string,
    separator: string,
    named = true,
    report?: (share: number) => void,
    part?: FilePlace & { readonly width: number },
  ) {
    super(bytes, path, separator, report, part);
    [this.#path, this.#separator, this.#named] = [path, separator, named];
    this.#width = part?.width;
  }

  /** DataError `data/csv-ragged`, and those of any row. */
  override next(): boolean {
    if (!super.next()) return false;
    if (this.#width === undefined) {
      this.#width = this.width;
      return this.#named ? this.next() : true;
    }
    if (this.width === this.#width) return true;
    const [width, expected] = [this.width, this.#width];
    const message = `${this.#path}, line ${this.line} has ${width} cells, but ${this.#named ? "the header" : "the first line"} has ${expected}`;
    const mark = JSON.stringify(this.#separator);
    const hint =
      width > expected
        ? `a cell that holds a ${mark} needs quotes`
        : `a cell without a value keeps its place: nothing between two ${mark}`;
    throw new DataError("data/csv-ragged", message, hint);
  }
}

/** The same rows as texts. */
export function* bodyRows(bytes: Uint8Array, path: string, separator: string, named = true): Generator<Row> {
  const scanner = new BodyScanner(bytes, path, separator, named);
  while (scanner.next()) yield { line: scanner.line, cells: cellsOf(scanner) };
}

/** The rows both ways, as often as they are asked for. */
export const bodyOf = (bytes: Uint8Array, path: string, separator: string, named = true) => ({
  rows: () => bodyRows(bytes, path, separator, named),
  scan: (report?: (share: number) => void) => new BodyScanner(bytes, path, separator, named, report),
});
