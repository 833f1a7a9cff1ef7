// The cells of a column while its format is not known yet: numbers that are written plainly as they are, all others by their texts, each
// text once. In: cells in the order of the rows. Out: their values in a format.
// Invariant: at most sixteen bytes for each cell of a column of more than a few, and no more texts than fit a dictionary; one that
// has more is read again once its format is known.

import { type CellFormat, cellNumber, isAbsent } from "../../files/csvcells.ts";
import { FORM, type ScannedRow } from "../../files/csvscan.ts";
import type { Profile } from "./formats.ts";

/** Index that stands for a missing class; a missing number is NaN. */
export const MISSING = -1;

/** Different texts of a column, and characters of all of them, that are kept. */
const [MOST_TEXTS, MOST_CHARACTERS] = [10_000, 2 ** 20];
/** Cells of the first part of a column, of which a wide table has many, and of the largest. */
const [FIRST_PART, LARGEST_PART] = [2 ** 6, 2 ** 16];

interface Part {
  readonly values: Float64Array;
  /** 1 where the value is the index of a text. */
  marks?: Uint8Array;
}

/** The numbers of a column; `bad` is its first row whose cell has none in the format, or none of 32 bits. */
export interface CellValues {
  readonly values: Float64Array;
  readonly holes: number;
  readonly bad: { readonly row: number; readonly cell: string; readonly value: number | undefined } | undefined;
}

/** Missing values are NaN. */
export const isNumber32 = (value: number | undefined): value is number =>
  value !== undefined && (Number.isNaN(value) || Number.isFinite(Math.fround(value)));

/** Whether plain numbers are what they seem to be. */
export const isPlain = (format: CellFormat): boolean =>
  format.kind === "number" && format.decimal === "." && format.unit === "";

const NONE: Part = { values: new Float64Array(0) };

export class Cells {
  readonly #profile: Profile;
  readonly #parts: Part[] = [];
  #part: Part = NONE;
  /** Cells in the last part. */
  #filled = 0;
  readonly #indexOf = new Map<string, number>();
  readonly #counts: number[] = [];
  #characters = 0;
  #count = 0;
  #plain = 0;
  /** Too many texts to keep: nothing is. */
  #isOver = false;

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  add(row: ScannedRow, at: number): void {
    const form = row.forms[at] ?? FORM.text;
    if (form === FORM.text) {
      this.#addText(row.text(at));
      return;
    }
    const value = row.values[at] ?? 0;
    if (this.#profile.example === "") this.#profile.example = row.text(at);
    this.#profile.addPlain(value, form);
    this.#plain++;
    if (!this.#isOver) this.#push(value);
  }

  #addText(text: string): void {
    if (this.#profile.example === "" && !isAbsent(text)) this.#profile.example = text;
    if (this.#isOver) {
      this.#profile.add(text, 1);
      return;
    }
    let index = this.#indexOf.get(text);
    if (index === undefined) {
      index = this.#counts.push(0) - 1;
      this.#indexOf.set(text, index);
      this.#characters += text.length;
    }
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    const part = this.#push(index);
    part.marks ??= new Uint8Array(part.values.length);
    part.marks[this.#filled - 1] = 1;
    if (index >= MOST_TEXTS || this.#characters > MOST_CHARACTERS) this.#giveUp();
  }

  #push(value: number): Part {
    if (this.#filled === this.#part.values.length) {
      // As long as all parts before it.
      const length = Math.max(FIRST_PART, Math.min(LARGEST_PART, this.#count));
      this.#part = { values: new Float64Array(length) };
      this.#parts.push(this.#part);
      this.#filled = 0;
    }
    this.#part.values[this.#filled++] = value;
    this.#count++;
    return this.#part;
  }

  #giveUp(): void {
    this.end();
    this.#isOver = true;
    this.#parts.length = 0;
    this.#indexOf.clear();
  }

  /** Tells the column's profile of the texts; to be called behind the last cell. */
  end(): void {
    if (this.#isOver) return;
    for (const [text, index] of this.#indexOf) this.#profile.add(text, this.#counts[index] ?? 0);
  }

  /** The values of all cells, of words by `indexOf`; undefined where the texts of the cells are needed again. The cells are gone then. */
  valuesIn(format: CellFormat, indexOf: ((text: string) => number) | undefined): CellValues | undefined {
    const needsTexts = format.kind === "text" || (this.#plain > 0 && !isPlain(format));
    if (this.#isOver || needsTexts) {
      this.#parts.length = 0;
      return undefined;
    }
    const texts = [...this.#indexOf.keys()];
    const table = texts.map((text) => (indexOf ? indexOf(text) : cellNumber(text, format)));
    const values = new Float64Array(this.#count);
    let holes = 0;
    let bad: CellValues["bad"];
    let from = 0;
    for (const part of this.#parts) {
      const count = Math.min(part.values.length, values.length - from);
      values.set(part.values.subarray(0, count), from);
      for (let i = 0; part.marks && i < count; i++) {
        if (part.marks[i] === 0) continue;
        const index = part.values[i] ?? 0;
        const value = table[index];
        if (!isNumber32(value)) bad ??= { row: from + i, cell: texts[index] ?? "", value };
        values[from + i] = value ?? Number.NaN;
        if (indexOf ? value === MISSING : Number.isNaN(value)) holes++;
      }
      from += count;
    }
    this.#parts.length = 0;
    return { values, holes, bad };
  }
}
