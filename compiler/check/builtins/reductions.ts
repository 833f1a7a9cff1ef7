// Sums, means and extremes: over an example's axes, over the batch, or of the items of a list.

import { isNumber, product } from "../../arithmetic/dim.ts";
import { zip } from "../../arithmetic/lists.ts";
import { add, constant, div, keeping, make, mul, neg, reshape, sub, sum } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import { sizeAlong } from "../../graph/node.ts";
import { type ArgumentPlace, axesOfRank, type Domain, flag, optional, refuse, tensor } from "../sizes/domains.ts";
import { countInBatch, countReal, finitePast, meanReal, refuseAlong } from "../sizes/lengths.ts";
import { mistake } from "../values/mistakes.ts";
import type { Value } from "../values/values.ts";
import { asNode, describe, tensorValue } from "../values/values.ts";
import { type Builtin, builtin, type Call, joining, type Several } from "./call.ts";

/** Where a reduction goes: axes from the end, across the batch, or across all training examples. */
interface Over {
  readonly axes: readonly number[];
  readonly batch: boolean;
  readonly data: boolean;
}

const everyAxis = (x: Node): Over => ({ axes: x.shape.map((_, i) => i - x.shape.length), batch: false, data: false });

/** Axes that `over` names; `batch` and `data` look across examples. */
const over: Domain<Over> = {
  says: "batch, data, time, space, depth or the number of an axis, or a list of them",
  read: (value, at) => {
    const rank = (at.before.x as Node).shape.length;
    const axes = new Set<number>();
    let batch = false;
    let data = false;
    for (const item of value.kind === "list" ? value.items : [value]) {
      if (item.kind === "string" && item.value === "batch") batch = true;
      else if (item.kind === "string" && item.value === "data") data = true;
      else for (const a of axesNamed(item, rank, at)) axes.add(a);
    }
    return { axes: [...axes].sort((p, q) => p - q), batch, data };
  },
};

function axesNamed(item: Value, rank: number, at: ArgumentPlace): number[] {
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
  throw refuse(at, over.says, `this is ${describe(item)}`, { code: "shapes/no-such-axis", hint: axesOfRank(rank) });
}

function reduced(value: Node, x: Node, axes: readonly number[], keep: boolean): Node {
  return keep ? reshape(value, keeping(x.shape, axes)) : value;
}

/** A reduction as its arguments say it. */
interface Reduction {
  readonly x: Node;
  readonly over: Over;
  readonly keep: boolean;
}

function summed({ x, over: { axes, batch, data }, keep }: Reduction, c: Call): Node {
  if (data) throw onlyMeans(c);
  const own = reduced(sum(x, axes), x, axes, keep);
  return batch ? make("over_batch", [own], { combine: "sum" }) : own;
}

function averaged(r: Reduction, c: Call): Node {
  const { x, keep } = r;
  const { axes, data } = r.over;
  if (data) {
    refuseStepsOfData(x, axes);
    return overData(c, reduced(meanReal(x, axes), x, axes, keep));
  }
  return c.mean(div(summed(r, c), counted(r)));
}

/** How many numbers a mean is of. */
function counted({ x, over: { axes, batch }, keep }: Reduction): Node {
  return batch ? countInBatch(x, axes, keep) : countReal(x, axes);
}

function largest({ x, over: { axes, batch, data }, keep }: Reduction, c: Call): Node {
  if (data) throw onlyMeans(c);
  const own = reduced(make("reduce_max", [x], { axes }), x, axes, keep);
  return batch ? finitePast(make("over_batch", [own], { combine: "max" })) : own;
}

/** The smallest is the largest of the negated. */
const smallest = (r: Reduction, c: Call): Node => neg(largest({ ...r, x: neg(r.x) }, c));

function refuseStepsOfData(x: Node, axes: readonly number[]): void {
  x.shape.forEach((_, i) => {
    if (!axes.includes(i - x.shape.length))
      refuseAlong(
        x,
        i,
        "a mean over all data at each step would count examples that have no such step",
        "write `over=[time, data]`: the mean of all steps",
      );
  });
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

function variance(r: Reduction, c: Call): { mean: Node; variance: Node } {
  const { x, keep } = r;
  const total = averaged(r, c);
  // Around its mean a sum of squares is least, so the mean's own derivative is zero: no gradient need go through it.
  const mean = make("stationary", [keep ? total : spread(total, x, r.over.axes)]);
  const centred = sub(x, mean);
  return { mean: total, variance: averaged({ ...r, x: mul(centred, centred) }, c) };
}

/** A mean without its reduced axes, shaped to be subtracted from what it was taken of. */
function spread(mean: Node, x: Node, axes: readonly number[]): Node {
  const kept = keeping(x.shape, axes);
  const first = kept.findIndex((d) => d !== 1);
  return reshape(mean, first < 0 ? [] : kept.slice(first));
}

/** The tensors of several values; of none there is neither a sum nor a largest. */
function itemsOf({ span, values, places }: Several): Node[] {
  if (values.length > 0) return zip(values, places).map(([v, { span }]) => asNode(v, span));
  throw mistake("calls/missing-argument", span, "there is nothing to join here, and a value is needed", {
    hint: "`[]` is an empty list; a single number is written as it is, as in `0`",
  });
}

const addAll = (items: readonly Node[]): Node => items.reduce((a, b) => add(a, b));
const REDUCTION = { x: tensor, over: optional(over, undefined, "..."), keep: optional(flag, false, "false") };

function reduction(text: string, make: (r: Reduction, c: Call) => Value): Builtin {
  return builtin(text, REDUCTION, (r, c) => make({ ...r, over: r.over ?? everyAxis(r.x) }, c));
}

const joined = (join: (items: readonly Node[]) => Node) => (several: Several) => tensorValue(join(itemsOf(several)));

function extreme(op: "max" | "min", text: string, of: (r: Reduction, c: Call) => Node): Builtin {
  const one = reduction(`${text} ${OVER}. ${op}(a, b) and ${op} of a list go element by element`, (r, c) =>
    tensorValue(of(r, c)),
  );
  return joining(
    one,
    joined((items) => items.reduce((x, y) => make(op, [x, y]))),
    "a, b, ...",
  );
}

/** The place of the largest number along depth or other axes, several of them counted as one in row-major order. */
function placeOfLargest(name: string, text: string, of: (x: Node) => Node): Builtin {
  return builtin(text, { x: tensor, over: optional(over, undefined, "depth") }, ({ x, over: given }, _c, places) => {
    if (x.shape.length === 0)
      throw mistake("shapes/too-few-axes", places("x").span, `${name} needs an axis, and this is a single number`);
    if (given?.batch || given?.data)
      throw refuse(places("over"), "axes of an example", "a class of the whole batch is none of an example", {
        hint: "its axes are `depth`, `time`, `space`, or numbers",
      });
    const axes = given?.axes ?? [-1];
    return tensorValue(make("argmax", [of(x)], { axes }), product(axes.map((a) => sizeAlong(x, a))));
  });
}

const OVER =
  "over all axes of an example, or those of `over`: `depth`, `time`, `space`, `batch`, an axis, a list of them";

export const FIGURES: Readonly<Record<string, Builtin>> = {
  sum: joining(
    reduction(`the sum ${OVER}; \`keep\` leaves these axes with size 1. Of a list: the sum of its items`, (r, c) =>
      tensorValue(summed(r, c)),
    ),
    joined(addAll),
  ),
  mean: joining(
    reduction(`the mean ${OVER}; in the body of a data declaration also \`data\`. Of a list: its items' mean`, (r, c) =>
      tensorValue(averaged(r, c)),
    ),
    joined((items) => div(addAll(items), constant(items.length))),
  ),
  var: reduction(`the mean of (x - mean)^2 ${OVER}`, (r, c) => tensorValue(variance(r, c).variance)),
  moments: reduction("mean and variance as a list of two: `m, v = moments(x, over=batch)`", (r, c) => {
    const m = variance(r, c);
    return { kind: "list", items: [tensorValue(m.mean), tensorValue(m.variance)] };
  }),
  places: reduction(`how many numbers a sum goes over, ${OVER}: in \`sum(x) / places(x)\` for the mean`, (r, c) => {
    if (r.over.data) throw onlyMeans(c);
    return tensorValue(counted(r));
  }),
  max: extreme("max", "the largest", largest),
  min: extreme("min", "the smallest", smallest),
  all: reduction(
    "1 where all numbers of x are true (not 0), as far as they are 0 and 1: the smallest of them",
    (r, c) => tensorValue(smallest(r, c)),
  ),
  argmax: placeOfLargest(
    "argmax",
    "the place of the largest number along depth or what `over` says, as a class: [..., V] gives [...] of V",
    (x) => x,
  ),
  argmin: placeOfLargest("argmin", "the place of the smallest number along depth, as a class", neg),
};
