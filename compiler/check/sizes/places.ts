// Places along an axis, as in `x[2]` and `x[1:-1]`. In: a value and the axis's size. Out: the place counted from 0, or a mistake
// where no such place is; negative ones count from the end.

import type { Span } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { addDims, isNumber, showDim, showFraction, subDims } from "../../arithmetic/dim.ts";
import { mistake } from "../values/mistakes.ts";
import { asDim, type TensorValue, type Value } from "../values/values.ts";
import { knownNumber } from "./domains.ts";

/** A whole number, as it was written. */
export function wholePlace(value: Value, span: Span): Dim {
  const place = knownNumber(value) ?? asDim(value, span, "a place");
  if (!isNumber(place) || Number.isInteger(place)) return place;
  throw mistake("shapes/index-range", span, `an index is a whole number, and this is ${showFraction(place)}`, {
    hint: "places are counted from 0; `floor(a / b)` is whole",
  });
}

/** Negative places count from the end. */
const fromEnd = (place: Dim, size: Dim): Dim => (isNumber(place) && place < 0 ? addDims(size, place) : place);

/** One place of an axis. */
export function placeWithin(place: Dim, size: Dim, span: Span): Dim {
  const start = fromEnd(place, size);
  if (!isNumber(start) || !isNumber(size) || (start >= 0 && start < size)) return start;
  throw mistake("shapes/index-range", span, `index ${showDim(place)} is outside an axis of size ${showDim(size)}`, {
    hint: `indices go from 0 to ${size - 1}, or from the end, -1 to -${size}`,
  });
}

/** A class chooses a place: each of its classes needs one. */
export function refuseClassBeyond({ classes }: TensorValue, size: Dim, span: Span): void {
  if (classes === undefined || classes === size) return;
  if (isNumber(classes) && isNumber(size) && classes <= size) return;
  throw mistake(
    "shapes/index-range",
    span,
    `this is one of ${showDim(classes)} classes, and there are ${showDim(size)} places to choose from`,
    {
      hint: isNumber(classes)
        ? `give a place for each of the ${classes} classes, such as a list of ${classes} numbers`
        : "a place in the batch chooses among as many as the batch has, as in `all_examples(x)[example_index()]`",
    },
  );
}

/** `from:to`, where either may be left out; gives the first place and how many there are. */
export function partWithin(
  from: Dim | undefined,
  to: Dim | undefined,
  size: Dim,
  span: Span,
): { readonly start: Dim; readonly count: Dim } {
  const [start, end] = [fromEnd(from ?? 0, size), fromEnd(to ?? size, size)];
  const count = subDims(end, start);
  const isOutside = [start, end].some((p) => isNumber(p) && (p < 0 || (isNumber(size) && p > size)));
  const range = `${showDim(from ?? 0)}:${to === undefined ? "" : showDim(to)}`;
  if (isOutside)
    throw mistake("shapes/index-range", span, `places ${range} are not within an axis of ${showDim(size)}`, {
      hint: `a part begins at 0 at the earliest and ends at ${showDim(size)} at the latest; negative places count from the end`,
    });
  if (isNumber(count) && count < 1)
    throw mistake("shapes/index-range", span, `there is no place in ${range} of an axis of ${showDim(size)}`, {
      hint: "`a:b` goes from a up to b, without b itself: b comes after a",
    });
  return { start, count };
}

/** The items `from:to` of a list; unlike a part of a tensor there may be none. */
export function itemsWithin<T>(
  list: readonly T[],
  from: Dim | undefined,
  to: Dim | undefined,
  span: Span,
): readonly T[] {
  const [start, end] = [fromEnd(from ?? 0, list.length), fromEnd(to ?? list.length, list.length)].map(Number) as [
    number,
    number,
  ];
  if (start >= 0 && end <= list.length && start <= end) return list.slice(start, end);
  throw mistake("shapes/index-range", span, `places ${start}:${end} are not within a list of ${list.length}`, {
    hint: `a part begins at 0 at the earliest and ends at ${list.length} at the latest; negative places count from the end`,
  });
}
