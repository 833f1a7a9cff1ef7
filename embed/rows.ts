// JavaScript values as the rows of `dnn predict`: typed arrays and nested lists as lists of numbers, pictures in the size
// of their input, everything else as it is. In: a value for the only input, or an object by inputs or columns. Out: a row.

import { onlyOf } from "../compiler/arithmetic/lists.ts";
import type { ModelInput } from "../project/use/model/modelinputs.ts";
import { isObject, wrong } from "../project/use/rows/rowvalues.ts";
import { isPixels, type Pixels, pictureIn } from "./pictures.ts";
import { mustBeValue } from "./rowhints.ts";
import { soundInFile } from "./sounds.ts";

export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** The value of one input in a row, or for a column of a table. */
export type InputValue =
  | number
  | string
  | boolean
  | null
  | NumberArray
  | ArrayBuffer
  | Blob
  | Pixels
  | readonly InputValue[];

/** A row: what the only input takes, or an object by the names of inputs or of the columns that were trained on. */
export type Row = InputValue | { readonly [name: string]: InputValue };

export async function rowOf(row: Row, inputs: readonly ModelInput[], what: string): Promise<unknown> {
  if (!isByName(row)) {
    mustBeValue(row, inputs, what, isByName);
    const only = onlyOf(inputs);
    if (only) return inputOf(row, only, what);
    const names = inputs.map((i) => i.name).join(", ");
    throw wrong(what, `a row is an object with ${names}`, `write { ${names} }`);
  }
  const cells: Record<string, unknown> = { __proto__: null };
  for (const [name, value] of Object.entries(row)) {
    const input = inputs.find((i) => i.name === name) ?? inputs.find((i) => i.field.name === name);
    cells[name] = input ? await inputOf(value, input, what) : value;
  }
  return cells;
}

/** Whether a row is an object by names rather than a value. */
const isByName = (row: Row): row is { readonly [name: string]: InputValue } =>
  isObject(row) && !ArrayBuffer.isView(row) && !(row instanceof ArrayBuffer) && !isBlob(row) && !isPixels(row);

const isBlob = (value: unknown): value is Blob =>
  typeof (value as Partial<Blob> | null | undefined)?.arrayBuffer === "function";

async function inputOf(value: InputValue, input: ModelInput, what: string): Promise<unknown> {
  if (isBlob(value)) return inputOf(await value.arrayBuffer(), input, what);
  const bytes = bytesOf(value);
  const read = bytes && soundInFile(bytes, input, what);
  return read ?? (await pictureIn(value, bytes, input, what)) ?? numbersIn(value);
}

function bytesOf(value: InputValue): Uint8Array | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return value instanceof Uint8Array ? value : undefined;
}

/** Typed arrays as lists, at any depth. */
function numbersIn(value: unknown): unknown {
  if (value instanceof ArrayBuffer) return Array.from(new Uint8Array(value));
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return Array.from(value as Uint8Array, Number);
  if (typeof value === "bigint") return Number(value);
  return Array.isArray(value) ? value.map(numbersIn) : value;
}
