// batch: one example's program becomes the batch's. Fields, per-example draws and all that depends on them get a leading
// axis of the batch; `over_batch` becomes a reduction of that axis, and what `all_examples` puts side by side are its rows.
//
//   x: [784]                    x: [batch, 784]
//   y = contract(x, w): [10]    y = contract(x, w): [batch, 10]

import { BATCH } from "../arithmetic/dim.ts";
import { itemAt } from "../arithmetic/lists.ts";
import { lookUp } from "../arithmetic/lookup.ts";
import { broadcast, extentOf, make, mul, scanOf } from "../graph/build.ts";
import type { Node } from "../graph/node.ts";
import { operand, remembered } from "../graph/node.ts";
import type { Lifted } from "../graph/op.ts";
import { liftAll, liftedLeaf, liftedNode } from "./lift.ts";

export function batch(results: readonly Node[]): Node[] {
  const known = liftAll(results, BATCH, new Map(), special);
  return results.map((r) => lookUp(known, r).node);
}

function special(node: Node, inputs: readonly Lifted[]): Lifted | undefined {
  if (node.op === "parameter" && node.attributes.batched === true)
    return { node: liftedLeaf(node, BATCH), lifted: true };
  if (node.op === "random" && node.attributes.example === true) {
    const drawn = make("random", [], { ...node.attributes, example: false });
    return { node: liftedNode(drawn, inputs, BATCH), lifted: true };
  }
  if (node.op === "all_examples") return { node: everyRow(itemAt(inputs, 0)), lifted: false };
  if (node.op === "own_example") return { node: itemAt(inputs, 0).node, lifted: true };
  if (node.op !== "over_batch") return undefined;
  const [x] = inputs as [Lifted];
  const combine = node.attributes.combine as "sum" | "max";
  if (!x.lifted) return { node: combine === "sum" ? mul(x.node, extentOf(BATCH)) : x.node, lifted: false };
  const op = combine === "sum" ? "sum" : "reduce_max";
  return { node: make(op, [x.node], { axes: [-x.node.shape.length] }), lifted: false };
}

/** The rows of all examples as one value. */
const everyRow = ({ node, lifted }: Lifted): Node => (lifted ? node : broadcast(node, [BATCH, ...node.shape]));

/** Whether a value of one example is made from others of its batch. */
export const mixesExamples = ({ op }: Node): boolean => op === "over_batch" || op === "all_examples";

const memo = new WeakMap<Node, boolean>();

/** Whether a node of a one-example graph differs from example to example. */
export function isBatched(node: Node): boolean {
  return remembered(memo, node, decideBatched);
}

function decideBatched(node: Node): boolean {
  return node.op === "parameter"
    ? node.attributes.batched === true
    : node.op === "random"
      ? node.attributes.example === true || node.inputs.some(isBatched)
      : node.op === "pick"
        ? isBatchedPick(node)
        : node.op === "own_example" || (!mixesExamples(node) && (node.inputs.some(isBatched) || hasBatchedBody(node)));
}

function isBatchedPick(node: Node): boolean {
  const scan = operand(node);
  const { body, states } = scanOf(scan);
  const index = node.attributes.index as number;
  return isBatched(scan) && (index < states || isBatched(itemAt(body.results, index)));
}

function hasBatchedBody(node: Node): boolean {
  const body = node.attributes.body as { parameters: readonly Node[]; results: readonly Node[] } | undefined;
  return body?.results.some(isBatched) ?? false;
}
