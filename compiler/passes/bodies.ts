// Applying a rewriting to a graph and to the bodies of its scans.

import { make, scanOf } from "../graph/build.ts";
import type { Graph, Node } from "../graph/node.ts";
import { opOf } from "../graph/table.ts";
import { rewrite } from "./rewrite.ts";

export const isScan = (node: Node): boolean => opOf(node.op).lowering.class === "scan";

/** Every scan with a changed body; results and parameters keep their places. */
export function inBodies(
  results: readonly Node[],
  change: (results: readonly Node[], body: Graph) => readonly Node[],
): Node[] {
  return rewrite(results, (node, inputs) => {
    if (!isScan(node)) return undefined;
    const attributes = scanOf(node);
    const changed = change(attributes.body.results, attributes.body);
    const body: Graph = { kind: "graph", parameters: attributes.body.parameters, results: changed };
    return make("scan", inputs, { ...node.attributes, body });
  });
}
