// In: the bytes of a CSV file (RFC 4180: quoted fields, doubled quotes; lines end with LF, CRLF or CR). Out: its rows, one
// after the other, with their line numbers.
// Invariant: one pass, and nothing of a row is kept once the next is asked for. Blank lines are passed over.

import { DataError } from "./dataerror.ts";
import { decodeParts } from "./decode.ts";

export interface Row {
  /** Line of the file on which the row starts, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

export const SEPARATORS = [",", ";", "\t", "|"] as const;

/** Most characters of a cell: a file without lines is no table. */
const CELL_LIMIT = 2 ** 24;

const QUOTE = 34;
const LF = 10;
const CR = 13;
const SPACE = 32;

/** Where the reader stands: before a cell, in a bare one, in a quoted one, behind a quote, behind the CR of a line's end. */
type State = "start" | "bare" | "quoted" | "quote";

/** Cuts text that comes in parts into rows. */
class RowCutter {
  readonly #separator: number;
  readonly #path: string;
  #state: State = "start";
  #cell = "";
  #cells: string[] = [];
  #line = 1;
  #rowLine = 1;
  #quoteLine = 1;
  #afterReturn = false;

  constructor(separator: string, path: string) {
    this.#separator = separator.charCodeAt(0);
    this.#path = path;
  }

  *rows(text: string): Generator<Row> {
    for (let at = 0; at < text.length; ) {
      const code = text.charCodeAt(at);
      if (this.#afterReturn) {
        this.#afterReturn = false;
        // The second half of one line end.
        if (code === LF) {
          at++;
          continue;
        }
      }
      if (this.#state === "quoted") {
        at = this.#insideQuotes(text, at);
        continue;
      }
      if (code === this.#separator) {
        this.#endCell();
        at++;
      } else if (code === LF || code === CR) {
        at++;
        this.#afterReturn = code === CR;
        const row = this.#endRow();
        if (row) yield row;
      } else if (this.#state === "quote") {
        at = this.#behindQuote(code, at);
      } else if (this.#state === "start" && code === QUOTE) {
        [this.#state, this.#cell, this.#quoteLine] = ["quoted", "", this.#line];
        at++;
      } else if (this.#state === "start" && code === SPACE) at++;
      else at = this.#bare(text, at);
    }
  }

  /** Text of a quoted cell up to its next quote. */
  #insideQuotes(text: string, at: number): number {
    const quote = text.indexOf('"', at);
    const end = quote < 0 ? text.length : quote;
    const part = text.slice(at, end);
    this.#extend(part);
    this.#countLines(part);
    if (quote < 0) return end;
    this.#state = "quote";
    return quote + 1;
  }

  #countLines(part: string): void {
    for (let i = 0; i < part.length; i++) {
      const code = part.charCodeAt(i);
      if (code === CR || (code === LF && this.#last !== CR)) this.#line++;
      this.#last = code;
    }
  }
  #last = 0;

  /** A second quote is one of the cell; of anything else only spaces may follow. */
  #behindQuote(code: number, at: number): number {
    if (code === QUOTE && !this.#closed) {
      this.#cell += '"';
      this.#state = "quoted";
    } else if (code === SPACE) this.#closed = true;
    else {
      const message = `${this.#path}, line ${this.#line}: text follows the closing quote of a cell`;
      throw new DataError("data/csv-quote", message, 'a quote inside a cell is written twice: ""');
    }
    return at + 1;
  }
  #closed = false;

  #bare(text: string, at: number): number {
    this.#state = "bare";
    let end = at;
    for (; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (code === this.#separator || code === LF || code === CR) break;
    }
    this.#extend(text.slice(at, end));
    return end;
  }

  #extend(part: string): void {
    this.#cell = this.#cell === "" ? part : this.#cell + part;
    if (this.#cell.length <= CELL_LIMIT) return;
    const message = `${this.#path}, line ${this.#rowLine}: a cell has more than ${CELL_LIMIT} characters`;
    throw new DataError("data/too-large", message, "is it a table, and is a quote closed that was opened?");
  }

  #endCell(): void {
    this.#cells.push(this.#state === "quote" ? this.#cell : this.#cell.trim());
    this.#cell = "";
    this.#state = "start";
    this.#closed = false;
  }

  /** Undefined for a blank line. */
  #endRow(): Row | undefined {
    this.#endCell();
    const [cells, line] = [this.#cells, this.#rowLine];
    this.#cells = [];
    this.#line++;
    this.#rowLine = this.#line;
    return cells.length > 1 || cells[0] !== "" ? { line, cells } : undefined;
  }

  /** What the end of the file ends. */
  end(): Row | undefined {
    if (this.#state === "quoted") {
      const message = `${this.#path}, line ${this.#quoteLine}: a quoted cell is never closed`;
      throw new DataError("data/csv-quote", message, 'a quote inside a cell is written twice: ""');
    }
    return this.#cells.length > 0 || this.#state !== "start" ? this.#endRow() : undefined;
  }
}

/** All rows of the file, the header among them. DataError `data/csv-quote`, and those of text that is none. */
function* rowsOf(bytes: Uint8Array, path: string, separator: string, report?: (share: number) => void): Generator<Row> {
  const cutter = new RowCutter(separator, path);
  let read = 0;
  for (const part of decodeParts(bytes, path)) {
    yield* cutter.rows(part);
    read += part.length;
    report?.(Math.min(1, read / bytes.length));
  }
  report?.(1);
  const last = cutter.end();
  if (last) yield last;
}

/** Rows that a guess looks at. */
const LOOKED_AT = 20;

/**
 * What stands between the cells: the mark that cuts the first rows into as many cells each, the most of all; else the one that
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
    // What is wrong with the file is said when it is read.
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

/** The rows, or those below the names, each with as many cells as the first line. DataError `data/csv-ragged`. */
export function* bodyRows(
  bytes: Uint8Array,
  path: string,
  separator: string,
  named = true,
  report?: (share: number) => void,
): Generator<Row> {
  let width: number | undefined;
  for (const row of rowsOf(bytes, path, separator, report)) {
    const { cells, line } = row;
    if (width !== undefined && cells.length !== width) {
      const message = `${path}, line ${line} has ${cells.length} cells, but ${named ? "the header" : "the first line"} has ${width}`;
      const mark = JSON.stringify(separator);
      const hint =
        cells.length > width
          ? `a cell that holds a ${mark} needs quotes`
          : `a cell without a value keeps its place: nothing between two ${mark}`;
      throw new DataError("data/csv-ragged", message, hint);
    }
    if (width !== undefined || !named) yield row;
    width = cells.length;
  }
}
