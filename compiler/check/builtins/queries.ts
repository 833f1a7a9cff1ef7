// Facts about a value that are known before the program runs: its shape, its classes, the items of a list.

import type { Dim } from "../../arithmetic/dim.ts";
import { product } from "../../arithmetic/dim.ts";
import { extentOf, mul } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import { MOST_ITEMS } from "../sizes/capacity.ts";
import { anything, list, perAxis, type Shape, shape, tensor, typed, whole } from "../sizes/domains.ts";
import { lengthOf } from "../sizes/lengths.ts";
import { mistake } from "../values/mistakes.ts";
import type { ListValue, NumberValue } from "../values/values.ts";
import { describe, numberValue, sizeValue } from "../values/values.ts";
import { type Builtin, builtin } from "./call.ts";
import { classesOf } from "./shapes.ts";

/** The sizes of a value; that of an axis of steps is, as a number in a formula, how many each example has. */
const sizesOf = (x: Node): NumberValue[] => x.shape.map((size, i) => sizeValue(size, lengthOf(x, i)));

/** The product of sizes; in each example, where some are lengths. */
function counted({ sizes, lengths }: Shape): NumberValue {
  const own = sizes.map((size, i) => lengths[i] ?? extentOf(size));
  return sizeValue(product(sizes), lengths.some((n) => n) ? own.reduce(mul) : undefined);
}

const numbers = (items: readonly Dim[]): ListValue => ({ kind: "list", items: items.map(numberValue) });

export const QUERIES: Readonly<Record<string, Builtin>> = {
  shape: builtin("the sizes of all axes as a list, without the batch", { x: tensor }, ({ x }) => ({
    kind: "list",
    items: sizesOf(x),
  })),
  rank: builtin("how many axes x has", { x: tensor }, ({ x }) => numberValue(x.shape.length)),
  depth: builtin("the size of the last axis", { x: typed }, ({ x }, _, at) => {
    const size = sizesOf(x.node).at(-1);
    if (size !== undefined) return size;
    throw mistake("shapes/no-depth", at("x").span, `a layer needs a depth, and this is ${describe(x)}`, {
      hint:
        x.classes === undefined
          ? "numbers become a row by `concat(a, b)`, or `[a]` for one alone; what flows into a line is the value above it, and `x = ...` only names"
          : "class indices go through `embed` or `onehot` first",
    });
  }),
  classes: builtin("of how many classes x is: V of [T] of V", { x: anything }, ({ x }, _, at) =>
    numberValue(classesOf(x, at("x").span)),
  ),
  classed: builtin("whether x is a class rather than a number", { x: anything }, ({ x }) => ({
    kind: "boolean",
    value: x.kind === "tensor" && x.classes !== undefined,
  })),
  length: builtin("how many items a list has", { list }, (given) => numberValue(given.list.items.length)),
  count: builtin("the product of a list of sizes", { sizes: shape }, ({ sizes }) => counted(sizes)),
  sizes: builtin(
    "a size for each axis: a list as it stands, a plain number as often as there are axes",
    { size: perAxis(whole()), axes: whole({ from: 0, to: MOST_ITEMS }) },
    ({ size, axes }) => numbers(size.for(size.listed ?? axes)),
  ),
  given: builtin("whether x is anything but `none`", { x: anything }, ({ x }) => ({
    kind: "boolean",
    value: x.kind !== "none",
  })),
};
