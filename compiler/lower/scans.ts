// Scans as loops: every state lies in a history over time, so that saved states, outputs and final states are views of it. A state
// that was overwritten at each step would have to be copied for the outputs and again for the reverse scan, which reads all of them.
// A state of which only the last value is read has two places, which steps write in turn.

import type { Extents, Index } from "../arithmetic/affine.ts";
import { axisIndex, combine, literal, plus, remainder, zero } from "../arithmetic/affine.ts";
import { BATCH } from "../arithmetic/dim.ts";
import { itemAt } from "../arithmetic/lists.ts";
import { lookUp } from "../arithmetic/lookup.ts";
import { rowMajor } from "../arithmetic/strides.ts";
import { scanOf } from "../graph/build.ts";
import type { Node } from "../graph/node.ts";
import { operand } from "../graph/node.ts";
import { opOf } from "../graph/table.ts";
import type { Step } from "../loops/step.ts";
import type { Storage } from "../loops/storage.ts";
import { shifted } from "../loops/storage.ts";
import { isActivation } from "./activations.ts";
import { copyNest } from "./nests.ts";
import type { History, LoweredScan, Scope } from "./scope.ts";
import { addBufferOf, bodyScope, freshName, sizeOf, sizesOf } from "./scope.ts";
import { computes, partStorage, viewKind } from "./views.ts";

/** Places of a state whose earlier values nobody reads: a step reads one and writes the other. */
const IN_TURN = 2;

/** Lowers a graph within a scope; `forced` says where some of its results are stored. */
type LowerGraph = (scope: Scope, results: readonly Node[], forced: ReadonlyMap<Node, Storage>) => Step[];

/** The loop of a scan, and before it its states' starts. */
export function lowerScan(scope: Scope, node: Node, lowerGraph: LowerGraph): Step[] {
  const { body, states, sequences, length, reverse, timeAxes } = scanOf(node);
  const steps = sizeOf(scope, length);
  const time = freshName(scope, "t");
  const inner = bodyScope(scope, { time, length: steps });
  const t = axisIndex(time);
  const times = new Map([[time, steps]]);
  // Slot 0 is the start, slot t + 1 what step t gives: a step never overwrites what it reads. Backwards it is the mirror image.
  const entering = reverse ? plus(t, literal(1)) : t;
  const leaving = reverse ? t : plus(t, literal(1));
  const kept = statesOverTime(scope, node);
  const histories = body.parameters
    .slice(0, states)
    .map((leaf, i) => historyOf(scope, leaf, kept.has(i) ? steps + 1 : Math.min(steps + 1, IN_TURN), i));
  const before = histories.map((h, i) =>
    copyNest(scope, operand(node, i), slotOf(h, literal(reverse ? steps : 0), times)),
  );
  const places = new ResultPlaces(body.parameters);
  for (const [i, h] of histories.entries()) {
    inner.storages.set(itemAt(body.parameters, i), slotOf(h, entering, times));
    places.add(itemAt(body.results, i), slotOf(h, leaving, times));
  }
  body.parameters.slice(states).forEach((leaf, i) => {
    const outer = operand(node, states + i);
    inner.aliases.set(leaf, i < sequences ? { outer, time: { axis: itemAt(timeAxes, i), at: t } } : { outer });
  });
  const own = stacksOf(scope, node, steps);
  const stacks = body.results.slice(states).map((result): LoweredScan["stacks"][number] => {
    const stack = own.get(result);
    if (!stack) return stateAt(node, result);
    places.add(result, slotOf(stack, t, times));
    return { kind: "stack", stack };
  });
  scope.scans.set(node, { histories, stacks, reverse, steps });
  const inside = lowerGraph(inner, body.results, places.forced);
  for (const { from, to } of places.copies) inside.push(copyNest(inner, from, to));
  return [...before, { kind: "loop", time, length: steps, reverse, body: inside }];
}

/** A result that is what a state becomes at each step, or was before it. */
function stateAt(scan: Node, result: Node): LoweredScan["stacks"][number] {
  const { body, states, reverse } = scanOf(scan);
  const state = body.results.slice(0, states).indexOf(result);
  if (state >= 0) return { kind: "state", state, from: reverse ? 0 : 1 };
  return { kind: "state", state: body.parameters.indexOf(result), from: reverse ? 1 : 0 };
}

/** Stacked values that are no states, each in a buffer of its own or, without a copy, where it stands in a stacked concatenation. */
function stacksOf(scope: Scope, scan: Node, steps: number): ReadonlyMap<Node, History> {
  const { body, states, sequences, timeAxes } = scanOf(scan);
  const axes = new Map(body.results.slice(states).map((r, j) => [r, itemAt(timeAxes, sequences + j)] as const));
  for (const state of [...body.results.slice(0, states), ...body.parameters.slice(0, states)]) axes.delete(state);
  const stacks = new Map<Node, History>();
  const place = (result: Node, axis: number): History => {
    const known = stacks.get(result);
    if (known) return known;
    const whole = [...axes.keys()].find((other) => axes.get(other) === axis && isPlacedIn(result, other));
    const stack = whole ? partOf(scope, result, whole, place(whole, axis)) : stackOf(scope, result, steps, axis);
    stacks.set(result, stack);
    return stack;
  };
  for (const [result, axis] of axes) place(result, axis);
  return stacks;
}

/** Whether a value may lie where a concatenation has it. */
const isPlacedIn = (part: Node, whole: Node): boolean =>
  viewKind(whole) === "concat" &&
  whole.inputs.includes(part) &&
  computes(part) &&
  part.dtype === whole.dtype &&
  isActivation(part) === isActivation(whole);

function partOf(scope: Scope, part: Node, whole: Node, stack: History): History {
  const slot = slotOf(stack, zero, new Map());
  const placed = partStorage(whole, whole.inputs.indexOf(part), slot, (d) => sizeOf(scope, d));
  if (!placed) throw new Error(`${part.op} is no part of ${whole.op}`);
  return { ...stack, storage: { ...stack.storage, offset: placed.offset } };
}

/** A result is computed where it is to lie, unless it is a leaf, is no computation, or has a place already: then it is copied. */
class ResultPlaces {
  readonly forced = new Map<Node, Storage>();
  readonly copies: { readonly from: Node; readonly to: Storage }[] = [];
  private readonly leaves: readonly Node[];

  constructor(leaves: readonly Node[]) {
    this.leaves = leaves;
  }

  add(result: Node, to: Storage): void {
    const isOwn = !this.leaves.includes(result) && computes(result);
    if (isOwn && !this.forced.has(result)) this.forced.set(result, to);
    else this.copies.push({ from: result, to });
  }
}

/** States of which more than the last value is read, by what is stacked or by a gradient. */
function statesOverTime({ nodes }: Scope, scan: Node): ReadonlySet<number> {
  const { body, states } = scanOf(scan);
  const own = [body.results.slice(0, states), body.parameters.slice(0, states)];
  const picked = [...nodes].filter((n) => opOf(n.op).lowering.class === "pick" && operand(n) === scan);
  const stacked = picked.flatMap(({ attributes }) => {
    const index = attributes.index as number;
    return index < states ? [] : own.map((list) => list.indexOf(itemAt(body.results, index)));
  });
  return new Set(stacked.filter((state) => state >= 0));
}

/** Values of a state over time: slot t is what step t starts from, or the remainder of t by the number of slots. */
const historyOf = (scope: Scope, leaf: Node, slots: number, i: number): History =>
  stackOf(scope, leaf, slots, leaf.shape[0] === BATCH ? 1 : 0, `state${i}`);

function stackOf(scope: Scope, like: Node, slots: number, axis: number, name = like.op): History {
  const sizes = sizesOf(scope, like);
  const shape = [...sizes.slice(0, axis), slots, ...sizes.slice(axis)];
  const size = shape.reduce((a, b) => a * b, 1);
  const buffer = addBufferOf(scope, like, { name: freshName(scope, `${name}_history_`), size, role: "temporary" });
  return { storage: { buffer, strides: rowMajor(shape), offset: zero, dtype: like.dtype }, axis, slots };
}

/** One step of a history. */
const slotOf = ({ storage, axis, slots }: History, at: Index, times: Extents): Storage => ({
  ...storage,
  strides: storage.strides.filter((_, i) => i !== axis),
  offset: combine([
    [storage.offset, 1],
    [remainder(at, slots, times), itemAt(storage.strides, axis)],
  ]),
});

/** Where a result of a scan lies, by the node that picks it. */
export function scanStorage({ scans }: Scope, node: Node): Storage {
  const scan = lookUp(scans, operand(node));
  const index = node.attributes.index as number;
  const states = scan.histories.length;
  if (index < states) return slotOf(itemAt(scan.histories, index), literal(scan.reverse ? 0 : scan.steps), new Map());
  const stack = itemAt(scan.stacks, index - states);
  if (stack.kind === "stack") return stack.stack.storage;
  const { storage, axis } = itemAt(scan.histories, stack.state);
  return shifted(storage, stack.from * itemAt(storage.strides, axis));
}
