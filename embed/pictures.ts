// Pictures as numbers for an input: a file's bytes or pixels, in the input's size and channels. Built modules of models that take none
// have `nopictures.ts` in its place.

import type { ModelInput } from "../project/use/model/modelinputs.ts";
import { pictureSize } from "../project/use/rows/picturerows.ts";
import { widthOf, wrong } from "../project/use/rows/rowvalues.ts";
import { mustBeShares } from "../project/use/rows/shares.ts";
import type { Picture } from "../runtime/pictures/png.ts";
import { readPicture } from "../runtime/pictures/read.ts";
import { pictureValues } from "../runtime/pictures/values.ts";

/** Pixels as `ImageData` has them: 4 numbers a pixel, or 1 or 3. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: ArrayLike<number>;
}

export const isPixels = (value: unknown): value is Pixels =>
  typeof value === "object" &&
  value !== null &&
  "data" in value &&
  "width" in value &&
  "height" in value &&
  typeof value.width === "number" &&
  typeof value.height === "number" &&
  typeof value.data === "object";

/** Reads a value as a picture, where it is one; `own` are its bytes, if it has such. What is neither a picture nor numbers is refused. */
export async function pictureIn(
  value: unknown,
  own: Uint8Array | undefined,
  input: ModelInput,
  what: string,
): Promise<number[] | undefined> {
  const bytes = value instanceof Uint8ClampedArray ? new Uint8Array(value) : own;
  if (bytes && isPictureFile(bytes)) return fitted(await readPicture(bytes, `${what}: '${input.name}'`), input, what);
  if (isPixels(value)) return fitted(pictureOf(value, input, what), input, what);
  const [height = 0, width = 0] = pictureSize(input.field.shape) ?? [];
  // A canvas gives four bytes for each pixel.
  if (bytes && height > 0 && bytes.length === 4 * height * width)
    return fitted(pictureOf({ width, height, data: bytes }, input, what), input, what);
  const isNumbers = bytes ? bytes.length === widthOf(input) : ArrayBuffer.isView(value);
  const isPicture = height > 0 && input.field.classes === undefined;
  if (!isPicture || typeof value === "number" || Array.isArray(value) || isNumbers)
    return mustBeShares(bytes ?? value, input, what);
  const given = bytes ? `${bytes.length} bytes that are no PNG, JPEG or WebP file` : kindOf(value);
  throw wrong(what, `'${input.name}' takes a picture or its ${widthOf(input)} numbers, and is given ${given}`, HINT);
}

const HINT = "hand over the bytes of a PNG or JPEG file, or an ImageData: `context.getImageData(0, 0, width, height)`";

/** A value that is none, for the message. */
function kindOf(value: unknown): string {
  if (typeof value === "string") return "a text";
  if (value instanceof Promise) return "a promise: `await` it";
  return typeof value === "object" && value !== null ? `an object of ${value.constructor?.name}` : String(value);
}

const STARTS = [
  [0, [0x89, 0x50, 0x4e, 0x47]],
  [0, [0xff, 0xd8, 0xff]],
  [8, [0x57, 0x45, 0x42, 0x50]],
] as const;

/** Whether bytes are a PNG, JPEG or WebP file. */
const isPictureFile = (bytes: Uint8Array): boolean =>
  STARTS.some(([at, start]) => start.every((byte, i) => bytes[at + i] === byte));

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
