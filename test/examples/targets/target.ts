// Describes a target: the figure that an example must reach, how it is trained for that, and what misses it.

import type { Trivial } from "../trivial.ts";

export interface Target {
  readonly metric: string;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** Makes the training shorter than the program's own settings, in tests only: the gallery trains in full. */
  readonly flags?: readonly string[];
  /** The baseline without learning: it must miss the target clearly. */
  readonly trivial: Trivial;
  /** Of the training's own examples: what is stored is not held out. */
  readonly own?: true;
  /** The figures with the seeds 1, 2 and 3, by the settings of the tests. */
  readonly seeds?: readonly [number, number, number];
}
