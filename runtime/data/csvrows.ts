// In: the text of a CSV file (RFC 4180: quoted fields, doubled quotes, LF or CRLF). Out: its rows with their line numbers.
// Invariant: every row has as many cells as the header.

import { DataError } from "./dataset.ts";

export interface Row {
  /** Line of the file on which the row starts, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly Row[];
}

/** Reads one row after the other; `at` and `line` say where it stands. */
class Cursor {
  at = 0;
  line = 1;
  readonly #text: string;
  readonly #separator: string;
  readonly #path: string;

  constructor(text: string, separator: string, path: string) {
    this.#text = text;
    this.#separator = separator;
    this.#path = path;
  }

  get ended(): boolean {
    return this.at >= this.#text.length;
  }

  #atLineEnd(): boolean {
    const here = this.#text[this.at];
    return here === "\n" || (here === "\r" && this.#text[this.at + 1] === "\n") || this.ended;
  }

  #bare(): string {
    const start = this.at;
    while (!this.#atLineEnd() && this.#text[this.at] !== this.#separator) this.at++;
    return this.#text.slice(start, this.at).trim();
  }

  #quoted(): string {
    const startLine = this.line;
    let cell = "";
    for (;;) {
      const quote = this.#text.indexOf('"', this.at + 1);
      if (quote < 0) {
        const message = `${this.#path}, line ${startLine}: a quoted cell is never closed`;
        throw new DataError("data/csv-quote", message, 'a quote inside a cell is written twice: ""');
      }
      const part = this.#text.slice(this.at + 1, quote);
      this.line += part.split("\n").length - 1;
      cell += part;
      this.at = quote + 1;
      if (this.#text[this.at] !== '"') break;
      cell += '"';
    }
    if (this.#atLineEnd() || this.#text[this.at] === this.#separator) return cell;
    const message = `${this.#path}, line ${this.line}: text follows the closing quote of a cell`;
    throw new DataError("data/csv-quote", message, 'a quote inside a cell is written twice: ""');
  }

  row(): Row {
    const line = this.line;
    const cells: string[] = [];
    for (;;) {
      cells.push(this.#text[this.at] === '"' ? this.#quoted() : this.#bare());
      if (this.#atLineEnd()) break;
      this.at++;
    }
    if (this.#text[this.at] === "\r") this.at++;
    this.at++;
    this.line++;
    return { line, cells };
  }
}

function checkHeader(header: readonly string[], path: string, separator: string): void {
  const other = [";", "\t", "|"].find((mark) => mark !== separator && header[0].includes(mark));
  if (header.length === 1 && other) {
    const message = `${path} has one column, ${JSON.stringify(header[0])}: its cells are not separated by ${JSON.stringify(separator)}`;
    throw new DataError("data/csv-header", message, `separator=${JSON.stringify(other)}`);
  }
  const empty = header.indexOf("");
  if (empty >= 0) throw new DataError("data/csv-header", `${path}, line 1: column ${empty + 1} has no name`);
  const again = header.find((name, index) => header.indexOf(name) !== index);
  if (again !== undefined) {
    throw new DataError("data/csv-header", `${path}, line 1: two columns are called ${JSON.stringify(again)}`);
  }
  if (!header.every((name) => Number.isFinite(Number(name)))) return;
  throw new DataError("data/csv-header", `${path}, line 1 holds numbers, but must hold the names of the columns`);
}

/** Blank lines are passed over. DataError `data/csv-header`, `data/csv-quote`, `data/csv-ragged`, `data/csv-no-rows`. */
export function readTable(text: string, path: string, separator: string): Table {
  const cursor = new Cursor(text, separator, path);
  const all: Row[] = [];
  while (!cursor.ended) {
    const row = cursor.row();
    if (row.cells.length > 1 || row.cells[0] !== "") all.push(row);
  }
  if (all.length === 0) throw new DataError("data/empty-file", `${path} is empty`);
  const [{ cells: header }, ...rows] = all;
  checkHeader(header, path, separator);
  for (const { line, cells } of rows) {
    if (cells.length === header.length) continue;
    const message = `${path}, line ${line} has ${cells.length} cells, but the header has ${header.length}`;
    throw new DataError("data/csv-ragged", message, `a cell that holds a ${JSON.stringify(separator)} needs quotes`);
  }
  if (rows.length === 0) throw new DataError("data/csv-no-rows", `${path} has a header and no rows`);
  return { header, rows };
}
