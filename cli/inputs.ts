// Rows to predict, from the command line: JSON as it stands or in a file, a CSV table, a .npz or .npy of arrays, a picture.

import { readTable } from "../runtime/data/csvrows.ts";
import { decodeText } from "../runtime/data/decode.ts";
import { nodeFiles } from "../runtime/data/files.node.ts";
import { readNpy } from "../runtime/data/npy.ts";
import { encodeWith } from "../runtime/data/text.ts";
import { readZip } from "../runtime/data/zip.ts";
import type { Numbers } from "../runtime/engine.ts";
import { isPictureName } from "../runtime/pictures/kind.ts";
import { failure, usage } from "./failure.ts";
import type { ModelInput } from "./modelinputs.ts";

export interface Rows {
  readonly count: number;
  readonly values: ReadonlyMap<string, Numbers>;
}

export async function readRows(input: string, inputs: readonly ModelInput[]): Promise<Rows> {
  const isFile = /\.(npz|npy|csv|json)$/i.test(input) || isPictureName(input);
  if (/^\s*[[{\d"-]/.test(input) && !isFile) return fromJson(input, "--input", inputs);
  const bytes = await nodeFiles().read(input);
  if (isPictureName(input)) return fromPicture(bytes, input, inputs);
  if (/\.npz$/i.test(input)) return fromArrays(npzArrays(bytes, input), input, inputs);
  if (/\.npy$/i.test(input)) return fromArrays(new Map([[inputs[0]!.name, readNpy(bytes, input)]]), input, inputs);
  if (/\.csv$/i.test(input)) return fromTable(decodeText(bytes, input), input, inputs);
  return fromJson(decodeText(bytes, input), input, inputs);
}

const widthOf = ({ field }: ModelInput): number => field.shape.reduce((a, b) => a * b, 1);

function wrong(what: string, message: string, hint?: string) {
  return failure("input/mismatch", `${what}: ${message}`, hint === undefined ? {} : { hint });
}

/** Numbers of all rows; class indices are checked against the number of classes. */
function numbersOf(input: ModelInput, flat: readonly number[], what: string): Numbers {
  const { classes } = input.field;
  const bad = flat.find(
    (v) => !Number.isFinite(v) || (classes !== undefined && !(Number.isInteger(v) && v >= 0 && v < classes)),
  );
  if (bad !== undefined) {
    const wanted = classes === undefined ? "a finite number" : `a class from 0 to ${classes - 1}`;
    throw wrong(what, `${bad} is not ${wanted}, which '${input.name}' needs`);
  }
  return classes === undefined ? Float32Array.from(flat) : Int32Array.from(flat);
}

// ---------------------------------------------------------------- JSON

/** One row or a list of rows: an object by input names, or the numbers of the first input, nested or flat. */
function fromJson(text: string, what: string, inputs: readonly ModelInput[]): Rows {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw usage(
      `${what} is neither a file (.npz, .csv, .json, .png, .jpg) nor JSON`,
      `--input '[0, 1]' or --input rows.csv`,
    );
  }
  const rows = rowsIn(parsed, inputs);
  const values = new Map<string, Numbers>();
  for (const [i, input] of inputs.entries()) {
    const of = (row: unknown): unknown => {
      if (isObject(row)) return row[input.name] ?? row[input.field.name];
      return i === 0 ? row : undefined;
    };
    const flat = rows.map((row) => flatRow(input, of(row), what));
    if (input.lengths)
      values.set(
        input.lengths,
        Float32Array.from(flat, (row) => stepsIn(input, row)),
      );
    const filled = flat.flatMap((row) => [...row, ...new Array<number>(widthOf(input) - row.length).fill(0)]);
    values.set(input.name, numbersOf(input, filled, what));
  }
  return { count: rows.length, values };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A list is a list of rows where its items are objects or have as many numbers as a row. */
function rowsIn(parsed: unknown, inputs: readonly ModelInput[]): readonly unknown[] {
  if (!Array.isArray(parsed)) return [parsed];
  if (parsed.length > 0 && parsed.every(isObject)) return parsed;
  const width = widthOf(inputs[0]!);
  const shorter = inputs[0]!.lengths !== undefined;
  const isRow = (item: unknown): boolean => (shorter ? flatten(item).length <= width : flatten(item).length === width);
  const isText = (item: unknown): boolean =>
    typeof item === "string" && (shorter || [...item].length === width) && [...item].length > 1;
  if (parsed.length > 0 && parsed.every((item) => (Array.isArray(item) && isRow(item)) || isText(item))) return parsed;
  return [parsed];
}

/** How many steps of the first axis a row has. */
const stepsIn = ({ field }: ModelInput, row: readonly unknown[]): number =>
  row.length / field.shape.slice(1).reduce((a, b) => a * b, 1);

function flatten(value: unknown): unknown[] {
  return Array.isArray(value) ? value.flatMap(flatten) : [value];
}

function flatRow(input: ModelInput, row: unknown, what: string): number[] {
  if (row === undefined) throw wrong(what, `a row has no value for the input '${input.name}'`);
  const items = typeof row === "string" ? lettersOf(row, input, what) : flatten(row);
  const width = widthOf(input);
  const steps = stepsIn(input, items);
  if (input.lengths && items.length <= width && steps >= 1 && Number.isInteger(steps))
    return items.map((item) => asNumber(item, input, what));
  if (items.length !== width) {
    const shape = `[${input.field.shape.join(", ")}]`;
    throw wrong(what, `'${input.name}' is ${shape}, which is ${width} numbers, and a row has ${items.length}`);
  }
  return items.map((item) => asNumber(item, input, what));
}

/** A text for a sequence of a known vocabulary is its characters; any other is one item. */
function lettersOf(text: string, { name, field }: ModelInput, what: string): unknown[] {
  const vocabulary = field.classes !== undefined && field.shape.length > 0 ? field.labels : undefined;
  return vocabulary ? Array.from(encodeWith(text, vocabulary, `${what}: '${name}'`)) : [text];
}

/** Classes may be given by their names. */
function asNumber(item: unknown, { name, field }: ModelInput, what: string): number {
  if (typeof item === "number") return item;
  const index = typeof item === "string" && field.classes !== undefined ? (field.labels ?? []).indexOf(item) : -1;
  if (index >= 0) return index;
  throw wrong(what, `${JSON.stringify(item)} is not a number, which '${name}' needs`);
}

// ---------------------------------------------------------------- pictures

/** One row: the picture in the size and channels that the model's one input has. */
async function fromPicture(bytes: Uint8Array, path: string, inputs: readonly ModelInput[]): Promise<Rows> {
  const [input] = inputs;
  const [height, width, channels] = input!.field.shape;
  if (inputs.length !== 1 || input!.field.shape.length !== 3 || (channels !== 1 && channels !== 3)) {
    const shapes = inputs.map(({ name, field }) => `'${name}' [${field.shape.join(", ")}]`).join(" and ");
    throw wrong(path, `a picture is one input [height, width, 1 or 3], and the model takes ${shapes}`);
  }
  const { readPicture } = await import("../runtime/pictures/read.ts");
  const { pictureValues } = await import("../runtime/pictures/values.ts");
  const values = pictureValues(await readPicture(bytes, path), [height!, width!], channels);
  return { count: 1, values: new Map([[input!.name, values]]) };
}

// ---------------------------------------------------------------- arrays and tables

interface ArrayRows {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

function npzArrays(bytes: Uint8Array, path: string): ReadonlyMap<string, ArrayRows> {
  const arrays = new Map<string, ArrayRows>();
  for (const [file, contents] of readZip(bytes, path))
    arrays.set(file.replace(/\.npy$/, ""), readNpy(contents, `${path}: ${file}`));
  return arrays;
}

/** Each input's array by its name; a model of one input takes the only array, whatever it is called. */
function fromArrays(arrays: ReadonlyMap<string, ArrayRows>, what: string, inputs: readonly ModelInput[]): Rows {
  const values = new Map<string, Numbers>();
  let count: number | undefined;
  for (const input of inputs) {
    const only = inputs.length === 1 && arrays.size === 1 ? [...arrays.values()][0] : undefined;
    const array = arrays.get(input.name) ?? arrays.get(input.field.name) ?? only;
    if (!array) throw wrong(what, `there is no array '${input.name}'`, `it has ${[...arrays.keys()].join(", ")}`);
    const width = widthOf(input);
    const rows = array.values.length / width;
    const isOne = array.shape.join() === input.field.shape.join();
    if (!Number.isInteger(rows) || (!isOne && array.shape[0] !== rows))
      throw wrong(
        what,
        `'${input.name}' is [${input.field.shape.join(", ")}] in each row, and the array is [${array.shape.join(", ")}]`,
      );
    if (count !== undefined && rows !== count) throw wrong(what, `arrays have ${count} and ${rows} rows`);
    count = rows;
    values.set(input.name, numbersOf(input, Array.from(array.values), what));
  }
  return { count: count ?? 0, values };
}

/** Columns by name where an input is one number or its columns are known; else all columns in file order. */
function fromTable(text: string, what: string, inputs: readonly ModelInput[]): Rows {
  const table = readTable(text, what, ",");
  const values = new Map<string, Numbers>();
  for (const input of inputs) {
    const columns = columnsOf(input, table.header, what);
    const flat = table.rows.flatMap((row) =>
      columns.map((c) => asNumber(cellOf(row.cells[c]!), input, `${what}, line ${row.line}`)),
    );
    values.set(input.name, numbersOf(input, flat, what));
  }
  return { count: table.rows.length, values };
}

const cellOf = (text: string): number | string => (text !== "" && Number.isFinite(Number(text)) ? Number(text) : text);

function columnsOf(input: ModelInput, header: readonly string[], what: string): number[] {
  const width = widthOf(input);
  const wanted = input.field.classes === undefined && input.field.labels ? input.field.labels : [input.name];
  if (wanted.length === width) {
    const found = wanted.map((name) => header.findIndex((h) => h === name || h.replace(/\W+/g, "_") === name));
    if (found.every((at) => at >= 0)) return found;
  }
  if (header.length === width) return header.map((_, i) => i);
  throw wrong(
    what,
    `'${input.name}' needs ${width} columns, and the table has ${header.join(", ")}`,
    `it was trained on ${wanted.join(", ")}`,
  );
}
