// Ops that a pass replaces: what looks across the examples of a batch, and gradients not yet taken.

import { make } from "../graph/build.ts";
import type { Node } from "../graph/node.ts";
import type { Op } from "../graph/op.ts";
import { defineOp } from "../graph/op.ts";

export const abstractOps = (): Op[] => [overBatch, gradientOp];

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
