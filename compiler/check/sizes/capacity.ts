// Sizes that no machine can hold. In: shapes and parameters as they come about. Out: a mistake before anything is compiled. What
// fits here may still be too much for a batch: that is found when the plan is made, with the largest batch that fits.

import type { Span } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { isNumber, product, showFraction, showShape } from "../../arithmetic/dim.ts";
import { itemAt } from "../../arithmetic/lists.ts";
import type { Learned } from "../values/instance.ts";
import type { Mistake } from "../values/mistakes.ts";
import { mistake } from "../values/mistakes.ts";
import { asSize, type Value, wholeSize } from "../values/values.ts";

/** Numbers that one memory holds: 4 GiB of 32-bit values. */
const MOST_NUMBERS = 2 ** 30;

const HINT = { hint: "smaller sizes fit: look where the largest of them comes from" };

/** Items that a list may have while the program is compiled. */
export const MOST_ITEMS = 100_000;

/** How many items to make: a whole number that is not absurd. */
export function asCount(value: Value, span: Span, what: string): number {
  const count = asSize(value, span, what);
  if (Number.isInteger(count) && count >= 0 && count <= MOST_ITEMS) return count;
  throw mistake(
    "limits/too-large",
    span,
    `${what} is a whole number from 0 to ${MOST_ITEMS}, and this is ${showFraction(count)}`,
    {
      hint: "lists are written out when the program is compiled; what runs as often is an axis of a tensor",
    },
  );
}

/** Refuses a tensor that has more numbers than one memory. */
export function refuseHuge(shape: readonly Dim[], span: Span): void {
  for (const size of shape) if (isNumber(size) && !Number.isFinite(size)) wholeSize(size, span);
  const count = product(shape);
  if (!isNumber(count) || count <= MOST_NUMBERS) return;
  const message = `a tensor ${showShape(shape)} has ${shown(count)} numbers, and one memory holds at most ${shown(MOST_NUMBERS)}`;
  throw mistake("limits/too-large", span, message, HINT);
}

/** A value whose tensors each fit into one memory. */
export function withinMemory(value: Value, span: Span): Value {
  if (value.kind === "tensor") refuseHuge(value.node.shape, span);
  else if (value.kind === "list") for (const item of value.items) withinMemory(item, span);
  return value;
}

/** Reports parameters and states that fit one by one and not together. */
export function tooManyParameters(learned: readonly Learned[], span: Span): Mistake | undefined {
  const counts = learned.map((l) => product(l.node.shape)).map((n) => (isNumber(n) ? n : 0));
  const total = counts.reduce((a, b) => a + b, 0);
  if (total <= MOST_NUMBERS) return undefined;
  const largest = itemAt(learned, counts.indexOf(Math.max(...counts)));
  const message = `the parameters have ${shown(total)} numbers, and one memory holds at most ${shown(MOST_NUMBERS)}`;
  const notes = [`the largest is '${largest.path}' ${showShape(largest.node.shape)}`];
  return mistake("limits/too-large", largest.node.span ?? span, message, { ...HINT, notes });
}

const shown = (count: number): string =>
  !Number.isFinite(count) ? "more than 1e+308" : count < 1e15 ? count.toLocaleString("en") : count.toExponential(1);
