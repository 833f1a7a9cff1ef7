// Checks the invariants of graphs between passes: an op for every node, a type that the op's rule gives, no leaf of a body
// outside it. A pass that breaks this is a bug of the compiler, found where it happens and not three stages later.

import { showShape } from "../arithmetic/dim.ts";
import type { Node } from "./node.ts";
import { isGraph, topological } from "./node.ts";
import { opOf } from "./table.ts";

/** Names the first node that is wrong. */
export class GraphFault extends Error {}

/** GraphFault where a node contradicts its op's record. `locals` are the leaves that a body may read. */
export function verify(results: readonly Node[], locals: ReadonlySet<Node> = new Set()): void {
  for (const node of topological(results)) {
    verifyType(node);
    const body = Object.values(node.attributes).find(isGraph);
    if (body) verify(body.results, new Set([...locals, ...body.parameters]));
    if (node.op === "parameter" && node.attributes.role === "local" && !locals.has(node))
      throw new GraphFault(`${String(node.attributes.name)} is read outside the body that it belongs to`);
  }
}

function verifyType(node: Node): void {
  const type = opOf(node.op).type(node.inputs, node.attributes);
  const same = type.dtype === node.dtype && showShape(type.shape) === showShape(node.shape);
  if (!same)
    throw new GraphFault(
      `${node.op} is ${node.dtype} ${showShape(node.shape)}, and its rule gives ${type.dtype} ${showShape(type.shape)}`,
    );
}
