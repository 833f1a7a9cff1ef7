// Numbers in order. A number's place is how many stand before it, so that sorting chooses by comparisons: derivatives go to the
// numbers, the places have none. It costs n^2 for n numbers.

import type { Dim } from "../../arithmetic/dim.ts";
import { isNumber, showDim } from "../../arithmetic/dim.ts";
import { add, constant, equal, indexAlong, make, mul, reshape, select, sum } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import { sizeAlong } from "../../graph/node.ts";
import { cutBatch, isOpen } from "../sizes/batchaxes.ts";
import { type ArgumentPlace, axisOf, flag, optional, refuse, tensor, whole } from "../sizes/domains.ts";
import { refuseAlong } from "../sizes/lengths.ts";
import { mistake } from "../values/mistakes.ts";
import type { Value } from "../values/values.ts";
import { tensorValue } from "../values/values.ts";
import { type Builtin, builtin } from "./call.ts";

/** x with an axis moved to the end, and what moves it back; `over` counts from the end. */
function atEnd(x: Node, over: number): { readonly moved: Node; readonly back: (y: Node) => Node } {
  const rank = x.shape.length;
  if (over === -1) return { moved: x, back: (y) => y };
  const axes = x.shape.map((_, i) => i - rank);
  const order = [...axes.filter((a) => a !== over), over];
  const inverse = axes.map((a) => order.indexOf(a) - rank);
  return {
    moved: make("transpose", [x], { order }),
    back: (y) => make("transpose", [y], { order: inverse }),
  };
}

/** For each number along depth how many come before it; of equal ones those that stand before it do. */
function placesOf(x: Node, descending: boolean): Node {
  const lead = x.shape.slice(0, -1);
  const n = sizeAlong(x, -1);
  const [own, other] = [reshape(x, [...lead, n, 1]), reshape(x, [...lead, 1, n])];
  const [i, j] = [indexAlong([n, n], -2), indexAlong([n, n], -1)];
  const isBefore = descending ? make("lt", [own, other]) : make("lt", [other, own]);
  const isEarlier = mul(equal(own, other), make("lt", [j, i]));
  return sum(add(isBefore, isEarlier), [-1]);
}

/** Which number stands at each of the first `count` places: [..., count, n] of 0 and 1. */
function choices(x: Node, descending: boolean, count: Dim): Node {
  const n = sizeAlong(x, -1);
  const place = placesOf(x, descending);
  return equal(reshape(place, [...x.shape.slice(0, -1), 1, n]), indexAlong([count, n], -2));
}

/** The numbers that are chosen: y[..., k] is the x[..., i] with c[..., k, i], whatever the others are, infinite ones too. */
function chosen(x: Node, choice: Node): Node {
  const row = reshape(x, [...x.shape.slice(0, -1), 1, sizeAlong(x, -1)]);
  return sum(select(choice, row, constant(0)), [-1]);
}

function refuseSteps(x: Node, over: number, callee: string): void {
  refuseAlong(
    x,
    x.shape.length + over,
    `\`${callee}\` would order steps past their ends among them`,
    "order along depth, or read the steps first: `mean(..., over=time)`",
  );
}

function sorted(x: Node, over: number, descending: boolean, at: ArgumentPlace): Value {
  needsAxis(x, at);
  refuseSteps(x, over, "sort");
  const { moved, back } = atEnd(x, over);
  return tensorValue(back(chosen(moved, choices(moved, descending, sizeAlong(moved, -1)))));
}

function needsAxis(x: Node, at: ArgumentPlace): void {
  if (x.shape.length === 0)
    throw mistake("shapes/too-few-axes", at.span, `\`${at.callee}\` needs an axis, and this is a single number`);
}

/** The k largest in order, and their places as classes. */
function largest(
  x: Node,
  k: number,
  over: number,
  places: { readonly x: ArgumentPlace; readonly k: ArgumentPlace },
): Value {
  needsAxis(x, places.x);
  refuseSteps(x, over, "topk");
  const { moved, back } = atEnd(x, over);
  const n = sizeAlong(moved, -1);
  if (isOpen(n)) throw cutBatch(places.x.span);
  if (isNumber(n) && k > n)
    throw refuse(places.k, `a whole number from 1 to ${showDim(n)}, as many as there are`, `this is ${k}`);
  const choice = choices(moved, true, k);
  const where = make("argmax", [choice], { axes: [-1] });
  return { kind: "list", items: [tensorValue(back(chosen(moved, choice))), tensorValue(back(where), n)] };
}

export const ORDER: Readonly<Record<string, Builtin>> = {
  sort: builtin(
    "the numbers along depth or another axis in order, the smallest first",
    { x: tensor, over: optional(axisOf("x"), -1, "-1"), descending: optional(flag, false, "false") },
    ({ x, over, descending }, _, at) => sorted(x, over, descending, at("x")),
  ),
  topk: builtin(
    "the k largest numbers along depth or another axis, the largest first, and their places as classes: `values, places = topk(x, 3)`",
    { x: tensor, k: whole({ from: 1 }), over: optional(axisOf("x"), -1, "-1") },
    ({ x, k, over }, _, at) => largest(x, k, over, { x: at("x"), k: at("k") }),
  ),
};
