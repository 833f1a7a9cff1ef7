// Reductions over axes that count from the end.

import { type Dim, isNumber } from "../arithmetic/dim.ts";
import { itemAt, zip } from "../arithmetic/lists.ts";
import { rowMajor } from "../arithmetic/strides.ts";
import {
  add,
  broadcast,
  constant,
  contract,
  contractOf,
  equal,
  extentOf,
  indexAlong,
  keeping,
  make,
  mul,
  pad,
  reshape,
  select,
  slice,
  sum,
  without,
} from "../graph/build.ts";
import type { Node } from "../graph/node.ts";
import { operand, sizeAlong } from "../graph/node.ts";
import type { Op, ReduceSpace } from "../graph/op.ts";
import { axis as along, defineOp, type NodeOf, type OpRules } from "../graph/op.ts";
import { ShapeMistake } from "../graph/shapemistake.ts";
import { eachCoordinate, tensor } from "../graph/tensor.ts";
import { sumOfScaled } from "./scaling.ts";

export const reduceOps = (): Op[] => [sumOp, maxOp, argmaxOp];

/** Axes count from the end. */
type Reduced = { readonly axes: readonly number[] };
type Reduction = NodeOf<Reduced, 1>;

const axesOf = (node: Node): readonly number[] => node.attributes.axes as readonly number[];

function spaceOf(node: Reduction): ReduceSpace {
  const [x] = node.inputs;
  const axes = x.shape.map((d, i) => [`o${i}`, d] as const);
  const gone = new Set(axesOf(node).map((i) => x.shape.length + i));
  return {
    axes,
    out: axes.filter((_, i) => !gone.has(i)).map(([n]) => n),
    index: axes.map(([n]) => along(n)),
  };
}

function record(
  name: string,
  doc: string,
  combine: "sum" | "max" | "argmax",
  rest: Pick<OpRules<Reduced, 1>, "gradient" | "simplify" | "examples">,
): Op {
  return defineOp<Reduced, 1>({
    name,
    doc,
    type: ([x], { axes }) => {
      const wrong = axes.find((i) => i >= 0 || x.shape.length + i < 0);
      if (wrong !== undefined) throw new ShapeMistake({ kind: "no-axis", op: name, shape: x.shape, axis: wrong });
      return { shape: without(x.shape, axes), dtype: combine === "argmax" ? "i32" : "f32" };
    },
    lowering: { class: "reduce", combine, over: spaceOf },
    reference: ([x], node, { shape }) => {
      const out = tensor(shape);
      if (combine === "max") out.data.fill(-Infinity);
      const best = tensor(shape).data.fill(-Infinity);
      const gone = new Set(node.attributes.axes.map((i) => x.shape.length + i));
      const strides = rowMajor(shape);
      eachCoordinate(x.shape, (at, linear) => {
        let to = 0;
        let position = 0;
        let d = 0;
        at.forEach((v, i) => {
          if (gone.has(i)) position = position * x.shape[i]! + v;
          else to += v * strides[d++]!;
        });
        const value = x.data[linear]!;
        if (combine === "sum") out.data[to]! += value;
        else if (combine === "max") out.data[to] = Math.max(out.data[to]!, value);
        else if (value > best[to]!) {
          best[to] = value;
          out.data[to] = position;
        }
      });
      return out;
    },
    ...rest,
  });
}

const back = (node: Reduction, g: Node): Node => {
  const [x] = node.inputs;
  return broadcast(reshape(g, keeping(x.shape, axesOf(node))), x.shape);
};

const sumOp = record("sum", "Sum over axes.", "sum", {
  gradient: (node, g) => [back(node, g)],
  simplify: (node) =>
    sumOfSum(node) ??
    sumOfContract(node) ??
    sumOfPart(node) ??
    sumOfBroadcast(node) ??
    sumOfReshape(node) ??
    sumOfScaled(node),
  examples: [
    { inputs: [[2, 3, 4]], attributes: { axes: [-2] } },
    { inputs: [[2, 3, 4]], attributes: { axes: [-3, -1] } },
    { inputs: [[2]], attributes: { axes: [-2] }, fails: "has no axis" },
  ],
});

/** One sum over all axes of both. */
function sumOfSum(node: Reduction): Node | undefined {
  const [x] = node.inputs;
  if (x.op !== "sum") return undefined;
  const source = operand(x);
  const rank = source.shape.length;
  const gone = new Set(axesOf(x).map((i) => rank + i));
  const left = source.shape.map((_, i) => i).filter((i) => !gone.has(i));
  const outer = axesOf(node).map((i) => itemAt(left, i) - rank);
  return sum(source, [...axesOf(x), ...outer]);
}

/** Axes summed over after a contraction are contracted. */
function sumOfContract(node: Reduction): Node | undefined {
  const [x] = node.inputs;
  if (x.op !== "contract") return undefined;
  const space = contractOf(x);
  const gone = new Set(axesOf(node).map((i) => itemAt(space.out, i)));
  const operands = [...space.a, ...space.b].flatMap((i) => i.terms.map(([n]) => n));
  if ([...gone].some((n) => !operands.includes(n))) return undefined;
  // An axis that only one operand has would be summed again for every element of the other: sum that operand first instead.
  const inBoth = (n: string): boolean =>
    [space.a, space.b].every((side) => side.some((i) => i.terms.some(([m]) => m === n)));
  if (![...gone].every(inBoth)) return undefined;
  return contract(operand(x, 0), operand(x, 1), { ...space, out: space.out.filter((n) => !gone.has(n)) });
}

/** Cutting, padding and joining along one axis commute with a sum over others. */
function sumOfPart(node: Reduction): Node | undefined {
  const [x] = node.inputs;
  if (x.op !== "slice" && x.op !== "pad" && x.op !== "concat") return undefined;
  const axes = axesOf(node);
  const axis = x.attributes.axis as number;
  if (axes.includes(axis)) return undefined;
  const moved = axis + axes.filter((i) => i > axis).length;
  return make(
    x.op,
    x.inputs.map((i) => sum(i, axes)),
    { ...x.attributes, axis: moved },
  );
}

/** Summing what was only repeated is a multiplication. */
function sumOfBroadcast(node: Reduction): Node | undefined {
  const [x] = node.inputs;
  if (x.op !== "broadcast") return undefined;
  const source = operand(x);
  const rank = x.shape.length;
  const skip = rank - source.shape.length;
  const repeated = (i: number): boolean => i < skip || (source.shape[i - skip] === 1 && x.shape[i] !== 1);
  const gone = axesOf(node).map((i) => rank + i);
  if (!gone.every(repeated)) return undefined;
  const kept = x.shape.map((_, i) => i).filter((i) => !gone.includes(i));
  const shape: Dim[] = kept.map((i) => (i < skip ? 1 : sizeAlong(source, i - skip)));
  const count = gone
    .map((i) => sizeAlong(x, i))
    .reduce<Node>((c, d) => mul(c, make("extent", [], { dim: d })), constant(1));
  return broadcast(mul(reshape(source, shape), count), node.shape);
}

/** A reshape that only adds or drops axes of size 1 moves behind the sum. */
function sumOfReshape(node: Reduction): Node | undefined {
  const [x] = node.inputs;
  if (x.op !== "reshape") return undefined;
  const source = operand(x);
  const places = x.shape.map((d, i) => ({ d, i })).filter(({ d }) => d !== 1);
  const from = source.shape.map((d, i) => ({ d, i })).filter(({ d }) => d !== 1);
  if (places.length !== from.length) return undefined;
  const moved = zip(places, from);
  if (moved.some(([place, before]) => place.d !== before.d)) return undefined;
  const gone = new Set(axesOf(node).map((i) => x.shape.length + i));
  const axes = moved.flatMap(([{ i }, before]) => (gone.has(i) ? [before.i - source.shape.length] : []));
  return reshape(sum(source, axes), node.shape);
}

/** Positions up to here are exact as numbers. */
const COUNTED = 2 ** 24;
const STRETCH = 2 ** 12;

/** 1 where an element is the first largest of its group. */
function isFirstLargest(x: Node, axes: readonly number[]): Node {
  // A batch of examples is far smaller.
  const sizes = axes.map((axis) => sizeAlong(x, axis)).filter(isNumber);
  if (sizes.reduce((a, b) => a * b, 1) > COUNTED)
    return axes.length > 1 ? isFirstByAxes(x, axes) : isFirstByStretches(x, axes);
  const winner = make("argmax", [x], { axes });
  const place = axes.reduce<Node>(
    (flat, axis) => add(mul(flat, extentOf(sizeAlong(x, axis))), indexAlong(x.shape, axis)),
    constant(0),
  );
  return equal(place, broadcast(reshape(winner, keeping(x.shape, axes)), x.shape));
}

/** The same of very large groups: the first largest of the first part that has it. */
function isFirstByAxes(x: Node, [first = -1, ...rest]: readonly number[]): Node {
  const largest = reshape(make("reduce_max", [x], { axes: rest }), keeping(x.shape, rest));
  return mul(isFirstLargest(x, rest), broadcast(isFirstLargest(largest, [first]), x.shape));
}

/** The same along one very long axis, which is laid out as stretches; what the last one lacks is never the largest. */
function isFirstByStretches(x: Node, [axis = -1]: readonly number[]): Node {
  const at = x.shape.length + axis;
  const size = x.shape[at] as number;
  const count = Math.ceil(size / STRETCH);
  const around = (...middle: Dim[]): Dim[] => [...x.shape.slice(0, at), ...middle, ...x.shape.slice(at + 1)];
  const laid = reshape(pad(x, axis, 0, count * STRETCH - size), around(count, STRETCH));
  const isPast = mul(
    equal(indexAlong(laid.shape, axis - 1), constant(count - 1)),
    make("lt", [constant(size - (count - 1) * STRETCH - 1), indexAlong(laid.shape, axis)]),
  );
  const first = isFirstByAxes(select(isPast, constant(Number.NEGATIVE_INFINITY), laid), [axis - 1, axis]);
  return slice(reshape(first, around(count * STRETCH)), axis, 0, size);
}

const maxOp = record("reduce_max", "Largest over axes; the gradient goes to the first largest.", "max", {
  gradient: (node, g) => [
    select(
      isFirstLargest(
        node.inputs[0],
        axesOf(node).toSorted((a, b) => a - b),
      ),
      back(node, g),
      constant(0),
    ),
  ],
  examples: [{ inputs: [[2, 3, 4]], attributes: { axes: [-1] } }],
});

const argmaxOp = record("argmax", "Position of the first largest, in row-major order over the axes.", "argmax", {
  gradient: "none",
  examples: [{ inputs: [[2, 3, 4]], attributes: { axes: [-2, -1] } }],
});
