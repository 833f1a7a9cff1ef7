// In place of `pictures.ts` in built modules of models that take no pictures.

import type { ModelInput } from "../../project/use/model/modelinputs.ts";
import { wrong } from "../../project/use/rows/rowvalues.ts";
import type { Pixels } from "../pictures.ts";

function refused({ name, field }: ModelInput, what: string): never {
  throw wrong(what, `a picture is [height, width, 1 or 3], and '${name}' is [${field.shape.join(", ")}]`);
}

export const pictureInFile = async (_: Uint8Array, input: ModelInput, what: string): Promise<number[]> =>
  refused(input, what);

export const pictureInPixels = (_: Pixels, input: ModelInput, what: string): number[] => refused(input, what);
