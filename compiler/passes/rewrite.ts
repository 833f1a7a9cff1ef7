// Rebuilding a graph bottom-up: `change` sees each node with its new inputs and gives the node that stands for it.

import { lookUp } from "../arithmetic/lookup.ts";
import { make } from "../graph/build.ts";
import { at } from "../graph/construct.ts";
import type { Node } from "../graph/node.ts";
import { topological } from "../graph/node.ts";

export type Change = (node: Node, inputs: readonly Node[]) => Node | undefined;

/** The nodes that stand for the results, in their order. */
export function rewrite<const T extends readonly Node[]>(
  results: T,
  change: Change,
): { -readonly [K in keyof T]: Node } {
  const done = new Map<Node, Node>();
  for (const node of topological(results)) {
    const inputs = node.inputs.map((i) => lookUp(done, i));
    const made = at(node.span, () => change(node, inputs));
    done.set(node, made ?? remake(node, inputs));
  }
  return results.map((r) => lookUp(done, r)) as { -readonly [K in keyof T]: Node };
}

/** The same op on new inputs; the node itself where nothing changed. */
export function remake(node: Node, inputs: readonly Node[]): Node {
  if (inputs.every((x, i) => x === node.inputs[i])) return node;
  return at(node.span, () => make(node.op, inputs, node.attributes));
}
