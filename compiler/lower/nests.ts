// The nests that store values of a scope: maps, contractions and reductions with their epilogues, parts of joined tensors, updates.

import type { Extents, Index } from "../arithmetic/affine.ts";
import { axisIndex, combine, literal, unflatten } from "../arithmetic/affine.ts";
import { itemAt, onlyOf, zip } from "../arithmetic/lists.ts";
import { lookUp } from "../arithmetic/lookup.ts";
import { rowMajor } from "../arithmetic/strides.ts";
import type { Node } from "../graph/node.ts";
import { operand } from "../graph/node.ts";
import type { Affine } from "../graph/op.ts";
import type { Accumulator, Axis, Nest, Store, Value } from "../loops/nest.ts";
import type { Step } from "../loops/step.ts";
import type { Storage } from "../loops/storage.ts";
import { addressOf } from "../loops/storage.ts";
import { dense } from "../ops/phases.ts";
import type { Scope } from "./scope.ts";
import { addBuffer, freshName, sizeOf, sizesOf } from "./scope.ts";
import type { Kept } from "./updates.ts";
import { inParts } from "./updates.ts";
import { apply, computeAt, pointsOf, valueAt, valueWithin } from "./values.ts";
import { fills, isReshape, partStorage, spaceOf, viewOf } from "./views.ts";

/** A node and where it is stored. */
export interface Target {
  readonly node: Node;
  readonly storages: readonly Storage[];
}

interface Space {
  readonly loops: readonly Axis[];
  /** An index of each axis of the node. */
  readonly at: readonly Index[];
}

/** A loop for each axis of a node. */
function loopsOver({ shape }: Node): Space {
  const loops = shape.map((d, i) => ({ name: `i${i}`, extent: d }));
  return { loops, at: loops.map((l) => axisIndex(l.name)) };
}

function nestOf(
  scope: Scope,
  parts: Omit<Nest, "time" | "span" | "label">,
  { span }: Pick<Node, "span">,
  label: string,
): Step {
  const time = scope.loop?.time;
  return { kind: "nest", nest: { ...parts, label, span, ...(time === undefined ? {} : { time }) } };
}

/** A nest without a sum. */
const storing = (scope: Scope, loops: readonly Axis[], stores: readonly Store[], node: Node, label: string): Step =>
  nestOf(scope, { loops, reduces: [], accumulators: [], stores }, node, label);

function storesOf(targets: readonly Storage[], at: readonly Index[], value: Value): Store[] {
  return targets.map((t) => ({ buffer: t.buffer, address: addressOf(t, at), dtype: t.dtype, value }));
}

export function mapNest(scope: Scope, node: Node, targets: readonly Storage[]): Step {
  const { loops, at } = loopsOver(node);
  const value = computeAt(scope, node, at, pointsOf(scope, loops));
  return storing(scope, loops, storesOf(targets, at, value), node, node.op);
}

/** Stores a value that may lie elsewhere already. */
export function copyNest(scope: Scope, node: Node, to: Storage, label = "copy", span = node): Step {
  const { loops, at } = loopsOver(node);
  const value = valueAt(scope, node, at, pointsOf(scope, loops));
  return storing(scope, loops, storesOf([to], at, value), span, label);
}

/** A copy of what a parameter or state holds, for updates that read it after it was overwritten. */
export function keptCopy(scope: Scope, buffer: string): Kept {
  const { size, dtype } = lookUp(scope.program.buffers, buffer);
  if (dtype === "u8" || dtype === "f16") throw new Error(`${buffer} holds ${dtype}, and is updated`);
  const name = addBuffer(scope, freshName(scope, "old_"), size, "temporary", dtype);
  const address = axisIndex("i0");
  const value: Value = { kind: "load", buffer, address, dtype };
  const nest: Nest = {
    label: "copy",
    span: undefined,
    loops: [{ name: "i0", extent: size }],
    reduces: [],
    accumulators: [],
    stores: [{ buffer: name, address, dtype, value }],
  };
  return { step: { kind: "nest", nest }, name };
}

/** One nest for updates of one shape that read each other: optimizer states and the parameter move together. */
export function updateNests(scope: Scope, targets: readonly Target[]): Step[] {
  const head = targets.map((t) => scope.heads.get(t.node)).find((h) => h !== undefined);
  if (head) return spaceNests(scope, head, targets);
  const first = itemAt(targets, 0).node;
  const { loops, at } = loopsOver(first);
  const points = pointsOf(scope, loops);
  const stores = targets.flatMap((t) => storesOf(t.storages, at, valueAt(scope, t.node, at, points)));
  return inParts(stores).map((part) => storing(scope, loops, part, first, "update"));
}

/** Nests of a contraction or reduction `head`, storing what is wanted of it: itself, or values of its epilogue. */
export function spaceNests(scope: Scope, head: Node, wanted: readonly Target[]): Step[] {
  const space = spaceOf(head);
  return dense({ axes: space.axes, out: space.out, operands: space.operands, placed: new Map() }).map((part) => {
    const sizes = new Map(part.axes);
    const axes = (names: readonly string[]): Axis[] => names.map((n) => ({ name: n, extent: lookUp(sizes, n) }));
    const loops = axes(part.out);
    const reduces = axes(part.axes.map(([n]) => n).filter((n) => !part.out.includes(n)));
    // A phase that no window reaches sums nothing.
    const empty = reduces.some((r) => r.extent === 0);
    const sum: Value = empty ? { kind: "number", value: 0 } : { kind: "accumulator", index: 0 };
    const points = pointsOf(scope, [...loops, ...reduces], new Map([[head, sum]]));
    const inside = { ...points, held: new Map() };
    const operands = part.operands.map((list, i) => valueWithin(scope, operand(head, i), list.map(toIndex), inside));
    const body: Value = onlyOf(operands) ?? apply("mul", operands);
    const accumulators: Accumulator[] = [{ combine: space.combine, body }];
    const at = part.out.map((n) => {
      const p = part.placed.get(n);
      return p
        ? combine([
            [axisIndex(n), p.stride],
            [literal(p.offset), 1],
          ])
        : axisIndex(n);
    });
    const stores = wanted.flatMap(({ node, storages }) => {
      const place = node === head ? at : reshaped(scope, at, head, node, points.extents);
      const value = node === head ? sum : computeAt(scope, node, place, points);
      return storesOf(storages, place, value);
    });
    const last = itemAt(wanted, 0).node;
    const label = last === head ? head.op : `${head.op}+${last.op}`;
    // The sum is most of the work; where nothing says what it is for, its epilogue may.
    const asked = head.span ? head : last;
    if (empty) return storing(scope, loops, stores, asked, label);
    return nestOf(scope, { loops, reduces, accumulators, stores }, asked, label);
  });
}

const toIndex = (a: Affine): Index => ({ terms: a.terms, offset: a.offset });

function reshaped(scope: Scope, at: readonly Index[], from: Node, to: Node, extents: Extents): Index[] {
  const [a, b] = [sizesOf(scope, from), sizesOf(scope, to)];
  if (a.length === b.length && a.every((d, i) => d === b[i])) return [...at];
  return unflatten(combine(zip(at, rowMajor(a))), b, extents);
}

/** A view that is stored; of a padded or joined tensor the parts that were not written in place. */
export function viewNests(scope: Scope, node: Node, targets: readonly Storage[]): Step[] {
  const view = viewOf(node);
  if (view.kind !== "concat" && !fills(node)) return [mapNest(scope, node, targets)];
  return node.inputs.flatMap((input, i) =>
    targets.flatMap((target) => {
      const part = partStorage(node, i, target, (d) => sizeOf(scope, d));
      if (!part) throw new Error(`the inputs of ${node.op} are no parts of it`);
      const lying = scope.storages.get(isReshape(input) && !scope.storages.has(input) ? operand(input) : input);
      return lying && liesAt(scope, input, part) ? [] : [copyNest(scope, input, part, node.op, node)];
    }),
  );
}

function liesAt(scope: Scope, input: Node, part: Storage): boolean {
  const { loops, at } = loopsOver(input);
  const value = valueAt(scope, input, at, pointsOf(scope, loops));
  if (value.kind !== "load" || value.row || value.buffer !== part.buffer) return false;
  const difference = combine([
    [value.address, 1],
    [addressOf(part, at), -1],
  ]);
  const isOfOneStep = (name: string): boolean => loops.some((l) => l.name === name && sizeOf(scope, l.extent) === 1);
  return difference.terms.every(([a]) => typeof a === "string" && isOfOneStep(a)) && difference.offset === 0;
}
