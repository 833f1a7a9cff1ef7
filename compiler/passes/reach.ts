// Where a cotangent counts. What a condition does not choose has the cotangent 0, and 0 times an infinite slope would be NaN:
// so the condition travels backwards beside the cotangent, and products whose other factor may be infinite are chosen by it.
//
//   where(x > 0, sqrt(x) * w, 0)        the cotangent of sqrt(x) counts where x > 0, and so does that of w

import type { Dim } from "../arithmetic/dim.ts";
import { isNumber, product } from "../arithmetic/dim.ts";
import { lookUp } from "../arithmetic/lookup.ts";
import { broadcast, constant, not, select } from "../graph/build.ts";
import type { Node } from "../graph/node.ts";
import { operand, remembered } from "../graph/node.ts";
import { opOf } from "../graph/table.ts";
import { isBatched } from "./batch.ts";

/** For each node the condition (0 or not) outside of which its cotangent is 0, in a shape that broadcasts to the node's. */
export class Reach {
  private readonly conditions = new Map<Node, Node | "everywhere">();

  of(node: Node): Node | undefined {
    const known = this.conditions.get(node);
    return known === "everywhere" ? undefined : known;
  }

  /** One more cotangent for an input: it counts where any of them does. */
  add(input: Node, condition: Node | undefined): void {
    const known = this.conditions.get(input);
    if (known === "everywhere") return;
    this.conditions.set(
      input,
      (known && condition ? either(known, condition) : known ? undefined : condition) ?? "everywhere",
    );
  }
}

/** A cotangent of an input, and the condition outside of which it is 0. */
export interface Part {
  readonly part: Node | undefined;
  readonly where: Node | undefined;
}

/** Cotangents of a node's inputs, and where each counts. */
export function withReach(node: Node, g: Node, alive: Node | undefined): readonly Part[] {
  const { gradient, lowering, chooses, passes } = opOf(node.op);
  if (gradient === "none") return [];
  if (lowering.class === "contract" && alive) return productWithReach(node, g, alive);
  const needed = lowering.class === "map" && !passes && alive && mayBeInfinite(node) ? alive : undefined;
  const own = chooses?.(node);
  return gradient(node, g, needed).map((part, i) => ({
    part,
    where: conditionAt(node, i, both(alive, own?.[i])),
  }));
}

function both(a: Node | undefined, b: Node | undefined): Node | undefined {
  return a && b ? select(a, b, constant(0)) : (a ?? b);
}

/** Nothing where that is everywhere. */
function either(a: Node, b: Node): Node | undefined {
  if (a === b) return a;
  const isOpposite = (x: Node, y: Node): boolean => not(x) === y;
  return isOpposite(a, b) || isOpposite(b, a) ? undefined : select(a, constant(1), b);
}

/** The condition on a node as one on its input: moved like the cotangent where this is only moved, else nothing is known. */
function conditionAt(node: Node, i: number, condition: Node | undefined): Node | undefined {
  const input = operand(node, i);
  const { gradient, lowering } = opOf(node.op);
  if (condition && isBatched(condition) && !isBatched(input)) return undefined;
  if (lowering.class === "map") return condition && fits(condition, input) ? condition : undefined;
  if (gradient === "none" || (lowering.class !== "view" && lowering.class !== "reduce")) return undefined;
  if (!condition && !(leavesOut(node, input) && mayBeInfinite(input))) return undefined;
  const moved = gradient(node, fillShape(condition ?? constant(1), node))[i];
  return moved && opOf(moved.op).lowering.class === "view" ? moved : undefined;
}

/** Whether a view reads only a part of its input. */
const leavesOut = (node: Node, input: Node): boolean =>
  opOf(node.op).lowering.class === "view" && isSmallerSize(product(node.shape), product(input.shape));

const isSmallerSize = (a: Dim, b: Dim): boolean => isNumber(a) && isNumber(b) && a < b;

const fits = (x: Node, { shape }: Node): boolean =>
  x.shape.length <= shape.length && x.shape.every((d, i) => d === 1 || d === shape[i + shape.length - x.shape.length]);

/** The condition as 0 or 1 at every place of a node. */
const fillShape = (condition: Node, { shape }: Node): Node =>
  broadcast(select(condition, constant(1), constant(0)), shape);

/** Of a sum of products those elements are taken as 0 that only enter results which do not count. */
function productWithReach(node: Node, g: Node, alive: Node): readonly Part[] {
  const { gradient } = opOf(node.op);
  if (gradient === "none") return [];
  const live = fillShape(alive, node);
  const entered = node.inputs.map((x, i) => {
    if (!mayBeInfinite(x) || (isBatched(live) && !isBatched(x))) return undefined;
    // How many results that count an element enters: the cotangent that a product with ones gives it.
    const inputs = node.inputs.map((y, k) => (k === i ? y : broadcast(constant(1), y.shape)));
    return gradient({ ...node, inputs }, live)[i];
  });
  const inputs = node.inputs.map((x, i) => (entered[i] ? select(entered[i], x, constant(0)) : x));
  return gradient({ ...node, inputs }, g).map((part, i) => ({ part, where: entered[i] }));
}

const known = new WeakMap<Node, boolean>();

/**
 * Whether a value may be infinite or NaN where all that is learned and given is finite: made by a quotient, a logarithm and the
 * like. Sums of products and loops are taken to be finite, as their own operands are looked at where they stand.
 */
function mayBeInfinite(node: Node): boolean {
  return remembered(known, node, (n) => {
    const { lowering, singular } = opOf(n.op);
    const ends = lowering.class === "contract" || lowering.class === "scan" || lowering.class === "pick";
    return !ends && (singular?.(n) === true || n.inputs.some((i) => lookUp(known, i)));
  });
}
