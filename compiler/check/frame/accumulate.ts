// States that grow by a little with every batch: counters, and sums and means over many batches. A number of 24 bits takes in
// nothing that is less than its last bit (a counter stands still at 2^24), so what rounding leaves over is kept in a state
// beside it and added with the next amount (Kahan, "Further remarks on reducing truncation errors", 1965).

import { add, make, sub } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";

/** A state and its new value. */
export interface Moved {
  readonly leaf: Node;
  readonly path: string;
  readonly node: Node;
}

/** The state that keeps what rounding leaves over of another. */
export const restName = (of: string): string => `${of}~rest`;

/** The state with `amount` added, and the state of what is left over. */
export function accumulate(leaf: Node, amount: Node): { readonly total: Moved; readonly rest: Moved } {
  const path = leaf.attributes.name as string;
  const left = stateLeaf(restName(path), leaf.shape);
  const whole = add(amount, left);
  const node = add(leaf, whole);
  return {
    total: { leaf, path, node },
    rest: { leaf: left, path: restName(path), node: sub(whole, sub(node, leaf)) },
  };
}

export function stateLeaf(name: string, shape: Node["shape"]): Node {
  return make("parameter", [], { name, type: { shape, dtype: "f32" }, role: "state", batched: false });
}
