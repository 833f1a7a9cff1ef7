// The ways in which two steps become one kernel. Steps are only tried together where they share a key.

import type { Step } from "../loops/step.ts";
import { inRows, isSmallRows } from "./rows.ts";
import { inOneSpace, spaceKeys } from "./spaces.ts";
import { beside, summed } from "./sums.ts";

export interface Join {
  readonly keys: (step: Step) => readonly string[];
  /** Both as one step in the place of the first, which is `distance` steps up; undefined where they do not fit. */
  readonly join: (first: Step, second: Step, distance: number) => Step | undefined;
}

export const joins: readonly Join[] = [
  { keys: (s) => (isSmallRows(s) ? ["rows"] : []), join: inRows },
  { keys: spaceKeys, join: inOneSpace },
  { keys: summed, join: beside },
];
