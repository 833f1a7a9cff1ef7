// lengths: what the checker notes of sequences that differ in length becomes comparisons and choices. Behind it no axis has a
// length: what lies past an end is read by nothing.
//
//   x = ragged(field, n); y = sum(masked(x, n))        y = sum(select(index < n, field, 0))

import type { Node } from "../graph/node.ts";
import { opOf } from "../graph/table.ts";
import { inBodies } from "./bodies.ts";
import { rewrite } from "./rewrite.ts";

export function lengths(results: readonly Node[]): Node[] {
  const plain = rewrite(results, (n, inputs) => opOf(n.op).plain?.(inputs, n.attributes));
  return inBodies(plain, lengths);
}
