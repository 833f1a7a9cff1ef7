// Central differences: values for the leaves of a graph, a number that no two errors cancel in, and the quotient.

import type { Node } from "../../../compiler/graph/node.ts";
import { topological } from "../../../compiler/graph/node.ts";
import { type Tensor, tensor } from "../../../compiler/graph/tensor.ts";
import { Random } from "../../../runtime/data/random.ts";

/** Numbers by position, so that no two errors cancel in the sum. */
export const WEIGHED = `fn weighed(y) {
  k = 1
  for a in 0..rank(y) { k = k + (0.7 + a) * index(y, a) }
  sum(y * sin(k))
}`;

/** Values of learned tensors, states and fields, the same for leaves of one name. */
export function drawLeaves(nodes: readonly Node[], batch: number): Map<Node, Tensor> {
  const random = new Random(11);
  const leaves = topological(nodes).filter((n) => n.op === "parameter" && n.attributes.role !== "local");
  const byName = new Map<string, Tensor>();
  return new Map(
    leaves.map((leaf) => {
      const name = leaf.attributes.name as string;
      const value = byName.get(name) ?? tensor(leaf.shape.map((d) => (typeof d === "number" ? d : batch)));
      if (!byName.has(name))
        for (let i = 0; i < value.data.length; i++) {
          const draw = random.uniform(-1, 1);
          value.data[i] = Math.fround(leaf.attributes.role === "state" ? 0.5 + Math.abs(draw) : draw);
        }
      byName.set(name, value);
      return [leaf, value] as const;
    }),
  );
}

/** The derivative by one element; undefined at a kink or jump. */
export function derivative(data: Float64Array, e: number, at: () => number): number | undefined {
  const middle = data[e]!;
  const value = (v: number): number => {
    data[e] = v;
    const found = at();
    data[e] = middle;
    return found;
  };
  const [wide, narrow] = [2e-5, 1e-5].map((h) => (value(middle + h) - value(middle - h)) / (2 * h)) as [number, number];
  return Math.abs(wide - narrow) < 1e-5 * (1 + Math.abs(narrow)) ? narrow : undefined;
}
