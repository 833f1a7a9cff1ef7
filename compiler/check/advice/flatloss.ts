// Losses without a slope, which train nothing. In: a loss. Out: the values whose small changes change it, and the warning.

import type { Node } from "../../graph/node.ts";
import { opOf } from "../../graph/table.ts";
import type { Warning } from "../values/frame.ts";

const REPLACED: ReadonlySet<string> = new Set(["abstract", "scan", "pick"]);

/** Every node whose small changes change a value: steps such as comparisons and the place of the largest have no slope. */
export function withSlope(value: Node): ReadonlySet<Node> {
  const seen = new Set<Node>();
  const waiting = [value];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    const { gradient, lowering } = opOf(node.op);
    // What a pass replaces has its slope from what takes its place.
    if (gradient !== "none" || REPLACED.has(lowering.class)) waiting.push(...node.inputs);
  }
  return seen;
}

export const flatLoss = (): Warning => ({
  code: "train/flat-loss",
  message: "this loss changes in jumps or not at all when weights change a little, so it trains nothing",
  hint: "counting, comparing and `argmax` have no slope: train by `cross_entropy(...)` or `mse(...)`, and report this as a `metric`",
});
