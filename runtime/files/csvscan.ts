// In: the bytes of a CSV file (RFC 4180: quoted fields, doubled quotes; lines end with LF, CRLF or CR). Out: its rows, one after the
// other: of each cell its number, where it is written plainly, else its text.
// Invariant: one pass, and nothing of a row is kept once the next is asked for. Blank lines are passed over; every byte that is not
// ASCII is decoded, so that no file of another encoding passes.

import { POWERS } from "./csvcells.ts";
import { DataError } from "./dataerror.ts";
import { decodePart, FILE_START, type FilePlace, PART } from "./decode.ts";

/** How a cell is written: as text; as a whole number; with a point for decimals; with one that may set thousands apart, as in 1.500. */
export const FORM = { text: 0, whole: 1, decimal: 2, open: 3 } as const;

/** Most bytes of a cell: a file without lines is no table. */
const CELL_LIMIT = 2 ** 24;
/** Whole numbers of so many digits are exact, and so is their quotient by a power of ten up to 22 correctly rounded. */
const EXACT_DIGITS = 15;

const [LF, CR, SPACE, QUOTE, MINUS, POINT, ZERO, NINE] = [10, 13, 32, 34, 45, 46, 48, 57];

/** The row that a scanner stands at. */
export interface ScannedRow {
  /** Line of the file on which the row starts, from 1. */
  readonly line: number;
  /** How many cells it has. */
  readonly width: number;
  /** Of each cell, its number; of a text, anything. */
  readonly values: Float64Array;
  /** Of each cell, one of `FORM`. */
  readonly forms: Uint8Array;
  text(cell: number): string;
}

/** Whether the point of a plain number could set thousands apart. */
function formOf(bytes: Uint8Array, first: number, point: number, decimals: number): number {
  const before = point - first;
  return decimals === 3 && before >= 1 && before <= 3 && bytes[first] !== ZERO ? FORM.open : FORM.decimal;
}

/** Texts of ASCII that were made lately: a column of words has few. */
class RecentTexts {
  readonly #texts = new Array<string>(RECENT).fill("");
  readonly #starts = new Float64Array(RECENT);

  of(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start;
    if (length > SHORT) return new TextDecoder().decode(bytes.subarray(start, end));
    let hash = length;
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] ?? 0)) | 0;
    const slot = (hash ^ (hash >>> 12)) & (RECENT - 1);
    const known = this.#texts[slot];
    if (known?.length === length && areEqual(bytes, this.#starts[slot] ?? 0, start, length)) return known;
    const made = String.fromCharCode(...bytes.subarray(start, end));
    this.#texts[slot] = made;
    this.#starts[slot] = start;
    return made;
  }
}

const [RECENT, SHORT] = [2 ** 12, 32];

function areEqual(bytes: Uint8Array, first: number, second: number, length: number): boolean {
  for (let k = 0; k < length; k++) if (bytes[first + k] !== bytes[second + k]) return false;
  return true;
}

export class RowScanner implements ScannedRow {
  line = 1;
  width = 0;
  values = new Float64Array(64);
  forms = new Uint8Array(64);
  readonly #bytes: Uint8Array;
  readonly #path: string;
  readonly #separator: number;
  readonly #report: ((share: number) => void) | undefined;
  #starts = new Float64Array(64);
  #ends = new Float64Array(64);
  /** Texts that are made when they are met: those that are not ASCII, and quoted ones, whose spaces are their own. */
  readonly #texts = new Map<number, string>();
  readonly #recent = new RecentTexts();
  #at = 0;
  #nextLine: number;
  readonly #first: number;
  #reported = 0;

  /** `place`: where the bytes stand in their file, if they are not all of it. */
  constructor(
    bytes: Uint8Array,
    path: string,
    separator: string,
    report?: (share: number) => void,
    { from, line }: FilePlace = FILE_START,
  ) {
    if (bytes.length === 0) throw new DataError("data/empty-file", `${path} is empty`);
    this.#bytes = bytes;
    this.#path = path;
    this.#separator = separator.charCodeAt(0);
    this.#report = report;
    this.#first = from;
    this.#nextLine = line;
    if (from === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.#at = 3;
  }

  /** Goes to the next row; false behind the last. DataError `data/csv-quote`, and those of text that is none. */
  next(): boolean {
    const { length } = this.#bytes;
    while (this.#at < length) {
      this.line = this.#nextLine;
      this.width = 0;
      if (this.#texts.size > 0) this.#texts.clear();
      let goesOn = true;
      while (goesOn) goesOn = this.#cell();
      if (this.#at - this.#reported >= PART) this.#tell();
      if (this.width > 1 || this.forms[0] !== FORM.text || this.text(0) !== "") return true;
    }
    this.#report?.(1);
    return false;
  }

  #tell(): void {
    this.#reported = this.#at;
    this.#report?.(Math.min(1, this.#at / this.#bytes.length));
  }

  /** Reads one cell and what ends it; whether another one of the row follows. */
  #cell(): boolean {
    const bytes = this.#bytes;
    const { length } = bytes;
    let at = this.#at;
    while (at < length && bytes[at] === SPACE && SPACE !== this.#separator) at++;
    if (bytes[at] === QUOTE && at < length) return this.#quoted(at + 1);
    const start = at;
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at++;
    let [whole, digits, point] = [0, 0, -1];
    for (; at < length; at++) {
      const code = bytes[at] ?? 0;
      if (code >= ZERO && code <= NINE) {
        whole = whole * 10 + (code - ZERO);
        digits++;
      } else if (code === POINT && point < 0) point = at;
      else break;
    }
    const end = at;
    while (at < length && bytes[at] === SPACE) at++;
    const isEnd = at >= length || bytes[at] === this.#separator || bytes[at] === LF || bytes[at] === CR;
    if (!isEnd || digits === 0 || digits > EXACT_DIGITS) return this.#bare(start, at);
    const decimals = point < 0 ? 0 : end - point - 1;
    const value = decimals === 0 ? whole : whole / (POWERS[decimals] ?? 1);
    const cell = this.#add(start, end);
    this.values[cell] = isNegative ? -value : value;
    this.forms[cell] = point < 0 ? FORM.whole : formOf(bytes, isNegative ? start + 1 : start, point, decimals);
    return this.#after(at);
  }

  /** A text up to the next separator or end of a line. */
  #bare(start: number, from: number): boolean {
    const bytes = this.#bytes;
    const { length } = bytes;
    let [at, high] = [from, 0];
    for (; at < length; at++) {
      const code = bytes[at] ?? 0;
      if (code === this.#separator || code === LF || code === CR) break;
      high |= code;
    }
    const cell = this.#addText(start, at);
    if (high >= 0x80) this.#texts.set(cell, decodePart(bytes, start, at, this.#path, this.#first).trim());
    return this.#after(at);
  }

  /** A quoted text, of which `start` is the first byte. */
  #quoted(start: number): boolean {
    const bytes = this.#bytes;
    const { length } = bytes;
    const opened = this.#nextLine;
    let [at, high, doubled] = [start, 0, false];
    for (; ; at++) {
      if (at >= length) {
        const message = `${this.#path}, line ${opened}: a quoted cell is never closed`;
        throw new DataError("data/csv-quote", message, 'a quote inside a cell is written twice: ""');
      }
      const code = bytes[at] ?? 0;
      if (code === QUOTE) {
        if (bytes[at + 1] !== QUOTE) break;
        doubled = true;
        at++;
      } else if (code === CR || (code === LF && bytes[at - 1] !== CR)) this.#nextLine++;
      else high |= code;
      if (at - start > CELL_LIMIT) throw this.#tooLarge();
    }
    const cell = this.#addText(start, at);
    const isAscii = high < 0x80;
    const text = isAscii ? this.#recent.of(bytes, start, at) : decodePart(bytes, start, at, this.#path, this.#first);
    this.#texts.set(cell, doubled ? text.replaceAll('""', '"') : text);
    at++;
    while (at < length && bytes[at] === SPACE) at++;
    const code = bytes[at];
    if (at >= length || code === this.#separator || code === LF || code === CR) return this.#after(at);
    const message = `${this.#path}, line ${this.#nextLine}: text follows the closing quote of a cell`;
    throw new DataError("data/csv-quote", message, 'a quote inside a cell is written twice: ""');
  }

  /** Behind a cell: whether the row goes on. */
  #after(at: number): boolean {
    const code = this.#bytes[at];
    this.#at = at + 1;
    if (at < this.#bytes.length && code === this.#separator) return true;
    if (code === CR && this.#bytes[at + 1] === LF) this.#at++;
    this.#nextLine++;
    return false;
  }

  #add(start: number, end: number): number {
    const cell = this.width++;
    if (cell === this.forms.length) this.#grow();
    this.#starts[cell] = start;
    this.#ends[cell] = end;
    return cell;
  }

  #addText(start: number, end: number): number {
    if (end - start > CELL_LIMIT) throw this.#tooLarge();
    const cell = this.#add(start, end);
    this.forms[cell] = FORM.text;
    return cell;
  }

  #tooLarge(): DataError {
    const message = `${this.#path}, line ${this.line}: a cell has more than ${CELL_LIMIT} bytes`;
    return new DataError("data/too-large", message, "is it a table, and is a quote closed that was opened?");
  }

  #grow(): void {
    const size = 2 * this.forms.length;
    const more = (own: Float64Array): Float64Array<ArrayBuffer> => {
      const made = new Float64Array(size);
      made.set(own);
      return made;
    };
    [this.values, this.#starts, this.#ends] = [more(this.values), more(this.#starts), more(this.#ends)];
    const forms = new Uint8Array(size);
    forms.set(this.forms);
    this.forms = forms;
  }

  /** As it is written, without the quotes and without the spaces around it. */
  text(cell: number): string {
    return this.#texts.get(cell) ?? this.#recent.of(this.#bytes, this.#starts[cell] ?? 0, this.#ends[cell] ?? 0).trim();
  }
}
