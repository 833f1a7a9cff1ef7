// Elementwise ops. A row is: name, what it computes, its derivative. Operands broadcast as in NumPy (trailing axes aligned).
// In the gradients `x`, `y` are the operands, `v` the value, `g` the cotangent of the value.

import type { Dim } from "../arithmetic/dim.ts";
import { itemAt } from "../arithmetic/lists.ts";
import type { ScalarName } from "../arithmetic/scalar.ts";
import { scalars } from "../arithmetic/scalar.ts";
import { constant, div, make, mul, neg, not, reshape, select, sub, unbroadcast } from "../graph/build.ts";
import type { Node } from "../graph/node.ts";
import { operand } from "../graph/node.ts";
import type { Example, Lifted, Op } from "../graph/op.ts";
import { ShapeMistake } from "../graph/shapemistake.ts";
import { broadcastReader, eachCoordinate, tensor } from "../graph/tensor.ts";
import { isSmaller, negativeFactor, smallFactorsTogether, timesReciprocal } from "./scaling.ts";
import {
  addPads,
  addSlices,
  addZero,
  divOne,
  foldConstants,
  knownSelect,
  mulOne,
  smallPower,
  stableLog,
  subZero,
} from "./simplify.ts";
import {
  isAboveZero,
  isBelowLargest,
  isConstant,
  isFixed,
  isSumOfSquares,
  sharedWhereLess,
  unlessZero,
  whereLess,
} from "./slopes.ts";

type Derivative = (g: Node, x: Node, y: Node, v: Node, z: Node) => (Node | undefined)[];

/** Operands that an op lacks repeat its first: no rule reads them. */
type Simplify = (node: Node, x: Node, y: Node, z: Node) => Node | undefined;

interface Row {
  readonly doc: string;
  /** Of one operand, and a function of the language by this name: what the manual says of it. */
  readonly manual?: string;
  readonly derivative: Derivative | "none";
  readonly simplify?: Simplify;
  readonly chooses?: Op["chooses"];
  readonly passes?: true;
  readonly singular?: Op["singular"];
  readonly range?: readonly [number, number];
  /** Operands at which value and derivative are finite, where they are not everywhere. */
  readonly calm?: readonly (number | undefined)[];
  /** Shapes of the example's operands where the usual ones, of which one is repeated, become another op. */
  readonly shapes?: readonly (readonly number[])[];
}

const one = (): Node => constant(1);
const apply = (name: ScalarName, ...inputs: Node[]): Node => make(name, inputs);

const rows: Record<ScalarName, Row> = {
  add: {
    doc: "x + y",
    derivative: (g) => [g, g],
    passes: true,
    simplify: (n, x, y) => addZero(n, x, y) ?? addPads(n) ?? addSlices(x, y),
  },
  sub: { doc: "x - y", derivative: (g) => [g, neg(g)], passes: true, simplify: subZero },
  mul: {
    doc: "x * y",
    derivative: (g, x, y) => [mul(g, y), mul(g, x)],
    simplify: (n, x, y) => mulOne(n, x, y) ?? smallFactorsTogether(n),
  },
  div: {
    doc: "x / y",
    derivative: (g, x, y, v) => {
      const cotangents = [div(g, y), neg(div(mul(g, v), y))];
      // A small divisor's products are moved to where there is less to do: they stay as they are.
      return isConstant(y) || isSmaller(y, v.shape) || isSmaller(x, v.shape)
        ? cotangents
        : cotangents.map((d) => unlessZero(g, d));
    },
    singular: (n) => !isConstant(operand(n, 1)) && !isAboveZero(operand(n, 1)),
    simplify: (n, x, y) => divOne(n, x, y) ?? timesReciprocal(n),
    range: [0.5, 2],
    calm: [undefined, 1],
    shapes: [
      [2, 1],
      [2, 1],
    ],
  },
  max: {
    doc: "the larger; at a tie the gradient goes to both by half, and to none where one is a constant",
    // For a constant y the value itself tells: v > y exactly where x > y, so x need not be kept.
    derivative: (g, x, y, v) =>
      isFixed(y) || isFixed(x)
        ? [whereLess(y, isFixed(y) ? v : x, g), whereLess(x, isFixed(x) ? v : y, g)]
        : [sharedWhereLess(y, x, g), sharedWhereLess(x, y, g)],
    passes: true,
  },
  min: {
    doc: "the smaller; at a tie the gradient goes to both by half, and to none where one is a constant",
    derivative: (g, x, y) =>
      isFixed(y) || isFixed(x)
        ? [whereLess(x, y, g), whereLess(y, x, g)]
        : [sharedWhereLess(x, y, g), sharedWhereLess(y, x, g)],
    passes: true,
  },
  pow: {
    doc: "x to the power y; of a negative x whole powers alone",
    derivative: (g, x, y, v) => {
      const slope = (gy: Node): Node => mul(gy, apply("pow", x, sub(y, one())));
      if (isConstant(y)) {
        const d = slope(mul(g, y));
        return [(y.attributes.value as number) < 1 ? unlessZero(g, d) : d, undefined];
      }
      // 0^y for y >= 0 is what it is however y moves.
      const [gy, gv] = [mul(g, y), select(x, mul(g, v), mul(mul(g, v), apply("lt", y, constant(0))))];
      return [unlessZero(gy, slope(gy)), unlessZero(gv, mul(gv, apply("log", x)))];
    },
    singular: () => true,
    simplify: smallPower,
    range: [0.3, 2],
    calm: [1, 1],
  },
  neg: {
    doc: "-x",
    derivative: (g) => [neg(g)],
    passes: true,
    simplify: (n, x) => (x.op === "neg" ? operand(x) : negativeFactor(n)),
  },
  abs: { doc: "|x|", manual: "|x| of each number", derivative: (g, x) => [mul(g, apply("sign", x))] },
  sign: { doc: "-1, 0 or 1", manual: "-1, 0 or 1, by the sign of each number", derivative: "none" },
  floor: {
    doc: "largest integer not above x",
    manual: "the largest whole number that is not above x",
    derivative: "none",
  },
  sqrt: {
    doc: "square root; at 0 its slope is infinite, and 0 where it is the length of a vector",
    manual: "the square root of each number",
    derivative: (g, x, _y, v) => [unlessZero(isSumOfSquares(x) ? v : g, div(g, mul(constant(2), v)))],
    singular: (n) => !isAboveZero(operand(n)),
    range: [0.3, 2],
    calm: [1],
  },
  exp: {
    doc: "e^x",
    manual: "e^x of each number",
    derivative: (g, _x, _y, v) => [mul(g, v)],
    singular: (n) => !isBelowLargest(operand(n)),
    calm: [0],
  },
  log: {
    doc: "natural logarithm",
    manual: "the natural logarithm of each number",
    derivative: (g, x) => [unlessZero(g, div(g, x))],
    singular: () => true,
    simplify: stableLog,
    range: [0.3, 2],
    calm: [1],
  },
  sin: { doc: "sine", manual: "the sine of each number", derivative: (g, x) => [mul(g, apply("cos", x))] },
  cos: { doc: "cosine", manual: "the cosine of each number", derivative: (g, x) => [neg(mul(g, apply("sin", x)))] },
  tanh: {
    doc: "hyperbolic tangent",
    manual: "(e^x - e^-x) / (e^x + e^-x) of each number",
    derivative: (g, _x, _y, v) => [mul(g, sub(one(), mul(v, v)))],
  },
  sigmoid: {
    doc: "1 / (1 + e^-x)",
    manual: "1 / (1 + e^-x) of each number",
    derivative: (g, _x, _y, v) => [mul(g, mul(v, sub(one(), v)))],
  },
  softplus: {
    doc: "log(1 + e^x), without overflow",
    manual: "log(1 + e^x) of each number",
    derivative: (g, x) => [mul(g, apply("sigmoid", x))],
  },
  erf: {
    doc: "error function, 2/sqrt(pi) times the integral of e^(-t^2) from 0 to x",
    manual: "the error function, 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x",
    derivative: (g, x) => [mul(g, mul(constant(2 / Math.sqrt(Math.PI)), apply("exp", neg(mul(x, x)))))],
  },
  lt: { doc: "1 where x < y, else 0", derivative: "none" },
  le: { doc: "1 where x <= y, else 0", derivative: "none" },
  eq: { doc: "1 where x = y, else 0", derivative: "none" },
  finite: { doc: "1 where x is neither infinite nor NaN, else 0", derivative: "none" },
  select: {
    doc: "y where x is not 0, else z",
    derivative: (g, c) => [undefined, select(c, g, constant(0)), select(c, constant(0), g)],
    chooses: (n) => [undefined, operand(n), not(operand(n))],
    passes: true,
    simplify: knownSelect,
  },
};

/** Functions of the language that are one op of one operand: their names, and what the manual says of each. */
export const elementwiseFunctions = (): [ScalarName, string][] =>
  (Object.keys(rows) as ScalarName[]).flatMap((name) => (rows[name].manual ? [[name, rows[name].manual]] : []));

export const elementwiseOps = (): Op[] => (Object.keys(rows) as ScalarName[]).map(record);

/** In the place of operands that an op does not have. */
const zero = (): number => 0;

function record(name: ScalarName): Op {
  const row = rows[name];
  const { arity } = scalars[name];
  return {
    name,
    doc: row.doc,
    type: (inputs) => ({ shape: broadcastShapes(name, inputs), dtype: "f32" }),
    gradient: row.derivative === "none" ? "none" : gradientOf(row.derivative),
    ...(row.chooses ? { chooses: row.chooses } : {}),
    ...(row.passes ? { passes: true } : {}),
    ...(row.singular ? { singular: row.singular } : {}),
    lowering: { class: "map", scalar: name },
    reference: (inputs, _, { shape }) => {
      const out = tensor(shape);
      const [first = zero, second = zero, third = zero] = inputs.map((t) => broadcastReader(t, shape));
      const { evaluate } = scalars[name];
      eachCoordinate(shape, (at, linear) => {
        out.data[linear] = evaluate(first(at, linear), second(at, linear), third(at, linear));
      });
      return out;
    },
    ...(row.calm ? { calm: row.calm } : {}),
    simplify: (node) => foldConstants(name, node) ?? row.simplify?.(node, ...operandsOf(node)),
    lift: (node, inputs, lead) => make(name, aligned(inputs, lead, node.shape.length)),
    examples: examplesOf(arity, row),
  };
}

/** Three operands, for rules of up to so many: the first stands where an op has fewer. */
function operandsOf(node: Node): readonly [Node, Node, Node] {
  const x = operand(node);
  return [x, node.inputs[1] ?? x, node.inputs[2] ?? x];
}

function gradientOf(derivative: Derivative): (node: Node, g: Node, alive?: Node) => (Node | undefined)[] {
  return (node, g, alive) => {
    const [x, y, z] = operandsOf(node);
    const chosen = (d: Node): Node => (alive ? select(alive, d, constant(0)) : d);
    return derivative(g, x, y, node, z).map((d, i) => d && unbroadcast(full(chosen(d), node), operand(node, i).shape));
  };
}

/** A cotangent may come out smaller than the value (a constant zero branch); it counts at every place. */
function full(d: Node, node: Node): Node {
  return d.shape.length === node.shape.length && d.shape.every((s, i) => s === node.shape[i])
    ? d
    : make("broadcast", [d], { shape: node.shape });
}

function examplesOf(arity: number, row: Row): Example[] {
  const range = row.range;
  const options = range ? { range } : {};
  const shapes = row.shapes ?? [[2, 3], [3], [2, 1]].slice(0, arity);
  const list: Example[] = [{ inputs: shapes, ...options }];
  if (arity === 2) list.push({ inputs: [[2, 3], [4]], fails: "do not fit" });
  return list;
}

export function broadcastShapes(name: string, inputs: readonly { readonly shape: readonly Dim[] }[]): Dim[] {
  const rank = Math.max(...inputs.map((n) => n.shape.length));
  const shape: Dim[] = new Array(rank).fill(1);
  for (const input of inputs) {
    input.shape.forEach((d, i) => {
      const at = rank - input.shape.length + i;
      const left = itemAt(shape, at);
      if (left === 1) shape[at] = d;
      else if (d !== 1 && d !== left) {
        const shapes = inputs.map((n) => n.shape);
        throw new ShapeMistake({ kind: "broadcast", op: name, shapes, axis: at - rank, left, right: d });
      }
    });
  }
  return shape;
}

/** Whether trailing axes align, as in NumPy, without making the target larger. */
export function broadcastsTo(shape: readonly Dim[], target: readonly Dim[]): boolean {
  return (
    shape.length <= target.length && shape.every((d, i) => d === 1 || d === target[i + target.length - shape.length])
  );
}

/** Operands of one more leading axis: those that have it keep it first, with 1s where their own axes are fewer. */
function aligned(inputs: readonly Lifted[], lead: Dim, ownRank: number): Node[] {
  return inputs.map(({ node, lifted }) => {
    if (!lifted) return node;
    const own = node.shape.slice(1);
    if (own.length === ownRank) return node;
    return reshape(node, [lead, ...new Array<number>(ownRank - own.length).fill(1), ...own]);
  });
}
