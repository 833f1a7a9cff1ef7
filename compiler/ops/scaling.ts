// Factors that are repeated along axes of what they scale move to where there is less to do: a division becomes a product with a
// reciprocal of the small one, several small factors become one, and what is the same all along a sum leaves it.
//
//   x [8, 8, 16], s and r [16]:   x * s / r  ->  x * (s * (1 / r))        sum(x * s, over=[0, 1])  ->  sum(x, over=[0, 1]) * s

import type { Dim } from "../arithmetic/dim.ts";
import { constant, div, mul, neg, reshape, sum, without } from "../graph/build.ts";
import type { Node } from "../graph/node.ts";
import { operand } from "../graph/node.ts";

/** Whether a value is repeated along some axis of a shape that it broadcasts to. */
export function isSmaller(x: Node, shape: readonly Dim[]): boolean {
  const skip = shape.length - x.shape.length;
  return shape.some((d, i) => d !== 1 && (i < skip || x.shape[i - skip] === 1));
}

const fills = (x: Node, shape: readonly Dim[]): boolean => !isSmaller(x, shape);
const isConstant = (x: Node): boolean => x.op === "constant";

/** x / s = x * (1 / s), where s is smaller than x; the last bit may differ. */
export function timesReciprocal(node: Node): Node | undefined {
  const [x, s] = node.inputs as [Node, Node];
  if (isConstant(x) || isConstant(s) || !isSmaller(s, node.shape)) return undefined;
  return mul(x, div(constant(1), s));
}

/** (x * s) * r = x * (s * r), where s and r are smaller than x; numbers among them too. */
export function smallFactorsTogether(node: Node): Node | undefined {
  const [a, b] = node.inputs as [Node, Node];
  return combineFactors(node, a, b) ?? combineFactors(node, b, a);
}

function combineFactors(node: Node, product: Node, r: Node): Node | undefined {
  if (product.op !== "mul" || !isSmaller(r, node.shape)) return undefined;
  const [x, y] = product.inputs as [Node, Node];
  const [big, small] = isSmaller(y, node.shape) ? [x, y] : [y, x];
  if (!fills(big, node.shape) || !isSmaller(small, node.shape) || leavesRange(small, r)) return undefined;
  return mul(big, mul(small, r));
}

/** Whether two numbers have a product that 32 bits do not hold, though x times the one and then the other may be held. */
function leavesRange(a: Node, b: Node): boolean {
  if (!isConstant(a) || !isConstant(b)) return false;
  const size = Math.abs((a.attributes.value as number) * (b.attributes.value as number));
  return size !== 0 && (size < 2 ** -126 || size >= 2 ** 128);
}

/** -(x * s) = x * -s. */
export function negativeFactor(node: Node): Node | undefined {
  const product = operand(node);
  if (product.op !== "mul") return undefined;
  const [x, y] = product.inputs as [Node, Node];
  const [big, small] = isSmaller(y, node.shape) ? [x, y] : [y, x];
  return fills(big, node.shape) && isSmaller(small, node.shape) ? mul(big, neg(small)) : undefined;
}

/** sum(-x) = -sum(x); sum(x * s) = sum(x) * s, where s is the same all along the sum. */
export function sumOfScaled(node: Node): Node | undefined {
  const [x] = node.inputs as [Node];
  const axes = node.attributes.axes as readonly number[];
  if (x.op === "neg") return neg(sum(operand(x), axes));
  if (x.op !== "mul") return undefined;
  const [a, b] = x.inputs as [Node, Node];
  return scaledSum(x, a, b, axes) ?? scaledSum(x, b, a, axes);
}

function scaledSum(x: Node, a: Node, s: Node, axes: readonly number[]): Node | undefined {
  if (!fills(a, x.shape) || a.shape.length !== x.shape.length) return undefined;
  const sizeAlong = (i: number): Dim => s.shape[s.shape.length + i] ?? 1;
  const repeated = axes.every((i) => sizeAlong(i) === 1) && axes.some((i) => x.shape[x.shape.length + i] !== 1);
  if (!repeated) return undefined;
  const inside = axes.filter((i) => s.shape.length + i >= 0);
  return mul(sum(a, axes), reshape(s, without(s.shape, inside)));
}
