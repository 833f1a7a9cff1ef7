// Metrics whose means go over the whole epoch before anything else is done with them: a ratio of means is the epoch's, not
// the mean of the batches' ratios. In: a metric as a node of one example. Out: the same figure of running means, which are
// states that every batch moves. What the last batch of an epoch gives is then the epoch's figure.
// Invariant: above its means such a metric depends on nothing that differs from batch to batch.

import { BATCH } from "../../arithmetic/dim.ts";
import { div, extentOf, make, mul, sub } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import { topological } from "../../graph/node.ts";
import { isBatched, mixesExamples } from "../../passes/batch.ts";
import { rewrite } from "../../passes/rewrite.ts";
import { accumulate, stateLeaf } from "../frame/accumulate.ts";
import type { Means } from "../frame/frame.ts";

/** A running mean, or the rows it is of: a state and what the batch makes of it. */
export interface RunningState {
  readonly path: string;
  readonly node: Node;
}

export interface RunningFigure {
  readonly figure: Node;
  readonly states: readonly RunningState[];
}

/** Undefined where the metric is a plain mean, or no function of means alone. */
export function overEpoch(metric: Node, means: Means, path: string): RunningFigure | undefined {
  const meanOf = (n: Node): Node | undefined => means.standIns.get(n) ?? (means.named.has(n) ? n : undefined);
  if (meanOf(metric)) return undefined;
  const found = new Map<Node, Node>();
  const [above] = rewrite([metric], (n) => {
    const mean = meanOf(n);
    if (!mean) return undefined;
    const leaf = found.get(mean) ?? stateLeaf(`${path}~mean${found.size + 1}`, n.shape);
    found.set(mean, leaf);
    return leaf;
  });
  const leaves = new Set([...found.values()]);
  const parts = topological([above]);
  const used = parts.filter((n) => leaves.has(n));
  if (used.length === 0 || isBatched(above) || parts.some(mixesExamples)) return undefined;
  const rows = accumulate(stateLeaf(`${path}~rows`, []), extentOf(BATCH));
  const share = div(extentOf(BATCH), rows.total.node);
  const moved = new Map<Node, ReturnType<typeof accumulate>>();
  for (const [mean, leaf] of found)
    if (used.includes(leaf)) moved.set(leaf, accumulate(leaf, mul(sub(ofBatch(mean), leaf), share)));
  const [figure] = rewrite([above], (n) => moved.get(n)?.total.node);
  const states = [...moved.values(), rows].flatMap(({ total, rest }) => [total, rest]);
  return { figure, states };
}

/** A mean over the examples of the batch as well. */
const ofBatch = (mean: Node): Node =>
  isBatched(mean) ? div(make("over_batch", [mean], { combine: "sum" }), extentOf(BATCH)) : mean;
