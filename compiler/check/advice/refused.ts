// Checks of calls before they run, by the roles of their callees, so that an error is reported at the user's call and not at the sum
// inside.

import { definitionHasRole, type Role } from "../frame/roles.ts";
import type { Callable } from "../values/values.ts";
import {
  answerForTarget,
  type Check,
  classAsNumber,
  classAsYesOrNo,
  classForScores,
  differ,
  type Given,
  labelDiffers,
  oneScore,
  pictureForLabel,
  type Refused,
  rowForLabel,
  swapped,
  tooFewScores,
  type Written,
} from "./losses.ts";
import { scaledLabel } from "./ranges.ts";
import { notPositive, notSquare, rowsDiffer, singular } from "./systems.ts";

/** By the roles of the definition that is called. */
const CHECKS: readonly (readonly [roles: readonly Role[], checks: readonly Check[]])[] = [
  [
    ["class_loss", "class_metric"],
    [swapped, classForScores, scaledLabel, pictureForLabel, oneScore, rowForLabel, labelDiffers, tooFewScores],
  ],
  [["takes_logit"], [answerForTarget]],
  [["comparison"], [classAsNumber]],
  [["yes_or_no", "margin"], [classAsYesOrNo]],
  [["comparison"], [differ]],
  [["system"], [notSquare, rowsDiffer, singular]],
  [["factor"], [notSquare, notPositive]],
];

/** Finds the first mistake in a call of a definition. */
export function refused(definition: Callable, given: Given, written: Written): Refused | undefined {
  for (const [roles, checks] of CHECKS) {
    if (!definitionHasRole(definition, ...roles)) continue;
    for (const check of checks) {
      const found = check(definition, given, written);
      if (found) return found;
    }
  }
  return undefined;
}
