// Making nodes. Everything that builds graphs goes through `make`.

import type { Dim } from "../arithmetic/dim.ts";
import { isNumber, product } from "../arithmetic/dim.ts";
import type { DType } from "../arithmetic/dtype.ts";
import { onlyOf } from "../arithmetic/lists.ts";
import { lookUp } from "../arithmetic/lookup.ts";
import { construct } from "./construct.ts";
import { travelled, withLengths } from "./lengths.ts";
import type { Attributes, Graph, Node } from "./node.ts";
import { sizeAlong } from "./node.ts";
import type { Affine } from "./op.ts";
import { opOf } from "./table.ts";

/** A node of this op; what lies past the end of operands that differ in length takes no part in it. */
export function make(op: string, inputs: readonly Node[], attributes: Attributes = {}): Node {
  const travel = travelled(op, inputs, attributes);
  if (!travel) return construct(op, inputs, attributes);
  // An elementwise op that becomes another needs no care of its own: the logarithm of 1 + e^x is one function.
  const other = opOf(op).calm ? construct(op, inputs, attributes) : undefined;
  const node = other && other.op !== op ? other : construct(op, travel.inputs, attributes);
  return withLengths(node, travel.lengths);
}

// ---------------------------------------------------------------- leaves

export const constant = (value: number): Node => make("constant", [], { value });
export function parameter(name: string, shape: readonly Dim[], dtype: DType = "f32", role = "local"): Node {
  return make("parameter", [], { name, type: { shape, dtype }, role });
}
export const extentOf = (dim: Dim): Node => (isNumber(dim) ? constant(dim) : make("extent", [], { dim }));

// ---------------------------------------------------------------- elementwise

export const add = (a: Node, b: Node): Node => make("add", [a, b]);
export const sub = (a: Node, b: Node): Node => make("sub", [a, b]);
export const mul = (a: Node, b: Node): Node => make("mul", [a, b]);
export const div = (a: Node, b: Node): Node => make("div", [a, b]);
export const neg = (a: Node): Node => make("neg", [a]);
export const equal = (a: Node, b: Node): Node => make("eq", [a, b]);
/** 1 where a condition is 0, else 0. */
export const not = (c: Node): Node => equal(c, constant(0));
export const select = (c: Node, a: Node, b: Node): Node => make("select", [c, a, b]);

// ---------------------------------------------------------------- views

export function reshape(a: Node, shape: readonly Dim[]): Node {
  return make("reshape", [a], { shape });
}
export function broadcast(a: Node, shape: readonly Dim[]): Node {
  return make("broadcast", [a], { shape });
}
/** `order` counts from the end: the i-th of the last axes is input axis `order[i]`. */
export const transpose = (a: Node, order: readonly number[]): Node => make("transpose", [a], { order });
export function slice(a: Node, axis: number, start: Dim, size: Dim): Node {
  return make("slice", [a], { axis, start, size });
}
export const pad = (a: Node, axis: number, before: Dim, after: Dim): Node => make("pad", [a], { axis, before, after });
export function concat(parts: readonly Node[], axis: number): Node {
  return onlyOf(parts) ?? make("concat", parts, { axis });
}
export const indexAlong = (shape: readonly Dim[], axis: number): Node => make("index", [], { shape, axis });

// ---------------------------------------------------------------- reductions

export const sum = (a: Node, axes: readonly number[]): Node => reduce("sum", a, axes);
export const maximum = (a: Node, axes: readonly number[]): Node => reduce("reduce_max", a, axes);

function reduce(op: string, a: Node, axes: readonly number[]): Node {
  return axes.length === 0 ? a : make(op, [a], { axes: [...axes].sort((x, y) => x - y) });
}

/** Product of the sizes of the given axes (from the end) as a scalar value. */
export function countOf(a: Node, axes: readonly number[]): Node {
  return extentOf(product(axes.map((i) => sizeAlong(a, i))));
}

// ---------------------------------------------------------------- contraction

export type ContractAttributes = {
  readonly axes: readonly (readonly [string, Dim])[];
  readonly out: readonly string[];
  readonly a: readonly Affine[];
  readonly b: readonly Affine[];
};

/** The index space of a contraction. */
export const contractOf = (node: Node): ContractAttributes => node.attributes as ContractAttributes;

export function contract(a: Node, b: Node, space: ContractAttributes): Node {
  return make("contract", [a, b], space);
}

/** Einstein summation over single letters, `einsum("mk,kn->mn", a, b)`. */
export function einsum(spec: string, a: Node, b: Node): Node {
  const [left, out] = spec.split("->") as [string, string];
  const [ia, ib] = left.split(",") as [string, string];
  const extents = new Map<string, Dim>();
  [...ia].forEach((l, i) => {
    extents.set(l, sizeAlong(a, i));
  });
  [...ib].forEach((l, i) => {
    extents.set(l, sizeAlong(b, i));
  });
  const order = [...out, ...[...extents.keys()].filter((l) => !out.includes(l))];
  const index = (letters: string): Affine[] => [...letters].map((l) => ({ terms: [[l, 1]], offset: 0, div: 1 }));
  return contract(a, b, {
    axes: order.map((l) => [l, lookUp(extents, l)] as const),
    out: [...out],
    a: index(ia),
    b: index(ib),
  });
}

// ---------------------------------------------------------------- windows

/** Sizes of a window over axes: stride, zero padding before (and behind, unless `after` says another), dilation, and the number of its places. */
export type Window = {
  readonly size: number;
  readonly stride: number;
  readonly padding: number;
  readonly after?: number;
  readonly dilation: number;
  readonly places: Dim;
};

// ---------------------------------------------------------------- scans

export interface ScanParts {
  readonly body: Graph;
  readonly states: readonly Node[];
  readonly sequences: readonly Node[];
  readonly constants: readonly Node[];
  readonly length: Dim;
  readonly reverse: boolean;
  /** Axis of time in each sequence, then in each stacked result. */
  readonly timeAxes: readonly number[];
}

/** The attributes of a scan. */
export const scanOf = (node: Node): ScanAttributes => node.attributes as ScanAttributes;

/** Final states, then results stacked over time. */
export function scan(parts: ScanParts): Node[] {
  const { body, states, sequences, constants, length, reverse, timeAxes } = parts;
  const node = make("scan", [...states, ...sequences, ...constants], {
    body,
    states: states.length,
    sequences: sequences.length,
    length,
    reverse,
    timeAxes,
  });
  return body.results.map((_, index) => make("pick", [node], { index }));
}

/** Shape with the axes of `axes` (from the end) removed. */
export function without(shape: readonly Dim[], axes: readonly number[]): Dim[] {
  const gone = new Set(axes.map((i) => shape.length + i));
  return shape.filter((_, i) => !gone.has(i));
}

/** Shape with the axes of `axes` (from the end of the full shape) kept as 1. */
export function keeping(shape: readonly Dim[], axes: readonly number[]): Dim[] {
  const gone = new Set(axes.map((i) => shape.length + i));
  return shape.map((d, i) => (gone.has(i) ? 1 : d));
}

/** Sums a cotangent over the axes that broadcasting added, back to `shape`. */
export function unbroadcast(g: Node, shape: readonly Dim[]): Node {
  const extra = g.shape.length - shape.length;
  const axes: number[] = [];
  g.shape.forEach((d, i) => {
    if (i < extra || (shape[i - extra] === 1 && d !== 1)) axes.push(i - g.shape.length);
  });
  return reshape(sum(g, axes), shape);
}

/** Values scaled alike so that their joint 2-norm is at most the limit (Pascanu et al., 2013). */
export function clipByGlobalNorm(values: readonly Node[], limit: Node): Node[] {
  const squares = values.map((v) =>
    sum(
      mul(v, v),
      v.shape.map((_, i) => i - v.shape.length),
    ),
  );
  const norm = make("sqrt", [squares.reduce((a, b) => add(a, b))]);
  const scale = make("min", [constant(1), div(limit, add(norm, constant(1e-6)))]);
  return values.map((v) => mul(v, scale));
}

export type ScanAttributes = {
  readonly body: Graph;
  readonly states: number;
  readonly sequences: number;
  readonly length: Dim;
  readonly reverse: boolean;
  /** Axis of time (from the start): of each sequence, then of each stacked result. */
  readonly timeAxes: readonly number[];
};
