// The means in a metric. What stands for each while the metric is made keeps constants around it from becoming a part of it, as in
// `exp(2 * mean(x))`: the mean would not be found again. Nor would the mean of one number, which is that number.
// Invariant: what stands for a mean has its shape, and differs from example to example as it may.

import { make } from "../../graph/build.ts";
import { lengthsOf } from "../../graph/lengths.ts";
import type { Node } from "../../graph/node.ts";
import { rewrite } from "../../passes/rewrite.ts";
import type { Context, Means } from "./frame.ts";

/** Notes a mean, and gives what stands for it where this is a metric. */
export function noteMean({ means, metric }: Pick<Context, "means" | "metric">, mean: Node): Node {
  const whole = metric ? withMeans(mean, means) : mean;
  // Where sequences differ in length, the mean at each step has to know its own.
  if (!metric || lengthsOf(whole)) {
    const noted = make("anchor", [whole]);
    means.named.add(noted);
    return noted;
  }
  const { standIns } = means;
  const known = [...standIns].find(([, of]) => of === whole)?.[0];
  const type = { shape: whole.shape, dtype: "f32" };
  const made = { name: `|mean${standIns.size + 1}`, type, role: "field", batched: true };
  const standIn = known ?? make("parameter", [], made);
  standIns.set(standIn, whole);
  return standIn;
}

/** The means themselves in the place of what stands for them. */
export const withMeans = (node: Node, means: Means): Node => allWithMeans([node], means)[0]!;

export function allWithMeans(nodes: readonly Node[], { standIns }: Means): readonly Node[] {
  return standIns.size === 0 ? nodes : rewrite(nodes, (n) => standIns.get(n));
}
