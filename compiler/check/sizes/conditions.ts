// Conditions are true or false: a number in the place of one is a comparison that was not written. In: a value, and its place.
// Out: the value, or a mistake.

import type { Span } from "../../../grammar/syntax/span.ts";
import { mistake } from "../values/mistakes.ts";
import { describe, type Value } from "../values/values.ts";

/** Refuses numbers that are known before the program runs; a tensor chooses element by element. */
export function asCondition(value: Value, span: Span): Value {
  if (value.kind !== "number" && value.kind !== "string") return value;
  throw mistake("types/not-a-condition", span, `a condition is true or false, and this is ${describe(value)}`, {
    hint:
      value.kind === "number"
        ? "write what it is compared with, as in `n == 2` or `n > 0`"
        : "write a comparison, as in `n == 2`",
  });
}
