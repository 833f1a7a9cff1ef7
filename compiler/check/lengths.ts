// Sequences of different length in one batch. They are padded to the longest; a field that differs in length has a field of
// lengths beside it, and whatever keeps its time axis keeps its length. Steps past the end change no state and count in
// no sum, mean or largest.

import type { Dim } from "../graph/dim.ts";
import { product } from "../graph/dim.ts";
import type { Node } from "../graph/node.ts";
import { constant, countOf, div, einsum, extentOf, indexAlong, make, mul, reshape, select, sum } from "../ops/build.ts";
import type { Affine } from "../ops/define.ts";
import { opOf } from "../ops/registry.ts";

/** Ends the name of the field that holds the lengths of another field's sequences; data has it by the same. */
export const LENGTH = "~length";

const known = new WeakMap<Node, Node | "all">();

/** How many steps of the first axis are real, a number of each example; undefined where all are. */
export function lengthOf(node: Node): Node | undefined {
  const found = known.get(node);
  if (found !== undefined) return found === "all" ? undefined : found;
  const length = node.shape.length === 0 ? undefined : inherited(node);
  known.set(node, length ?? "all");
  return length;
}

/** A value that is as long as another, however it was made. */
export function asLong(node: Node, length: Node | undefined): Node {
  if (length) known.set(node, length);
  return node;
}

function inherited(node: Node): Node | undefined {
  const { lowering } = opOf(node.op);
  switch (lowering.class) {
    case "leaf":
      return node.attributes.lengths === true ? lengthField(node.attributes.name as string) : undefined;
    case "map":
    case "same":
      return firstOf(node.inputs.filter((x) => x.shape.length === node.shape.length && x.shape[0] === node.shape[0]));
    case "view":
      return viewed(node);
    case "reduce": {
      const { out, index } = lowering.over(node);
      return carried(node.inputs[0]!, index, out[0]);
    }
    case "contract": {
      const { out, a, b } = lowering.space(node);
      return carried(node.inputs[0]!, a, out[0]) ?? carried(node.inputs[1]!, b, out[0]);
    }
    case "pick":
      return picked(node);
    default:
      return undefined;
  }
}

function lengthField(name: string): Node {
  const type = { shape: [], dtype: "f32" };
  return make("parameter", [], { name: `${name}${LENGTH}`, type, role: "field", batched: true });
}

const firstOf = (nodes: readonly Node[]): Node | undefined =>
  nodes.reduce<Node | undefined>((found, n) => found ?? lengthOf(n), undefined);

/** Whether an operand's first axis is the result's first axis, place by place. */
function carried(x: Node, index: readonly Affine[], name: string | undefined): Node | undefined {
  const [first] = index;
  const same = first?.terms.length === 1 && first.terms[0]![0] === name && first.terms[0]![1] === 1;
  return same && first.offset === 0 && first.div === 1 ? lengthOf(x) : undefined;
}

function viewed(node: Node): Node | undefined {
  const { lowering } = opOf(node.op);
  if (lowering.class !== "view" || node.shape[0] === undefined) return undefined;
  const places = lowering.index(node);
  if (places.kind === "gather") return node.inputs[1]!.shape.length > 0 ? lengthOf(node.inputs[1]!) : undefined;
  const [x] = node.inputs as [Node];
  if (places.kind === "affine") return places.fill === undefined ? cut(x, places.index, node.shape[0]) : undefined;
  if (x.shape[0] !== node.shape[0]) return undefined;
  // Parts side by side along another axis, or the same numbers in another shape behind the first axis.
  return firstOf(node.inputs.filter((i) => i.shape[0] === node.shape[0]));
}

/** Of the steps from one on, those that are left of the real ones. */
function cut(x: Node, index: readonly Affine[], steps: Dim): Node | undefined {
  const [first] = index;
  if (!first || typeof first.offset !== "number" || first.offset < 0) return undefined;
  const length = carried(x, [{ ...first, offset: 0 }, ...index.slice(1)], "o0");
  if (!length || (first.offset === 0 && x.shape[0] === steps)) return length;
  const left = make("max", [make("sub", [length, constant(first.offset)]), constant(0)]);
  return make("min", [left, extentOf(steps)]);
}

/** What a scan stacks is as long as what it ran over. */
function picked(node: Node): Node | undefined {
  const [scan] = node.inputs as [Node];
  const { states, sequences } = scan.attributes as { states: number; sequences: number };
  if ((node.attributes.index as number) < states) return undefined;
  return firstOf(scan.inputs.slice(states, states + sequences));
}

/** 1 at real steps, 0 past the end, shaped to meet values of that many axes. */
export function realSteps(length: Node, shape: readonly Dim[]): Node {
  const steps = shape[0]!;
  const real = make("lt", [indexAlong([steps], -1), length]);
  return reshape(real, [steps, ...shape.slice(1).map(() => 1)]);
}

/** The value with another number at the steps past its end. */
export function filledPast(x: Node, fill: number): Node {
  const length = lengthOf(x);
  return length ? asLong(select(realSteps(length, x.shape), x, constant(fill)), length) : x;
}

/** Whether axes (from the end) go over the steps of sequences that differ in length. */
export const overTime = (x: Node, axes: readonly number[]): boolean =>
  axes.includes(-x.shape.length) && lengthOf(x) !== undefined;

export const sumReal = (x: Node, axes: readonly number[]): Node => sum(overTime(x, axes) ? filledPast(x, 0) : x, axes);

/** Elements that a reduction goes over, a number of each example where sequences differ in length. */
export function countReal(x: Node, axes: readonly number[]): Node {
  if (!overTime(x, axes)) return countOf(x, axes);
  const others = axes.filter((a) => a !== -x.shape.length);
  return mul(lengthOf(x)!, countOf(x, others));
}

export const meanReal = (x: Node, axes: readonly number[]): Node => div(sumReal(x, axes), countReal(x, axes));

const mirrors = new WeakMap<Node, Node>();

/** What a value is the mirror of in time, where its sequences differ in length. */
export const mirrorOf = (node: Node): Node | undefined => mirrors.get(node);

/** The real steps in the opposite order, what is past the end where it was: a product with a permutation of the steps. */
export function reversedWithin(x: Node, length: Node): Node {
  const steps = x.shape[0]!;
  const [to, from] = [indexAlong([steps, steps], -2), indexAlong([steps, steps], -1)];
  const mirrored = make("sub", [make("sub", [length, constant(1)]), to]);
  const source = select(make("lt", [to, length]), mirrored, to);
  const numbers = x.dtype === "i32" ? make("cast", [x], { to: "f32" }) : x;
  const flat = reshape(numbers, [steps, product(x.shape.slice(1))]);
  const moved = reshape(einsum("ts,sd->td", make("eq", [from, source]), flat), x.shape);
  const turned = asLong(x.dtype === "i32" ? make("cast", [moved], { to: "i32" }) : moved, length);
  mirrors.set(turned, x);
  return turned;
}
