// The ways in which two steps become one kernel: it saves a launch or a barrier, and what one makes for the other stays in registers.
// Steps are only tried together where they share a key: each with each would take the square of their number.

import type { Step } from "../loops/step.ts";
import { fuseRows, isSmallRows } from "./rows.ts";
import { fuseSpaces, spaceKeys, spaceReach } from "./spaces.ts";
import { fuseSibling, siblingKeys } from "./sums.ts";

export interface FusionRule {
  readonly keys: (step: Step) => readonly string[];
  /** How far up it may go beside right behind what it must follow; anywhere where this is absent. */
  readonly reach?: (step: Step) => number;
  /** Both as one step in the place of the first, which is `distance` steps up; undefined where they do not fit. */
  readonly fuse: (first: Step, second: Step, distance: number) => Step | undefined;
}

export const fusionRules: readonly FusionRule[] = [
  { keys: (s) => (isSmallRows(s) ? ["rows"] : []), fuse: fuseRows },
  { keys: spaceKeys, reach: spaceReach, fuse: fuseSpaces },
  { keys: siblingKeys, fuse: fuseSibling },
];
