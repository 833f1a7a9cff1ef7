// In: a file of JSON lines, an object each, or one list of objects. Out: a table, whose columns are the names in all of them.
// Invariant: a value is written as a cell that reads back as the same number or text; no row is kept.

import { DataError } from "../../files/dataerror.ts";
import { decodeParts, decodeText, FILE_START, type FilePlace } from "../../files/decode.ts";
import type { RawRow, RawTable } from "./rawtable.ts";

type JsonObject = Readonly<Record<string, unknown>>;

/** DataErrors `data/jsonl`, `data/csv-no-rows`, and those of text. */
export function jsonTable(bytes: Uint8Array, path: string): RawTable {
  const objects = isList(bytes) ? listed(bytes, path) : undefined;
  const all = (): Iterable<JsonLine> => objects ?? objectsIn(bytes, path);
  const names = new Map<string, number>();
  const nested = new Map<string, string>();
  for (const { value } of all())
    for (const [name, item] of Object.entries(value)) {
      if (!names.has(name)) names.set(name, names.size);
      if (typeof item === "object" && item !== null) nested.set(name, Array.isArray(item) ? "lists" : "objects");
    }
  if (names.size === 0) throw new DataError("data/csv-no-rows", `${path} has no rows`);
  const header = [...names.keys()];
  const counts = objects ? ("row" as const) : ("line" as const);
  return {
    path,
    header,
    counts,
    nested,
    *rows(): Generator<RawRow> {
      for (const { value, line } of all())
        yield { line, cells: header.map((name) => (Object.hasOwn(value, name) ? cellOf(value[name]) : "")) };
    },
  };
}

export interface JsonLine {
  readonly line: number;
  readonly value: JsonObject;
}

/** Lists and objects are no cells: `nested` has their columns. */
export const cellOf = (value: unknown): string =>
  value === null || typeof value === "object" ? "" : String(value).trim();

/** Whether the first character that counts is a bracket. */
export function isList(bytes: Uint8Array): boolean {
  const start = bytes.subarray(0, 3).join() === "239,187,191" ? 3 : 0;
  for (let at = start; at < bytes.length; at++) if (bytes[at]! > 32) return bytes[at] === 91;
  return false;
}

function listed(bytes: Uint8Array, path: string): JsonLine[] {
  const list = parsed(decodeText(bytes, path), path);
  if (!Array.isArray(list)) throw notRow(path, "it");
  return list.map((value: unknown, i) => ({ line: i + 1, value: objectOf(value, `${path}, row ${i + 1}`) }));
}

/** `place`: where the bytes stand in their file, if they are not all of it. */
export function* objectsIn(bytes: Uint8Array, path: string, place: FilePlace = FILE_START): Generator<JsonLine> {
  let line = place.line - 1;
  for (const text of linesOf(bytes, path, place.from)) {
    line++;
    const where = `${path}, line ${line}`;
    if (text.trim() !== "") yield { line, value: objectOf(parsed(text, where), where) };
  }
}

/** Most characters of a line. */
const LINE_LIMIT = 2 ** 24;

function* linesOf(bytes: Uint8Array, path: string, first: number): Generator<string> {
  let rest = "";
  for (const part of decodeParts(bytes, path, first)) {
    const lines = (rest + part).split(/\r\n|\n/);
    rest = lines.pop() ?? "";
    if (rest.length > LINE_LIMIT)
      throw new DataError("data/too-large", `${path} has a line of more than ${LINE_LIMIT} characters`);
    yield* lines;
  }
  yield rest;
}

function parsed(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notRow(where, JSON.stringify(text.trim().slice(0, 40)));
  }
}

function objectOf(value: unknown, where: string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw notRow(where, JSON.stringify(value)?.slice(0, 40) ?? "it");
}

function notRow(where: string, what: string): DataError {
  const hint = 'each line is an object, such as {"size": 1.5, "kind": "a"}';
  return new DataError("data/jsonl", `${where}: ${what} is no JSON object`, hint);
}
