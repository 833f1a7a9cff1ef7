// What JavaScript has for a row, as the rows of `dnn predict`: typed arrays and nested lists as lists of numbers, pictures in the size
// of their input, everything else as it is. In: a value for the only input, or an object by inputs or columns. Out: a row.

import { onlyOf } from "../compiler/arithmetic/lists.ts";
import type { ModelInput } from "../project/use/modelinputs.ts";
import { pictureSize } from "../project/use/picturerows.ts";
import { wrong } from "../project/use/rowvalues.ts";
import type { Picture } from "../runtime/pictures/png.ts";
import { pictureValues } from "../runtime/pictures/values.ts";

/** Decodes the bytes of a picture file. */
export type ReadPicture = (bytes: Uint8Array, what: string) => Promise<Picture>;

/** Pixels as `ImageData` has them: 4 numbers a pixel, or 1 or 3. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: ArrayLike<number>;
}

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

/** What stands for one input in a row, or for a column of a table. */
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

export async function rowOf(
  row: Row,
  inputs: readonly ModelInput[],
  read: ReadPicture,
  what: string,
): Promise<unknown> {
  if (!isByName(row)) {
    const only = onlyOf(inputs);
    if (only) return inputOf(row, only, read, what);
    throw wrong(what, `a row is an object with ${namesOf(inputs)}`, `write { ${namesOf(inputs)} }`);
  }
  const cells = new Map<string, unknown>();
  for (const [name, value] of Object.entries(row)) {
    const input = inputs.find((i) => i.name === name) ?? inputs.find((i) => i.field.name === name);
    cells.set(name, input ? await inputOf(value, input, read, what) : value);
  }
  return Object.fromEntries(cells);
}

const namesOf = (inputs: readonly ModelInput[]): string => inputs.map((i) => i.name).join(", ");

/** Whether a row is an object by names rather than a value. */
const isByName = (row: Row): row is { readonly [name: string]: InputValue } =>
  typeof row === "object" &&
  row !== null &&
  !Array.isArray(row) &&
  !ArrayBuffer.isView(row) &&
  !(row instanceof ArrayBuffer) &&
  !isBlob(row) &&
  !isPixels(row);

const isBlob = (value: unknown): value is Blob =>
  typeof value === "object" && value !== null && "arrayBuffer" in value && typeof value.arrayBuffer === "function";

const isPixels = (value: unknown): value is Pixels =>
  typeof value === "object" &&
  value !== null &&
  "data" in value &&
  "width" in value &&
  "height" in value &&
  typeof value.width === "number" &&
  typeof value.height === "number" &&
  typeof value.data === "object";

async function inputOf(value: InputValue, input: ModelInput, read: ReadPicture, what: string): Promise<unknown> {
  if (isBlob(value)) return inputOf(await value.arrayBuffer(), input, read, what);
  const bytes = bytesOf(value);
  if (bytes && isPictureFile(bytes)) return fitted(await read(bytes, `${what}: '${input.name}'`), input, what);
  if (isPixels(value)) return fitted(pictureOf(value, input, what), input, what);
  return numbersIn(value);
}

function bytesOf(value: InputValue): Uint8Array | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return value instanceof Uint8Array ? value : undefined;
}

const STARTS = [
  [0x89, 0x50, 0x4e, 0x47],
  [0xff, 0xd8, 0xff],
];

/** Whether bytes are a PNG or JPEG file. */
const isPictureFile = (bytes: Uint8Array): boolean =>
  STARTS.some((start) => start.every((byte, i) => bytes[i] === byte));

/** Typed arrays as lists, at any depth. */
function numbersIn(value: unknown): unknown {
  if (value instanceof ArrayBuffer) return Array.from(new Uint8Array(value));
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return Array.from(value as Uint8Array, Number);
  return Array.isArray(value) ? value.map(numbersIn) : value;
}

function fitted(picture: Picture, input: ModelInput, what: string): number[] {
  const [height, width, channels] = pictureSize(input.field.shape) ?? [];
  if (height !== undefined && width !== undefined && channels !== undefined)
    return Array.from(pictureValues(picture, [height, width], channels));
  const shape = `[${input.field.shape.join(", ")}]`;
  throw wrong(what, `a picture is [height, width, 1 or 3], and '${input.name}' is ${shape}`);
}

/** Pixels as a picture file gives them: of four channels the last, how opaque a pixel is, counts for nothing. */
function pictureOf({ width, height, data }: Pixels, { name }: ModelInput, what: string): Picture {
  const given = data.length / (width * height);
  if (given !== 1 && given !== 3 && given !== 4)
    throw wrong(
      what,
      `'${name}': a picture of ${width}x${height} pixels has 1, 3 or 4 numbers for each, and there are ${data.length}`,
      "hand over an ImageData, or { width, height, data } of bytes",
    );
  if (given !== 4) return { width, height, channels: given, bytes: Uint8Array.from(data) };
  const bytes = new Uint8Array(width * height * 3);
  for (let i = 0; i < bytes.length; i++) bytes[i] = data[4 * Math.floor(i / 3) + (i % 3)]!;
  return { width, height, channels: 3, bytes };
}
