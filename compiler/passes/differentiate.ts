// differentiate: replaces every `gradient(y, x)` by reverse-mode derivatives, on one example's graph, those within others first.
// Contributions of examples to a value that all examples share are summed over the batch, unless y is one for each example: then
// so is the derivative.
//
//   y = mul(x, w); loss = over_batch(y)        gradient(loss, w) = over_batch(x)        gradient(y, w) = x

import type { Dim } from "../arithmetic/dim.ts";
import { BATCH } from "../arithmetic/dim.ts";
import { itemAt, zip } from "../arithmetic/lists.ts";
import {
  add,
  broadcast,
  clipByGlobalNorm,
  constant,
  div,
  equal,
  extentOf,
  make,
  mul,
  scan,
  scanOf,
  sum,
} from "../graph/build.ts";
import { at } from "../graph/construct.ts";
import type { Graph, Node } from "../graph/node.ts";
import { earliestOf, operand, topological } from "../graph/node.ts";
import { opOf } from "../graph/table.ts";
import { isBatched } from "./batch.ts";
import { inBodies } from "./bodies.ts";
import { hasInBody, isGradient } from "./gradientnodes.ts";
import { type Part, Reach, withReach } from "./reach.ts";
import { rewrite } from "./rewrite.ts";
import { extendScan, type Saved, savedFor } from "./saved.ts";

export function differentiate(results: readonly Node[]): Node[] {
  return withoutBarriers(takeGradients(results, false));
}

/** Counts nodes that are gone over, before they are; it may refuse to go on. */
export type Count = (nodes: number) => void;

/** Nodes that could be gone over in the time that the derivative of one takes. */
const DERIVED = 150;

/**
 * Replaces every gradient by its derivative. `again`: keeps `stop` and the placeholders that a higher order needs.
 * Each order of derivatives has several times the nodes of the one below; `count` receives how many were visited.
 */
export function takeGradients(results: readonly Node[], again = true, count: Count = () => undefined): Node[] {
  let current = hasInBodies(results) ? inBodies(results, (inner) => takeGradients(inner, true, count)) : [...results];
  for (;;) {
    const order = topological(current);
    count(order.length);
    const wanted = order.find(isGradient);
    if (!wanted) return current;
    const isLast = !again && !order.some(isGradientOf(wanted));
    current = takeTogether(current, wanted, isLast, count);
  }
}

/** Whether a node is a gradient that is worked out from this one: asked of all nodes in turn, inputs before users. */
function isGradientOf(wanted: Node): (node: Node) => boolean {
  const from = new Set([wanted]);
  return (node) => {
    if (!node.inputs.some((i) => from.has(i))) return false;
    from.add(node);
    return isGradient(node);
  };
}

/** Gradients by what belongs to a step of a loop are taken within its body, before any that passes through the loop. */
const hasInBodies = (results: readonly Node[]): boolean => topological(results).some(hasInBody);

/** Replaces stopped gradients by their values, once gradients are taken: equal nodes become one again. Classes stay classes. */
function withoutBarriers(results: readonly Node[]): Node[] {
  return rewrite(results, (n, [x]) => (opOf(n.op).lowering.class === "same" && x?.dtype === n.dtype ? x : undefined));
}

/** Where a gradient is taken: a learned tensor as it is, or moved. */
const pointOf = (gradient: Node): Node => gradient.inputs[2] ?? operand(gradient, 1);

/** Whether a derivative by what all examples share is one for each example, as what it is of. */
const isForEach = ({ inputs: [y, x] }: Node): boolean =>
  y !== undefined && x !== undefined && isBatched(y) && !isBatched(x);

/** All gradients of one value that one place of the program asks for are taken in one sweep, with every tensor at its point. */
function takeTogether(results: Node[], first: Node, isLast: boolean, count: Count): Node[] {
  const [loss, , , limit] = first.inputs as [Node, Node, Node?, Node?];
  const forEach = isForEach(first);
  const group = topological(results).filter(
    (n) =>
      isGradient(n) &&
      n.inputs[0] === loss &&
      n.inputs[3] === limit &&
      n.attributes.place === first.attributes.place &&
      isForEach(n) === forEach,
  );
  const points = new Map(group.map((n) => [operand(n, 1), pointOf(n)]));
  const [there] = rewrite([loss], (n) => points.get(n));
  const scans = new Map<Node, Node>();
  const found = backward(new Map([[there, constant(1)]]), new Set(points.values()), { scans, forEach, count });
  const raw = group.map((n) => found.get(pointOf(n)) ?? zeros(n.shape));
  const limited = limit ? clipByGlobalNorm(raw, limit) : raw;
  const taken = isLast ? limited : changing(limited);
  const answer = new Map(zip(group, taken));
  const replaced = rewrite(results, (n) => answer.get(n));
  return scans.size === 0 ? replaced : rewrite(replaced, (n, inputs) => extendedScan(n, inputs, scans));
}

/** Derivatives of which another is taken: what was stationary in the value is not so in them. */
const changing = (derivatives: readonly Node[]): Node[] =>
  rewrite(inBodies(derivatives, changing), (n, inputs) => {
    const { lowering } = opOf(n.op);
    return lowering.class === "same" && lowering.once ? inputs[0] : undefined;
  });

/** A scan whose gradient was taken saves more than it did; its picks keep their places. */
function extendedScan(node: Node, inputs: readonly Node[], scans: ReadonlyMap<Node, Node>): Node | undefined {
  const extended = scans.get(node);
  return extended && make("scan", inputs, extended.attributes);
}

const zeros = (shape: readonly Dim[]): Node => broadcast(constant(0), shape);

interface Sweep {
  /** For each scan that was passed the scan that also saves what its gradient needs. */
  readonly scans: Map<Node, Node>;
  /** Whether cotangents of what all examples share are kept apart for each. */
  readonly forEach: boolean;
  readonly count: Count;
}

/** Cotangents of `targets`, from cotangents of some nodes. */
function backward(seeds: ReadonlyMap<Node, Node>, targets: ReadonlySet<Node>, sweep: Sweep): Map<Node, Node> {
  const order = topological([...seeds.keys()], earliestOf(targets));
  const depends = new Set<Node>();
  for (const node of order) if (targets.has(node) || node.inputs.some((i) => depends.has(i))) depends.add(node);
  const cotangents = new Map<Node, Node>(seeds);
  const reach = new Reach();
  for (const seed of seeds.keys()) reach.add(seed, undefined);
  const picks = new Map<Node, (Node | undefined)[]>();
  for (const node of order.toReversed()) {
    if (!depends.has(node)) continue;
    sweep.count(DERIVED);
    const g = cotangents.get(node);
    if (node.op === "pick") {
      if (g) notePick(picks, node, g);
      continue;
    }
    const alive = reach.of(node);
    const parts =
      node.op === "scan"
        ? scanParts(node, picks.get(node), depends, sweep)
        : g
          ? gradientsOf(node, g, alive, sweep)
          : [];
    parts.forEach(({ part, where }, i) => {
      const input = operand(node, i);
      if (!part || !depends.has(input) || input.dtype !== "f32") return;
      const shared = !sweep.forEach && isBatched(node) && !isBatched(input) && node.op !== "own_example";
      const known = cotangents.get(input);
      const share = shared && node.op !== "scan" ? at(node.span, () => overBatch(part)) : part;
      cotangents.set(input, known ? at(input.span, () => add(known, share)) : share);
      reach.add(input, where);
    });
  }
  return cotangents;
}

function notePick(picks: Map<Node, (Node | undefined)[]>, node: Node, g: Node): void {
  const scanNode = operand(node);
  const list = picks.get(scanNode) ?? [];
  list[node.attributes.index as number] = g;
  picks.set(scanNode, list);
}

const overBatch = (x: Node): Node => make("over_batch", [x], { combine: "sum" });

/** Of a sum, every example has the whole; of the largest, those that are it share. */
function gradientOverBatch(node: Node, g: Node): Node {
  const x = operand(node);
  const isSum = node.attributes.combine === "sum";
  if (!isBatched(x)) return isSum ? mul(g, extentOf(BATCH)) : g;
  if (isSum) return g;
  const isLargest = equal(x, node);
  return mul(g, div(isLargest, overBatch(isLargest)));
}

/** Of the rows of all examples each has its own; what is the same in all of them has their sum. */
const ownPart = (x: Node, g: Node): Node => (isBatched(x) ? make("own_example", [g]) : sum(g, [-g.shape.length]));

/** Where all examples share a condition it is that of each, and where they have rows in it each has its own. */
const ownCondition = (alive: Node, { shape }: Node): Node =>
  alive.shape.length < shape.length ? alive : make("own_example", [broadcast(alive, shape)]);

function gradientsOf(node: Node, g: Node, alive: Node | undefined, { forEach }: Sweep): readonly Part[] {
  if (node.op === "own_example")
    return [{ part: make("all_examples", [g]), where: alive && make("all_examples", [broadcast(alive, g.shape)]) }];
  if (node.op === "all_examples")
    return [{ part: ownPart(operand(node), g), where: alive && ownCondition(alive, node) }];
  if (node.op === "over_batch" && forEach && isBatched(g))
    throw new Error("a derivative of each example by what all share passes through a value of the whole batch");
  if (node.op === "over_batch") return [{ part: gradientOverBatch(node, g), where: alive }];
  return at(node.span, () => withReach(node, g, alive));
}

function scanParts(
  node: Node,
  picked: (Node | undefined)[] | undefined,
  depends: ReadonlySet<Node>,
  sweep: Sweep,
): readonly Part[] {
  if (!picked) return [];
  return at(node.span, () => scanGradient(node, picked, depends, sweep)).map((part) => ({ part, where: undefined }));
}

/**
 * The reverse scan. Its states are the cotangents of the states; it reads what the forward scan saved; the cotangents
 * of constants leave it stacked over time and are summed outside, where `hoist` makes one contraction of them.
 */
function scanGradient(
  node: Node,
  picked: readonly (Node | undefined)[],
  depends: ReadonlySet<Node>,
  { scans, ...of }: Sweep,
): readonly (Node | undefined)[] {
  const { body, states, sequences } = scanOf(node);
  const step = stepCotangents(node, picked, depends, of);
  const outputs = step.others.filter((o) => o !== undefined);
  const saved = savedFor([...step.states, ...outputs], body, states, sequences);
  const extended = extendScan(scans.get(node) ?? node, saved.values);
  scans.set(node, extended.node);
  const read = extended.indices.map((index) => make("pick", [extended.node], { index }));
  const picks = reverseScan(node, picked, { step, outputs, saved, read });
  // A sequence or start that all examples share gets the sum of their cotangents. (Constants are summed inside the body.)
  const share = (pick: Node, input: Node, inner: Node): Node =>
    !of.forEach && isBatched(inner) && !isBatched(input) ? overBatch(pick) : pick;
  let k = states;
  const rest = step.others.map((o, i) => {
    if (!o) return undefined;
    const pick = itemAt(picks, k++);
    return i < sequences ? share(pick, operand(node, states + i), o) : sum(pick, [-pick.shape.length]);
  });
  return [...picks.slice(0, states).map((p, i) => share(p, operand(node, i), p)), ...rest];
}

/** One step of the reverse scan. */
interface StepCotangents {
  /** The cotangents of the states after the step. */
  readonly stateLeaves: readonly Node[];
  /** The cotangents of its stacked results, a step of each sequence. */
  readonly stacked: readonly { readonly leaf: Node; readonly sequence: Node }[];
  /** The cotangents of the states before the step, and those of its other inputs; undefined where they are not wanted. */
  readonly states: readonly Node[];
  readonly others: readonly (Node | undefined)[];
}

/** Differentiates the body of a scan. */
function stepCotangents(
  node: Node,
  picked: readonly (Node | undefined)[],
  depends: ReadonlySet<Node>,
  { forEach, count }: Omit<Sweep, "scans">,
): StepCotangents {
  const { body, states } = scanOf(node);
  const batched = forEach || isBatched(node);
  const seeds = new Map<Node, Node>();
  const seed = (result: Node, leaf: Node): void => {
    const before = seeds.get(result);
    // A state may become what is one for all examples: it gets what the states of all of them hand back.
    const share = !forEach && isBatched(leaf) && !isBatched(result) ? overBatch(leaf) : leaf;
    seeds.set(result, before ? add(before, share) : share);
  };
  const stateLeaves = body.results.slice(0, states).map((r, i) => localLeaf(node, `d_state${i}`, r, batched));
  for (const [result, leaf] of zip(body.results.slice(0, states), stateLeaves)) seed(result, leaf);
  const stacked = body.results.slice(states).flatMap((r, j) => {
    const g = picked[states + j];
    if (!g) return [];
    const leaf = localLeaf(node, `d_out${j}`, r, forEach || isBatched(r));
    seed(r, leaf);
    return [{ leaf, sequence: g }];
  });
  const wanted = body.parameters.filter((p, i) => p.dtype === "f32" && (i < states || depends.has(operand(node, i))));
  const inner = backward(seeds, new Set(wanted), { scans: new Map(), forEach, count });
  return {
    stateLeaves,
    stacked,
    states: body.parameters.slice(0, states).map((p) => inner.get(p) ?? zeros(p.shape)),
    others: body.parameters.slice(states).map((p) => (wanted.includes(p) ? inner.get(p) : undefined)),
  };
}

/** The scan that runs these steps backwards: first the cotangents of the starts, then `outputs`, stacked over time. */
function reverseScan(
  node: Node,
  picked: readonly (Node | undefined)[],
  {
    step,
    outputs,
    saved,
    read,
  }: {
    readonly step: StepCotangents;
    readonly outputs: readonly Node[];
    readonly saved: Saved;
    /** The saved values, stacked over time by the forward scan. */
    readonly read: readonly Node[];
  },
): readonly Node[] {
  const { body, states, length, reverse } = scanOf(node);
  const residuals = saved.values.map((v, k) => ({ value: v, leaf: savedLeaf(node, k, v) }));
  const swap = new Map(residuals.map((r) => [r.value, r.leaf]));
  const results = rewrite([...step.states, ...outputs], (n) => swap.get(n));
  const graph: Graph = {
    kind: "graph",
    parameters: [
      ...step.stateLeaves,
      ...step.stacked.map((s) => s.leaf),
      ...residuals.map((r) => r.leaf),
      ...saved.sequences.map((i) => itemAt(body.parameters, i)),
      ...saved.constants.map((i) => itemAt(body.parameters, i)),
    ],
    results,
  };
  const sequences = [...step.stacked.map((s) => s.sequence), ...read, ...saved.sequences.map((i) => operand(node, i))];
  return scan({
    body: graph,
    states: body.parameters.slice(0, states).map((p, i) => picked[i] ?? zeros(p.shape)),
    sequences,
    constants: saved.constants.map((i) => operand(node, i)),
    length,
    reverse: !reverse,
    timeAxes: new Array<number>(sequences.length + outputs.length).fill(0),
  });
}

function localLeaf(node: Node, name: string, like: Node, batched: boolean): Node {
  const type = { shape: like.shape, dtype: "f32" } as const;
  return make("parameter", [], { name: `${name}@${node.id}`, type, role: "local", batched });
}

function savedLeaf(node: Node, k: number, value: Node): Node {
  const type = { shape: value.shape, dtype: value.dtype };
  return make("parameter", [], { name: `saved${k}@${node.id}`, type, role: "local", batched: isBatched(value) });
}
