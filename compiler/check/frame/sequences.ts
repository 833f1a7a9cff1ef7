// Tells the axes of a value that are steps of a sequence from those that are units of a step, by following each back to its origin. And
// whether a place in time has been reached by all steps of the recurrences that gave it. Reads only the ops' lowering.

import { isNumber, showShape } from "../../arithmetic/dim.ts";
import { onlyOf } from "../../arithmetic/lists.ts";
import type { Node } from "../../graph/node.ts";
import { operand } from "../../graph/node.ts";
import type { Affine } from "../../graph/op.ts";
import { opOf } from "../../graph/table.ts";
import type { Warning } from "./frame.ts";

/** `row`: the only axis of an input, which may be either. */
export type AxisKind = "steps" | "units" | "row";

/** One axis of a value, from the first. */
type AxisAt = readonly [node: Node, axis: number];

export function axisKind(node: Node, axis: number): AxisKind | undefined {
  let at: AxisAt | undefined = [node, axis];
  while (at) {
    const kind = began(at);
    if (kind) return kind;
    at = sourcesOf(at).toSorted((p, q) => Number(isLearned(p[0])) - Number(isLearned(q[0])))[0];
  }
  return undefined;
}

const isLearned = (node: Node): boolean => node.op === "parameter" && node.attributes.batched === false;

/** The kind of an axis at its origin. */
function began([node, axis]: AxisAt): AxisKind | undefined {
  switch (opOf(node.op).lowering.class) {
    case "leaf":
      if (node.attributes.role === "local") return undefined;
      if (isLearned(node)) return "units";
      return node.shape.length === 1 ? "row" : axis === 0 ? "steps" : "units";
    case "pick":
      return isStacked(node) && axis === 0 ? "steps" : "units";
    case "view":
      return isMerged(node, axis) ? "units" : undefined;
    default:
      return undefined;
  }
}

/** Whether a loop stacked it over its steps, rather than that it is the loop's last state. */
const isStacked = (pick: Node): boolean =>
  (pick.attributes.index as number) >= (operand(pick).attributes.states as number);

/** Whether several axes were put into this one. */
function isMerged(node: Node, axis: number): boolean {
  const { lowering } = opOf(node.op);
  return lowering.class === "view" && lowering.index(node).kind === "reshape" && unmerged(node, axis) === undefined;
}

/** The axis of a reshaped value's operand that is the whole of one of its own. */
function unmerged(node: Node, axis: number): number | undefined {
  const { shape } = node;
  const before = operand(node).shape;
  const numbers = (dims: readonly unknown[]): number => dims.reduce<number>((n, d) => n * Number(d), 1);
  const behind = numbers(shape.slice(axis + 1));
  const found = before.findIndex((d, i) => d === shape[axis] && numbers(before.slice(i + 1)) === behind);
  return found < 0 ? undefined : found;
}

/** The operands' axes that an axis of a value is, place by place. */
function sourcesOf([node, axis]: AxisAt): readonly AxisAt[] {
  const { lowering } = opOf(node.op);
  const through = (x: Node, index: readonly Affine[], name: string | undefined): readonly AxisAt[] =>
    index.flatMap(({ terms, div }, i) => {
      const [axisName, factor] = onlyOf(terms) ?? [];
      return axisName === name && factor === 1 && div === 1 ? [[x, i] as const] : [];
    });
  switch (lowering.class) {
    case "map":
    case "same":
    case "abstract":
      return node.inputs.flatMap((x) => {
        const own = axis - node.shape.length + x.shape.length;
        return own >= 0 && x.shape[own] === node.shape[axis] ? [[x, own] as const] : [];
      });
    case "reduce": {
      const { out, index } = lowering.over(node);
      return through(operand(node), index, out[axis]);
    }
    case "contract": {
      const { out, a, b } = lowering.space(node);
      return [...through(operand(node), a, out[axis]), ...through(operand(node, 1), b, out[axis])];
    }
    case "view":
      return seenIn(node, axis, (index) => through(operand(node), index, `o${axis}`));
    default:
      return [];
  }
}

function seenIn(node: Node, axis: number, affine: (index: readonly Affine[]) => readonly AxisAt[]): readonly AxisAt[] {
  const { lowering } = opOf(node.op);
  if (lowering.class !== "view") return [];
  const places = lowering.index(node);
  const [x, chosen] = node.inputs as [Node, Node];
  switch (places.kind) {
    case "affine":
      return node.op === "reverse" ? [[x, axis]] : affine(places.index);
    case "reshape": {
      const own = unmerged(node, axis);
      return own === undefined ? [] : [[x, own]];
    }
    case "concat":
      return node.inputs.map((part) => [part, axis] as const);
    case "gather":
      return axis < chosen.shape.length ? [[chosen, axis]] : [[x, axis - chosen.shape.length + 1]];
  }
}

const MIRRORS: ReadonlySet<string> = new Set(["reverse", "reverse_within"]);

/** The recurrences whose steps a value stacks: those that run forwards in time, and those that were turned round. */
function directionsOf(node: Node): { readonly forwards: boolean; readonly backwards: boolean } {
  const found = { forwards: false, backwards: false };
  const open: [Node, boolean][] = [[node, false]];
  const seen = new Set<string>();
  for (let next = open.pop(); next; next = open.pop()) {
    const [at, turned] = next;
    const key = `${at.id} ${turned}`;
    if (seen.has(key) || at.shape.length === 0) continue;
    seen.add(key);
    const isMirror = MIRRORS.has(at.op) && at.attributes.axis === -at.shape.length;
    if (isMirror) open.push([operand(at), !turned]);
    else if (at.op === "pick") {
      if (isStacked(at)) found[turned ? "backwards" : "forwards"] = true;
    } else for (const [x, axis] of sourcesOf([at, 0])) if (axis === 0) open.push([x, turned]);
  }
  return found;
}

/** A warning where one place of a sequence is read at which a part of its recurrences has seen a single step. */
export function halfRead(node: Node, place: "first" | "last"): Warning | undefined {
  if (node.shape.length < 2) return undefined;
  const { forwards, backwards } = directionsOf(node);
  if (place === "last" ? !backwards : !(forwards && backwards)) return undefined;
  const [half, others] = place === "last" ? ["backwards", "forwards"] : ["forwards", "backwards"];
  return {
    code: "cells/half-read",
    message: `at the ${place} step, what runs ${half} has read that one step only`,
    ...(forwards && backwards ? { notes: [`what runs ${others} has read the whole sequence there`] } : {}),
    hint: "keep the end of each direction before they are joined, `bidirectional { lstm 8; last }`; or take `mean(it, over=time)`",
  };
}

/** Units that one of them is taken of by its place are those of a layer, where none has a meaning of its own. */
const UNITS = 8;

/**
 * A warning where the first or last unit is taken of every step of a recurrence, or of a layer (`isOfLayer`) whose units have no meaning each, as
 * if the batch came first: `it[:, -1]`.
 */
export function unitForStep(node: Node, place: number, isOfLayer: boolean): Warning | undefined {
  const [steps, units, more] = node.shape;
  if (steps === undefined || !isNumber(units ?? 0) || Number(units ?? 0) < UNITS || more !== undefined)
    return undefined;
  if ((place !== -1 && place !== 0) || axisKind(node, 0) !== "steps") return undefined;
  const { forwards, backwards } = directionsOf(node);
  if (!isOfLayer && !forwards && !backwards) return undefined;
  const [which, own] = place === -1 ? ["last", "-1"] : ["first", "0"];
  return {
    code: "cells/unit-for-step",
    message: `this is the ${which} of ${String(units)} units at every step, ${showShape([steps])}, and not the ${which} step: axes are counted without the batch`,
    hint: `the ${which} step is taken by \`[${own}]\` alone${place === -1 ? ", or by a line `last`" : ""}; if this unit is meant, \`[:, ${place === -1 ? Number(units) - 1 : 0}:${place === -1 ? Number(units) : 1}]\` keeps its axis`,
  };
}
