// hoist: what does not belong to the recurrence leaves the loop. Products of the inputs alone are taken for all steps
// before it; what no state depends on (outputs, input and weight gradients, sums of shifts) is taken for all steps after it.
//
//   scan(h; x) { h = tanh(contract(x, u) + contract(h, w)) }
//   scan(h; p) { h = tanh(p + contract(h, w)) } with p = contract(xs, u)

import { itemAt, zip } from "../arithmetic/lists.ts";
import { lookUp } from "../arithmetic/lookup.ts";
import { make, type ScanAttributes, scanOf } from "../graph/build.ts";
import type { Graph, Node } from "../graph/node.ts";
import { operand, topological } from "../graph/node.ts";
import type { Lifted } from "../graph/op.ts";
import { opOf } from "../graph/table.ts";
import { isBatched } from "./batch.ts";
import { isScan } from "./bodies.ts";
import { liftAll } from "./lift.ts";
import { rewrite } from "./rewrite.ts";

export function hoist(results: readonly Node[]): Node[] {
  const made = new Map<Node, (index: number) => Node>();
  return rewrite(results, (node, inputs) => {
    if (isScan(node)) {
      const again = make("scan", inputs, node.attributes);
      made.set(again, hoistScan(again));
      return again;
    }
    const [of] = inputs;
    const pickFrom = of && opOf(node.op).lowering.class === "pick" ? made.get(of) : undefined;
    return pickFrom?.(node.attributes.index as number);
  });
}

interface Body {
  readonly stateful: ReadonlySet<Node>;
  readonly timed: ReadonlySet<Node>;
  readonly feeding: ReadonlySet<Node>;
}

const classOf = (n: Node): string => opOf(n.op).lowering.class;
const isHeavy = (n: Node): boolean => ["contract", "reduce", "scan", "abstract"].includes(classOf(n));

/** Gives, for the index of a result, the node that stands for it. */
function hoistScan(node: Node): (index: number) => Node {
  const attributes = scanOf(node);
  const { body, states, sequences, length } = attributes;
  const facts = analyse(body, states, sequences);
  const order = topological(body.results);
  const late = lateNodes(order, body, states, facts);
  const outer = new Map<Node, Lifted>();
  body.parameters.forEach((p, i) => {
    if (i >= states) outer.set(p, { node: operand(node, i), lifted: i < states + sequences });
  });
  const early = frontier(order, facts, late, body.results);
  liftAll([...early.before, ...early.fixed], length, outer);
  const boundary = boundaryOf(order, late, facts, body.parameters.slice(0, states));
  const kept = body.results.filter((r, i) => i < states || !late.has(r));
  const results = [...kept, ...boundary.filter((b) => !kept.includes(b, states))];
  const inner = buildScan(node, attributes, results, early, outer);
  const placeOf = (r: Node): Node => make("pick", [inner], { index: results.indexOf(r, states) });
  for (const b of boundary) outer.set(b, { node: placeOf(b), lifted: true });
  return (index) => {
    const r = itemAt(body.results, index);
    if (index < states) return make("pick", [inner], { index });
    if (!late.has(r)) return placeOf(r);
    liftAll([r], length, outer);
    const lifted = lookUp(outer, r);
    return lifted.lifted ? lifted.node : make("broadcast", [lifted.node], { shape: [length, ...lifted.node.shape] });
  };
}

function analyse(body: Graph, states: number, sequences: number): Body {
  const order = topological(body.results);
  const spread = (from: readonly Node[]): Set<Node> => {
    const set = new Set(from);
    for (const n of order) if (n.inputs.some((i) => set.has(i))) set.add(n);
    return set;
  };
  const feeding = new Set(topological(body.results.slice(0, states)));
  return {
    stateful: spread(body.parameters.slice(0, states)),
    timed: spread(body.parameters.slice(states, states + sequences)),
    feeding,
  };
}

/** Nodes that no state needs and that are heavy, or come after what is. */
function lateNodes(order: readonly Node[], body: Graph, states: number, facts: Body): ReadonlySet<Node> {
  const late = new Set<Node>();
  const newStates = new Set(body.results.slice(0, states));
  for (const n of order) {
    if (facts.feeding.has(n) || newStates.has(n)) continue;
    if (isHeavy(n) || n.inputs.some((i) => late.has(i))) late.add(n);
  }
  return late;
}

interface Frontier {
  /** Values of a step that need no state, computed for all steps at once: they become sequences. */
  readonly before: readonly Node[];
  /** Values that no step changes: they become constants. */
  readonly fixed: readonly Node[];
}

function frontier(order: readonly Node[], facts: Body, late: ReadonlySet<Node>, results: readonly Node[]): Frontier {
  const before = new Set<Node>();
  const fixed = new Set<Node>();
  const wanted = (n: Node): void => {
    if (facts.stateful.has(n) || late.has(n) || n.inputs.length === 0) return;
    if (!facts.timed.has(n)) fixed.add(n);
    else if (isHeavy(n)) before.add(n);
    else n.inputs.forEach(wanted);
  };
  for (const n of order) if (!late.has(n) && facts.stateful.has(n)) n.inputs.forEach(wanted);
  for (const r of results) if (!late.has(r)) wanted(r);
  return { before: [...before], fixed: [...fixed] };
}

/** Values that late nodes read and only the loop knows. */
function boundaryOf(order: readonly Node[], late: ReadonlySet<Node>, facts: Body, states: readonly Node[]): Node[] {
  const found = new Set<Node>();
  for (const n of order) {
    if (!late.has(n)) continue;
    for (const i of n.inputs) if (!late.has(i) && (facts.stateful.has(i) || states.includes(i))) found.add(i);
  }
  return [...found];
}

function buildScan(
  node: Node,
  attributes: ScanAttributes,
  results: readonly Node[],
  early: Frontier,
  outer: ReadonlyMap<Node, Lifted>,
): Node {
  const { body, states, sequences, length, reverse } = attributes;
  const leaf = (n: Node, i: number): Node =>
    make("parameter", [], {
      name: `hoisted${i}@${node.id}`,
      type: { shape: n.shape, dtype: n.dtype },
      role: "local",
      batched: isBatched(n),
    });
  const beforeLeaves = early.before.map(leaf);
  const fixedLeaves = early.fixed.map((n, i) => leaf(n, i + early.before.length));
  const swap = new Map(zip([...early.before, ...early.fixed], [...beforeLeaves, ...fixedLeaves]));
  const inner = rewrite(results, (n) => swap.get(n));
  const used = new Set(topological(inner));
  const rows = <T>(list: readonly T[], leaves: readonly Node[]): readonly (readonly [Node, T])[] =>
    zip(leaves, list).filter(([l]) => used.has(l));
  const sequenceRows = [
    ...rows(node.inputs.slice(states, states + sequences), body.parameters.slice(states, states + sequences)),
    ...rows(
      early.before.map((n) => lookUp(outer, n).node),
      beforeLeaves,
    ),
  ];
  const constantRows = [
    ...rows(node.inputs.slice(states + sequences), body.parameters.slice(states + sequences)),
    ...rows(
      early.fixed.map((n) => lookUp(outer, n).node),
      fixedLeaves,
    ),
  ];
  const graph: Graph = {
    kind: "graph",
    parameters: [...body.parameters.slice(0, states), ...sequenceRows.map(([l]) => l), ...constantRows.map(([l]) => l)],
    results: inner,
  };
  return make(
    "scan",
    [...node.inputs.slice(0, states), ...sequenceRows.map(([, x]) => x), ...constantRows.map(([, x]) => x)],
    {
      body: graph,
      states,
      sequences: sequenceRows.length,
      length,
      reverse,
      timeAxes: new Array<number>(sequenceRows.length + results.length - states).fill(0),
    },
  );
}
