// Which nodes are gradients that are still to be written out, and which are worked out from one.

import { scanOf } from "../graph/build.ts";
import type { Node } from "../graph/node.ts";
import { remembered } from "../graph/node.ts";
import { isScan } from "./bodies.ts";

export const isGradient = (node: Node): boolean => node.op === "gradient";

const knownToNeed = new WeakMap<Node, boolean>();

/** Whether a node is a gradient or worked out from one, also in the body of a loop. */
export const needsGradient = (node: Node): boolean =>
  remembered(knownToNeed, node, (n) => isGradient(n) || hasInBody(n) || n.inputs.some(needsGradient));

/** Whether a node is a loop with gradients in its body. */
export const hasInBody = (node: Node): boolean => isScan(node) && scanOf(node).body.results.some(needsGradient);

/** Whether some of these nodes are gradients, or loops with gradients in their bodies. */
export const hasGradients = (nodes: readonly Node[]): boolean => nodes.some((n) => isGradient(n) || hasInBody(n));
