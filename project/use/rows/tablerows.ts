// Rows to predict as a table: its columns are found by the names of those that were trained on, in any order and among any
// others, and their cells are read as the training read them.

import { itemAt, zip } from "../../../compiler/arithmetic/lists.ts";
import type { RawRow, RawTable } from "../../../runtime/data/tables/rawtable.ts";
import type { Numbers } from "../../../runtime/engine.ts";
import { bodyRows, readHeader, SEPARATORS } from "../../../runtime/files/csvrows.ts";
import { DataError } from "../../../runtime/files/dataerror.ts";
import { refuseWebPage } from "../../../runtime/files/decode.ts";
import type { Note } from "../../failure.ts";
import { counted } from "../../numbertext.ts";
import type { ModelInput } from "../model/modelinputs.ts";
import { columnFinder, valueInColumn } from "./columnvalues.ts";
import { asNumber, listed, numbersOf, type Rows, widthOf, wrong } from "./rowvalues.ts";
import { lastRows } from "./seriesrows.ts";
import { tokensIn } from "./textvalues.ts";

interface Layout {
  readonly separator: string;
  readonly header: readonly string[];
  /** Of each input, the places of its columns. */
  readonly places: readonly (readonly number[])[];
}

/** Of the table that was trained on, if it was one: what separates its cells, and whether its first line holds no names. */
export interface TableForm {
  readonly separator?: string | undefined;
  readonly headless?: boolean | undefined;
}

export function fromTable(
  bytes: Uint8Array,
  what: string,
  inputs: readonly ModelInput[],
  note: Note,
  { separator = ",", headless = false }: TableForm = {},
): Rows {
  refuseWebPage(bytes, what, "a CSV file");
  const { separator: mark, ...layout } = layoutOf(bytes, what, inputs, { separator, named: !headless }, note);
  return rowsIn(bodyRows(bytes, what, mark, !headless), what, inputs, layout);
}

/** As `fromTable`, of a table of any file. */
export function fromRawTable(table: RawTable, inputs: readonly ModelInput[], note: Note): Rows {
  const places = inputs.map((input) => placesOf(input, table.header, table.path, note));
  return rowsIn(table.rows(), table.path, inputs, { header: table.header, places });
}

function rowsIn(
  rows: Iterable<RawRow>,
  what: string,
  inputs: readonly ModelInput[],
  { header, places }: Pick<Layout, "header" | "places">,
): Rows {
  if (inputs.some(({ field }) => field.series)) return lastRows(rows, what, inputs, { header, places });
  const read = zip(inputs, places).map(([input, places]) => ({
    input,
    places,
    flat: [] as number[],
    lengths: [] as number[],
  }));
  let count = 0;
  for (const { cells, line } of rows) {
    const where = `${what}, line ${line}`;
    for (const { input, places, flat, lengths } of read)
      if (input.field.tokens) lengths.push(addText(flat, itemAt(cells, itemAt(places, 0)), input, where));
      else for (const [k, at] of places.entries()) flat.push(cellValue(itemAt(cells, at), input, k, where));
    count++;
  }
  if (count === 0) throw new DataError("data/csv-no-rows", `${what} has a header and no rows`);
  const values = new Map<string, Numbers>(read.map(({ input, flat }) => [input.name, numbersOf(input, flat, what)]));
  for (const { input, lengths } of read)
    if (input.lengths && lengths.length > 0) values.set(input.lengths, Float32Array.from(lengths));
  return { count, values };
}

/** A text as its tokens, filled up; how many there are. */
function addText(flat: number[], text: string, input: ModelInput, where: string): number {
  const tokens = tokensIn(text, input, where);
  flat.push(...tokens, ...new Array<number>(widthOf(input) - tokens.length).fill(0));
  return tokens.length;
}

function cellValue(cell: string, input: ModelInput, k: number, where: string): number {
  const column = input.field.columns?.[k];
  if (column) return valueInColumn(cell, column, input, where);
  return asNumber(cell !== "" && Number.isFinite(Number(cell)) ? Number(cell) : cell, input, where);
}

/** The first separator by which all columns are found; the training's own, and its error, where there is none. */
function layoutOf(
  bytes: Uint8Array,
  what: string,
  inputs: readonly ModelInput[],
  { separator, named }: { readonly separator: string; readonly named: boolean },
  note: Note,
): Layout {
  let first: unknown;
  for (const mark of [separator, ...SEPARATORS.filter((s) => s !== separator)]) {
    try {
      const header = readHeader(bytes, what, mark, named);
      return { separator: mark, header, places: inputs.map((input) => placesOf(input, header, what, note)) };
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

function placesOf(input: ModelInput, header: readonly string[], what: string, note: Note): readonly number[] {
  const known = namesOf(input);
  const find = columnFinder(header);
  const places = known.map((column) => find(column));
  if (known.length > 0 && !places.includes(-1)) return places;
  const width = widthOf(input);
  if (known.length > 0) {
    const lacking = known.filter((_, k) => places[k] === -1).map(({ written }) => JSON.stringify(written));
    const message = `there is no column ${listed([...new Set(lacking)])}, which '${input.name}' was trained on`;
    throw wrong(what, message, `its columns are ${listed(header)}`);
  }
  // Where the training knew no names, the order of the numbers is all there is.
  if (header.length === width) {
    note(`${what}: '${input.name}' has no names for its ${width} numbers: the columns are taken in their order`);
    return header.map((_, i) => i);
  }
  const message = `'${input.name}' is ${width} numbers without names, and the table has ${counted(header.length, "column")}`;
  throw wrong(what, message, `a table of ${width} columns is taken in their order; this one has ${listed(header)}`);
}

/** The columns that an input was trained on; a single number or class is called like the input. */
function namesOf({ name, field }: ModelInput): readonly { readonly written: string; readonly name: string }[] {
  if (field.series) return field.series.columns;
  if (field.tokens) return [{ written: field.tokens.written ?? name, name: field.tokens.name ?? field.name }];
  if (field.columns) return field.columns;
  if (field.classes === undefined && field.labels) return field.labels.map((l) => ({ written: l, name: l }));
  return field.shape.length === 0 ? [{ written: name, name: field.name }] : [];
}
