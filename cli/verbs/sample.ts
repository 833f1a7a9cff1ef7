// `dnn sample`: what a training's `show` lines ask for, or, where there are none, text from a character model.

import { EXIT, usage } from "../../project/failure.ts";
import { written } from "../../project/use/sampling.ts";
import { openWeights } from "../../project/use/weights.ts";
import { note, out, outPiece } from "../terminal/say.ts";
import { type SampleFlags, showAll, shows } from "./shown.ts";

const LENGTH = 400;

export async function sample(file: string, flags: SampleFlags): Promise<number> {
  const weights = await openWeights(file, flags, note);
  // A model that is named is what is asked for: its text, not what the training shows.
  if (shows(weights.definition) && flags.model === undefined && !flags.text) {
    await showAll(weights, flags);
    return EXIT.fine;
  }
  if (flags.out !== undefined) throw usage(`--out ${flags.out} is for what a training shows; a text goes to stdout`);
  const wish = { ...flags, length: flags.length ?? LENGTH, temperature: flags.temperature ?? 1 };
  for await (const piece of written(weights, wish)) outPiece(piece);
  out("");
  return EXIT.fine;
}
