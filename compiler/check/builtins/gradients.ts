// Derivatives as values. In: a number and what it is made from. Out: a `gradient` node, which the pass `differentiate` replaces.
// Invariant: whatever has no derivative, or one that is zero everywhere, is a mistake at the argument.

import { product } from "../../arithmetic/dim.ts";
import { make, reshape, scanOf } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import { remembered, topological } from "../../graph/node.ts";
import { isBatched, mixesExamples } from "../../passes/batch.ts";
import { isScan } from "../../passes/bodies.ts";
import { type Count, takeGradients } from "../../passes/differentiate.ts";
import { hasGradients, isGradient } from "../../passes/gradientnodes.ts";
import { withSlope } from "../advice/flatloss.ts";
import { type ArgumentPlace, anything, refuse, tensor } from "../sizes/domains.ts";
import { mistake } from "../values/mistakes.ts";
import type { Value } from "../values/values.ts";
import { describe, isModel, parametersOf, tensorValue } from "../values/values.ts";
import { type Builtin, builtin, type Call } from "./call.ts";
import { between, cutBelow, structureBetween } from "./derivedpart.ts";

export const GRADIENTS: Readonly<Record<string, Builtin>> = {
  grad: builtin(
    "the derivative of a number y by a value x that it is made from, in the shape of x and for each example; by a layer or model a list, one for each parameter that is trained",
    { y: tensor, x: anything },
    ({ y, x }, c, at) => derivatives(numberOf(y, at("y")), x, at("x"), c),
  ),
};

const knownToBeMade = new WeakMap<Node, boolean>();

/** Whether a value is made from anything that changes. */
const isMadeFromSome = (node: Node): boolean =>
  remembered(knownToBeMade, node, (n) => n.op === "parameter" || n.inputs.some(isMadeFromSome));

/** A tensor of one number as a scalar. */
function numberOf(y: Node, at: ArgumentPlace): Node {
  if (!isMadeFromSome(y))
    throw refuse(at, "a number that is made from x", `this is ${describe(tensorValue(y))}`, {
      code: "grad/independent",
      hint: "what stands first is the result, and second what it is derived by: `grad(sum(x^2), x)`",
    });
  if (product(y.shape) === 1) return y.shape.length === 0 ? y : reshape(y, []);
  throw refuse(at, "one number for each example", `this is ${describe(tensorValue(y))}`, {
    code: "grad/not-a-number",
    hint: "take one of its numbers, as in `y[0]`, or their sum: `grad(sum(y), x)`",
  });
}

function derivatives(y: Node, x: Value, at: ArgumentPlace, c: Call): Value {
  if (x.kind === "list") return { kind: "list", items: x.items.map((item) => derivatives(y, item, at, c)) };
  if (x.kind === "layer" || isModel(x)) {
    if (x.kind === "definition") c.open(x);
    const trained = parametersOf(x).filter((p) => p.isTrained);
    if (trained.length === 0) throw independent(at, "it has no parameters yet");
    return { kind: "list", items: trained.map(({ value }) => tensorValue(derivative(y, value, at, c))) };
  }
  if (x.kind !== "tensor" || x.node.op === "constant")
    throw refuse(at, "a value that changes", `this is ${describe(x)}`, {
      code: "grad/independent",
      hint: "give an input, a value that y is made from, a parameter, or a model",
    });
  if (x.classes !== undefined || x.node.dtype !== "f32")
    throw refuse(at, "a value that changes continuously", `this is ${describe(x)}`, {
      code: "grad/of-class",
      hint: "take the derivative by what the class becomes: `e = embed(label, 16)`, then `grad(y, e)`",
    });
  return tensorValue(derivative(y, x.node, at, c));
}

function derivative(result: Node, source: Node, at: ArgumentPlace, c: Call): Node {
  const [y, x] = c.withMeans([result, source]) as [Node, Node];
  const way = between(y, [x], c.count);
  if (way.length === 0) throw withoutWay(y, x, at, c);
  // Derivatives within y are written out to see whether they change with x: those of `relu` do not.
  const isPlain = !hasGradients(way);
  const [value, by] = isPlain ? [y, x] : (takeGradients(cutBelow(y, x, c.count), true, c.count) as [Node, Node]);
  const order = isPlain ? way : between(value, [by], c.count);
  if (order.length === 0) throw withoutWay(value, by, at, c, way.some(isGradient));
  if (isBatched(value) && !isBatched(by) && order.some((n) => n !== by && passesBatch(n, c.count)))
    throw acrossBatch(at);
  return make("gradient", [y, x]);
}

/** Why no small change of x changes y. `isAgain`: y is worked out from a derivative. */
function withoutWay(y: Node, x: Node, at: ArgumentPlace, c: Call, isAgain?: boolean): Error {
  const order = structureBetween(y, x, c.count);
  if (order.length > 0) return withoutSlope(at, order, withSlope(y), isAgain ?? order.some(isGradient));
  if (isAgain) return constantSlope(at);
  return sharesSource(topological([y]), x) ? sibling(at) : independent(at, "it is not made from it");
}

/** Whether a value and y are made from the same, so that x was perhaps meant to stand between them. */
function sharesSource(order: readonly Node[], x: Node): boolean {
  const made = new Set(order);
  return topological([x]).some((n) => n.op === "parameter" && made.has(n));
}

const independent = (at: ArgumentPlace, why: string): Error =>
  mistake("grad/independent", at.span, `y does not depend on this value: ${why}`, {
    hint: "y has to be computed from what stands second in `grad(y, x)`; what an `update` of the same step sets is read from the next step on",
  });

const sibling = (at: ArgumentPlace): Error =>
  mistake(
    "grad/independent",
    at.span,
    "y does not depend on this value: both are made from the same, neither from the other",
    {
      hint: "bind it to a name first and make y from that name: `v = x[0]`, then `y = f(v)` and `grad(y, v)`",
    },
  );

const constantSlope = (at: ArgumentPlace): Error =>
  mistake("grad/no-slope", at.span, "this derivative is the same for every value, so its own derivative is zero", {
    hint: "what is derived is linear in this value: a second derivative needs a curve, such as `tanh` or a square",
  });

function withoutSlope(at: ArgumentPlace, order: readonly Node[], sloped: ReadonlySet<Node>, isAgain: boolean): Error {
  const way = new Set(order);
  // The op that takes a value on the way and gives a cotangent to none.
  const last = order.find((n) => sloped.has(n) && !n.inputs.some((i) => sloped.has(i) && way.has(i)));
  // `onehot` of a class compares: what jumps is the choice of the class.
  const flat = last?.op === "eq" ? (topological([last]).find((n) => n.op === "argmax") ?? last) : last;
  const [by, hint] = STEPS[flat?.op ?? ""] ?? [undefined, SMOOTH];
  const jumps = `changes only in jumps${by ? `, by ${by}` : ""}`;
  const related = flat?.span ? { related: [{ span: flat.span, text: "here" }] } : {};
  if (isAgain)
    return mistake("grad/no-slope", at.span, `this derivative ${jumps}, so it has no derivative of its own`, {
      hint: "`relu`, `max` and `abs` are straight between their kinks: use `tanh`, `softplus` or `gelu` where a second derivative is wanted",
      ...related,
    });
  if (flat?.op === "stop")
    return mistake("grad/no-slope", at.span, "`stop` keeps every derivative from this value", { hint, ...related });
  return mistake("grad/no-slope", at.span, `y ${jumps}, so its derivative by this value is zero`, { hint, ...related });
}

const SMOOTH = "use a smooth form, such as `softmax` for `argmax` and `sigmoid` for a comparison";

/** Functions that have no slope, in words, and what to write in their place. */
const STEPS: Readonly<Record<string, readonly [by: string, hint: string]>> = {
  lt: ["a comparison", "use a smooth form: `sigmoid(10 * (a - b))` for `a > b`"],
  le: ["a comparison", "use a smooth form: `sigmoid(10 * (a - b))` for `a > b`"],
  eq: ["a comparison", "use a smooth form: `exp(-(a - b)^2)` for `a == b`"],
  argmax: ["`argmax`", "use `softmax(x)`, the smooth form of `onehot(argmax(x), n)`"],
  sign: ["`sign`", "use `tanh(10 * x)`, its smooth form"],
  floor: ["`floor`", "leave the rounding out where a derivative is wanted"],
  cast: ["a class", "use probabilities in place of the class, as `softmax(x)` for `argmax(x)`"],
  stop: ["`stop`", "leave `stop(...)` out on the way from this value to y"],
};

/** Whether a node on the way takes what is made of the whole batch, such as the mean that batch norm takes away. */
function passesBatch(node: Node, count: Count): boolean {
  if (mixesExamples(node) || !isScan(node)) return mixesExamples(node);
  const inner = topological(scanOf(node).body.results);
  count(inner.length);
  return inner.some(mixesExamples);
}

const acrossBatch = (at: ArgumentPlace): Error =>
  mistake(
    "grad/across-batch",
    at.span,
    "y of each example is made from the whole batch, so its derivative by what all share is not one of each example",
    {
      hint: "take the derivative of one number of the batch: `grad(mean(y, over=batch), x)`; batch norm is such a value, `layernorm` is not",
    },
  );
