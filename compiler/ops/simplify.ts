// Simplifications of elementwise ops, tried when a node is made: a node of the same value that costs less or keeps more digits, or
// undefined.

import type { Dim } from "../arithmetic/dim.ts";
import type { ScalarName } from "../arithmetic/scalar.ts";
import { scalars } from "../arithmetic/scalar.ts";
import { broadcast, constant, div, make, mul, neg, sub } from "../graph/build.ts";
import type { Node } from "../graph/node.ts";
import { operand } from "../graph/node.ts";
import { isConstant } from "./slopes.ts";

const one = (): Node => constant(1);
const apply = (name: ScalarName, ...inputs: Node[]): Node => make(name, inputs);

export function foldConstants(name: ScalarName, node: Node): Node | undefined {
  if (!node.inputs.every((n) => isConstant(n))) return undefined;
  const [a = 0, b = 0, c = 0] = node.inputs.map((n) => n.attributes.value as number);
  return constant(scalars[name].evaluate(a, b, c));
}

const same = (node: Node, kept: Node): Node | undefined =>
  kept.shape.length === node.shape.length && kept.shape.every((d, i) => d === node.shape[i]) && kept.dtype === "f32"
    ? kept
    : undefined;

export function addZero(node: Node, x: Node, y: Node): Node | undefined {
  if (isConstant(x, 0)) return same(node, y);
  return isConstant(y, 0) ? same(node, x) : undefined;
}

export function subZero(node: Node, x: Node, y: Node): Node | undefined {
  if (isConstant(x, 0)) return same(node, neg(y));
  return isConstant(y, 0) ? same(node, x) : undefined;
}

export function mulOne(node: Node, x: Node, y: Node): Node | undefined {
  if (isConstant(x, 1)) return same(node, y);
  if (isConstant(y, 1)) return same(node, x);
  if (isConstant(x, -1)) return same(node, neg(y));
  return isConstant(y, -1) ? same(node, neg(x)) : undefined;
}

export function divOne(node: Node, x: Node, y: Node): Node | undefined {
  if (isConstant(y, 1)) return same(node, x);
  if (isConstant(y)) {
    const inverse = 1 / (y.attributes.value as number);
    // Beyond these powers the inverse is infinite or has fewer bits.
    const power = Math.log2(Math.abs(inverse));
    if (Number.isInteger(power) && Math.abs(power) <= 126) return mul(x, constant(inverse));
  }
  return undefined;
}

export function smallPower(node: Node, x: Node, y: Node): Node | undefined {
  if (isConstant(y, 1)) return same(node, x);
  if (isConstant(y, 2)) return same(node, mul(x, x));
  if (isConstant(y, 3)) return same(node, mul(x, mul(x, x)));
  if (isConstant(y, 4)) return same(node, mul(mul(x, x), mul(x, x)));
  if (isConstant(y, 0.5)) return same(node, apply("sqrt", x));
  if (isConstant(y, -1)) return same(node, div(one(), x));
  return isConstant(y, 0) ? broadcast(one(), node.shape) : undefined;
}

/** log sigmoid(x) = -softplus(-x); log(1 - sigmoid(x)) = -softplus(x); log(softmax) has the row maximum taken out. */
export function stableLog(_: Node, x: Node): Node | undefined {
  if (x.op === "sigmoid") return neg(apply("softplus", neg(operand(x))));
  if (x.op === "exp") return x.inputs[0];
  if (x.op === "sub" && isConstant(x.inputs[0], 1) && operand(x, 1).op === "sigmoid")
    return neg(apply("softplus", operand(operand(x, 1))));
  return logOfShare(x);
}

/** log(e^x / s) = x - log s, also where the division has become a product with 1 / s. */
function logOfShare(x: Node): Node | undefined {
  const [e, s] = x.inputs as [Node, Node | undefined];
  if (!s || e.op !== "exp") return undefined;
  if (x.op === "div") return sub(operand(e), apply("log", s));
  const isReciprocal = x.op === "mul" && s.op === "div" && isConstant(s.inputs[0], 1);
  return isReciprocal ? sub(operand(e), apply("log", operand(s, 1))) : undefined;
}

export function knownSelect(node: Node, c: Node, a: Node, b: Node): Node | undefined {
  if (isConstant(c)) return same(node, c.attributes.value !== 0 ? a : b);
  return a === b ? same(node, a) : undefined;
}

/** Parts that were cut from one axis and come back side by side are a concatenation, not a sum of padded tensors. */
export function addPads(node: Node): Node | undefined {
  const parts = node.inputs.map(asPlaced);
  const [left, right] = parts;
  if (!left || !right || left.axis !== right.axis) return undefined;
  const [low, high] = (left.from as number) < (right.from as number) ? [left, right] : [right, left];
  if (low.to !== high.from) return undefined;
  const joined = make("concat", [...low.parts, ...high.parts], { axis: low.axis });
  if (low.from === 0 && high.to === high.full) return joined;
  return make("pad", [joined], {
    axis: low.axis,
    before: low.from,
    after: (high.full as number) - (high.to as number),
  });
}

/** The sum of equal slices is the slice of the sum. */
export function addSlices(x: Node, y: Node): Node | undefined {
  if (x.op !== "slice" || y.op !== "slice" || x === y) return undefined;
  const [a, b] = [operand(x), operand(y)];
  const { axis, start, size } = x.attributes as { axis: number; start: Dim; size: Dim };
  const same = y.attributes.axis === axis && y.attributes.start === start && y.attributes.size === size;
  if (!same || a.shape.length !== b.shape.length || a.shape.some((d, i) => d !== b.shape[i])) return undefined;
  return make("slice", [make("add", [a, b])], x.attributes);
}

interface Placed {
  readonly axis: number;
  readonly from: number;
  readonly to: number;
  readonly full: number;
  readonly parts: readonly Node[];
}

function asPlaced(node: Node): Placed | undefined {
  if (node.op !== "pad") return undefined;
  const { axis, before, after } = node.attributes as { axis: number; before: Dim; after: Dim };
  const inner = operand(node);
  const size = inner.shape.at(axis);
  if (typeof before !== "number" || typeof after !== "number" || typeof size !== "number") return undefined;
  const parts = inner.op === "concat" && inner.attributes.axis === axis ? inner.inputs : [inner];
  return { axis, from: before, to: before + size, full: before + size + after, parts };
}
