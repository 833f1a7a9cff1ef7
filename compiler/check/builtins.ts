// The functions that the language itself gives: each makes graph nodes from values. Everything else is stdlib/*.dnn.

import type { Span } from "../../grammar/span.ts";
import type { Dim } from "../graph/dim.ts";
import { addDims, BATCH, isNumber, mulDims, product, showDim, showShape, subDims } from "../graph/dim.ts";
import type { Attributes, Node } from "../graph/node.ts";
import type { ScalarName } from "../kernel/scalar.ts";
import type { ContractAttributes, Window } from "../ops/build.ts";
import {
  add,
  broadcast,
  concat,
  constant,
  contract,
  countOf,
  div,
  extentOf,
  indexAlong,
  keeping,
  make,
  mul,
  neg,
  reshape,
  select,
  slice,
  sub,
  sum,
} from "../ops/build.ts";
import { affine, axis } from "../ops/define.ts";
import { broadcastShapes } from "../ops/elementwise.ts";
import type { TensorValue, Value } from "./values.ts";
import { asDim, asNode, asSize, describe, mistake, numberValue, tensorValue } from "./values.ts";
import { places, showWindow } from "./windows.ts";

export interface Call {
  readonly positional: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
  readonly span: Span;
  /** A number that stands for this place in the program, with the chain of calls. */
  readonly place: () => number;
  /** Whether draws differ from example to example (not for the start of a parameter). */
  readonly drawsByExample: boolean;
}

type Builtin = (call: Call) => Value;

const arg = (c: Call, i: number, name: string): Value | undefined => c.named.get(name) ?? c.positional[i];

function need(c: Call, i: number, name: string): Value {
  const value = arg(c, i, name);
  if (value === undefined) throw mistake("calls/missing-argument", c.span, `an argument is missing here: '${name}'`);
  return value;
}

const nodeArg = (c: Call, i: number, name: string): Node => asNode(need(c, i, name), c.span);
const flag = (c: Call, name: string): boolean => {
  const v = c.named.get(name);
  return v?.kind === "boolean" && v.value;
};

function dims(value: Value, span: Span, what: string): Dim[] {
  if (value.kind === "list") return value.items.map((v) => asDim(v, span, what));
  return [asDim(value, span, what)];
}

/** A size for each of `rank` axes: a plain number is that size in every axis. */
function sizes(value: Value | undefined, rank: number, fallback: number, span: Span, what: string): number[] {
  if (value === undefined || value.kind === "none") return new Array<number>(rank).fill(fallback);
  if (value.kind === "list") return value.items.map((v) => asSize(v, span, what));
  return new Array<number>(rank).fill(asSize(value, span, what));
}

// ---------------------------------------------------------------- elementwise

function elementwise(name: ScalarName): Builtin {
  return (c) => tensorValue(make(name, [nodeArg(c, 0, "x")]));
}

/** max(a, b), max(list), max(x, over=...) */
function extreme(which: "max" | "min"): Builtin {
  return (c) => {
    const [a, b] = c.positional;
    if (b !== undefined)
      return tensorValue(c.positional.map((v) => asNode(v, c.span)).reduce((x, y) => make(which, [x, y])));
    if (a?.kind === "list")
      return tensorValue(a.items.map((v) => asNode(v, c.span)).reduce((x, y) => make(which, [x, y])));
    const x = nodeArg(c, 0, "x");
    const largest = (n: Node, op: string): Value => {
      const { axes, batch } = over(c, n);
      const own = reduced(make(op, [n], { axes }), n, axes, flag(c, "keep"));
      return tensorValue(batch ? make("over_batch", [own], { combine: "max" }) : own);
    };
    if (which === "max") return largest(x, "reduce_max");
    const flipped = largest(neg(x), "reduce_max") as TensorValue;
    return tensorValue(neg(flipped.node));
  };
}

// ---------------------------------------------------------------- reductions

/** Axes named by `over` (from the end), all of an example's by default; `batch` looks across examples. */
function over(c: Call, x: Node): { axes: number[]; batch: boolean } {
  const value = arg(c, 1, "over");
  const rank = x.shape.length;
  const every = x.shape.map((_, i) => i - rank);
  if (value === undefined) return { axes: every, batch: false };
  const axes = new Set<number>();
  let batch = false;
  for (const item of value.kind === "list" ? value.items : [value]) {
    if (item.kind === "string" && item.value === "batch") batch = true;
    else for (const a of axesNamed(item, rank, c.span)) axes.add(a);
  }
  return { axes: [...axes].sort((p, q) => p - q), batch };
}

function axesNamed(item: Value, rank: number, span: Span): number[] {
  // `depth` is also the function that gives the size of the last axis.
  if (item.kind === "builtin" && item.name === "depth") return [-1];
  if (item.kind === "string") {
    if (item.value === "depth") return [-1];
    if (item.value === "time") return [-rank];
    if (item.value === "space") return Array.from({ length: Math.max(0, rank - 1) }, (_, i) => i - rank);
  }
  if (item.kind === "number" && isNumber(item.value)) {
    const i = item.value < 0 ? item.value : item.value - rank;
    if (i >= -rank && i < 0) return [i];
  }
  throw mistake(
    "shapes/no-such-axis",
    span,
    `'over' takes batch, time, space, depth or the number of an axis, and this is ${describe(item)}`,
  );
}

function reduced(value: Node, x: Node, axes: readonly number[], keep: boolean): Node {
  return keep ? reshape(value, keeping(x.shape, axes)) : value;
}

function summed(c: Call, x: Node): Node {
  const { axes, batch } = over(c, x);
  const own = reduced(sum(x, axes), x, axes, flag(c, "keep"));
  return batch ? make("over_batch", [own], { combine: "sum" }) : own;
}

function averaged(c: Call, x: Node): Node {
  const { axes, batch } = over(c, x);
  const count = batch ? mul(countOf(x, axes), extentOf(BATCH)) : countOf(x, axes);
  return div(summed(c, x), count);
}

function variance(c: Call, x: Node): { mean: Node; variance: Node } {
  const { axes } = over(c, x);
  const total = averaged(c, x);
  const centred = sub(x, flag(c, "keep") ? total : spread(total, x, axes));
  return { mean: total, variance: averaged(c, mul(centred, centred)) };
}

/** A mean without its reduced axes, shaped to be subtracted from what it was taken of. */
const spread = (mean: Node, x: Node, axes: readonly number[]): Node => reshape(mean, keeping(x.shape, axes));

function listOrReduce(c: Call, name: string, reduce: (x: Node) => Node, join: (items: readonly Node[]) => Node): Value {
  const first = c.positional[0];
  if (first?.kind === "list") return tensorValue(join(first.items.map((v) => asNode(v, c.span))));
  return tensorValue(reduce(nodeArg(c, 0, name)));
}

const addAll = (items: readonly Node[]): Node => items.reduce((a, b) => add(a, b));

// ---------------------------------------------------------------- shapes

function joined(c: Call): Value {
  const items = c.positional[0]?.kind === "list" ? c.positional[0].items : c.positional;
  if (items.length === 1) return items[0]!;
  const nodes = items.map((v) => asNode(v, c.span));
  const rank = Math.max(...nodes.map((n) => n.shape.length));
  const lead = broadcastShapes(
    "concat",
    nodes.map((n) => ({ shape: [...n.shape.slice(0, -1), 1] })),
  );
  return tensorValue(
    concat(
      nodes.map((n) => (rank === n.shape.length ? n : broadcast(n, [...lead.slice(0, -1), n.shape.at(-1)!]))),
      -1,
    ),
  );
}

function splitParts(c: Call): Value {
  const x = nodeArg(c, 0, "x");
  const depth = x.shape.at(-1)!;
  const how = need(c, 1, "parts");
  const parts =
    how.kind === "list"
      ? how.items.map((v) => asSize(v, c.span, "a part"))
      : new Array<Dim>(asSize(how, c.span, "the number of parts")).fill(
          isNumber(depth) ? depth / asSize(how, c.span, "parts") : depth,
        );
  if (parts.some((p) => isNumber(p) && !Number.isInteger(p)))
    throw mistake(
      "shapes/does-not-divide",
      c.span,
      `a depth of ${showDim(depth)} does not split into ${parts.length} equal parts`,
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

function reshaped(c: Call): Value {
  const value = need(c, 0, "x") as TensorValue;
  const x = asNode(value, c.span);
  const shape = dims(need(c, 1, "shape"), c.span, "a size");
  if (product(shape) !== product(x.shape)) {
    throw mistake(
      "shapes/reshape-count",
      c.span,
      `${showShape(x.shape)} has ${showDim(product(x.shape))} elements, and ${showShape(shape)} would have ${showDim(product(shape))}`,
    );
  }
  return { ...tensorValue(reshape(x, shape)), ...(value.classes === undefined ? {} : { classes: value.classes }) };
}

function transposed(c: Call): Value {
  const x = nodeArg(c, 0, "x");
  const order = arg(c, 1, "order");
  if (order === undefined) return tensorValue(make("transpose", [x], { order: [-1, -2] }));
  const rank = x.shape.length;
  return tensorValue(
    make("transpose", [x], { order: dims(order, c.span, "an axis").map((d) => (d as number) - rank) }),
  );
}

/** Along the first axis: the elements in opposite order, or moved round. */
function rolled(c: Call): Value {
  const x = nodeArg(c, 0, "x");
  const rank = x.shape.length;
  const size = x.shape[0] as number;
  const by = (((asSize(need(c, 1, "by"), c.span, "the distance") % size) + size) % size) as number;
  if (by === 0) return tensorValue(x);
  return tensorValue(concat([slice(x, -rank, size - by, by), slice(x, -rank, 0, size - by)], -rank));
}

// ---------------------------------------------------------------- classes

function classesOf(value: Value, span: Span): Dim {
  if (value.kind === "tensor" && value.classes !== undefined) return value.classes;
  throw mistake("types/not-classes", span, `class indices are needed here, and this is ${describe(value)}`, {
    hint: "a field or input of classes is declared as `[T] of V` or `class 10`",
  });
}

function onehot(c: Call): Value {
  const value = need(c, 0, "x");
  const count = arg(c, 1, "classes");
  const n = count === undefined ? classesOf(value, c.span) : asDim(count, c.span, "the number of classes");
  if (value.kind === "number") return tensorValue(make("eq", [indexAlong([n], -1), asNode(value, c.span)]));
  const x = asNode(value, c.span);
  return tensorValue(make("eq", [reshape(x, [...x.shape, 1]), indexAlong([n], -1)]));
}

// ---------------------------------------------------------------- products and windows

/** NumPy's matrix product: the last axis of a with the last but one of b (or its only one); axes before are shared. */
export function matrixProduct(a: Node, b: Node, span: Span): Node {
  const [ra, rb] = [a.shape.length, b.shape.length];
  if (ra === 0 || rb === 0)
    throw mistake("shapes/product-of-numbers", span, "`@` multiplies matrices and vectors; use `*` for numbers");
  const inner = a.shape[ra - 1]!;
  const other = rb === 1 ? b.shape[0]! : b.shape[rb - 2]!;
  if (inner !== other)
    throw mistake(
      "shapes/product-mismatch",
      span,
      `${showShape(a.shape)} @ ${showShape(b.shape)}: the inner sizes ${showDim(inner)} and ${showDim(other)} differ`,
    );
  const lead = Math.max(0, Math.min(ra - 2, rb - 2));
  const names = (prefix: string, n: number): string[] => Array.from({ length: n }, (_, i) => `${prefix}${i}`);
  const shared = names("g", lead);
  const rowsA = names("m", ra - 1 - lead);
  const leadB = names("q", Math.max(0, rb - 2 - lead));
  const columns = rb === 1 ? [] : ["n"];
  const aNames = [...shared, ...rowsA, "k"];
  const bNames = rb === 1 ? ["k"] : [...shared, ...leadB, "k", "n"];
  const sizeOf = new Map<string, Dim>([
    ...aNames.map((n, i) => [n, a.shape[i]!] as const),
    ...bNames.map((n, i) => [n, b.shape[i]!] as const),
  ]);
  const out = [...shared, ...leadB, ...rowsA, ...columns];
  const space: ContractAttributes = {
    axes: [...out, "k"].map((n) => [n, sizeOf.get(n)!] as const),
    out,
    a: aNames.map((n) => axis(n)),
    b: bNames.map((n) => axis(n)),
  };
  return contract(a, b, space);
}

interface WindowOptions {
  readonly stride: number[];
  readonly padding: number[];
  readonly dilation: number[];
  readonly rounding: "exact" | "floor" | "ceil";
}

function windowOptions(c: Call, rank: number, stride: number[]): WindowOptions {
  const rounding = flag(c, "ceil") ? "ceil" : flag(c, "floor") ? "floor" : "exact";
  const given = arg(c, 99, "stride");
  return {
    stride: given === undefined || given.kind === "none" ? stride : sizes(given, rank, 1, c.span, "a stride"),
    padding: sizes(arg(c, 99, "padding"), rank, 0, c.span, "a padding"),
    dilation: sizes(arg(c, 99, "dilation"), rank, 1, c.span, "a dilation"),
    rounding,
  };
}

const AXES = ["rows", "columns", "slices"];

function windowsOver(x: Node, size: readonly number[], o: WindowOptions, span: Span): Window[] {
  const first = x.shape.length - 1 - size.length;
  if (first < 0)
    throw mistake(
      "shapes/too-few-axes",
      span,
      `a ${showWindow(size)} window needs ${size.length} axes before depth, and the input is ${showShape(x.shape)}`,
    );
  return size.map((f, i) => {
    const w = { size: f, stride: o.stride[i]!, padding: o.padding[i]!, dilation: o.dilation[i]! };
    if (w.stride < 1 || !Number.isInteger(w.stride))
      throw mistake("shapes/bad-stride", span, `a stride is a whole number from 1, and this is ${w.stride}`);
    const count = places(
      { ...w, input: x.shape[first + i]!, rounding: o.rounding },
      span,
      showWindow(size),
      AXES[i] ?? "places",
    );
    return { ...w, places: count };
  });
}

/** convolve(x, w): x [..., H, W, C], w [KH, KW, C/groups, N] gives [..., H', W', N]. */
function convolve(c: Call): Value {
  const [x, w] = [nodeArg(c, 0, "x"), nodeArg(c, 1, "w")];
  const k = w.shape.length - 2;
  const o = windowOptions(c, k, new Array<number>(k).fill(1));
  const windows = windowsOver(x, w.shape.slice(0, k) as number[], o, c.span);
  const groupsValue = arg(c, 99, "groups");
  const groups = groupsValue === undefined ? 1 : asSize(groupsValue, c.span, "groups");
  const [depth, filters] = [x.shape.at(-1)!, w.shape.at(-1)!];
  if (groups === 1) return tensorValue(convolution(x, w, windows));
  if (!isNumber(depth) || !isNumber(filters) || depth % groups !== 0 || filters % groups !== 0)
    throw mistake(
      "shapes/groups-do-not-divide",
      c.span,
      `${groups} groups must divide the depth ${showDim(depth)} and the filters ${showDim(filters)}`,
    );
  const grouped = reshape(x, [...x.shape.slice(0, -1), groups, depth / groups]);
  const weights = reshape(w, [...w.shape.slice(0, -1), groups, filters / groups]);
  const y = convolution(grouped, weights, windows, true);
  return tensorValue(reshape(y, [...y.shape.slice(0, -2), filters]));
}

function convolution(x: Node, w: Node, windows: readonly Window[], grouped = false): Node {
  const k = windows.length;
  const tail = grouped ? 2 : 1;
  const lead = x.shape.slice(0, x.shape.length - k - tail).map((d, i) => [`l${i}`, d] as const);
  const out = windows.map((v, i) => [`y${i}`, v.places] as const);
  const offsets = windows.map((v, i) => [`i${i}`, v.size as Dim] as const);
  const group = grouped ? [["g", x.shape.at(-2)!] as const] : [];
  const inner = ["c", x.shape.at(-1)!] as const;
  const filters = ["o", w.shape.at(-1)!] as const;
  const names = (list: readonly (readonly [string, Dim])[]): string[] => list.map(([n]) => n);
  return contract(x, w, {
    axes: [...lead, ...out, ...group, filters, ...offsets, inner],
    out: [...names(lead), ...names(out), ...names(group), "o"],
    a: [
      ...names(lead).map((n) => axis(n)),
      ...windows.map((v, i) =>
        affine(
          [
            [`y${i}`, v.stride],
            [`i${i}`, v.dilation],
          ],
          -v.padding,
        ),
      ),
      ...names(group).map((n) => axis(n)),
      axis("c"),
    ],
    b: [...names(offsets).map((n) => axis(n)), axis("c"), ...names(group).map((n) => axis(n)), axis("o")],
  });
}

/** deconvolve(x, w): the adjoint of a convolution; x [..., H, W, C], w [KH, KW, C, N] gives [..., (H-1)S + F - 2P, ..., N]. */
function deconvolve(c: Call): Value {
  const [x, w] = [nodeArg(c, 0, "x"), nodeArg(c, 1, "w")];
  const k = w.shape.length - 2;
  const o = windowOptions(c, k, new Array<number>(k).fill(1));
  const first = x.shape.length - 1 - k;
  const lead = x.shape.slice(0, first).map((d, i) => [`l${i}`, d] as const);
  const out = w.shape.slice(0, k).map((f, i) => {
    const reach = o.dilation[i]! * ((f as number) - 1) + 1;
    return [
      `y${i}`,
      addDims(mulDims(subDims(x.shape[first + i]!, 1), o.stride[i]!), reach - 2 * o.padding[i]!),
    ] as const;
  });
  const offsets = w.shape.slice(0, k).map((f, i) => [`i${i}`, f] as const);
  const names = (list: readonly (readonly [string, Dim])[]): string[] => list.map(([n]) => n);
  return tensorValue(
    contract(x, w, {
      axes: [...lead, ...out, ["o", w.shape.at(-1)!], ...offsets, ["c", x.shape.at(-1)!]],
      out: [...names(lead), ...names(out), "o"],
      a: [
        ...names(lead).map((n) => axis(n)),
        ...out.map((_, i) =>
          affine(
            [
              [`y${i}`, 1],
              [`i${i}`, -o.dilation[i]!],
            ],
            o.padding[i]!,
            o.stride[i]!,
          ),
        ),
        axis("c"),
      ],
      b: [...names(offsets).map((n) => axis(n)), axis("c"), axis("o")],
    }),
  );
}

/** windows(x, size): every window of x as new last axes: [..., H', W', C, KH, KW]. */
function windowed(c: Call): Value {
  const x = nodeArg(c, 0, "x");
  const sizeValue = need(c, 1, "size");
  const rank = sizeValue.kind === "list" ? sizeValue.items.length : Math.min(2, x.shape.length - 1);
  const size = sizes(sizeValue, rank, 1, c.span, "a window size");
  const o = windowOptions(c, rank, size);
  const fill = arg(c, 99, "fill");
  const windows = windowsOver(x, size, o, c.span);
  const first = x.shape.length - 1 - rank;
  const attributes = {
    windows,
    fill: fill === undefined ? 0 : (asNode(fill, c.span).attributes.value as number),
    sizes: x.shape.slice(first, first + rank),
  };
  return tensorValue(make("window", [x], attributes as unknown as Attributes));
}

// ---------------------------------------------------------------- draws

function drawn(distribution: "uniform" | "normal"): Builtin {
  return (c) => {
    const shape = dims(need(c, 0, "shape"), c.span, "a size");
    const place = c.place();
    const raw = make("random", [], { shape, distribution, place, leads: [], example: c.drawsByExample });
    if (distribution === "normal") {
      const std = arg(c, 1, "std");
      return tensorValue(std === undefined ? raw : mul(raw, asNode(std, c.span)));
    }
    const bound = arg(c, 1, "bound");
    return tensorValue(bound === undefined ? raw : mul(sub(mul(raw, constant(2)), constant(1)), asNode(bound, c.span)));
  };
}

function bernoulli(c: Call): Value {
  const p = nodeArg(c, 0, "p");
  const draw = make("random", [], {
    shape: p.shape,
    distribution: "uniform",
    place: c.place(),
    leads: [],
    example: c.drawsByExample,
  });
  return tensorValue(make("lt", [draw, make("stop", [p])]));
}

const filled =
  (value: number): Builtin =>
  (c) =>
    tensorValue(broadcast(constant(value), dims(need(c, 0, "shape"), c.span, "a size")));

export const builtins: Record<string, Builtin> = {
  exp: elementwise("exp"),
  log: elementwise("log"),
  sqrt: elementwise("sqrt"),
  abs: elementwise("abs"),
  sign: elementwise("sign"),
  floor: elementwise("floor"),
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
    const rank = asSize(need(c, 1, "axes"), c.span, "a number of axes");
    return { kind: "list", items: sizes(need(c, 0, "size"), rank, 1, c.span, "a size").map(numberValue) };
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
    const node = make("reverse", [x], { axis: -x.shape.length });
    return v.kind === "tensor" && v.classes !== undefined ? tensorValue(node, v.classes) : tensorValue(node);
  },
  roll: rolled,
  index: (c) => {
    const x = nodeArg(c, 0, "x");
    const i = asSize(need(c, 1, "axis"), c.span, "an axis");
    return tensorValue(indexAlong(x.shape, i < 0 ? i : i - x.shape.length));
  },
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
  // Answered where the layer tree is at hand (calls.ts).
  fresh: (c) => need(c, 0, "layer"),
  weights: (c) => need(c, 0, "layer"),
};
