// Pictures as numbers for an input: a file's bytes or pixels, in the input's size and channels. Built modules of models that take none
// have `nopictures.ts` in its place.

import type { ModelInput } from "../project/use/model/modelinputs.ts";
import { pictureSize } from "../project/use/rows/picturerows.ts";
import { wrong } from "../project/use/rows/rowvalues.ts";
import type { Picture } from "../runtime/pictures/png.ts";
import { readPicture } from "../runtime/pictures/read.ts";
import { pictureValues } from "../runtime/pictures/values.ts";

/** Pixels as `ImageData` has them: 4 numbers a pixel, or 1 or 3. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: ArrayLike<number>;
}

/** The picture in a PNG, JPEG or WebP file. */
export const pictureInFile = async (bytes: Uint8Array, input: ModelInput, what: string): Promise<number[]> =>
  fitted(await readPicture(bytes, `${what}: '${input.name}'`), input, what);

export const pictureInPixels = (pixels: Pixels, input: ModelInput, what: string): number[] =>
  fitted(pictureOf(pixels, input, what), input, what);

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
