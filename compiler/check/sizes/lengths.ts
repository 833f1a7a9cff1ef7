// Sequences that differ in length within a batch, as the checker meets them: where lengths come from, how many places a mean goes
// over, and what a place counted from the end, an order or a window means in each example. How lengths travel from one value to
// the next is the business of `ops/lengths.ts`.

import { companionName } from "../../../runtime/plan.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { BATCH, isNumber } from "../../arithmetic/dim.ts";
import type { Window } from "../../graph/build.ts";
import {
  add,
  broadcast,
  constant,
  countOf,
  div,
  extentOf,
  indexAlong,
  keeping,
  make,
  mul,
  reshape,
  select,
  slice,
  sub,
  sum,
} from "../../graph/build.ts";
import { allMasked, lengthsOf, masked, offsetOf, shifted, withLengths } from "../../graph/lengths.ts";
import type { Node } from "../../graph/node.ts";
import { sizeAlong } from "../../graph/node.ts";
import { LengthMistake } from "../../graph/op.ts";
import { realPlaces, takenAlong } from "../../ops/ragged.ts";

export { lengthsOf, withLengths };

/** How many places of an axis (from the start) are real, a number of each example; undefined where all are. */
export const lengthOf = (x: Node, axis = 0): Node | undefined => lengthsOf(x)?.[axis];

/** How long each example's sequence of a field is. */
export function lengthLeaf(field: string): Node {
  const type = { shape: [], dtype: "f32" };
  return make("parameter", [], { name: companionName(field, "length"), type, role: "field", batched: true });
}

/** The leaf of a field whose first axis is as long in each example as the field of lengths beside it says. */
export function raggedField(leaf: Node, field: string): Node {
  const length = lengthLeaf(field);
  return make("ragged", [beginningAgain(leaf, 0, length), length], { axis: -leaf.shape.length });
}

/**
 * The first step again at the steps past the end: nothing is to read them, and what is computed of them on the way is then as
 * finite as what is computed of real steps, and so is its derivative, which is multiplied by zero.
 */
function beginningAgain(x: Node, axis: number, length: Node): Node {
  if (x.dtype !== "f32") return x;
  const from = axis - x.shape.length;
  return select(realPlaces(length, x.shape, from), x, masked(slice(x, from, 0, 1), axis, 0));
}

/** A largest of nothing is no number to go on with: past their ends sequences begin again. */
export const finitePast = (x: Node): Node =>
  lengthsOf(x)?.reduce<Node>((y, n, i) => (n ? beginningAgain(y, i, n) : y), x) ?? x;

// ---------------------------------------------------------------- counting

const isLong = (x: Node, axes: readonly number[]): boolean => axes.some((a) => lengthOf(x, x.shape.length + a));

/** Places that a reduction over axes (from the end) goes over: a number of each example where sequences differ in length. */
export function countReal(x: Node, axes: readonly number[]): Node {
  if (!isLong(x, axes)) return countOf(x, axes);
  const lengths = axes.map((a) => lengthOf(x, x.shape.length + a));
  const others = axes.filter((_, i) => !lengths[i]);
  return lengths.reduce<Node>((count, n) => (n ? mul(count, n) : count), countOf(x, others));
}

/** The same over the batch as well; where steps are kept, at each of them the examples that have it. */
export function countInBatch(x: Node, axes: readonly number[], keep: boolean): Node {
  const lengths = lengthsOf(x);
  const kept = lengths?.map((n, i) => (axes.includes(i - x.shape.length) ? undefined : n));
  const own = countReal(x, axes);
  if (!kept?.some((n) => n)) return isLong(x, axes) ? overBatch(own) : mul(own, extentOf(BATCH));
  const places = kept.reduce<Node>(
    (hit, n, i) => (n ? mul(hit, realPlaces(n, x.shape, i - x.shape.length)) : hit),
    constant(1),
  );
  const shape = keeping(x.shape, axes).map((d, i) => (kept[i] ? d : 1));
  const each = overBatch(mul(broadcast(places, shape), own));
  const left = keep ? shape : shape.filter((_, i) => !axes.includes(i - x.shape.length));
  // Past the end of the longest there is nothing to divide.
  return make("max", [reshape(each, left), constant(1)]);
}

const overBatch = (x: Node): Node => make("over_batch", [x], { combine: "sum" });

export const meanReal = (x: Node, axes: readonly number[]): Node => div(sum(x, axes), countReal(x, axes));

// ---------------------------------------------------------------- places

/** Elements of an axis (from the start) at the places that a vector says, and none past an end; the other axes as they are. */
function placesAlong(x: Node, axis: number, places: Node): Node {
  const read = masked(x, axis, 0);
  const lengths = lengthsOf(read);
  return withLengths(takenAlong(allMasked(read), axis - x.shape.length, places), lengths);
}

/** The real places of an axis in the opposite order. */
export const reversedWithin = (x: Node, axis: number, length: Node): Node =>
  make("reverse_within", [x, length], { axis: axis - x.shape.length });

/** The real places of an axis moved on by so many, the last of them to the beginning; the rest stays. */
export function rolledWithin(x: Node, axis: number, length: Node, by: number): Node {
  const to = indexAlong([sizeAlong(x, axis)], -1);
  const from = sub(to, constant(by));
  const within = sub(from, mul(length, make("floor", [div(from, length)])));
  const moved = placesAlong(x, axis, select(make("lt", [to, length]), within, to));
  return make("ragged", [moved, length], { axis: axis - x.shape.length });
}

/** One end of a part, `x[from:to]`, as it is written: a place, and what it is in each example where it is a length. */
export interface End {
  readonly place: Dim;
  readonly own: Node | undefined;
}

/** `count` places of an axis (from the start) from `start` on, of which an end may be another in each example. */
export function raggedPart(
  x: Node,
  axis: number,
  { start, count }: { readonly start: Dim; readonly count: Dim },
  from: End | undefined,
  to: End | undefined,
): Node {
  const length = lengthOf(x, axis);
  const [first, last] = [from && placeIn(from, length), to ? placeIn(to, length) : length];
  const isOther = (n: Node | undefined): boolean => n !== undefined && offsetOf(n)[0] !== offsetOf(length ?? n)[0];
  if (isOther(first) || isOther(last))
    throw new LengthMistake(
      "lengths/moved",
      "the sequences differ in length, and this part ends at a place that is no fixed number of steps from their ends",
      "count from the beginning or from the end: `x[2:5]`, `x[1:-1]`, `x[-3:]`",
    );
  if (!first) {
    const part = slice(x, axis - x.shape.length, start, count);
    return last ? make("ragged", [part, shifted(last, -Number(start))], { axis: axis - x.shape.length }) : part;
  }
  if (!last)
    throw new LengthMistake(
      "lengths/moved",
      "the sequences differ in length, so a part that begins at a place counted from the end has to end at one too",
      "write `x[-3:]` or `x[-3:-1]` for steps from the end, `x[2:5]` for steps from the beginning",
    );
  return placesAlong(x, axis, add(first, indexAlong([count], -1)));
}

/** An end in each example, where it is not the same in all. */
function placeIn({ place, own }: End, length: Node | undefined): Node | undefined {
  if (!length || !isNumber(place) || place >= 0) return own;
  return own ? add(length, own) : shifted(length, place);
}

// ---------------------------------------------------------------- windows

/** Windows that lie within a sequence and its padding, by the arithmetic of sizes, for each example's own length. */
export function windowsWithin(length: Node, w: Window, rounding: "floor" | "ceil"): Node {
  const reach = w.dilation * (w.size - 1) + 1;
  const room = w.padding + (w.after ?? w.padding) - reach + w.stride;
  if (w.stride === 1) return shifted(length, room);
  const places = div(shifted(length, room), constant(w.stride));
  if (rounding === "floor") return make("floor", [places]);
  const all = make("neg", [make("floor", [make("neg", [places])])]);
  // The last window must begin inside the input or its left padding.
  const begins = mul(sub(all, constant(1)), constant(w.stride));
  const outside = make("le", [add(length, constant(w.padding)), begins]);
  return make("min", [make("max", [sub(all, outside), constant(0)]), extentOf(w.places)]);
}

/** Places of a transposed window: (length - 1) * stride + reach - 2 * padding. */
export function widenedWithin(length: Node, stride: number, added: number): Node {
  return shifted(stride === 1 ? length : mul(length, constant(stride)), added - stride);
}

/** Axes (from the start) that windows move along, with a number past the end of each. */
export function maskedAlong(x: Node, first: number, count: number, fill: number): Node {
  let read = x;
  for (let i = first; i < first + count; i++) read = masked(read, i, fill);
  return read;
}

/** Refuses sequences that differ in length where an op would go along their steps. */
export function refuseAlong(x: Node, axis: number, what: string, hint: string): void {
  if (lengthOf(x, axis)) throw new LengthMistake("lengths/moved", `the sequences differ in length, and ${what}`, hint);
}
