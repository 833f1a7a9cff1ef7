// Cells of a row for columns of the training's table, read as the training read its cells.

import { itemAt } from "../../../compiler/arithmetic/lists.ts";
import { didYouMean } from "../../../compiler/check/names/didyoumean.ts";
import type { TableColumnFacts } from "../../../runtime/data/dataset.ts";
import { fieldName } from "../../../runtime/data/fieldname.ts";
import { cellNumber } from "../../../runtime/files/csvcells.ts";
import type { ModelInput } from "../model/modelinputs.ts";
import { asNumber, hintAt, listed, wrong } from "./rowvalues.ts";

/** The place of a column among names, by its name in the training's table or by its identifier; -1 where it is not there. */
export type FindColumn = (column: Pick<TableColumnFacts, "written" | "name">) => number;

export function columnFinder(names: readonly string[]): FindColumn {
  const exact = new Map<string, number>();
  const alike = new Map<string, number>();
  for (const [at, name] of names.entries()) {
    exact.set(name, at);
    const id = fieldName(name, at);
    // A name that two columns could have identifies neither.
    alike.set(id, alike.has(id) ? -1 : at);
  }
  return ({ written, name }) => exact.get(written) ?? exact.get(name) ?? alike.get(name) ?? -1;
}

/**
 * The numbers of an input in an object whose names are columns; undefined where the input was trained on no table or stands in the object
 * itself, as `whole`. `known`: all names by which a row may give values.
 */
export function cellsOf(
  row: Readonly<Record<string, unknown>>,
  whole: unknown,
  input: ModelInput,
  known: ReadonlySet<string>,
  what: string,
): readonly number[] | undefined {
  const { columns } = input.field;
  if (!columns) return undefined;
  const keys = Object.keys(row);
  const find = columnFinder(keys);
  const places = columns.map((column) => find(column));
  // A column may be called like the input: a list is the input, a single value the column.
  const isHere = places.some((at) => at >= 0);
  const lacking = columns.filter((_, k) => places[k] === -1);
  const refuse = (names: readonly string[]) => {
    // A column may be several numbers.
    const missing = listed([...new Set(lacking.map(({ written }) => JSON.stringify(written)))]);
    const message = `a row has no value for ${missing}, which '${input.name}' was trained on`;
    return wrong(what, message, hintAt(row, names, known));
  };
  const isByColumn = !Array.isArray(whole) && (isHere || (whole === undefined && mayLack(row, columns, known)));
  if (!isByColumn) {
    if (whole === undefined) throw refuse([input.name, ...columns.map(({ written }) => written)]);
    return undefined;
  }
  if (lacking.length > 0 && !mayLack(row, lacking, known)) throw refuse(lacking.map(({ written }) => written));
  const cells = places.map((at) => (at < 0 ? undefined : row[itemAt(keys, at)]));
  return columns.map((column, k) => valueInColumn(cells[k], column, input, what));
}

/** Whether these columns are empty cells of a row: it has others, and the training says what stands for an empty cell. */
const mayLack = (
  row: Readonly<Record<string, unknown>>,
  columns: readonly TableColumnFacts[],
  known: ReadonlySet<string>,
): boolean =>
  columns.every(({ stand, format }) => stand !== undefined || format.kind === "missing") &&
  Object.keys(row).some((key) => known.has(key)) &&
  !hasNearName(row, columns, known);

/** Whether a name in the row that no input has is probably meant for one of these columns. */
function hasNearName(
  row: Readonly<Record<string, unknown>>,
  columns: readonly TableColumnFacts[],
  known: ReadonlySet<string>,
): boolean {
  const names = columns.map(({ written }) => written);
  // `Temperature` for `Temperature (°C)`: the name without its unit.
  const isBegun = (key: string): boolean => columns.some(({ name }) => name.startsWith(`${fieldName(key, 0)}_`));
  return Object.keys(row).some((key) => !known.has(key) && (isBegun(key) || didYouMean(key, names) !== undefined));
}

/** Reads a cell, or a value in its place, as one of a column of the training's table. */
export function valueInColumn(item: unknown, column: TableColumnFacts, input: ModelInput, what: string): number {
  const { format, stand, written } = column;
  const isClass = input.field.classes !== undefined;
  const text = typeof item === "string" ? item : item === null || item === undefined ? "" : undefined;
  if (isClass && typeof item === "boolean") return classOf(String(item), input, what);
  if (isClass && text !== undefined && text !== "") return classOf(text, input, what);
  if (isClass && text === undefined) return asNumber(classNamed(item, input) ?? item, input, what);
  const asWord = format.kind === "is" || format.kind === "missing";
  const value =
    typeof item === "boolean" && !asWord
      ? Number(item)
      : typeof item === "number" && !asWord
        ? item
        : cellNumber(text ?? String(item), format);
  if (format.kind === "is" && value === 0) refuseUnknownWord(text ?? String(item), column, input, what);
  if (text === undefined && typeof item !== "number" && typeof item !== "boolean")
    throw wrong(what, `${JSON.stringify(item)} is not a number, which column ${JSON.stringify(written)} needs`);
  if (value === undefined) {
    const { wanted, hint } = wantedOf(format);
    throw wrong(what, `${JSON.stringify(item)} is not ${wanted}, which column ${JSON.stringify(written)} needs`, hint);
  }
  if (!Number.isNaN(value)) return value;
  if (stand !== undefined) return stand;
  const hint = 'a training on csv(..., missing="mean") says what stands for empty cells';
  throw wrong(what, `column ${JSON.stringify(written)} has no value`, hint);
}

/** The form of a column's cells, with an example. */
function wantedOf(format: TableColumnFacts["format"]): { wanted: string; hint: string } {
  if (format.kind === "flag")
    return { wanted: `${format.yes} or ${format.no}`, hint: `write ${format.yes} or ${format.no}` };
  if (format.kind !== "date")
    return {
      wanted: "a number as the training's table writes it",
      hint: "the column holds numbers: write one, such as 12",
    };
  const example = { ymd: "2020-01-31", dmy: "31.01.2020", mdy: "01/31/2020" }[format.order];
  return { wanted: "a date as the training's table writes it", hint: `write it as ${example}` };
}

/** Each word that a column had in training is a number of the input; another is none of them. */
function refuseUnknownWord(word: string, { written }: TableColumnFacts, { field }: ModelInput, what: string): void {
  const words = (field.columns ?? []).flatMap((c) =>
    c.written === written && c.format.kind === "is" ? [c.format.word] : [],
  );
  if (words.includes(word)) return;
  const message = `${JSON.stringify(word)} is none of the words of column ${JSON.stringify(written)}`;
  throw wrong(what, message, `they are ${listed(words)}`);
}

/** The name of a class whose column holds numbers, such as 10115: a number in its place is no place in their order. */
function classNamed(item: unknown, { field: { labels = [] } }: ModelInput): string | undefined {
  const isNumbers = labels.length > 0 && labels.every((label) => label !== "" && Number.isFinite(Number(label)));
  if (typeof item !== "number" || !isNumbers) return undefined;
  return labels.find((label) => Number(label) === item) ?? String(item);
}

/** Booleans are the classes `True` and `False` in any case of their letters. */
function classOf(word: string, input: ModelInput, what: string): number {
  const { labels = [] } = input.field;
  const alike = labels.includes(word) ? word : labels.find((label) => label.toLowerCase() === word.toLowerCase());
  return asNumber(/^(true|false)$/i.test(word) && alike !== undefined ? alike : word, input, what);
}
