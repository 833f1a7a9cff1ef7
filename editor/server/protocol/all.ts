// All that an editor can ask for. Adding one is its file and its line here.

import type { Feature } from "./feature.ts";
import { definition, highlights, references, renaming } from "./names.ts";
import { colours, completion, hints, hover, signature } from "./reading.ts";
import { folding, lenses, outline } from "./structure.ts";
import { corrections, formatting } from "./writing.ts";

export const features: readonly Feature[] = [
  hints,
  hover,
  completion,
  signature,
  colours,
  outline,
  folding,
  lenses,
  definition,
  references,
  highlights,
  renaming,
  formatting,
  corrections,
];
