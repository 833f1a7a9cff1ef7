// A sound that a program hands over as the bytes of a WAV file. Out: the samples that the input takes, as in training.

import type { ModelInput } from "../project/use/model/modelinputs.ts";
import { widthOf } from "../project/use/rows/rowvalues.ts";
import { isWav } from "../runtime/files/wav.ts";
import { readClip } from "../runtime/sounds/clip.ts";

/** Undefined for bytes that are no WAV file, and for an input that takes no sounds. */
export function soundInFile(bytes: Uint8Array, input: ModelInput, what: string): number[] | undefined {
  const facts = input.field.sound;
  return facts && isWav(bytes) ? Array.from(readClip(bytes, what, facts, widthOf(input)).samples) : undefined;
}
