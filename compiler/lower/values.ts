// The value of a node at an element, as a scalar expression: a load where the scope has stored it, otherwise its computation there.
// Views become index functions.

import type { Extents, Index } from "../arithmetic/affine.ts";
import { combine, literal, range, unflatten, zero } from "../arithmetic/affine.ts";
import { itemAt, zip } from "../arithmetic/lists.ts";
import { lookUp } from "../arithmetic/lookup.ts";
import { rowMajor } from "../arithmetic/strides.ts";
import type { Node } from "../graph/node.ts";
import { operand } from "../graph/node.ts";
import type { Lowering } from "../graph/op.ts";
import { opOf } from "../graph/table.ts";
import type { Axis, Bound, Value } from "../loops/nest.ts";
import { deduplicate } from "../loops/share.ts";
import { addressOf } from "../loops/storage.ts";
import type { Alias, Scope } from "./scope.ts";
import { extentsOf, sizesOf } from "./scope.ts";

/** How the points of a nest stand for the elements of the node that is being stored. */
export interface Points {
  readonly extents: Extents;
  /** Values that are accumulators of this nest. */
  readonly held: ReadonlyMap<Node, Value>;
  readonly memo: Map<string, Value>;
}

export const pointsOf = (scope: Scope, axes: readonly Axis[], held: ReadonlyMap<Node, Value> = new Map()): Points => ({
  extents: extentsOf(scope, axes),
  held,
  memo: new Map(),
});

/** The value of `node` at `at`, from its storage where it has one. */
export function valueAt(scope: Scope, node: Node, at: readonly Index[], points: Points): Value {
  const held = points.held.get(node);
  if (held) return held;
  const storage = scope.storages.get(node);
  if (storage) {
    const live = at.map((i, d) => (node.shape[d] === 1 ? zero : i));
    const { buffer, dtype } = storage;
    return deduplicate(points.memo, { kind: "load", buffer, address: addressOf(storage, live), dtype });
  }
  const alias = scope.aliases.get(node);
  return alias ? outerValue(scope, alias, at, points) : computeAt(scope, node, at, points);
}

function outerValue(scope: Scope, { outer, time }: Alias, at: readonly Index[], points: Points): Value {
  const { parent, nodes } = scope;
  if (!parent) throw new Error("an alias outside of a loop");
  const index = time ? [...at.slice(0, time.axis), time.at, ...at.slice(time.axis)] : at;
  // Values that the body computes for itself need not be stored around it.
  return valueAt(nodes.has(outer) ? scope : parent, outer, index, points);
}

/** As `valueAt`, not reading the node's own storage. */
export function computeAt(scope: Scope, node: Node, at: readonly Index[], points: Points): Value {
  const { lowering } = opOf(node.op);
  switch (lowering.class) {
    case "generate":
      return deduplicate(points.memo, lowering.value(node, at));
    case "same":
      return valueAt(scope, operand(node), at, points);
    case "map": {
      const inputs = node.inputs.map((x) => valueAt(scope, x, aligned(x, at), points));
      return deduplicate(points.memo, apply(lowering.scalar, inputs));
    }
    case "view":
      return throughView(scope, node, lowering, at, points);
    case "leaf":
    case "pick":
      return valueAt(scope, node, at, points);
    default:
      throw new Error(`${node.op} has no value of its own here`);
  }
}

export const apply = (scalar: Extract<Value, { kind: "apply" }>["scalar"], inputs: readonly Value[]): Value => ({
  kind: "apply",
  scalar,
  inputs,
});

function aligned(x: Node, at: readonly Index[]): Index[] {
  const skip = at.length - x.shape.length;
  return x.shape.map((d, i) => (d === 1 ? zero : itemAt(at, i + skip)));
}

function throughView(
  scope: Scope,
  node: Node,
  lowering: Lowering & { class: "view" },
  at: readonly Index[],
  points: Points,
): Value {
  const view = lowering.index(node);
  const x = operand(node);
  if (view.kind === "reshape") {
    const strides = rowMajor(sizesOf(scope, node));
    const linear = combine(
      zip(at, node.shape, strides).map(([i, size, stride]) => [size === 1 ? zero : i, stride] as const),
    );
    return valueAt(scope, x, unflatten(linear, sizesOf(scope, x), points.extents), points);
  }
  if (view.kind === "gather") return gatheredAt(scope, node, at, points);
  if (view.kind === "concat") throw new Error("a joined tensor is always stored");
  const names = new Map<string, Index>(at.map((i, d) => [`o${d}`, i]));
  const index = view.index.map((a) =>
    combine([[literal(a.offset), 1], ...a.terms.map(([n, c]) => [lookUp(names, n), c] as const)]),
  );
  const { fill: outside } = view;
  const bounds = outside === undefined ? [] : boundsOf(x, index, points);
  const inside = valueAt(scope, x, index, points);
  if (outside === undefined || bounds.length === 0) return inside;
  return deduplicate(points.memo, { kind: "guard", bounds, inside, outside });
}

function gatheredAt(scope: Scope, node: Node, at: readonly Index[], points: Points): Value {
  const [table, ids] = node.inputs as [Node, Node];
  const rank = ids.shape.length;
  const of = valueAt(scope, ids, at.slice(0, rank), points);
  const rest = at.slice(rank);
  const [base, next] = [zero, literal(1)].map((row) => valueAt(scope, table, [row, ...rest], points)) as [Value, Value];
  if (base.kind !== "load" || next.kind !== "load") throw new Error("a table that is indexed is always stored");
  return deduplicate(points.memo, { ...base, row: { of, stride: next.address.offset - base.address.offset } });
}

/** A value that counts as zero outside its tensor. (Contractions never read there: the pass `padding` sees to it.) */
export function valueWithin(scope: Scope, x: Node, index: readonly Index[], points: Points): Value {
  const bounds = boundsOf(x, index, points);
  const inside = valueAt(scope, x, index, points);
  return bounds.length === 0 ? inside : { kind: "guard", bounds, inside, outside: 0 };
}

function boundsOf(x: Node, index: readonly Index[], points: Points): Bound[] {
  return index.flatMap((i, d) => {
    const size = x.shape[d];
    if (typeof size !== "number") return [];
    const [low, high] = range(i, points.extents);
    return low < 0 || high >= size ? [{ index: i, extent: size }] : [];
  });
}
