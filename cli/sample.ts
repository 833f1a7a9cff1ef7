// `dnn sample`: what a training's `show` lines ask for, or, where there are none, text from a character model.

import { EXIT } from "./failure.ts";
import { showAll, shows } from "./shown.ts";
import { openWeights, type WeightFlags } from "./weights.ts";
import { written } from "./writing.ts";

export interface SampleFlags extends WeightFlags {
  readonly model?: string;
  readonly prompt?: string;
  readonly length?: number;
  readonly temperature?: number;
  readonly seed: number;
  /** Where pictures go, or a page with everything. */
  readonly out?: string;
}

const LENGTH = 400;

export async function sample(file: string, flags: SampleFlags): Promise<number> {
  const weights = await openWeights(file, flags);
  if (shows(weights.definition)) {
    await showAll(weights, flags);
    return EXIT.fine;
  }
  const wish = { ...flags, length: flags.length ?? LENGTH, temperature: flags.temperature ?? 1 };
  for await (const piece of written(weights, wish)) process.stdout.write(piece);
  process.stdout.write("\n");
  return EXIT.fine;
}
