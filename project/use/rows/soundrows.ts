// A row to predict as a WAV file: cut and resampled as the training's sounds were.

import { readClip } from "../../../runtime/sounds/clip.ts";
import type { ModelInput } from "../model/modelinputs.ts";
import { numbersOf, type Rows, widthOf, wrong } from "./rowvalues.ts";

export function fromSound(bytes: Uint8Array, what: string, inputs: readonly ModelInput[]): Rows {
  const [input] = inputs;
  const facts = input?.field.sound;
  if (!input || !facts || inputs.length > 1)
    throw wrong(what, "a sound is given, and the model takes no single sound of a data source wav(...)");
  const { samples } = readClip(bytes, what, facts, widthOf(input));
  return { count: 1, values: new Map([[input.name, numbersOf(input, samples, what)]]) };
}
