// Targets that every example must reach, and how it is trained for that.

import { FOUNDATIONS } from "./targets/foundations.ts";
import { GENERATIVE } from "./targets/generative.ts";
import { PICTURES } from "./targets/pictures.ts";
import { SEQUENCES } from "./targets/sequences.ts";
import type { Target } from "./targets/target.ts";

/** Held-out figures. */
export const TARGETS: Readonly<Record<string, Target>> = { ...FOUNDATIONS, ...PICTURES, ...SEQUENCES, ...GENERATIVE };
