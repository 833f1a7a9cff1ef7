// The units of the data. A field that the body of its declaration brings to another scale can be taken back: in, the field as it is
// prepared and as the source gives it; out, a function from numbers of the first kind to numbers of the second.
// Invariant: the way back is exact up to rounding, place by place; where a preparation has none (a product of matrices), there is none.

import { itemAt } from "../../arithmetic/lists.ts";
import { div, make, mul, neg, sub } from "../../graph/build.ts";
import { type Node, operand, reachedFrom, topological } from "../../graph/node.ts";
import { remake, rewrite } from "../../passes/rewrite.ts";
import type { Means } from "../frame/frame.ts";
import type { Scope } from "../values/values.ts";
import { isRagged, sourceValue } from "./fields.ts";
import type { Field } from "./lines/types.ts";

/** Takes numbers in the scale of a prepared field back to the units of its source. */
export type WayBack = (prepared: Node) => Node;

/** One operation of a preparation, undone: `value` is what it gave, `other` its other operand, `at` the place of the first. */
type Undo = (value: Node, other: Node, at: number) => Node;

const UNDO: Readonly<Record<string, Undo>> = {
  add: (value, other) => sub(value, other),
  sub: (value, other, at) => (at === 0 ? make("add", [value, other]) : sub(other, value)),
  mul: (value, other) => div(value, other),
  div: (value, other, at) => (at === 0 ? mul(value, other) : div(other, value)),
  neg: (value) => neg(value),
  log: (value) => make("exp", [value]),
  sqrt: (value) => mul(value, value),
  anchor: (value) => value,
};

/** Undefined where the field is as its source gives it, and where there is no way back. */
function wayBack(prepared: Node, source: Node): WayBack | undefined {
  const steps: WayBack[] = [];
  for (let node = prepared; node !== source; ) {
    const { op, inputs } = node;
    const undo = UNDO[op];
    const on = inputs.filter((input) => topological([input]).includes(source));
    const [next] = on;
    if (!undo || !next || on.length > 1 || String(next.shape) !== String(node.shape)) return undefined;
    const at = inputs.indexOf(next);
    const other = inputs.length > 1 ? operand(node, 1 - at) : next;
    // A draw varies an example, and is no unit of measure.
    if (topological([other]).some((n) => n.op === "random")) return undefined;
    steps.push((value) => undo(value, other, at));
    node = next;
  }
  return steps.length === 0 ? undefined : (value) => steps.reduce((node, step) => step(node), value);
}

/** A field that a training may compare answers with. */
export interface Target {
  readonly name: string;
  /** As its source gives it. */
  readonly source: Node;
  readonly back: WayBack;
}

/** Fields by their prepared values. */
export type Targets = ReadonlyMap<Node, Target>;

/** The fields of a declaration that its body, or their source, brings to another scale, and that can be taken back. */
export function targetsIn(fields: readonly Field[], prepared: Pick<Scope, "get">): Targets {
  const targets = new Map<Node, Target>();
  for (const field of fields) {
    const value = field.classes === undefined ? prepared.get(field.name) : undefined;
    if (value?.kind !== "tensor") continue;
    const source = sourceValue(field, isRagged(field, fields));
    const back = wayBack(value.node, source);
    if (back) targets.set(value.node, { name: field.name, source, back });
  }
  return targets;
}

/** A difference between a target and what a training compares it with. */
export interface Difference {
  readonly target: Target;
  /** The place of the answer, 0 or 1. */
  readonly at: 0 | 1;
}

/** Undefined for what is none: another operation, or a target less a constant, or less numbers in the units of the data. */
export function differenceIn(node: Node, targets: Targets): Difference | undefined {
  if (node.op !== "sub") return undefined;
  for (const at of [0, 1] as const) {
    const prepared = operand(node, 1 - at);
    const target = targets.get(prepared);
    if (!target) continue;
    const made = reachedFrom([operand(node, at)], (n) => (n === prepared ? [] : n.inputs));
    if (!made.has(target.source) && [...made].some((n) => n === prepared || n.op === "parameter"))
      return { target, at };
  }
  return undefined;
}

/**
 * A metric that compares answers with targets, in the units of the data: its differences, those of its means, and terms of the
 * target alone, such as the variance in a coefficient of determination. Inputs of models stay normalised.
 */
export function inUnits(metric: Node, { named, standIns }: Means, targets: Targets): Node {
  if (targets.size === 0) return metric;
  const all = topological([metric, ...standIns.values()]);
  const compared = new Set(all.flatMap((node) => differenceIn(node, targets)?.target ?? []));
  if (compared.size === 0) return metric;
  const [learned, differing] = [new Set<Node>(), new Set<Node>()];
  for (const node of all) {
    if (node.attributes.role === "parameter" || node.inputs.some((i) => learned.has(i))) learned.add(node);
    if (differenceIn(node, targets) || node.inputs.some((i) => differing.has(i))) differing.add(node);
  }
  const change = (node: Node, inputs: readonly Node[]): Node => {
    const found = differenceIn(node, targets);
    // An answer made of the target alone, such as its mean, is in the target's scale until it is taken back.
    const answer = found && operand(node, found.at);
    if (found && answer) return differenceOf(found, differing.has(answer) ? itemAt(inputs, found.at) : answer);
    const target = targets.get(node);
    if (target && compared.has(target)) return target.source;
    return learned.has(node) && !differing.has(node) ? node : remake(node, inputs);
  };
  const changed = (root: Node): Node => {
    const [made] = rewrite([root], (node, inputs) => {
      const same = change(node, inputs);
      if (named.has(node)) named.add(same);
      return same;
    });
    return made;
  };
  for (const [standIn, mean] of standIns) standIns.set(standIn, changed(mean));
  return changed(metric);
}

function differenceOf({ target: { source, back }, at }: Difference, prepared: Node): Node {
  const answer = back(prepared);
  return at === 0 ? sub(answer, source) : sub(source, answer);
}
