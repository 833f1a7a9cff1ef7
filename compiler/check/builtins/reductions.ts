// Sums, means and extremes: over an example's axes, over the batch, or of the items of a list.

import type { Span } from "../../../grammar/span.ts";
import { BATCH, isNumber } from "../../graph/dim.ts";
import type { Node } from "../../graph/node.ts";
import { add, div, extentOf, keeping, make, mul, neg, reshape, sub } from "../../ops/build.ts";
import { countReal, filledPast, meanReal, overTime, sumReal } from "../lengths.ts";
import type { TensorValue, Value } from "../values.ts";
import { asNode, describe, mistake, tensorValue } from "../values.ts";
import type { Builtin, Call } from "./call.ts";
import { arg, flag, nodeArg } from "./call.ts";

/** max(a, b), max(list), max(x, over=...) */
export function extreme(which: "max" | "min"): Builtin {
  return (c) => {
    const [a, b] = c.positional;
    if (b !== undefined)
      return tensorValue(c.positional.map((v) => asNode(v, c.span)).reduce((x, y) => make(which, [x, y])));
    if (a?.kind === "list" && arg(c, 1, "over") === undefined)
      return tensorValue(itemsOf(c, a.items).reduce((x, y) => make(which, [x, y])));
    const x = nodeArg(c, 0, "x");
    const largest = (n: Node, op: string): Value => {
      const { axes, batch, data } = over(c, n);
      if (data) throw onlyMeans(c);
      const real = overTime(n, axes) ? filledPast(n, op === "reduce_max" ? -Infinity : Infinity) : n;
      const own = reduced(make(op, [real], { axes }), n, axes, flag(c, "keep"));
      return tensorValue(batch ? make("over_batch", [own], { combine: "max" }) : own);
    };
    if (which === "max") return largest(x, "reduce_max");
    const flipped = largest(neg(x), "reduce_max") as TensorValue;
    return tensorValue(neg(flipped.node));
  };
}

/** Where a reduction goes: axes from the end, across the batch, or across all training examples. */
interface Over {
  readonly axes: readonly number[];
  readonly batch: boolean;
  readonly data: boolean;
}

/** What `over` names: all of an example's axes by default; `batch` and `data` look across examples. */
function over(c: Call, x: Node): Over {
  const value = arg(c, 1, "over");
  const rank = x.shape.length;
  const every = x.shape.map((_, i) => i - rank);
  if (value === undefined) return { axes: every, batch: false, data: false };
  const axes = new Set<number>();
  let batch = false;
  let data = false;
  for (const item of value.kind === "list" ? value.items : [value]) {
    if (item.kind === "string" && item.value === "batch") batch = true;
    else if (item.kind === "string" && item.value === "data") data = true;
    else for (const a of axesNamed(item, rank, c.span)) axes.add(a);
  }
  return { axes: [...axes].sort((p, q) => p - q), batch, data };
}

function axesNamed(item: Value, rank: number, span: Span): number[] {
  // `depth` is also the function that gives the size of the last axis.
  const named = item.kind === "builtin" ? item.name : item.kind === "string" ? item.value : undefined;
  if (rank > 0 || named === "space") {
    if (named === "depth") return [-1];
    if (named === "time") return [-rank];
    if (named === "space") return Array.from({ length: Math.max(0, rank - 1) }, (_, i) => i - rank);
  }
  if (item.kind === "number" && isNumber(item.value)) {
    const i = item.value < 0 ? item.value : item.value - rank;
    if (Number.isInteger(i) && i >= -rank && i < 0) return [i];
  }
  throw mistake(
    "shapes/no-such-axis",
    span,
    `'over' takes batch, data, time, space, depth or the number of an axis, and this is ${describe(item)}`,
    {
      hint:
        rank === 0
          ? "a single number has no axes"
          : `the axes of this value are 0 to ${rank - 1}, or from the end, -1 to -${rank}`,
    },
  );
}

function reduced(value: Node, x: Node, axes: readonly number[], keep: boolean): Node {
  return keep ? reshape(value, keeping(x.shape, axes)) : value;
}

export function summed(c: Call, x: Node): Node {
  const { axes, batch, data } = over(c, x);
  if (data) throw onlyMeans(c);
  const own = reduced(sumReal(x, axes), x, axes, flag(c, "keep"));
  return batch ? make("over_batch", [own], { combine: "sum" }) : own;
}

export function averaged(c: Call, x: Node): Node {
  const { axes, batch, data } = over(c, x);
  if (data) return overData(c, reduced(meanReal(x, axes), x, axes, flag(c, "keep")));
  const count = batch ? mul(countReal(x, axes), extentOf(BATCH)) : countReal(x, axes);
  const mean = div(summed(c, x), count);
  c.mean(mean);
  return mean;
}

const onlyMeans = (c: Call) =>
  mistake("types/only-means", c.span, "over all the data only means are taken", {
    hint: "a variance is `mean((x - mean(x, over=data))^2, over=data)`",
  });

function overData(c: Call, own: Node): Node {
  if (c.measures) return c.measures.mean(c.place(), own, c.span);
  throw mistake(
    "data/out-of-place",
    c.span,
    "`over=data` belongs in the body of a data declaration: elsewhere there is one batch",
    {
      hint: "write `data d = source() { x = normalize(x) }`, or use `over=batch`",
    },
  );
}

export function variance(c: Call, x: Node): { mean: Node; variance: Node } {
  const { axes } = over(c, x);
  const total = averaged(c, x);
  // Around its mean a sum of squares is least, so the mean's own derivative is zero: no gradient need go through it.
  const mean = make("stop", [flag(c, "keep") ? total : spread(total, x, axes)]);
  const centred = sub(x, mean);
  return { mean: total, variance: averaged(c, mul(centred, centred)) };
}

/** A mean without its reduced axes, shaped to be subtracted from what it was taken of. */
function spread(mean: Node, x: Node, axes: readonly number[]): Node {
  const kept = keeping(x.shape, axes);
  const first = kept.findIndex((d) => d !== 1);
  return reshape(mean, first < 0 ? [] : kept.slice(first));
}

/** The tensors of a list; of none there is neither a sum nor a largest. */
function itemsOf(c: Call, items: readonly Value[]): Node[] {
  if (items.length > 0) return items.map((v) => asNode(v, c.span));
  throw mistake("calls/missing-argument", c.span, "the list has nothing in it, and a value is needed", {
    hint: "`[]` is an empty list; a single number is written as it is, as in `0`",
  });
}

export function listOrReduce(
  c: Call,
  name: string,
  reduce: (x: Node) => Node,
  join: (items: readonly Node[]) => Node,
): Value {
  const first = c.positional[0];
  // With axes to go over, a list is the tensor of its items.
  if (first?.kind === "list" && arg(c, 1, "over") === undefined) return tensorValue(join(itemsOf(c, first.items)));
  return tensorValue(reduce(nodeArg(c, 0, name)));
}

export const addAll = (items: readonly Node[]): Node => items.reduce((a, b) => add(a, b));
