// The upper kernel level: a nest is an index space with what is computed at each of its points and where that is stored.
// Nests know buffers and strides but nothing of a target; schedulers turn them into loops.

import type { Span } from "../../grammar/syntax/span.ts";
import type { Index } from "../arithmetic/affine.ts";
import { indexKey } from "../arithmetic/affine.ts";
import type { Dim } from "../arithmetic/dim.ts";
import { showDim } from "../arithmetic/dim.ts";
import type { HeldType } from "../arithmetic/dtype.ts";
import type { ScalarName } from "../arithmetic/scalar.ts";

export interface Axis {
  readonly name: string;
  readonly extent: Dim;
}

/** A value at one point of a nest. Expressions are shared by identity: equal sub-expressions are one object. */
export type Value =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "extent"; readonly dim: Dim }
  | { readonly kind: "coordinate"; readonly index: Index }
  | {
      readonly kind: "load";
      readonly buffer: string;
      readonly address: Index;
      readonly dtype: HeldType;
      readonly row?: Row;
    }
  | { readonly kind: "apply"; readonly scalar: ScalarName; readonly inputs: readonly Value[] }
  /** `inside` where every coordinate is within its bounds, else `outside`. */
  | { readonly kind: "guard"; readonly bounds: readonly Bound[]; readonly inside: Value; readonly outside: number }
  | {
      readonly kind: "random";
      readonly normal: boolean;
      readonly place: number;
      readonly element: Index;
      readonly example: Index;
      readonly time: Index;
    }
  | { readonly kind: "accumulator"; readonly index: number }
  /** A sum over axes of its own: targets that have a way of computing it where it is used put it there themselves. */
  | { readonly kind: "inner"; readonly axes: readonly Axis[]; readonly body: Value };

/** A data-dependent part of an address: `stride` times the value of a load. */
export interface Row {
  readonly of: Value;
  readonly stride: number;
}

export interface Bound {
  readonly index: Index;
  /** 0 <= index < extent */
  readonly extent: number;
}

export interface Accumulator {
  readonly combine: "sum" | "max" | "argmax";
  readonly body: Value;
}

export interface Store {
  readonly buffer: string;
  readonly address: Index;
  readonly dtype: HeldType;
  readonly value: Value;
  /** Loop axes along which it would be the same again: it is made where they are 0. */
  readonly once?: readonly string[];
}

export interface Nest {
  readonly label: string;
  readonly span: Span | undefined;
  readonly loops: readonly Axis[];
  readonly reduces: readonly Axis[];
  readonly accumulators: readonly Accumulator[];
  readonly stores: readonly Store[];
  /** The first reduced axis is cut into parts, one for each value of the first loop axis. */
  readonly split?: { readonly parts: number };
  /** Present in the body of a scan: the name under which the time step stands in addresses. */
  readonly time?: string;
  /** Points that need not be computed. */
  readonly hidden?: Hidden;
}

/**
 * Points of a nest at which one axis is past another: column > row + offset. Where one of them is summed over, no term there counts.
 * Where both are loops, no sum is needed there: the stores are `values`, or those of sums of 0.
 */
export interface Hidden {
  readonly column: string;
  readonly row: string;
  readonly offset: number;
  /** Of each store. */
  readonly values?: readonly number[];
}

/** The word before a buffer that does not hold numbers of 32 bits. */
const WORDS: Readonly<Record<HeldType, string>> = { f32: "", i32: "int ", f16: "half " };

export function valueKey(v: Value): string {
  switch (v.kind) {
    case "number":
      return Object.is(v.value, -0) ? "-0" : String(v.value);
    case "extent":
      return `extent(${showDim(v.dim)})`;
    case "coordinate":
      return `(${indexKey(v.index)})`;
    case "load":
      return `${WORDS[v.dtype]}${v.buffer}[${indexKey(v.address)}${v.row ? ` + ${v.row.stride}*${valueKey(v.row.of)}` : ""}]`;
    case "apply":
      return `${v.scalar}(${v.inputs.map(valueKey).join(", ")})`;
    case "guard":
      return `within(${v.bounds.map((b) => `${indexKey(b.index)} < ${b.extent}`).join(", ")}; ${valueKey(v.inside)}, ${v.outside})`;
    case "random":
      return `${v.normal ? "normal" : "uniform"}(${v.place}; ${indexKey(v.element)}, ${indexKey(v.example)}, ${indexKey(v.time)})`;
    case "accumulator":
      return `acc${v.index}`;
    case "inner":
      return `sum over ${v.axes.map((a) => a.name).join(", ")} of ${valueKey(v.body)}`;
  }
}

const showHidden = ({ column, row, offset, values }: Hidden): string =>
  `${column} > ${row}${offset === 0 ? "" : ` + ${offset}`}${values ? `, as ${values.join(", ")}` : ""}`;

/** The text form, as `--print-after nests` shows it. */
export function showNest(nest: Nest): string {
  const axes = (list: readonly Axis[]): string => list.map((a) => `${a.name}<${showDim(a.extent)}`).join(", ");
  const lines = [
    `nest ${nest.label} for ${axes(nest.loops) || "one"}${nest.split ? ` split ${nest.split.parts}` : ""}`,
    ...(nest.hidden ? [`  hidden where ${showHidden(nest.hidden)}`] : []),
    ...nest.accumulators.map((a, i) => `  acc${i} = ${a.combine} over ${axes(nest.reduces)} of ${valueKey(a.body)}`),
    ...nest.stores.map(
      (s) =>
        `  ${s.dtype === "f16" ? WORDS.f16 : ""}${s.buffer}[${indexKey(s.address)}] = ${valueKey(s.value)}${s.once ? `, once for ${s.once.join(", ")}` : ""}`,
    ),
  ];
  return lines.join("\n");
}

/** Every value below, itself included, inputs first, each once. */
export function valuesIn(roots: readonly Value[]): Value[] {
  const order: Value[] = [];
  const seen = new Set<Value>();
  const visit = (v: Value): void => {
    if (seen.has(v)) return;
    seen.add(v);
    if (v.kind === "apply") v.inputs.forEach(visit);
    else if (v.kind === "guard") visit(v.inside);
    else if (v.kind === "inner") visit(v.body);
    else if (v.kind === "load" && v.row) visit(v.row.of);
    order.push(v);
  };
  roots.forEach(visit);
  return order;
}

/** How often each value is used below the roots. */
export function countUses(roots: readonly Value[]): Map<Value, number> {
  const uses = new Map<Value, number>();
  const visit = (v: Value): void => {
    const before = uses.get(v) ?? 0;
    uses.set(v, before + 1);
    if (before > 0) return;
    if (v.kind === "apply") v.inputs.forEach(visit);
    else if (v.kind === "guard") visit(v.inside);
    else if (v.kind === "load" && v.row && !(v.row.of.kind === "load" && v.row.of.dtype === "i32")) visit(v.row.of);
  };
  roots.forEach(visit);
  return uses;
}

/** Values that a nest computes at a point: the bodies of its sums, then its stores. */
export const rootsOf = (nest: Nest): Value[] => [
  ...nest.accumulators.map((a) => a.body),
  ...nest.stores.map((s) => s.value),
];

/** The axes of the sums within a nest's values. */
export const innerAxes = (nest: Nest): Axis[] => allValues(nest).flatMap((v) => (v.kind === "inner" ? v.axes : []));

export const allValues = (nest: Nest): Value[] => valuesIn(rootsOf(nest));

/** The nest with other indices and other names of buffers; values that were shared stay shared. */
export function mapNest(nest: Nest, change: { index?: (i: Index) => Index; buffer?: (name: string) => string }): Nest {
  const { index = (i) => i, buffer = (b) => b } = change;
  const memo = new Map<Value, Value>();
  const go = (v: Value): Value => {
    const known = memo.get(v);
    if (known) return known;
    const made = mapValue(v, index, buffer, go);
    memo.set(v, made);
    return made;
  };
  return {
    ...nest,
    accumulators: nest.accumulators.map((a) => ({ ...a, body: go(a.body) })),
    stores: nest.stores.map((s) => ({
      ...s,
      buffer: buffer(s.buffer),
      address: index(s.address),
      value: go(s.value),
    })),
  };
}

/** The nest with other values: `change` is given each value once, its inputs changed already. */
export function rewriteNest(nest: Nest, change: (v: Value) => Value): Nest {
  const same = <T>(x: T): T => x;
  const memo = new Map<Value, Value>();
  const go = (v: Value): Value => {
    const known = memo.get(v);
    if (known) return known;
    const made = change(mapValue(v, same, same, go));
    memo.set(v, made);
    return made;
  };
  return {
    ...nest,
    accumulators: nest.accumulators.map((a) => ({ ...a, body: go(a.body) })),
    stores: nest.stores.map((s) => ({ ...s, value: go(s.value) })),
  };
}

function mapValue(
  v: Value,
  index: (i: Index) => Index,
  buffer: (name: string) => string,
  go: (v: Value) => Value,
): Value {
  switch (v.kind) {
    case "load": {
      const row = v.row ? { row: { of: go(v.row.of), stride: v.row.stride } } : {};
      return { ...v, buffer: buffer(v.buffer), address: index(v.address), ...row };
    }
    case "coordinate":
      return { ...v, index: index(v.index) };
    case "apply":
      return { ...v, inputs: v.inputs.map(go) };
    case "guard":
      return { ...v, bounds: v.bounds.map((b) => ({ ...b, index: index(b.index) })), inside: go(v.inside) };
    case "inner":
      return { ...v, body: go(v.body) };
    case "random":
      return { ...v, element: index(v.element), example: index(v.example), time: index(v.time) };
    default:
      return v;
  }
}
