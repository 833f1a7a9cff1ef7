// The functions that the language itself gives, by name: each makes graph nodes from values. Everything else is stdlib/*.dnn.

import { isNumber, product } from "../graph/dim.ts";
import type { ScalarName } from "../kernel/scalar.ts";
import { constant, div, indexAlong, make, mul, neg, reshape, select } from "../ops/build.ts";
import type { Builtin } from "./builtins/call.ts";
import { arg, dims, need, nodeArg, sizes } from "./builtins/call.ts";
import { bernoulli, drawn, filled } from "./builtins/draws.ts";
import { fresh, weights } from "./builtins/layers.ts";
import { convolve, deconvolve, windowed } from "./builtins/products.ts";
import { addAll, averaged, extreme, listOrReduce, summed, variance } from "./builtins/reductions.ts";
import { classesOf, joined, onehot, put, reshaped, rolled, splitParts, transposed } from "./builtins/shapes.ts";
import { lengthOf, reversedWithin } from "./lengths.ts";
import { asCount, asDim, asNode, asSize, describe, mistake, numberValue, tensorValue } from "./values.ts";

function elementwise(name: ScalarName): Builtin {
  return (c) => tensorValue(make(name, [nodeArg(c, 0, "x")]));
}

export const builtins: Record<string, Builtin> = {
  exp: elementwise("exp"),
  log: elementwise("log"),
  sqrt: elementwise("sqrt"),
  abs: elementwise("abs"),
  sign: elementwise("sign"),
  // Of a size it is a size: half a window is known before the program runs.
  floor: (c) => {
    const x = need(c, 0, "x");
    const size = x.kind === "number" && isNumber(x.value) ? Math.floor(x.value) : undefined;
    return size === undefined ? elementwise("floor")(c) : numberValue(size);
  },
  sin: elementwise("sin"),
  cos: elementwise("cos"),
  tanh: elementwise("tanh"),
  sigmoid: elementwise("sigmoid"),
  softplus: elementwise("softplus"),
  erf: elementwise("erf"),
  max: extreme("max"),
  min: extreme("min"),
  stop: (c) => {
    const v = need(c, 0, "x");
    return {
      ...tensorValue(make("stop", [asNode(v, c.span)])),
      ...(v.kind === "tensor" && v.classes !== undefined ? { classes: v.classes } : {}),
    };
  },
  sum: (c) => listOrReduce(c, "x", (x) => summed(c, x), addAll),
  mean: (c) =>
    listOrReduce(
      c,
      "x",
      (x) => averaged(c, x),
      (items) => div(addAll(items), constant(items.length)),
    ),
  var: (c) => tensorValue(variance(c, nodeArg(c, 0, "x")).variance),
  moments: (c) => {
    const m = variance(c, nodeArg(c, 0, "x"));
    return { kind: "list", items: [tensorValue(m.mean), tensorValue(m.variance)] };
  },
  all: (c) => {
    const x = nodeArg(c, 0, "x");
    return tensorValue(
      neg(asNode(builtins.max!({ ...c, positional: [tensorValue(neg(x)), ...c.positional.slice(1)] }), c.span)),
    );
  },
  argmax: (c) => {
    const x = nodeArg(c, 0, "x");
    if (x.shape.length === 0)
      throw mistake("shapes/too-few-axes", c.span, "argmax needs an axis, and this is a single number");
    return tensorValue(make("argmax", [x], { axes: [-1] }), x.shape.at(-1)!);
  },
  argmin: (c) => {
    const flipped = tensorValue(neg(nodeArg(c, 0, "x")));
    return builtins.argmax!({ ...c, positional: [flipped] });
  },
  onehot,
  depth: (c) => {
    const v = need(c, 0, "x");
    const shape = asNode(v, c.span).shape;
    if (shape.length > 0) return numberValue(shape.at(-1)!);
    throw mistake("shapes/no-depth", c.span, `a layer needs a depth, and this is ${describe(v)}`, {
      ...(v.kind === "tensor" && v.classes !== undefined
        ? { hint: "class indices go through `embed` or `onehot` first" }
        : {}),
    });
  },
  classes: (c) => numberValue(classesOf(need(c, 0, "x"), c.span)),
  shape: (c) => ({ kind: "list", items: nodeArg(c, 0, "x").shape.map(numberValue) }),
  rank: (c) => numberValue(nodeArg(c, 0, "x").shape.length),
  sizes: (c) => {
    const rank = asCount(need(c, 1, "axes"), c.span, "a number of axes");
    return { kind: "list", items: sizes(need(c, 0, "size"), rank, 1, c.span, "a size").map(numberValue) };
  },
  length: (c) => {
    const list = need(c, 0, "list");
    if (list.kind === "list") return numberValue(list.items.length);
    throw mistake("types/not-a-list", c.span, `'length' counts the items of a list, and this is ${describe(list)}`, {
      ...(list.kind === "tensor" ? { hint: "`shape(x)[0]` is the size of a tensor's first axis" } : {}),
    });
  },
  count: (c) => numberValue(product(dims(need(c, 0, "sizes"), c.span, "a size"))),
  given: (c) => ({ kind: "boolean", value: need(c, 0, "x").kind !== "none" }),
  concat: joined,
  split: splitParts,
  reshape: reshaped,
  transpose: transposed,
  flat: (c) => {
    const x = nodeArg(c, 0, "x");
    return tensorValue(reshape(x, [product(x.shape)]));
  },
  reverse: (c) => {
    const v = need(c, 0, "x");
    const x = asNode(v, c.span);
    const axis = arg(c, 1, "axis");
    const from = axis === undefined ? 0 : asSize(axis, c.span, "an axis");
    if (from >= x.shape.length || from < -x.shape.length)
      throw mistake(
        "shapes/no-such-axis",
        c.span,
        `axis ${from} is none of ${describe(v)}, which has ${x.shape.length}`,
      );
    const along = from < 0 ? from : from - x.shape.length;
    const length = along === -x.shape.length ? lengthOf(x) : undefined;
    const node = length ? reversedWithin(x, length) : make("reverse", [x], { axis: along });
    return v.kind === "tensor" && v.classes !== undefined ? tensorValue(node, v.classes) : tensorValue(node);
  },
  roll: rolled,
  index: (c) => {
    const x = nodeArg(c, 0, "x");
    const i = asSize(need(c, 1, "axis"), c.span, "an axis");
    return tensorValue(indexAlong(x.shape, i < 0 ? i : i - x.shape.length));
  },
  put,
  convolve,
  deconvolve,
  windows: windowed,
  normal: drawn("normal"),
  uniform: drawn("uniform"),
  bernoulli,
  zeros: filled(0),
  ones: filled(1),
  eye: (c) => {
    const n = asDim(need(c, 0, "n"), c.span, "a size");
    return tensorValue(make("eq", [indexAlong([n, n], -2), indexAlong([n, n], -1)]));
  },
  outer: (c) => {
    const [a, b] = [nodeArg(c, 0, "a"), nodeArg(c, 1, "b")];
    return tensorValue(mul(reshape(a, [...a.shape, 1]), b));
  },
  where: (c) => tensorValue(select(nodeArg(c, 0, "condition"), nodeArg(c, 1, "then"), nodeArg(c, 2, "else"))),
  identity: (c) => need(c, 0, "x"),
  fresh,
  weights,
};
