// Ops that a pass replaces: what looks across the examples of a batch, and gradients not yet taken.

import { BATCH } from "../arithmetic/dim.ts";
import { make, transpose } from "../graph/build.ts";
import type { Node } from "../graph/node.ts";
import type { NoAttributes, Op } from "../graph/op.ts";
import { defineOp } from "../graph/op.ts";

export const abstractOps = (): Op[] => [overBatch, allExamples, ownExample, gradientOp];

const overBatch = defineOp<{ readonly combine: "sum" | "max" }, 1>({
  name: "over_batch",
  doc: "Sum or largest over the examples of the batch; the pass `batch` makes it a reduction of the leading axis.",
  type: ([x]) => ({ shape: x.shape, dtype: "f32" }),
  gradient: "none",
  lowering: { class: "abstract" },
  // At each place those examples count that reach it, and the value is as long as the longest.
  fate: (node, _, axis, length) => ({
    kind: "carried",
    axis,
    length: make("over_batch", [length], { combine: "max" }),
    fill: node.attributes.combine === "sum" ? 0 : -Infinity,
  }),
  examples: [],
});

// These two are each other's adjoint: what all examples hand back to the rows of one is summed, and each takes its own.
const allExamples = defineOp<NoAttributes, 1>({
  name: "all_examples",
  doc: "The value in every example of the batch, side by side: [batch, ...], which all examples share.",
  type: ([x]) => ({ shape: [BATCH, ...x.shape], dtype: x.dtype }),
  gradient: "none",
  lowering: { class: "abstract" },
  fate: () => ({ kind: "refused", why: "gathered" }),
  // The examples stay behind a loop's steps.
  lift: (_, [{ node }]) => firstTwoSwapped(make("all_examples", [node])),
  examples: [],
});

const ownExample = defineOp<NoAttributes, 1>({
  name: "own_example",
  doc: "Of a value [batch, ...] each example's own: the first axis becomes the examples.",
  type: ([x]) => ({ shape: x.shape.slice(1), dtype: x.dtype }),
  gradient: "none",
  lowering: { class: "abstract" },
  fate: (_, __, axis, length) => ({ kind: "carried", axis: axis - 1, length }),
  lift: (_, [{ node }]) => make("own_example", [firstTwoSwapped(node)]),
  examples: [],
});

function firstTwoSwapped(x: Node): Node {
  const rank = x.shape.length;
  return transpose(x, [1 - rank, -rank, ...x.shape.slice(2).map((_, i) => i + 2 - rank)]);
}

/** `place` groups what one place of the program asks for; `moves` marks the gradient that an optimizer may ask for at other points. */
export type GradientAttributes = { readonly place?: string; readonly moves?: boolean };

const gradientOp = defineOp<GradientAttributes, number>({
  name: "gradient",
  doc: "Derivative of a scalar (first input) by a tensor (second), taken where that is the third; at most as long, all together, as the fourth; the pass `differentiate` replaces it.",
  type: ([, x]) => ({ shape: operandShape(x), dtype: "f32" }),
  gradient: "none",
  lowering: { class: "abstract" },
  // The scalar has no axes, and the derivative has those of the tensor.
  fate: (_, i, axis, length) => (i === 1 ? { kind: "carried", axis, length } : { kind: "dropped" }),
  examples: [],
});

function operandShape(x: Node | undefined): Node["shape"] {
  if (!x) throw new Error("a gradient is taken by a tensor");
  return x.shape;
}
