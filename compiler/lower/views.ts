// Reads an op's record for lowering: the space of a head, the index of a view, where the parts of a joined tensor lie.

import type { Dim } from "../arithmetic/dim.ts";
import { itemAt, onlyOf } from "../arithmetic/lists.ts";
import type { Node } from "../graph/node.ts";
import { operand, sizeAlong } from "../graph/node.ts";
import type { Affine, ViewIndex } from "../graph/op.ts";
import { opOf } from "../graph/table.ts";
import type { Storage } from "../loops/storage.ts";
import { shifted } from "../loops/storage.ts";

export const classOf = (node: Node): string => opOf(node.op).lowering.class;

export interface HeadSpace {
  readonly axes: readonly (readonly [string, Dim])[];
  readonly out: readonly string[];
  readonly operands: readonly (readonly Affine[])[];
  readonly combine: "sum" | "max" | "argmax";
}

export function spaceOf(node: Node): HeadSpace {
  const { lowering } = opOf(node.op);
  if (lowering.class === "contract") {
    const { axes, out, a, b } = lowering.space(node);
    return { axes, out, operands: [a, b], combine: "sum" };
  }
  if (lowering.class !== "reduce") throw new Error(`${node.op} is no reduction`);
  const { axes, out, index } = lowering.over(node);
  return { axes, out, operands: [index], combine: lowering.combine };
}

export function viewKind(node: Node): string | undefined {
  const { lowering } = opOf(node.op);
  return lowering.class === "view" ? lowering.index(node).kind : undefined;
}

export function viewOf(node: Node): ViewIndex {
  const { lowering } = opOf(node.op);
  if (lowering.class !== "view") throw new Error(`${node.op} is no view`);
  return lowering.index(node);
}

/** A value that reads another one as its input `at`, perhaps under another shape. */
export interface Reading {
  readonly user: Node;
  readonly at: number;
}

/** Where each node is first read by each of these users. */
export function readingsOf(users: readonly Node[]): Map<Node, Reading[]> {
  const readings = new Map<Node, Reading[]>();
  for (const user of users)
    for (const [at, input] of user.inputs.entries())
      for (const read of isReshape(input) ? [input, operand(input)] : [input]) {
        const known = readings.get(read);
        if (!known) readings.set(read, [{ user, at }]);
        else if (known.at(-1)?.user !== user) known.push({ user, at });
      }
  return readings;
}

export const isReshape = (node: Node): boolean => {
  const { lowering } = opOf(node.op);
  return lowering.class === "view" && lowering.index(node).kind === "reshape";
};

/** A view that has places of its own value around its input. */
export function fills(node: Node): boolean {
  const { lowering } = opOf(node.op);
  if (lowering.class !== "view") return false;
  const view = lowering.index(node);
  const isShifted = (i: Affine): boolean => onlyOf(i.terms)?.[1] === 1;
  return view.kind === "affine" && view.fill === 0 && view.index.every(isShifted);
}

export function computes(node: Node): boolean {
  const kind = opOf(node.op).lowering.class;
  return kind !== "leaf" && kind !== "pick" && kind !== "scan";
}

/** Where input `at` of a stored concatenation or padding stands in it. */
export function partStorage(user: Node, at: number, whole: Storage, size: (d: Dim) => number): Storage | undefined {
  const { lowering } = opOf(user.op);
  if (lowering.class !== "view") return undefined;
  const view = lowering.index(user);
  if (view.kind === "concat") {
    const axis = user.shape.length + view.axis;
    const start = user.inputs.slice(0, at).reduce((s, x) => s + size(sizeAlong(x, axis)), 0);
    return shifted(whole, start * itemAt(whole.strides, axis));
  }
  if (!fills(user) || view.kind !== "affine") return undefined;
  return view.index.reduce((s, i, d) => shifted(s, -i.offset * itemAt(s.strides, d)), whole);
}
