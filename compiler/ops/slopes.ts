// What derivative rules say where a slope is infinite or has a kink. In: cotangents and operands. Out: nodes; no rule of its own.

import type { Node } from "../graph/node.ts";
import { constant, make, mul, select } from "./build.ts";

export function isConstant(node: Node | undefined, value?: number): boolean {
  return node?.op === "constant" && (value === undefined || node.attributes.value === value);
}

/** What has no cotangent gives none, whatever its slope. */
export const unlessZero = (g: Node, d: Node): Node => select(g, d, constant(0));

export const whereLess = (a: Node, b: Node, g: Node): Node => select(make("lt", [a, b]), g, constant(0));

/** A half where both are equal. */
export const sharedWhereLess = (a: Node, b: Node, g: Node): Node =>
  select(make("lt", [a, b]), g, select(make("eq", [a, b]), mul(g, constant(0.5)), constant(0)));

/** Whether a value is a number of the program, as it stands or repeated. */
export function isFixed(node: Node): boolean {
  return isConstant(node) || (node.op === "broadcast" && isFixed(node.inputs[0]!));
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
