// Losses without a slope, which train nothing. In: a loss. Out: the values whose small changes change it, and the warning.

import type { Span } from "../../../grammar/syntax/span.ts";
import { scanOf } from "../../graph/build.ts";
import { type Node, reachedFrom, topological } from "../../graph/node.ts";
import { opOf } from "../../graph/table.ts";
import type { Warning } from "../frame/frame.ts";

const REPLACED: ReadonlySet<string> = new Set(["abstract", "pick"]);

/** Every node whose small changes change a value: steps such as comparisons and the place of the largest have no slope. */
export function withSlope(...values: readonly Node[]): ReadonlySet<Node> {
  return reachedFrom(values, slopedInputs);
}

const inputsOfScans = new WeakMap<Node, readonly Node[]>();

/** The inputs of a node whose small changes change it. */
export function slopedInputs(node: Node): readonly Node[] {
  const { gradient, lowering } = opOf(node.op);
  if (lowering.class === "scan") {
    const known = inputsOfScans.get(node);
    if (known) return known;
    const { body } = scanOf(node);
    const inner = withSlope(...body.results);
    const inputs = node.inputs.filter((_, i) => body.parameters.some((p, k) => k === i && inner.has(p)));
    inputsOfScans.set(node, inputs);
    return inputs;
  }
  // An op that a pass replaces has the slope of its replacement.
  return gradient !== "none" || REPLACED.has(lowering.class) ? node.inputs : [];
}

/** Warns of a loss that counts twice. */
export const lossTwice = (first: Span): Warning => ({
  code: "train/loss-twice",
  message: "this loss is the same as one above it, so it counts twice",
  hint: "leave it out; a larger share is written `loss 2 * ...`",
  related: [{ span: first, text: "the first of them" }],
});

/** Warns of a loss in which no weight has a slope. */
export const flatLoss = (loss: Node): Warning => ({
  code: "train/flat-loss",
  message: "this loss changes in jumps or not at all when weights change a little, so it trains nothing",
  hint: topological([loss]).some((n) => opOf(n.op).lowering.class === "same" && opOf(n.op).gradient === "none")
    ? "`stop` keeps every weight from the loss: leave it out on the way from the model to the loss"
    : "counting, comparing and `argmax` have no slope: train by `cross_entropy(...)` or `mse(...)`, and report this as a `metric`",
});
