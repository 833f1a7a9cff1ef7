// A picture as a row to predict: brought to the size and the channels that the model's one input has.

import { onlyOf } from "../../../compiler/arithmetic/lists.ts";
import type { ModelInput } from "../model/modelinputs.ts";
import { type Rows, wrong } from "./rowvalues.ts";

/** Height, width and channels of an input that a picture can fill. */
export function pictureSize(shape: readonly number[]): readonly [number, number, 1 | 3] | undefined {
  const [height, width, channels, ...rest] = shape;
  if (height === undefined || width === undefined || rest.length > 0) return undefined;
  return channels === 1 || channels === 3 ? [height, width, channels] : undefined;
}

/** One row: the picture in the size and channels that the model's one input has. */
export async function fromPicture(bytes: Uint8Array, path: string, inputs: readonly ModelInput[]): Promise<Rows> {
  const input = onlyOf(inputs);
  const size = input && pictureSize(input.field.shape);
  if (!size) {
    const shapes = inputs.map(({ name, field }) => `'${name}' [${field.shape.join(", ")}]`).join(" and ");
    throw wrong(path, `a picture is one input [height, width, 1 or 3], and the model takes ${shapes}`);
  }
  const { readPicture } = await import("../../../runtime/pictures/read.ts");
  const { pictureValues } = await import("../../../runtime/pictures/values.ts");
  const [height, width, channels] = size;
  const values = pictureValues(await readPicture(bytes, path), [height, width], channels);
  return { count: 1, values: new Map([[input.name, values]]) };
}
