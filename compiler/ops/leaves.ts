// Leaves: values that come from outside the graph or from nothing.

import type { Dim } from "../graph/dim.ts";
import type { TensorType } from "../graph/node.ts";
import { eachCoordinate, tensor } from "../graph/tensor.ts";
import { make } from "./build.ts";
import type { Op } from "./define.ts";

export const leafOps = (): Op[] => [constant, parameter, extent, index];

const constant: Op = {
  name: "constant",
  doc: "A number known when the program is compiled.",
  type: () => ({ shape: [], dtype: "f32" }),
  gradient: () => [],
  lowering: { class: "generate", value: (node) => ({ kind: "number", value: node.attributes.value as number }) },
  reference: (_, node) => tensor([], [node.attributes.value as number]),
  examples: [{ inputs: [], attributes: { value: 2.5 } }],
};

const parameter: Op = {
  name: "parameter",
  doc: "A value from outside: a learned tensor, a state, a field of the batch, or an argument of a body.",
  type: (_, attributes) => attributes.type as TensorType,
  gradient: () => [],
  lowering: { class: "leaf" },
  examples: [],
};

const extent: Op = {
  name: "extent",
  doc: "A size as a number, for sizes that are known only when the program runs (the batch).",
  type: () => ({ shape: [], dtype: "f32" }),
  gradient: () => [],
  lowering: { class: "generate", value: (node) => ({ kind: "extent", dim: node.attributes.dim as Dim }) },
  reference: (_, node, type) => tensor([], [type.resolve(node.attributes.dim as Dim)]),
  examples: [{ inputs: [], attributes: { dim: 3 } }],
};

const index: Op = {
  name: "index",
  doc: "The coordinate along one axis (from the end), at every place of a shape.",
  type: (_, attributes) => ({ shape: attributes.shape as Dim[], dtype: "f32" }),
  gradient: () => [],
  lowering: {
    class: "generate",
    value: (node, at) => ({ kind: "coordinate", index: at[at.length + (node.attributes.axis as number)]! }),
  },
  reference: (_, node, { shape }) => {
    const out = tensor(shape);
    eachCoordinate(shape, (at, linear) => {
      out.data[linear] = at[at.length + (node.attributes.axis as number)]!;
    });
    return out;
  },
  lift: (node, _, lead) =>
    make("index", [], { shape: [lead, ...(node.attributes.shape as Dim[])], axis: node.attributes.axis }),
  examples: [{ inputs: [], attributes: { shape: [2, 3], axis: -1 } }],
};
