// How the lengths of sequences travel. In: an op on operands of which some axes have, in each example, a number of real places
// of their own. Out: the lengths of the value's axes, and the operands as the op is to read them. An axis keeps its length where it
// is place by place an axis of the value, which the index functions of the lowering say of every op; an op that goes along such
// an axis reads a neutral number past the end; any other is refused. So padding takes part in nothing.

import type { Dim } from "../arithmetic/dim.ts";
import { isNumber, product } from "../arithmetic/dim.ts";
import { itemAt } from "../arithmetic/lists.ts";
import { construct } from "./construct.ts";
import type { Attributes, Node } from "./node.ts";
import { operand as operandOf, remembered, sizeAlong } from "./node.ts";
import type { Affine, Fate, ViewIndex } from "./op.ts";
import { LengthMistake, plainAxis } from "./op.ts";
import { opOf } from "./table.ts";

// Lengths are numbers of an example and have no length themselves.
const constant = (value: number): Node => construct("constant", [], { value });
const add = (a: Node, b: Node): Node => construct("add", [a, b]);
const mul = (a: Node, b: Node): Node => construct("mul", [a, b]);

/** For each axis how many of its places are real, a number of each example; undefined where all are. */
export type Lengths = readonly (Node | undefined)[];

/** A cache: lengths are a function of the node alone. */
const known = new WeakMap<Node, Lengths | "none">();

/** The lengths of a node's axes; undefined where none has one. */
export function lengthsOf(node: Node): Lengths | undefined {
  const found = remembered(known, node, decideLengths);
  return found === "none" ? undefined : found;
}

function decideLengths(node: Node): Lengths | "none" {
  const own = opOf(node.op).gives?.(node);
  const carried = node.inputs.some((x) => lengthsOf(x)) ? carriedBy(node) : undefined;
  const lengths = own ? node.shape.map((_, i) => (i === own[0] ? own[1] : carried?.[i])) : carried;
  return lengths?.some((n) => n !== undefined) ? lengths : "none";
}

/** The operands of an op as it reads them, and the lengths of its value; undefined where no operand has a length. */
export function travelled(
  op: string,
  inputs: readonly Node[],
  attributes: Attributes,
): { readonly inputs: readonly Node[]; readonly lengths: Lengths } | undefined {
  if (!inputs.some((x) => lengthsOf(x))) return undefined;
  const record = opOf(op);
  const node: Node = { id: -1, op, inputs, attributes, span: undefined, ...record.type(inputs, attributes) };
  const own = record.gives?.(node);
  const carried = [...carriedBy(node, refuseDifferent)];
  if (own) carried[own[0]] = own[1];
  return { inputs: inputs.map((_, i) => readable(node, i)), lengths: carried };
}

/** The value with these lengths of its axes. */
export function withLengths(node: Node, lengths: Lengths | undefined): Node {
  if (!lengths) return node;
  return lengths.reduce<Node>((x, length, i) => {
    if (!length || lengthsOf(x)?.[i] === length) return x;
    return construct("ragged", [x, length], { axis: i - lengths.length });
  }, node);
}

/** The value with a number past the end of an axis (from the start), which then has no length. */
export function masked(x: Node, axis: number, fill: number): Node {
  const length = lengthsOf(x)?.[axis];
  return length ? construct("masked", [x, length], { axis: axis - x.shape.length, fill }) : x;
}

/** The value with zeros past the end of every axis that has a length, and no lengths. */
export const allMasked = (x: Node): Node => lengthsOf(x)?.reduce<Node>((y, _, i) => masked(y, i, 0), x) ?? x;

function carriedBy(node: Node, differ: (axis: number) => void = () => {}): (Node | undefined)[] {
  const lengths = new Array<Node | undefined>(node.shape.length).fill(undefined);
  node.inputs.forEach((x, i) => {
    lengthsOf(x)?.forEach((length, d) => {
      const fate = length && fateOf(node, i, d, length);
      if (fate?.kind !== "carried") return;
      const before = lengths[fate.axis];
      const met = before ? shorter(before, fate.length) : fate.length;
      if (!met) differ(fate.axis);
      lengths[fate.axis] = met ?? before;
    });
  });
  return lengths;
}

/** Of two lengths of one axis the one that holds where both do: each example's own, of it and the longest of the batch. */
function shorter(a: Node, b: Node): Node | undefined {
  if (a === b || longestOf(b) === a) return a;
  return longestOf(a) === b ? b : undefined;
}

const longestOf = ({ op, inputs }: Node): Node | undefined => (op === "over_batch" ? inputs[0] : undefined);

function refuseDifferent(axis: number): void {
  throw new LengthMistake(
    "lengths/differ",
    `these do not have the same steps in every example: along axis ${axis} each has a length of its own`,
    "parts with equally many steps go together, as `x[1:]` and `x[0:-1]`; else read each first: with a cell, `mean(..., over=time)` or attention",
  );
}

/** An operand with a neutral number past each end that the op goes over. */
function readable(node: Node, operand: number): Node {
  const x = operandOf(node, operand);
  const lengths = lengthsOf(x);
  if (!lengths) return x;
  return lengths.reduce<Node>((read, length, d) => {
    const fate = length && fateOf(node, operand, d, length);
    if (fate?.kind === "refused") throw refusal(fate.why);
    const fill = fate && (fate.kind === "masked" || fate.kind === "carried") ? fate.fill : undefined;
    return fill === undefined ? read : masked(read, d, fill);
  }, x);
}

function refusal(why: "reshaped" | "moved" | "gathered"): LengthMistake {
  if (why === "gathered")
    return new LengthMistake(
      "lengths/gathered",
      "the sequences differ in length, and side by side each example's steps would end at another place",
      "read the steps first, and put what is read side by side: `all_examples(mean(x, over=time))`, `all_examples(last(x))`",
    );
  if (why === "reshaped")
    return new LengthMistake(
      "lengths/reshaped",
      "the sequences differ in length, and this shape would mix the steps past their ends among the real ones",
      "keep time as the first axis that is joined, as `flatten` does, or read the steps first: `mean(it, over=time)`, `last`, a cell",
    );
  return new LengthMistake(
    "lengths/moved",
    "the sequences differ in length, and joining or shifting them along their steps would put padding among real steps",
    "read the steps first: `mean(it, over=time)`, `last`, a cell or attention",
  );
}

const carried = (axis: number, length: Node): Fate =>
  axis < 0 ? { kind: "dropped" } : { kind: "carried", axis, length };
const MOVED: Fate = { kind: "refused", why: "moved" };

/** Decides the fate of an operand's axis whose places differ in number. */
export function fateOf(node: Node, operand: number, axis: number, length: Node): Fate {
  const { lowering, fate, calm } = opOf(node.op);
  if (fate) return fate(node, operand, axis, length);
  const x = operandOf(node, operand);
  switch (lowering.class) {
    case "map": {
      const to = axis + node.shape.length - x.shape.length;
      // A single step that is repeated is no axis of steps.
      if (node.shape[to] !== x.shape[axis]) return { kind: "dropped" };
      // An infinite value past the end would make the derivative there, which is zero, no number.
      const fill = calm?.[operand];
      return fill === undefined ? carried(to, length) : { kind: "carried", axis: to, length, fill };
    }
    case "same":
      return carried(axis, length);
    case "view":
      return inView(lowering.index(node), node, operand, axis, length);
    case "reduce": {
      const { out, index } = lowering.over(node);
      return along(itemAt(index, axis), out, length, lowering.combine === "sum" ? 0 : -Infinity);
    }
    case "contract": {
      const { out, a, b } = lowering.space(node);
      return along(itemAt(operand === 0 ? a : b, axis), out, length, 0);
    }
    default:
      return { kind: "dropped" };
  }
}

function along(index: Affine, out: readonly string[], length: Node, fill: number): Fate {
  const name = plainAxis(index);
  if (name === undefined) return MOVED;
  return out.includes(name) ? carried(out.indexOf(name), length) : { kind: "masked", fill };
}

function inView(view: ViewIndex, node: Node, operand: number, axis: number, length: Node): Fate {
  const x = operandOf(node, operand);
  switch (view.kind) {
    case "affine": {
      const name = plainAxis(itemAt(view.index, axis));
      if (name !== undefined && view.fill === undefined) return carried(Number(name.slice(1)), length);
      if (name !== undefined && node.shape[Number(name.slice(1))] === x.shape[axis])
        return carried(Number(name.slice(1)), length);
      return x.shape[axis] === 1 ? { kind: "dropped" } : MOVED;
    }
    case "concat":
      return axis === x.shape.length + view.axis ? MOVED : carried(axis, length);
    case "gather":
      if (operand === 1) return carried(axis, length);
      return axis === 0 ? { kind: "masked", fill: 0 } : carried(axis - 1 + operandOf(node, 1).shape.length, length);
    case "reshape":
      return reshaped(x, node.shape, axis, length);
  }
}

/** Neighbouring axes of an operand and of its value, by their places. */
interface Group {
  readonly from: [number, ...number[]];
  readonly to: [number, ...number[]];
}

/** Axes of the operand and of the value that hold the same numbers, as long as they can be told apart. */
function groups(from: readonly Dim[], to: readonly Dim[]): Group[] {
  const found: Group[] = [];
  let [i, j] = [0, 0];
  while (i < from.length && j < to.length) {
    const group: Group = { from: [i], to: [j] };
    let [left, right] = [itemAt(from, i++), itemAt(to, j++)];
    while (left !== right) {
      const grow = !isNumber(left) || !isNumber(right) ? i < from.length : left < right;
      if (grow ? i >= from.length : j >= to.length) return found;
      if (grow) {
        group.from.push(i);
        left = product([left, itemAt(from, i++)]);
      } else {
        group.to.push(j);
        right = product([right, itemAt(to, j++)]);
      }
    }
    found.push(group);
  }
  return found;
}

/** Steps that are joined with what stands behind them are still first; so are steps that come out of such a join. */
function reshaped(x: Node, shape: readonly Dim[], axis: number, length: Node): Fate {
  const group = groups(x.shape, shape).find((g) => g.from.includes(axis));
  // An axis of one place has no group of its own where nothing is left to pair it with.
  if (!group) return x.shape[axis] === 1 ? { kind: "dropped" } : { kind: "refused", why: "reshaped" };
  const isWide = (d: Dim): boolean => d !== 1;
  const before = group.from.filter((d) => d < axis && isWide(sizeAlong(x, d)));
  const behind = product(group.from.filter((d) => d > axis).map((d) => sizeAlong(x, d)));
  const to = group.to.find((d) => isWide(itemAt(shape, d))) ?? group.to[0];
  const inner = product(group.to.filter((d) => d > to).map((d) => itemAt(shape, d)));
  const scaled = before.length === 0 ? timesRatio(length, behind, inner) : undefined;
  return scaled ? carried(to, scaled) : { kind: "refused", why: "reshaped" };
}

/**
 * So many places more or fewer, none below zero. There is one form of it, so that lengths which are the same by arithmetic are
 * one node: steps 0 to -1 and steps from 1 on go together.
 */
export function shifted(length: Node, by: number): Node {
  const [base, before] = offsetOf(length);
  if (before + by === 0) return base;
  const moved = add(base, constant(before + by));
  return before + by < 0 ? construct("max", [moved, constant(0)]) : moved;
}

/** A length as a number of places more or fewer than another. */
export function offsetOf(length: Node): readonly [base: Node, by: number] {
  const [, second] = length.inputs;
  if (length.op === "max" && second?.op === "constant" && second.attributes.value === 0)
    return offsetOf(operandOf(length));
  if (length.op !== "add" || second?.op !== "constant") return [length, 0];
  const [base, by] = offsetOf(operandOf(length));
  return [base, by + (second.attributes.value as number)];
}

/** length * a / b where that is whole for every length. */
function timesRatio(length: Node, a: Dim, b: Dim): Node | undefined {
  if (a === b) return length;
  if (!isNumber(a) || !isNumber(b)) return undefined;
  if (a % b === 0) return mul(length, constant(a / b));
  const [whole, factor] = length.op === "mul" ? (length.inputs as [Node, Node]) : [];
  if (!whole || factor?.op !== "constant") return undefined;
  const times = (factor.attributes.value as number) * a;
  if (times % b !== 0) return undefined;
  return times === b ? whole : mul(whole, constant(times / b));
}
