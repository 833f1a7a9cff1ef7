// Central differences: values for the leaves of a graph, a number that no two errors cancel in, and the quotient.

import { itemAt, zip } from "../../../compiler/arithmetic/lists.ts";
import type { Node } from "../../../compiler/graph/node.ts";
import { topological } from "../../../compiler/graph/node.ts";
import { interpret } from "../../../compiler/graph/reference.ts";
import { scalarOf, type Tensor, tensor } from "../../../compiler/graph/tensor.ts";
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

/** The number `result` at what `moving` holds at each call: what does not depend on it is computed once. */
export function numberBy(result: Node, leaves: ReadonlyMap<Node, Tensor>, moving: Tensor, batch: number): () => number {
  const moved = new Set<Node>();
  const fixed: Node[] = [];
  for (const node of topological([result])) {
    if (leaves.get(node) === moving || node.inputs.some((input) => moved.has(input))) moved.add(node);
    else if (!leaves.has(node)) fixed.push(node);
  }
  const values = interpret(fixed, leaves, batch);
  const known = new Map([...leaves, ...zip(fixed, values)]);
  return () => scalarOf(itemAt(interpret([result], known, batch), 0));
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
