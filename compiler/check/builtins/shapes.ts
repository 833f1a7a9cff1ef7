// Joining, splitting, reshaping, and what classes are.

import type { Span } from "../../../grammar/span.ts";
import type { Dim } from "../../graph/dim.ts";
import { addDims, isNumber, product, showDim, showShape } from "../../graph/dim.ts";
import type { Node } from "../../graph/node.ts";
import { broadcast, concat, indexAlong, make, mul, reshape, select, slice } from "../../ops/build.ts";
import { ShapeMistake } from "../../ops/define.ts";
import { broadcastShapes, broadcastsTo } from "../../ops/elementwise.ts";
import type { TensorValue, Value } from "../values.ts";
import { asCount, asDim, asNode, asSize, describe, misfit, mistake, tensorValue } from "../values.ts";
import type { Call } from "./call.ts";
import { arg, dims, need, nodeArg } from "./call.ts";

export function joined(c: Call): Value {
  const [only] = c.positional;
  const items = c.positional.length === 1 && only?.kind === "list" ? only.items : c.positional;
  if (items.length === 0)
    throw mistake("calls/missing-argument", c.span, "`concat` joins values, and here are none", {
      hint: "write `concat(it, a)`, or `concat { branch { ... } branch { ... } }`",
    });
  if (items.length === 1) return items[0]!;
  const index = items.find((v) => v.kind === "tensor" && v.classes !== undefined && v.node.shape.length === 0);
  if (index)
    throw mistake("shapes/no-depth", c.span, `values are joined along depth, and this is ${describe(index)}`, {
      hint: "class indices go through `embed` or `onehot` first",
    });
  // A single number is a vector of one.
  const nodes = items.map((v) => asNode(v, c.span)).map((n) => (n.shape.length === 0 ? reshape(n, [1]) : n));
  const rank = Math.max(...nodes.map((n) => n.shape.length));
  const lead = leadOf(nodes, c.span);
  return tensorValue(
    concat(
      nodes.map((n) => (rank === n.shape.length ? n : broadcast(n, [...lead.slice(0, -1), n.shape.at(-1)!]))),
      -1,
    ),
  );
}

/** One size of the shape changed so that it fits, or the whole in one axis. */
function fittingShape(count: Dim, shape: readonly Dim[]): string {
  for (let i = shape.length - 1; i >= 0 && isNumber(count); i--) {
    const rest = product(shape.filter((_, j) => j !== i));
    if (isNumber(rest) && rest > 0 && count % rest === 0)
      return `${showShape(shape.map((d, j) => (i === j ? count / rest : d)))} would fit`;
  }
  return `the product of the sizes must be ${showDim(count)}`;
}

/** The axes before depth, which must be the same in all. */
function leadOf(nodes: readonly Node[], span: Span): readonly Dim[] {
  try {
    return broadcastShapes(
      "concat",
      nodes.map((n) => ({ shape: [...n.shape.slice(0, -1), 1] })),
    );
  } catch (error) {
    if (!(error instanceof ShapeMistake)) throw error;
    const shapes = nodes.map((n) => showShape(n.shape)).join(" and ");
    throw misfit(
      "shapes/concat",
      span,
      nodes,
      `${shapes} cannot be joined along depth: ${error.message.replace(/^.*do not fit: /, "")}`,
      { hint: "all axes but the last must be the same: bring them there with `p`, a stride, `upsample` or `flatten`" },
    );
  }
}

export function splitParts(c: Call): Value {
  const x = nodeArg(c, 0, "x");
  const depth = x.shape.at(-1)!;
  const how = need(c, 1, "parts");
  const parts =
    how.kind === "list"
      ? how.items.map((v) => asSize(v, c.span, "a part"))
      : new Array<Dim>(asCount(how, c.span, "the number of parts")).fill(
          isNumber(depth) ? depth / asSize(how, c.span, "parts") : depth,
        );
  if (parts.some((p) => isNumber(p) && !Number.isInteger(p)))
    throw mistake(
      "shapes/does-not-divide",
      c.span,
      `a depth of ${showDim(depth)} does not split into ${parts.length} equal parts`,
      { hint: "give the sizes of the parts: `split(x, [2, 3])`" },
    );
  let start: Dim = 0;
  return {
    kind: "list",
    items: parts.map((size) => {
      const part = slice(x, -1, start, size);
      start = addDims(start, size);
      return tensorValue(part);
    }),
  };
}

export function reshaped(c: Call): Value {
  const value = need(c, 0, "x") as TensorValue;
  const x = asNode(value, c.span);
  const shape = dims(need(c, 1, "shape"), c.span, "a size");
  if (product(shape) !== product(x.shape)) {
    throw misfit(
      "shapes/reshape-count",
      c.span,
      [x],
      `${showShape(x.shape)} has ${showDim(product(x.shape))} elements, and ${showShape(shape)} would have ${showDim(product(shape))}`,
      { hint: fittingShape(product(x.shape), shape) },
    );
  }
  return { ...tensorValue(reshape(x, shape)), ...(value.classes === undefined ? {} : { classes: value.classes }) };
}

export function transposed(c: Call): Value {
  const x = nodeArg(c, 0, "x");
  const order = arg(c, 1, "order");
  if (order === undefined) return tensorValue(make("transpose", [x], { order: [-1, -2] }));
  const rank = x.shape.length;
  return tensorValue(
    make("transpose", [x], { order: dims(order, c.span, "an axis").map((d) => (d as number) - rank) }),
  );
}

/** Along the first axis: the elements in opposite order, or moved round. */
export function rolled(c: Call): Value {
  const x = nodeArg(c, 0, "x");
  const rank = x.shape.length;
  const size = x.shape[0] as number;
  const by = (((asSize(need(c, 1, "by"), c.span, "the distance") % size) + size) % size) as number;
  if (by === 0) return tensorValue(x);
  return tensorValue(concat([slice(x, -rank, size - by, by), slice(x, -rank, 0, size - by)], -rank));
}

export function classesOf(value: Value, span: Span): Dim {
  if (value.kind === "tensor" && value.classes !== undefined) return value.classes;
  throw mistake("types/not-classes", span, `class indices are needed here, and this is ${describe(value)}`, {
    hint: "a field or input of classes is declared as `[T] of V` or `class 10`",
  });
}

export function onehot(c: Call): Value {
  const value = need(c, 0, "x");
  const count = arg(c, 1, "classes");
  const n = count === undefined ? classesOf(value, c.span) : asDim(count, c.span, "the number of classes");
  if (value.kind === "number") return tensorValue(make("eq", [indexAlong([n], -1), asNode(value, c.span)]));
  const x = asNode(value, c.span);
  return tensorValue(make("eq", [reshape(x, [...x.shape, 1]), indexAlong([n], -1)]));
}

/** put(x, [y, x], value): x with another value at one place of its first axes. */
export function put(c: Call): Value {
  const x = nodeArg(c, 0, "x");
  const at = need(c, 1, "place");
  const places = (at.kind === "list" ? at.items : [at]).map((p) => asNode(p, c.span));
  const value = nodeArg(c, 2, "value");
  const rank = x.shape.length;
  if (places.length > rank || places.some((p) => p.shape.length > 0))
    throw mistake(
      "shapes/index-axis",
      c.span,
      `a place in ${showShape(x.shape)} is at most ${rank} single ${rank === 1 ? "number" : "numbers"}`,
      { hint: "write `put(x, [row, column], value)`" },
    );
  const hits = places.map((p, i) => make("eq", [indexAlong(x.shape, i - rank), p]));
  const rest = x.shape.slice(places.length);
  if (!broadcastsTo(value.shape, rest))
    throw mistake(
      "shapes/broadcast",
      c.span,
      `what stands at one place of ${showShape(x.shape)} is ${showShape(rest)}, and this is ${showShape(value.shape)}`,
      { hint: "a place for every axis that is left out would make the value smaller: `put(x, [row, column], value)`" },
    );
  return tensorValue(
    select(
      hits.reduce((a, b) => mul(a, b)),
      value,
      x,
    ),
  );
}
