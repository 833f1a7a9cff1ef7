// Leaves: values that come from outside the graph or from nothing.

import type { Index } from "../arithmetic/affine.ts";
import type { Dim } from "../arithmetic/dim.ts";
import { product } from "../arithmetic/dim.ts";
import { itemAt } from "../arithmetic/lists.ts";
import { make } from "../graph/build.ts";
import type { TensorType } from "../graph/node.ts";
import type { Op } from "../graph/op.ts";
import { defineOp } from "../graph/op.ts";
import { ShapeMistake } from "../graph/shapemistake.ts";
import { eachCoordinate, tensor } from "../graph/tensor.ts";
import type { Value } from "../loops/nest.ts";

export const leafOps = (): Op[] => [constant, table, parameter, extent, index];

const constant = defineOp<{ readonly value: number }, 0>({
  name: "constant",
  doc: "A number known when the program is compiled.",
  type: () => ({ shape: [], dtype: "f32" }),
  gradient: () => [],
  lowering: { class: "generate", value: (node) => ({ kind: "number", value: node.attributes.value }) },
  reference: (_, node) => tensor([], [node.attributes.value]),
  examples: [{ inputs: [], attributes: { value: 2.5 } }],
});

/** Numbers known when the program is compiled, in a shape of their own: `values` in row-major order. */
const table = defineOp<TableAttributes, 0>({
  name: "table",
  doc: "Numbers known when the program is compiled, as a tensor.",
  type: (_, { shape, values }) => {
    if (product(shape) !== values.length) throw new ShapeMistake({ kind: "table", shape, numbers: values.length });
    return { shape, dtype: "f32" };
  },
  gradient: () => [],
  lowering: { class: "generate", value: (node, at) => selectFromTable(node.attributes, at) },
  reference: (_, node, { shape }) => tensor(shape, node.attributes.values),
  examples: [
    { inputs: [], attributes: { shape: [5], values: [1, 2, 2, -3, 0.5] } },
    { inputs: [], attributes: { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] } },
    { inputs: [], attributes: { shape: [2, 2], values: [1] }, fails: "do not fill" },
  ],
});

type TableAttributes = { readonly shape: readonly number[]; readonly values: readonly number[] };

/** The number at a place, by halving axis after axis: a choice for each place where the numbers change. */
function selectFromTable({ shape, values }: TableAttributes, at: readonly Index[]): Value {
  const [size, ...rest] = shape;
  const value = itemAt(values, 0);
  if (size === undefined || values.every((v) => v === value)) return { kind: "number", value };
  const stride = rest.reduce((a, b) => a * b, 1);
  const between = (from: number, to: number): Value => {
    const part = values.slice(from * stride, to * stride);
    const value = itemAt(part, 0);
    if (part.every((v) => v === value)) return { kind: "number", value };
    if (to - from === 1) return selectFromTable({ shape: rest, values: part }, at.slice(1));
    const middle = (from + to) >> 1;
    const place: Value = { kind: "coordinate", index: itemAt(at, 0) };
    const isBefore: Value = { kind: "apply", scalar: "lt", inputs: [place, { kind: "number", value: middle }] };
    return { kind: "apply", scalar: "select", inputs: [isBefore, between(from, middle), between(middle, to)] };
  };
  return between(0, size);
}

type ParameterAttributes = {
  readonly name: string;
  readonly type: TensorType;
  readonly role: string;
  readonly batched?: boolean;
};

const parameter = defineOp<ParameterAttributes, 0>({
  name: "parameter",
  doc: "A value from outside: a learned tensor, a state, a field of the batch, or an argument of a body.",
  type: (_, attributes) => attributes.type,
  gradient: () => [],
  lowering: { class: "leaf" },
  examples: [],
});

const extent = defineOp<{ readonly dim: Dim }, 0>({
  name: "extent",
  doc: "A size as a number, for sizes that are known only when the program runs (the batch).",
  type: () => ({ shape: [], dtype: "f32" }),
  gradient: () => [],
  lowering: { class: "generate", value: (node) => ({ kind: "extent", dim: node.attributes.dim }) },
  reference: (_, node, type) => tensor([], [type.resolve(node.attributes.dim)]),
  examples: [{ inputs: [], attributes: { dim: 3 } }],
});

const index = defineOp<{ readonly shape: readonly Dim[]; readonly axis: number }, 0>({
  name: "index",
  doc: "The coordinate along one axis (from the end), at every place of a shape.",
  type: (_, attributes) => ({ shape: attributes.shape, dtype: "f32" }),
  gradient: () => [],
  lowering: {
    class: "generate",
    value: (node, at) => ({ kind: "coordinate", index: itemAt(at, node.attributes.axis) }),
  },
  reference: (_, node, { shape }) => {
    const out = tensor(shape);
    eachCoordinate(shape, (at, linear) => {
      out.data[linear] = itemAt(at, node.attributes.axis);
    });
    return out;
  },
  lift: (node, _, lead) => make("index", [], { shape: [lead, ...node.attributes.shape], axis: node.attributes.axis }),
  examples: [{ inputs: [], attributes: { shape: [2, 3], axis: -1 } }],
});
