// Sequences of different length in one batch, as ops: one gives an axis its length, the other takes what lies past the end out.
// Only the checker makes them; the pass `lengths` puts comparisons and choices in their place.

import type { Dim } from "../arithmetic/dim.ts";
import { product } from "../arithmetic/dim.ts";
import { itemAt } from "../arithmetic/lists.ts";
import { rowMajor } from "../arithmetic/strides.ts";
import { constant, einsum, indexAlong, make, reshape, select, sub, transpose } from "../graph/build.ts";
import { lengthsOf } from "../graph/lengths.ts";
import type { Node } from "../graph/node.ts";
import { operand, sizeAlong } from "../graph/node.ts";
import type { NodeOf, Op } from "../graph/op.ts";
import { defineOp } from "../graph/op.ts";
import { eachCoordinate, scalarOf, tensor } from "../graph/tensor.ts";

export const raggedOps = (): Op[] => [raggedOp, maskedOp, reverseWithinOp];

/** An axis, from the end. */
type Along = { readonly axis: number };
type Masked = Along & { readonly fill: number };

const axisOf = (node: NodeOf<Along, 2>): number => node.shape.length + node.attributes.axis;

/** 1 at the real places of an axis (from the end), 0 past the end, shaped to meet values of that shape. */
export function realPlaces(length: Node, shape: readonly Dim[], axis: number): Node {
  const size = sizeAlong({ shape }, axis);
  const after = new Array<Dim>(-1 - axis).fill(1);
  return reshape(make("lt", [indexAlong([size], -1), length]), [size, ...after]);
}

/** Elements of an axis (from the end) at the places that a vector says, as a product with the rows of these places. */
export function takenAlong(x: Node, axis: number, places: Node): Node {
  const rank = x.shape.length;
  const front = [axis, ...x.shape.map((_, i) => i - rank).filter((i) => i !== axis)];
  const moved = transpose(make("cast", [x], { to: "f32" }), front);
  const [size, rest] = [sizeAlong(moved, 0), moved.shape.slice(1)];
  const rows = make("eq", [indexAlong([size], -1), reshape(places, [...places.shape, 1])]);
  const flat = einsum("ts,sd->td", rows, reshape(moved, [size, product(rest)]));
  const back = front.map((_, i) => front.indexOf(i - rank) - rank);
  const taken = transpose(reshape(flat, [sizeAlong(places, 0), ...rest]), back);
  return make("cast", [taken], { to: x.dtype });
}

const raggedOp = defineOp<Along, 2>({
  name: "ragged",
  doc: "The same values, of which along one axis each example has as many as the second input says.",
  type: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  gradient: (_, g) => [g, undefined],
  lowering: { class: "abstract" },
  fate: (node, _, axis, length) => (axis === axisOf(node) ? { kind: "dropped" } : { kind: "carried", axis, length }),
  gives: (node) => [axisOf(node), node.inputs[1]],
  plain: ([x]) => x,
  reference: ([x]) => x,
  simplify: (node) => {
    const [x, length] = node.inputs;
    return lengthsOf(x)?.[axisOf(node)] === length ? x : undefined;
  },
  examples: [],
});

const maskedOp = defineOp<Masked, 2>({
  name: "masked",
  doc: "The values of the places that an example has along one axis, and a number past its end.",
  type: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  gradient: (node, g) => [make("masked", [g, node.inputs[1]], { ...node.attributes, fill: 0 }), undefined],
  lowering: { class: "abstract" },
  fate: (node, _, axis, length) => (axis === axisOf(node) ? { kind: "dropped" } : { kind: "carried", axis, length }),
  plain: ([x, length], { axis, fill }) => {
    const numbers = make("cast", [x], { to: "f32" });
    const chosen = select(realPlaces(length, x.shape, axis), numbers, constant(fill));
    return make("cast", [chosen], { to: x.dtype });
  },
  reference: ([x, length], node) => {
    const out = tensor(x.shape, x.data);
    const end = scalarOf(length);
    eachCoordinate(x.shape, (at, linear) => {
      if (itemAt(at, node.attributes.axis) >= end) out.data[linear] = node.attributes.fill;
    });
    return out;
  },
  simplify: (node) => {
    const [x, length] = node.inputs;
    if (x.op !== "masked" || x.inputs[1] !== length || x.attributes.axis !== node.attributes.axis) return undefined;
    return x.attributes.fill === node.attributes.fill ? x : make("masked", [operand(x), length], node.attributes);
  },
  examples: [],
});

const reverseWithinOp = defineOp<Along, 2>({
  name: "reverse_within",
  doc: "The places that an example has along one axis in the opposite order, those past its end where they were.",
  type: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  gradient: (node, g) => [make("reverse_within", [g, node.inputs[1]], node.attributes), undefined],
  lowering: { class: "abstract" },
  fate: (_, __, axis, length) => ({ kind: "carried", axis, length }),
  plain: ([x, length], { axis }) => {
    const to = indexAlong([sizeAlong(x, x.shape.length + axis)], -1);
    const mirrored = sub(sub(length, constant(1)), to);
    return takenAlong(x, axis, select(make("lt", [to, length]), mirrored, to));
  },
  reference: ([x, length], node) => {
    const out = tensor(x.shape);
    const { axis } = node.attributes;
    const stride = itemAt(rowMajor(x.shape), axis);
    const end = scalarOf(length);
    eachCoordinate(x.shape, (at, linear) => {
      const place = itemAt(at, axis);
      const from = place < end ? end - 1 - place : place;
      out.data[linear] = x.data[linear + (from - place) * stride]!;
    });
    return out;
  },
  simplify: (node) => {
    const [x, length] = node.inputs;
    const isMirror = x.op === "reverse_within" && x.inputs[1] === length && x.attributes.axis === node.attributes.axis;
    return isMirror ? x.inputs[0] : undefined;
  },
  examples: [],
});
