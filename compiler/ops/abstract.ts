// Ops that a pass replaces: what looks across the examples of a batch, and gradients not yet taken.

import { make } from "../graph/build.ts";
import type { Op } from "../graph/op.ts";
import { defineOp, type NoAttributes } from "../graph/op.ts";

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

const gradientOp = defineOp<NoAttributes, 2>({
  name: "gradient",
  doc: "Derivative of a scalar (first input) by a learned tensor (second), taken where that is the third; at most as long, all together, as the fourth; the pass `differentiate` replaces it.",
  type: ([, x]) => ({ shape: x.shape, dtype: "f32" }),
  gradient: "none",
  lowering: { class: "abstract" },
  examples: [],
});
