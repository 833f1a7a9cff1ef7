// split: in the body of a scan, a contraction over a concatenation becomes a sum of contractions, so that the part that
// does not depend on the state can leave the loop.
//
//   contract(concat(x, h), w)        contract(x, w[0:k]) + contract(h, w[k:])

import type { Dim } from "../arithmetic/dim.ts";
import { addDims } from "../arithmetic/dim.ts";
import { itemAt } from "../arithmetic/lists.ts";
import type { ContractAttributes } from "../graph/build.ts";
import { add, contract, slice } from "../graph/build.ts";
import type { Node } from "../graph/node.ts";
import { sizeAlong } from "../graph/node.ts";
import { plainAxis } from "../graph/op.ts";
import { opOf } from "../graph/table.ts";
import { inBodies } from "./bodies.ts";
import { rewrite } from "./rewrite.ts";

export function split(results: readonly Node[]): Node[] {
  return inBodies(results, (body) => rewrite(body, splitOne));
}

function splitOne(node: Node, inputs: readonly Node[]): Node | undefined {
  const { lowering } = opOf(node.op);
  if (lowering.class !== "contract") return undefined;
  const space = lowering.space(node);
  const [a, b] = inputs as [Node, Node];
  const joined = joinedAxis(a);
  if (joined === undefined) return undefined;
  const name = plainAxis(itemAt(space.a, joined));
  const other = space.b.findIndex((i) => plainAxis(i) === name);
  if (name === undefined || space.out.includes(name) || other < 0) return undefined;
  let start: Dim = 0;
  const parts = a.inputs.map((part) => {
    const size = sizeAlong(part, joined);
    const cut = slice(b, other - b.shape.length, start, size);
    start = addDims(start, size);
    const axes = space.axes.map(([n, d]) => [n, n === name ? size : d] as const);
    return contract(part, cut, { ...space, axes } satisfies ContractAttributes);
  });
  return parts.reduce((x, y) => add(x, y));
}

/** The axis along which a node is a concatenation. */
function joinedAxis(node: Node): number | undefined {
  const { lowering } = opOf(node.op);
  if (lowering.class !== "view") return undefined;
  const view = lowering.index(node);
  return view.kind === "concat" ? node.shape.length + view.axis : undefined;
}
