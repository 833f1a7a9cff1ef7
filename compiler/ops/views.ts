// Views: the same elements at other places. None of them computes; consumers read through their index functions.

import type { Dim } from "../arithmetic/dim.ts";
import { addDims, isNumber, product, subDims } from "../arithmetic/dim.ts";
import type { DType } from "../arithmetic/dtype.ts";
import { itemAt, zip } from "../arithmetic/lists.ts";
import { rowMajor } from "../arithmetic/strides.ts";
import { broadcast, concat, extentOf, make, pad, reshape, slice, transpose, unbroadcast } from "../graph/build.ts";
import { shifted } from "../graph/lengths.ts";
import type { Attributes, Node } from "../graph/node.ts";
import { operand, sizeAlong } from "../graph/node.ts";
import type { Affine, Op } from "../graph/op.ts";
import { affine, axis as along, defineOp, type NoAttributes, type NodeOf, type OpRules } from "../graph/op.ts";
import { ShapeMistake } from "../graph/shapemistake.ts";
import type { Tensor } from "../graph/tensor.ts";
import { eachCoordinate, tensor } from "../graph/tensor.ts";

export const viewOps = (): Op[] => [
  reshapeOp,
  broadcastOp,
  transposeOp,
  sliceOp,
  padOp,
  reverseOp,
  concatOp,
  sameOp,
  stationaryOp,
  anchorOp,
  castOp,
];

type Shaped = { readonly shape: readonly Dim[] };
/** Axes count from the end. */
type Ordered = { readonly order: readonly number[] };
type Along = { readonly axis: number };
type Sliced = Along & { readonly start: Dim; readonly size: Dim };
type Padded = Along & { readonly before: Dim; readonly after: Dim };

const output = (i: number): string => `o${i}`;
const identity = (rank: number): Affine[] => Array.from({ length: rank }, (_, i) => along(output(i)));

/** Every element of the output from the affine places of the input. */
function readAt(input: Tensor, shape: readonly number[], index: readonly Affine[], fill = 0): Tensor {
  const out = tensor(shape);
  const axes = zip(index, input.shape, rowMajor(input.shape));
  eachCoordinate(shape, (at, linear) => {
    let from = 0;
    for (const [{ terms, offset }, size, stride] of axes) {
      const value = terms.reduce((s, [n, c]) => s + c * itemAt(at, Number(n.slice(1))), offset);
      if (value < 0 || value >= size) {
        out.data[linear] = fill;
        return;
      }
      from += value * stride;
    }
    out.data[linear] = input.data[from]!;
  });
  return out;
}

interface AffineView<A extends Attributes> extends Omit<OpRules<A, 1>, "lowering" | "reference"> {
  readonly index: (node: NodeOf<A, 1>) => Affine[];
  readonly fill?: number;
}

function affineView<A extends Attributes>({ index, fill, ...rest }: AffineView<A>): Op {
  return defineOp<A, 1>({
    ...rest,
    lowering: { class: "view", index: (node) => ({ kind: "affine", index: index(node), fill }) },
    reference: ([x], node, { shape, resolve }) =>
      readAt(
        x,
        shape,
        index(node).map((a) => ({ ...a, offset: resolve(a.offset) })),
        fill,
      ),
  });
}

const reshapeOp = defineOp<Shaped, 1>({
  name: "reshape",
  doc: "The same elements in row-major order under another shape.",
  type: ([x], { shape }) => {
    if (product(shape) !== product(x.shape)) throw new ShapeMistake({ kind: "reshape", from: x.shape, to: shape });
    return { shape, dtype: x.dtype };
  },
  gradient: (node, g) => [reshape(g, node.inputs[0].shape)],
  lowering: { class: "view", index: () => ({ kind: "reshape" }) },
  reference: ([x], _, { shape }) => ({ shape, data: x.data }),
  simplify: (node) => {
    const [x] = node.inputs;
    if (sameShape(x.shape, node.shape)) return x;
    return x.op === "reshape" ? reshape(operand(x), node.shape) : undefined;
  },
  lift: (node, [x], lead) => reshape(x.node, [lead, ...node.shape]),
  examples: [
    { inputs: [[2, 6]], attributes: { shape: [3, 4] } },
    { inputs: [[2, 3]], attributes: { shape: [5] }, fails: "not as many elements" },
  ],
});

export const sameShape = (a: readonly Dim[], b: readonly Dim[]): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i]);

const broadcastOp = affineView<Shaped>({
  name: "broadcast",
  doc: "The same values repeated to a larger shape (trailing axes aligned, sizes 1 repeated).",
  type: ([x], { shape }) => {
    const skip = shape.length - x.shape.length;
    if (skip < 0 || x.shape.some((d, i) => d !== 1 && d !== shape[i + skip]))
      throw new ShapeMistake({ kind: "repeat", from: x.shape, to: shape });
    return { shape, dtype: x.dtype };
  },
  gradient: (node, g) => [unbroadcast(g, node.inputs[0].shape)],
  index: (node) => {
    const [x] = node.inputs;
    const skip = node.shape.length - x.shape.length;
    return x.shape.map((d, i) => (d === 1 ? affine([]) : along(output(i + skip))));
  },
  simplify: (node) => (sameShape(node.inputs[0].shape, node.shape) ? node.inputs[0] : undefined),
  lift: (node, [x], lead) => {
    const own = x.node.shape.slice(1);
    const ones = new Array<number>(node.shape.length - own.length).fill(1);
    return broadcast(reshape(x.node, [lead, ...ones, ...own]), [lead, ...node.shape]);
  },
  examples: [
    { inputs: [[3, 1]], attributes: { shape: [2, 3, 4] } },
    { inputs: [[3]], attributes: { shape: [2, 4] }, fails: "does not repeat" },
  ],
});

const transposeOp = affineView<Ordered>({
  name: "transpose",
  doc: "Axes in another order; the order counts from the end and may name only the last axes.",
  type: ([x], { order }) => {
    const lead = x.shape.length - order.length;
    if (lead < 0) throw new ShapeMistake({ kind: "few-axes", op: "transpose", shape: x.shape, needed: order.length });
    return {
      shape: [...x.shape.slice(0, lead), ...order.map((i) => sizeAlong(x, i))],
      dtype: x.dtype,
    };
  },
  gradient: (node, g) => {
    const { order } = node.attributes;
    const back = order.map((_, i) => order.indexOf(i - order.length) - order.length);
    return [transpose(g, back)];
  },
  index: (node) => {
    const { order } = node.attributes;
    const rank = node.shape.length;
    const index = identity(rank);
    order.forEach((from, i) => {
      index[rank + from] = along(output(rank - order.length + i));
    });
    return index;
  },
  simplify: (node) => {
    const { order } = node.attributes;
    if (order.every((from, i) => from === i - order.length)) return node.inputs[0];
    const [x] = node.inputs;
    if (x.op !== "transpose") return undefined;
    const inner = x.attributes.order as readonly number[];
    if (inner.length !== order.length) return undefined;
    return transpose(
      operand(x),
      order.map((i) => itemAt(inner, i)),
    );
  },
  examples: [{ inputs: [[2, 3, 4]], attributes: { order: [-1, -3, -2] } }],
});

const sliceOp = affineView<Sliced>({
  name: "slice",
  doc: "`size` places of one axis from `start` on.",
  type: ([x], { axis, start, size }) => {
    const full = x.shape[x.shape.length + axis];
    if (full === undefined) throw new ShapeMistake({ kind: "no-axis", op: "slice", shape: x.shape, axis });
    const end = addDims(start, size);
    if (
      isNumber(full) &&
      isNumber(end) &&
      (end > full || (isNumber(start) && start < 0) || (isNumber(size) && size < 1))
    )
      throw new ShapeMistake({ kind: "slice", start, end, extent: full });
    return { shape: x.shape.map((d, i) => (i === x.shape.length + axis ? size : d)), dtype: x.dtype };
  },
  gradient: (node, g) => {
    const { axis, start, size } = node.attributes;
    const [x] = node.inputs;
    return [pad(g, axis, start, subDims(subDims(sizeAlong(x, axis), start), size))];
  },
  index: (node) => {
    const rank = node.shape.length;
    const index = identity(rank);
    const at = rank + node.attributes.axis;
    index[at] = affine([[output(at), 1]], node.attributes.start as number);
    return index;
  },
  fate: (node, _, d, length) => {
    const { axis, start, size } = node.attributes;
    if (d !== node.shape.length + axis) return { kind: "carried", axis: d, length };
    const places = sizeAlong(node.inputs[0], axis);
    const first = isNumber(start) ? start : 0;
    const left = shifted(length, -first);
    const isWhole = isNumber(places) && isNumber(size) && places - first <= size;
    return { kind: "carried", axis: d, length: isWhole ? left : make("min", [left, extentOf(size)]) };
  },
  simplify: (node) => {
    const [x] = node.inputs;
    if (sameShape(x.shape, node.shape)) return x;
    return x.op === "concat" ? partOf(x, node) : undefined;
  },
  examples: [
    { inputs: [[2, 5]], attributes: { axis: -1, start: 1, size: 3 } },
    { inputs: [[2, 5]], attributes: { axis: -1, start: 3, size: 3 }, fails: "not within" },
  ],
});

/** A slice that lies within one part of a concatenation is a slice of that part. */
function partOf(whole: Node, node: NodeOf<Sliced, 1>): Node | undefined {
  const { axis, start, size } = node.attributes;
  if (whole.attributes.axis !== axis || !isNumber(start) || !isNumber(size)) return undefined;
  let from = 0;
  for (const part of whole.inputs) {
    const length = sizeAlong(part, axis);
    if (!isNumber(length)) return undefined;
    if (start >= from && start + size <= from + length) return slice(part, axis, start - from, size);
    from += length;
  }
  return undefined;
}

const padOp = affineView<Padded>({
  name: "pad",
  doc: "Zeros before and after one axis.",
  type: ([x], { axis, before, after }) => {
    const at = x.shape.length + axis;
    return { shape: x.shape.map((d, i) => (i === at ? addDims(addDims(d, before), after) : d)), dtype: x.dtype };
  },
  gradient: (node, g) => {
    const [x] = node.inputs;
    const axis = node.attributes.axis;
    return [slice(g, axis, node.attributes.before, sizeAlong(x, axis))];
  },
  fill: 0,
  index: (node) => {
    const rank = node.shape.length;
    const index = identity(rank);
    const at = rank + node.attributes.axis;
    index[at] = affine([[output(at), 1]], -(node.attributes.before as number));
    return index;
  },
  simplify: (node) => (sameShape(node.inputs[0].shape, node.shape) ? node.inputs[0] : undefined),
  examples: [{ inputs: [[2, 3]], attributes: { axis: -1, before: 1, after: 2 } }],
});

const reverseOp = affineView<Along>({
  name: "reverse",
  doc: "One axis in the opposite order.",
  type: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  gradient: (node, g) => [make("reverse", [g], node.attributes)],
  index: (node) => {
    const rank = node.shape.length;
    const index = identity(rank);
    const at = rank + node.attributes.axis;
    index[at] = affine([[output(at), -1]], (node.shape[at] as number) - 1);
    return index;
  },
  simplify: (node) => {
    const [x] = node.inputs;
    return x.op === "reverse" && x.attributes.axis === node.attributes.axis ? operand(x) : undefined;
  },
  examples: [{ inputs: [[3, 2]], attributes: { axis: -2 } }],
});

const concatOp = defineOp<Along, number>({
  name: "concat",
  doc: "Inputs side by side along one axis.",
  type: (inputs, { axis }) => {
    const [first] = inputs;
    if (!first) throw new ShapeMistake({ kind: "join", shapes: [] });
    const at = first.shape.length + axis;
    for (const x of inputs)
      if (x.shape.length !== first.shape.length || x.shape.some((d, i) => i !== at && d !== first.shape[i]))
        throw new ShapeMistake({ kind: "join", shapes: inputs.map((n) => n.shape) });
    const total = inputs.reduce<Dim>((s, x) => addDims(s, sizeAlong(x, axis)), 0);
    return { shape: first.shape.map((d, i) => (i === at ? total : d)), dtype: first.dtype };
  },
  gradient: (node, g) => {
    const axis = node.attributes.axis;
    let start: Dim = 0;
    return node.inputs.map((x) => {
      const size = sizeAlong(x, axis);
      const part = slice(g, axis, start, size);
      start = addDims(start, size);
      return part;
    });
  },
  lowering: { class: "view", index: (node) => ({ kind: "concat", axis: node.attributes.axis }) },
  reference: (inputs, node, { shape }) => {
    const at = shape.length + node.attributes.axis;
    const out = tensor(shape);
    const strides = rowMajor(shape);
    let start = 0;
    for (const x of inputs) {
      eachCoordinate(x.shape, (c, linear) => {
        const to = c.reduce((s, v, d) => s + (d === at ? v + start : v) * strides[d]!, 0);
        out.data[to] = x.data[linear]!;
      });
      start += itemAt(x.shape, node.attributes.axis);
    }
    return out;
  },
  simplify: joinSlices,
  lift: (node, inputs, lead) =>
    concat(
      inputs.map((x) => (x.lifted ? x.node : broadcast(x.node, [lead, ...x.node.shape]))),
      node.attributes.axis,
    ),
  examples: [
    {
      inputs: [
        [2, 3],
        [2, 2],
      ],
      attributes: { axis: -1 },
    },
    {
      inputs: [
        [2, 3],
        [3, 2],
      ],
      attributes: { axis: -1 },
      fails: "differ beside",
    },
  ],
});

/** Consecutive slices of one tensor, joined again, are that tensor. */
function joinSlices(node: NodeOf<Along, number>): Node | undefined {
  const source = node.inputs[0]?.inputs[0];
  if (!source || !sameShape(source.shape, node.shape)) return undefined;
  let start = 0;
  for (const part of node.inputs) {
    const { axis, start: from, size } = part.attributes as { axis: number; start: number; size: number };
    if (part.op !== "slice" || part.inputs[0] !== source || axis !== node.attributes.axis || from !== start)
      return undefined;
    start += size;
  }
  return source;
}

const sameOp = defineOp<NoAttributes, 1>({
  name: "stop",
  doc: "The same value; no gradient passes.",
  type: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  gradient: "none",
  lowering: { class: "same" },
  reference: ([x]) => x,
  examples: [{ inputs: [[3]] }],
});

const stationaryOp = defineOp<NoAttributes, 1>({
  name: "stationary",
  doc: "The same value, around which what is made with it is flat: a first derivative needs none by it, a second does.",
  type: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  gradient: "none",
  lowering: { class: "same", once: true },
  reference: ([x]) => x,
  examples: [{ inputs: [[3]] }],
});

const anchorOp = defineOp<{ readonly box?: number }, 1>({
  name: "anchor",
  doc: "The same value, by which a gradient is taken or which a drawing shows as a box: no simplification passes it by.",
  type: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  gradient: (_, g) => [g],
  lowering: { class: "same" },
  reference: ([x]) => x,
  examples: [{ inputs: [[3]] }],
});

const castOp = defineOp<{ readonly to: DType }, 1>({
  name: "cast",
  doc: "Class indices as real numbers, or whole real numbers as class indices.",
  type: ([x], { to }) => ({ shape: x.shape, dtype: to }),
  gradient: "none",
  lowering: { class: "same" },
  reference: ([x]) => x,
  simplify: (node) => (node.inputs[0].dtype === node.dtype ? node.inputs[0] : undefined),
  examples: [{ inputs: [[3]], attributes: { to: "f32" }, integers: [0] }],
});

export { identity, output, readAt };
