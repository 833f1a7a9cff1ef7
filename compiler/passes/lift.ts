// Vectorising over one more leading axis: the batch (pass `batch`) or time (pass `hoist`). Each op says how it acts
// under it; scans lift their bodies.

import type { Dim } from "../arithmetic/dim.ts";
import { itemAt, zip } from "../arithmetic/lists.ts";
import { lookUp } from "../arithmetic/lookup.ts";
import { broadcast, make, scanOf } from "../graph/build.ts";
import { at } from "../graph/construct.ts";
import type { Graph, Node } from "../graph/node.ts";
import { topological } from "../graph/node.ts";
import type { Lifted } from "../graph/op.ts";
import { opOf } from "../graph/table.ts";

/** Extends `known` (leaves and what the caller decided) to every node that the results need. */
export function liftAll(
  results: readonly Node[],
  extent: Dim,
  known: Map<Node, Lifted>,
  special: (node: Node, inputs: readonly Lifted[]) => Lifted | undefined = () => undefined,
): Map<Node, Lifted> {
  for (const node of topologicalUntil(results, known)) {
    const inputs = node.inputs.map((i) => lookUp(known, i));
    known.set(
      node,
      at(node.span, () => special(node, inputs) ?? liftOne(node, inputs, extent, special)),
    );
  }
  return known;
}

/** As `topological`, not going below nodes whose value is known. */
function topologicalUntil(results: readonly Node[], known: ReadonlyMap<Node, Lifted>): Node[] {
  const needed = new Set<Node>();
  const stack = results.filter((r) => !known.has(r));
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (needed.has(node)) continue;
    needed.add(node);
    stack.push(...node.inputs.filter((i) => !known.has(i)));
  }
  return topological(results).filter((n) => needed.has(n));
}

function liftOne(
  node: Node,
  inputs: readonly Lifted[],
  extent: Dim,
  special: (node: Node, inputs: readonly Lifted[]) => Lifted | undefined,
): Lifted {
  const nodes = inputs.map((i) => i.node);
  if (!inputs.some((i) => i.lifted)) {
    if (opOf(node.op).lowering.class === "scan") return liftOwnBody(node, inputs, extent, special);
    const same = nodes.every((n, i) => n === node.inputs[i]);
    return { node: same ? node : make(node.op, nodes, node.attributes), lifted: false };
  }
  const kind = opOf(node.op).lowering.class;
  if (kind === "pick") return liftPick(node, itemAt(nodes, 0));
  if (kind === "scan") return { node: liftScan(node, inputs, extent, special), lifted: true };
  return { node: liftedNode(node, inputs, extent), lifted: true };
}

/** One node under the new axis, as its op says. */
export function liftedNode(node: Node, inputs: readonly Lifted[], extent: Dim): Node {
  const { lift } = opOf(node.op);
  if (lift) return lift(node, inputs, extent, 0);
  return make(
    node.op,
    inputs.map((i) => i.node),
    node.attributes,
  );
}

const liftedResults = new WeakMap<Node, readonly boolean[]>();

function liftPick(node: Node, scan: Node): Lifted {
  const lifted = liftedResults.get(scan)?.[node.attributes.index as number] ?? true;
  return { node: make("pick", [scan], node.attributes), lifted };
}

/** A scan whose inputs are as they were: its body may hold what the caller replaces, or what differs along the new axis by itself. */
function liftOwnBody(
  node: Node,
  inputs: readonly Lifted[],
  extent: Dim,
  special: (node: Node, inputs: readonly Lifted[]) => Lifted | undefined,
): Lifted {
  const { body } = scanOf(node);
  const known = new Map<Node, Lifted>(body.parameters.map((p) => [p, { node: p, lifted: false }]));
  const results = body.results.map((r) => lookUp(liftAll([r], extent, known, special), r));
  if (results.some((r) => r.lifted)) return { node: liftScan(node, inputs, extent, special), lifted: true };
  const graph: Graph = { kind: "graph", parameters: body.parameters, results: results.map((r) => r.node) };
  const made = inputs.map((i) => i.node);
  return { node: make("scan", made, { ...node.attributes, body: graph }), lifted: false };
}

/** All states of a lifted scan are lifted, stacked results where they depend on what is; time moves behind the new axis. */
function liftScan(
  node: Node,
  inputs: readonly Lifted[],
  extent: Dim,
  special: (node: Node, inputs: readonly Lifted[]) => Lifted | undefined,
): Node {
  const attributes = scanOf(node);
  const { body, states, sequences, timeAxes } = attributes;
  const known = new Map<Node, Lifted>();
  const parameters = zip(body.parameters, inputs).map(([p, input], i) => {
    const lifted = i < states || input.lifted;
    const leaf = lifted ? liftedLeaf(p, extent) : p;
    known.set(p, { node: leaf, lifted });
    return leaf;
  });
  liftAll(body.results, extent, known, special);
  const results = body.results.map((r, i) => (i < states ? asLifted(lookUp(known, r), extent) : lookUp(known, r).node));
  const lifted = body.results.map((r, i) => i < states || lookUp(known, r).lifted);
  const graph: Graph = { kind: "graph", parameters, results };
  const made = make(
    "scan",
    inputs.map((x, i) => (i < states ? asLifted(x, extent) : x.node)),
    {
      ...node.attributes,
      body: graph,
      timeAxes: timeAxes.map(
        (axis, i) => axis + Number(i < sequences ? itemAt(inputs, states + i).lifted : lifted[states + i - sequences]),
      ),
    },
  );
  liftedResults.set(made, lifted);
  return made;
}

export function liftedLeaf(leaf: Node, extent: Dim): Node {
  const type = leaf.attributes.type as { shape: readonly Dim[]; dtype: "f32" | "i32" };
  return make("parameter", [], { ...leaf.attributes, type: { shape: [extent, ...type.shape], dtype: type.dtype } });
}

function asLifted(x: Lifted, extent: Dim): Node {
  return x.lifted ? x.node : broadcast(x.node, [extent, ...x.node.shape]);
}
