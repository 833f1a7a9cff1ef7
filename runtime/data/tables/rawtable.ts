// A table before its columns are understood, whichever file it comes from: names, and rows of texts that can be
// gone through again and again. An empty text is no value.

import { DataError } from "../../files/dataerror.ts";

export interface RawRow {
  readonly cells: readonly string[];
  /** Its place in its file, from 1: a line, or a row where the file has no lines. */
  readonly line: number;
}

export interface RawTable {
  readonly path: string;
  /** A column without a name has an empty one. */
  readonly header: readonly string[];
  /** The unit of `line`. */
  readonly counts: "line" | "row";
  /** Columns that hold lists or objects, which no cell can, with what they hold. */
  readonly nested?: ReadonlyMap<string, string>;
  /** `report` is called now and then with the share that is behind. */
  rows(report?: (share: number) => void): Iterable<RawRow>;
}

/** The files of one table: the second holds the rows that are held out. */
export type TableFiles = readonly [RawTable, RawTable?];

/** Where a row stands, for messages. */
export const placeOf = ({ path, counts }: RawTable, line: number): string => `${path}, ${counts} ${line}`;

/** The rows of a table, their cells in the order of another's columns. DataError `data/no-column`. */
export function* rowsLike(first: RawTable, table: RawTable, report?: (share: number) => void): Generator<RawRow> {
  if (first.header.join("\n") === table.header.join("\n")) return yield* table.rows(report);
  const lacking = first.header.find((name) => !table.header.includes(name));
  if (lacking !== undefined) throw noColumn(table, lacking, `${first.path} has it`);
  const places = first.header.map((name) => table.header.indexOf(name));
  for (const { cells, line } of table.rows(report)) yield { line, cells: places.map((place) => cells[place]!) };
}

export function noColumn({ path, header }: RawTable, name: string, hint?: string): DataError {
  const message = `${path} has no column ${JSON.stringify(name)}`;
  return new DataError("data/no-column", message, hint ?? `its columns are ${listed(header)}`);
}

/** Some of a long list. */
const MOST = 20;
export const listed = (names: readonly string[]): string =>
  names.length <= MOST ? names.join(", ") : `${names.slice(0, MOST).join(", ")} and ${names.length - MOST} more`;
