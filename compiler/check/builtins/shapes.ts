// Joining, splitting, reshaping, and what classes are.

import type { Span } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import {
  addDims,
  divDims,
  isNumber,
  product,
  showDim,
  showFraction,
  showShape,
  subDims,
} from "../../arithmetic/dim.ts";
import { concat, indexAlong, make, mul, reshape, select, slice } from "../../graph/build.ts";
import { lengthsOf, withLengths } from "../../graph/lengths.ts";
import type { Node } from "../../graph/node.ts";
import { sizeAlong } from "../../graph/node.ts";
import { broadcastsTo } from "../../ops/elementwise.ts";
import { MOST_ITEMS } from "../sizes/capacity.ts";
import { keepClasses } from "../sizes/classes.ts";
import {
  type ArgumentPlace,
  axesOfRank,
  axisOf,
  type Domain,
  knownNumber,
  optional,
  orderOf,
  refuse,
  refuseKind,
  shape,
  size,
  tensor,
  typed,
  whole,
} from "../sizes/domains.ts";
import { lengthOf, refuseAlong, reversedWithin, rolledWithin } from "../sizes/lengths.ts";
import { refuseClassBeyond } from "../sizes/places.ts";
import { misfit, mistake } from "../values/mistakes.ts";
import { sameClasses } from "../values/sameclasses.ts";
import type { TensorValue, Value } from "../values/values.ts";
import { asNode, describe, tensorValue } from "../values/values.ts";
import { type Builtin, builtin } from "./call.ts";

/** One size of the shape changed so that it fits. */
function fittingShape(count: Dim, shape: readonly Dim[]): readonly Dim[] | undefined {
  for (let i = shape.length - 1; i >= 0 && isNumber(count); i--) {
    const rest = product(shape.filter((_, j) => j !== i));
    if (isNumber(rest) && rest > 0 && count % rest === 0) return shape.map((d, j) => (i === j ? count / rest : d));
  }
  return undefined;
}

/** Into how many equal parts, or into parts of which sizes. */
const parts: Domain<number | readonly number[]> = {
  says: "a number of parts, or a list of their sizes, whole numbers from 1",
  read: (value, at) => {
    const one = whole({ from: 1, to: MOST_ITEMS });
    if (value.kind !== "list" && knownNumber(value) === undefined) throw refuseKind(at, parts.says, value);
    return value.kind === "list" ? value.items.map((v) => one.read(v, at)) : one.read(value, at);
  },
};

function splitParts(x: Node, how: number | readonly number[], at: ArgumentPlace): Value {
  const depth = x.shape.at(-1);
  if (depth === undefined)
    throw misfit("shapes/too-few-axes", at.span, [x], "`split` cuts along depth, and this is a single number");
  refuseAlong(
    x,
    x.shape.length - 1,
    "`split` would cut along their steps",
    "parts of a sequence are `x[0:2]` from its beginning and `x[-2:]` from its end",
  );
  const sizes: readonly Dim[] = typeof how === "number" ? equalParts(depth, how, at) : how;
  const whole = sizes.reduce<Dim>(addDims, 0);
  if (whole !== depth)
    throw misfit(
      "shapes/does-not-divide",
      at.span,
      [x],
      `the parts have ${sizes.map(showDim).join(" + ")} = ${showDim(whole)} numbers, and the depth is ${showDim(depth)}`,
      { hint: `the sizes of the parts must add up to ${showDim(depth)}` },
    );
  let start: Dim = 0;
  return {
    kind: "list",
    items: sizes.map((size) => {
      const part = slice(x, -1, start, size);
      start = addDims(start, size);
      return tensorValue(part);
    }),
  };
}

function equalParts(depth: Dim, count: number, at: ArgumentPlace): readonly Dim[] {
  const size = divDims(depth, count);
  if (isNumber(size) && !Number.isInteger(size))
    throw mistake(
      "shapes/does-not-divide",
      at.span,
      `a depth of ${showDim(depth)} does not split into ${count} equal parts`,
      { hint: "give the sizes of the parts: `split(x, [2, 3])`" },
    );
  return new Array<Dim>(count).fill(size);
}

function reshaped(given: TensorValue, shape: readonly Dim[], at: ArgumentPlace): Value {
  const { node: x } = given;
  const count = product(x.shape);
  if (product(shape) !== count) {
    const fits = fittingShape(count, shape);
    throw misfit(
      "shapes/reshape-count",
      at.span,
      [x],
      `${showShape(x.shape)} has ${showDim(count)} elements, and ${showShape(shape)} would have ${showDim(product(shape))}`,
      { hint: fits ? `${showShape(fits)} would fit` : `the product of the sizes must be ${showDim(count)}` },
      { kind: "reshape", from: x.shape, to: shape, ...(fits ? { fits } : {}) },
    );
  }
  return sameClasses(reshape(x, shape), given);
}

function transposed(given: TensorValue, order: readonly number[] | undefined, at: ArgumentPlace): Value {
  const { node: x } = given;
  if (order) return sameClasses(make("transpose", [x], { order }), given);
  if (x.shape.length >= 2) return sameClasses(make("transpose", [x], { order: [-1, -2] }), given);
  throw misfit(
    "shapes/too-few-axes",
    at.span,
    [x],
    `\`transpose\` exchanges the last two axes, and this is ${describe(given)}`,
    { hint: "a vector [n] becomes a row by `reshape(x, [1, n])`" },
  );
}

function reversed(given: TensorValue, axis: number | undefined, at: ArgumentPlace): Value {
  const { node: x } = given;
  if (x.shape.length === 0)
    throw mistake("shapes/no-such-axis", at.span, "a single number has no axis to reverse", { hint: axesOfRank(0) });
  const along = axis ?? -x.shape.length;
  const from = x.shape.length + along;
  const length = lengthOf(x, from);
  return sameClasses(length ? reversedWithin(x, from, length) : make("reverse", [x], { axis: along }), given);
}

/** Along the first axis: the elements moved round. */
function rolled(given: TensorValue, by: number, at: ArgumentPlace): Value {
  const { node: x } = given;
  const rank = x.shape.length;
  if (rank === 0)
    throw mistake("shapes/no-such-axis", at.span, "a single number has no axis to roll", { hint: axesOfRank(0) });
  const size = sizeAlong(x, 0);
  if (by === 0) return sameClasses(x, given);
  const length = lengthOf(x);
  if (length) return sameClasses(rolledWithin(x, 0, length, by), given);
  const far = isNumber(size) ? ((by % size) + size) % size : by < 0 ? addDims(size, by) : by;
  if (far === 0) return sameClasses(x, given);
  const rest = subDims(size, far);
  return sameClasses(concat([slice(x, -rank, rest, far), slice(x, -rank, 0, rest)], -rank), given);
}

export function classesOf(value: Value, span: Span): Dim {
  if (value.kind === "tensor" && value.classes !== undefined) return value.classes;
  const shape = value.kind === "tensor" ? value.node.shape : undefined;
  const written =
    shape === undefined
      ? "`[T] of V` or `class 10`"
      : shape.length === 0
        ? "`class 10`"
        : `\`${showShape(shape)} of V\``;
  throw mistake("types/not-classes", span, `class indices are needed here, and this is ${describe(value)}`, {
    hint: `a field or input of classes is declared as ${written}`,
  });
}

/** A class, or a number in its place. */
function onehot(x: TensorValue, classes: Dim | undefined, at: ArgumentPlace): Value {
  const n = classes ?? classesOf(x, at.span);
  const known = knownNumber(x);
  if (known !== undefined && isNumber(known)) refuseOutside(known, n, at);
  refuseClassBeyond(x, n, at.span);
  if (x.node.shape.length === 0) return tensorValue(make("eq", [indexAlong([n], -1), x.node]));
  return tensorValue(make("eq", [reshape(x.node, [...x.node.shape, 1]), indexAlong([n], -1)]));
}

/** A place that is known before the program runs lies on its axis. */
function refuseOutside(place: number, size: Dim, at: ArgumentPlace): void {
  const inside = place >= 0 && (!isNumber(size) || place < size);
  if (Number.isInteger(place) && inside) return;
  const says = `a whole number from 0${isNumber(size) ? ` to ${size - 1}` : ""}`;
  throw refuse(at, says, `this is ${showFraction(place)}`, { code: "shapes/index-range" });
}

/** Places along the first axes: single numbers, which the running program may find. */
const places: Domain<readonly Node[]> = {
  says: "a place, or a list of one for each of the first axes",
  read: (value, at) => {
    const { node: x } = at.before.x as TensorValue;
    const items = value.kind === "list" ? value.items : [value];
    const nodes = items.map((p) => asNode(p, at.span));
    const rank = x.shape.length;
    for (const [i, p] of items.entries())
      if (p.kind === "tensor" && i < rank) refuseClassBeyond(p, sizeAlong(x, i), at.span);
    if (nodes.length > rank || nodes.length === 0 || nodes.some((p) => p.shape.length > 0))
      throw mistake(
        "shapes/index-axis",
        at.span,
        `a place in ${showShape(x.shape)} is at most ${rank} single ${rank === 1 ? "number" : "numbers"}`,
        { hint: "write `put(x, [row, column], value)`" },
      );
    items.forEach((item, i) => {
      const known = knownNumber(item);
      if (known !== undefined && isNumber(known)) refuseOutside(known, sizeAlong(x, i), at);
    });
    return nodes;
  },
};

/** put(x, [y, x], value): x with another value at one place of its first axes. */
function put(of: TensorValue, at: readonly Node[], by: TensorValue, place: ArgumentPlace): Value {
  const [x, value] = [of.node, by.node];
  const rank = x.shape.length;
  const hits = at.map((p, i) => make("eq", [indexAlong(x.shape, i - rank), p]));
  const rest = x.shape.slice(at.length);
  if (!broadcastsTo(value.shape, rest))
    throw mistake(
      "shapes/broadcast",
      place.span,
      `what stands at one place of ${showShape(x.shape)} is ${showShape(rest)}, and this is ${showShape(value.shape)}`,
      { hint: "a place for every axis that is left out would make the value smaller: `put(x, [row, column], value)`" },
    );
  const hit = hits.reduce((a, b) => mul(a, b));
  return keepClasses(of, by, select(hit, value, x), place.span);
}

export const SHAPES: Readonly<Record<string, Builtin>> = {
  reshape: builtin("the same numbers in the same order, in another shape", { x: typed, shape }, (given, _, at) =>
    reshaped(given.x, given.shape.sizes, at("shape")),
  ),
  flat: builtin("all numbers of x as one vector", { x: typed }, ({ x }) =>
    sameClasses(reshape(x.node, [product(x.node.shape)]), x),
  ),
  transpose: builtin(
    "the last two axes exchanged, or all axes in the order that is given: `transpose(x, [1, 0, 2])`",
    { x: typed, order: optional(orderOf("x"), undefined, "...") },
    ({ x, order }, _, at) => transposed(x, order, at("x")),
  ),
  split: builtin(
    "x cut along depth into as many equal parts, or into parts of the sizes in a list",
    { x: tensor, parts },
    (given, _, at) => splitParts(given.x, given.parts, at("parts")),
  ),
  reverse: builtin(
    "x in opposite order along an axis",
    { x: typed, axis: optional(axisOf("x"), undefined, "0") },
    ({ x, axis }, _, at) => reversed(x, axis, at("x")),
  ),
  roll: builtin("x moved round along its first axis: y[i] = x[i - by]", { x: typed, by: whole() }, ({ x, by }, _, at) =>
    rolled(x, by, at("x")),
  ),
  onehot: builtin(
    "a class as a vector with 1 at its place and 0 elsewhere: [...] of V gives [..., V]",
    { x: typed, classes: optional(size, undefined, "...") },
    ({ x, classes }, _, at) => onehot(x, classes, at("x")),
  ),
  index: builtin(
    "for each element of x its place along an axis, in the shape of x",
    { x: tensor, axis: axisOf("x") },
    ({ x, axis }) => tensorValue(withLengths(indexAlong(x.shape, axis), lengthsOf(x))),
  ),
  put: builtin(
    "x with another value at one place of its first axes: `put(x, [row, column], 1)`",
    { x: typed, place: places, value: typed },
    ({ x, place, value }, _, at) => put(x, place, value, at("value")),
  ),
};
