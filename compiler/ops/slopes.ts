// Helpers of derivative rules for slopes that are infinite or have a kink. In: cotangents and operands. Out: nodes; no rule of its own.

import { constant, make, mul, select } from "../graph/build.ts";
import type { Node } from "../graph/node.ts";
import { operand } from "../graph/node.ts";

export function isConstant(node: Node | undefined, value?: number): boolean {
  return node?.op === "constant" && (value === undefined || node.attributes.value === value);
}

/** Gives no cotangent where none came, whatever the slope. */
export const unlessZero = (g: Node, d: Node): Node => select(g, d, constant(0));

export const whereLess = (a: Node, b: Node, g: Node): Node => select(make("lt", [a, b]), g, constant(0));

/** A half where both are equal. */
export const sharedWhereLess = (a: Node, b: Node, g: Node): Node =>
  select(make("lt", [a, b]), g, select(make("eq", [a, b]), mul(g, constant(0.5)), constant(0)));

/** Whether a value is a number of the program, as it stands or repeated. */
export function isFixed(node: Node): boolean {
  return isConstant(node) || (node.op === "broadcast" && isFixed(operand(node)));
}

/**
 * Whether a value is 0 only where every number that it is made of is 0, and is as flat there as a square: then its root, the
 * length of a vector, has the subgradient 0 there.
 */
export function isSumOfSquares(node: Node): boolean {
  const [x, y] = node.inputs as [Node, Node];
  switch (node.op) {
    case "mul":
      return x === y || (isPositive(x) && isSumOfSquares(y)) || (isPositive(y) && isSumOfSquares(x));
    case "contract":
      return x === y;
    case "div":
      return isSumOfSquares(x) && isPositive(y);
    case "add":
    case "concat":
      return node.inputs.every(isSumOfSquares);
    case "sum":
    case "over_batch":
    case "reshape":
    case "broadcast":
    case "slice":
    case "transpose":
    case "anchor":
      return isSumOfSquares(x);
    default:
      return false;
  }
}

/** Whether a value is a number above 0 that no example changes: a factor of the program, or a size. */
function isPositive(node: Node): boolean {
  if (isConstant(node)) return (node.attributes.value as number) > 0;
  return node.op === "extent" || (["mul", "div", "reshape"].includes(node.op) && node.inputs.every(isPositive));
}

/** Whether a value is above 0 by how it is made, as what norms divide by: `sqrt(variance + eps)`, `max(length, eps)`. */
export function isAboveZero(node: Node): boolean {
  const { inputs } = node;
  switch (node.op) {
    case "add":
      return inputs.some(isAboveZero) && inputs.every((n) => isAboveZero(n) || isSumOfSquares(n));
    case "max":
      return inputs.some(isAboveZero);
    case "select":
      return inputs.slice(1).every(isAboveZero);
    case "sum":
      return inputs.every((e) => e.op === "exp" && isBelowLargest(operand(e)));
    case "mul":
    case "div":
    case "sqrt":
    case "reshape":
    case "broadcast":
    case "transpose":
    case "slice":
    case "anchor":
      return inputs.every(isAboveZero);
    default:
      return isPositive(node);
  }
}

/**
 * Whether a value is at most 0, as the logits of a softmax with the largest taken out: its exponential is finite. Where the largest
 * is taken of masked logits, the value must be used under the same conditions (`hold`): a masked logit may be larger.
 */
export function isBelowLargest(node: Node, hold: readonly Node[] = []): boolean {
  const { inputs } = node;
  if (node.op === "select") {
    const [condition, chosen, other] = inputs as [Node, Node, Node];
    return isBelowLargest(chosen, [...hold, condition]) && isBelowLargest(other, hold);
  }
  if (isConstant(node)) return (node.attributes.value as number) <= 0;
  if (node.op === "neg") return inputs.every(isSumOfSquares);
  if (node.op !== "sub") return false;
  let largest = operand(node, 1);
  while (["stop", "reshape", "broadcast"].includes(largest.op)) largest = operand(largest);
  if (largest.op !== "reduce_max") return false;
  let of = operand(largest);
  while (of !== inputs[0] && of.op === "select" && hold.includes(operand(of))) of = operand(of, 1);
  return of === inputs[0];
}
