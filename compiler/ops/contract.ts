// The contraction: out[o...] = sum over the other axes of a[index(axes)] * b[index(axes)].
// Matrix products, convolutions and the gradients of both are this one op. Reads outside an operand give zero, and a
// coordinate with a divisor has a term only where it divides; that makes the class closed under differentiation.

import type { Dim } from "../arithmetic/dim.ts";
import { mulDims } from "../arithmetic/dim.ts";
import { zip } from "../arithmetic/lists.ts";
import { lookUp } from "../arithmetic/lookup.ts";
import { rowMajor } from "../arithmetic/strides.ts";
import type { ContractAttributes } from "../graph/build.ts";
import { contract, contractOf } from "../graph/build.ts";
import type { Node } from "../graph/node.ts";
import { sizeAlong } from "../graph/node.ts";
import type { Affine, Op } from "../graph/op.ts";
import { affine, axis as along, defineOp, plainAxis } from "../graph/op.ts";
import { ShapeMistake } from "../graph/shapemistake.ts";
import type { Tensor } from "../graph/tensor.ts";
import { eachCoordinate, tensor } from "../graph/tensor.ts";

export const contractOps = (): Op[] => [contractOp];

const contractOp = defineOp<ContractAttributes, 2>({
  name: "contract",
  doc: "Sum of products over index space: dense layers, convolutions and their gradients.",
  type: ([a, b], space) => {
    const extents = new Map(space.axes);
    for (const [x, index] of [
      [a, space.a],
      [b, space.b],
    ] as const) {
      if (x.shape.length !== index.length)
        throw new ShapeMistake({ kind: "rank", shape: x.shape, needed: index.length });
      index.forEach((i, d) => {
        const name = plainAxis(i);
        if (name !== undefined && extents.get(name) !== x.shape[d])
          throw new ShapeMistake({ kind: "product", left: a.shape, right: b.shape });
      });
    }
    return { shape: space.out.map((n) => extentIn(extents, n)), dtype: "f32" };
  },
  gradient: (node, g) => {
    const [a, b] = node.inputs;
    const space = node.attributes;
    return [operandGradient(g, a, b, space, space.a, space.b), operandGradient(g, b, a, space, space.b, space.a)];
  },
  lowering: { class: "contract", space: (node) => node.attributes },
  reference: ([a, b], node, { shape, resolve }) => referenceContract(a, b, node.attributes, shape, resolve),
  lift: (node, [a, b], lead) => {
    const space = node.attributes;
    const name = freshAxis(space);
    return contract(a.node, b.node, {
      axes: [[name, lead], ...space.axes],
      out: [name, ...space.out],
      a: a.lifted ? [along(name), ...space.a] : space.a,
      b: b.lifted ? [along(name), ...space.b] : space.b,
    });
  },
  examples: [
    product([2, 3], [3, 4]),
    // a convolution of stride 2 with padding 1
    example(
      [
        [5, 2],
        [3, 2, 4],
      ],
      [
        ["y", 3],
        ["o", 4],
        ["i", 3],
        ["c", 2],
      ],
      ["y", "o"],
      [
        affine(
          [
            ["y", 2],
            ["i", 1],
          ],
          -1,
        ),
        along("c"),
      ],
      [along("i"), along("c"), along("o")],
    ),
    // its input gradient
    example(
      [
        [3, 4],
        [3, 2, 4],
      ],
      [
        ["h", 5],
        ["c", 2],
        ["i", 3],
        ["o", 4],
      ],
      ["h", "c"],
      [
        affine(
          [
            ["h", 1],
            ["i", -1],
          ],
          1,
          2,
        ),
        along("o"),
      ],
      [along("i"), along("c"), along("o")],
    ),
    {
      ...product([2, 3], [4, 4]),
      fails: "do not multiply",
    },
  ],
});

/** A matrix product into [2, 4] along 3 places. */
function product(left: number[], right: number[]): ReturnType<typeof example> {
  const axes: [string, number][] = [
    ["m", 2],
    ["n", 4],
    ["k", 3],
  ];
  return example([left, right], axes, ["m", "n"], [along("m"), along("k")], [along("k"), along("n")]);
}

function example(
  inputs: number[][],
  axes: [string, number][],
  out: string[],
  a: Affine[],
  b: Affine[],
): { inputs: number[][]; attributes: ContractAttributes } {
  return { inputs, attributes: { axes, out, a, b } };
}

/** The extent of an axis of the space. */
function extentIn(extents: ReadonlyMap<string, Dim>, name: string): Dim {
  const extent = extents.get(name);
  if (extent === undefined) throw new Error(`contract: no axis is called ${name}`);
  return extent;
}

function freshAxis(space: ContractAttributes): string {
  for (let i = 0; ; i++) if (!space.axes.some(([n]) => n === `L${i}`)) return `L${i}`;
}

/**
 * d out / d x contracted with g: each coordinate of x becomes an output axis. Where the coordinate was s*y + d*i - p,
 * the output axis y is solved for: y = (x - d*i + p) / s.
 */
function operandGradient(
  g: Node,
  x: Node,
  other: Node,
  space: ContractAttributes,
  index: readonly Affine[],
  otherIndex: readonly Affine[],
): Node {
  const solved = new Map<string, Affine>();
  const out: string[] = [];
  const added: [string, Dim][] = [];
  index.forEach((coordinate, d) => {
    const name = plainAxis(coordinate);
    if (name !== undefined && !out.includes(name)) {
      out.push(name);
      return;
    }
    const fresh = `x${d}_${space.axes.length}`;
    added.push([fresh, sizeAlong(x, d - index.length)]);
    out.push(fresh);
    const target = coordinate.terms.find(([n]) => space.out.includes(n) && !solved.has(n));
    if (!target) throw new Error("contract: a coordinate without an output axis has no gradient rule");
    solved.set(target[0], solveFor(target, coordinate, fresh));
  });
  const rewrite = (i: Affine): Affine => substituted(i, solved);
  const gIndex = space.out.map((n) => solved.get(n) ?? along(n));
  const axes = [...space.axes.filter(([n]) => !solved.has(n)), ...added];
  const order = [...out, ...axes.map(([n]) => n).filter((n) => !out.includes(n))];
  const sizes = new Map(axes);
  const made = {
    axes: order.map((n) => [n, extentIn(sizes, n)] as const),
    out,
    a: gIndex,
    b: otherIndex.map(rewrite),
  };
  return contract(g, other, undivided(made, g, other));
}

/**
 * A coordinate (y + rest) / s of which y is summed over: the sum runs over the coordinate instead, with y = s*n - rest.
 * (The weight gradient of a transposed convolution is that of a convolution.)
 */
function undivided(space: ContractAttributes, a: Node, b: Node): ContractAttributes {
  for (const [side, x] of [
    ["a", a],
    ["b", b],
  ] as const) {
    for (const [d, i] of space[side].entries()) {
      const summed = i.div === 1 ? undefined : i.terms.find(([n, c]) => c === 1 && !space.out.includes(n));
      if (!summed) continue;
      const [y] = summed;
      const n = `n_${y}`;
      const rest = i.terms.filter(([m]) => m !== y).map(([m, c]) => [m, -c] as const);
      const solved = new Map([[y, affine([[n, i.div], ...rest], -i.offset)]]);
      const replaced = (k: Affine): Affine => (k === i ? along(n) : substituted(k, solved));
      const axes = space.axes.map(([m, e]) =>
        m === y ? ([n, sizeAlong(x, d - x.shape.length)] as const) : ([m, e] as const),
      );
      return undivided({ axes, out: space.out, a: space.a.map(replaced), b: space.b.map(replaced) }, a, b);
    }
  }
  return space;
}

/** x * div = c*y + rest  =>  y = (div*x - rest) / c */
function solveFor([name, c]: readonly [string, number], i: Affine, fresh: string): Affine {
  const rest = i.terms.filter(([n]) => n !== name).map(([n, k]) => [n, -k] as const);
  const solved = affine([[fresh, i.div], ...rest], -i.offset, c);
  if (c >= 0) return solved;
  return affine(
    solved.terms.map(([n, k]) => [n, -k] as const),
    -solved.offset,
    -c,
  );
}

function substituted(i: Affine, solved: ReadonlyMap<string, Affine>): Affine {
  if (!i.terms.some(([n]) => solved.has(n))) return i;
  const terms = new Map<string, number>();
  let offset = i.offset;
  for (const [n, k] of i.terms) {
    const s = solved.get(n);
    if (!s) terms.set(n, (terms.get(n) ?? 0) + k);
    else if (s.div !== 1) throw new Error("contract: a strided axis in both operands has no gradient rule");
    else {
      for (const [m, c] of s.terms) terms.set(m, (terms.get(m) ?? 0) + k * c);
      offset += k * s.offset;
    }
  }
  return affine([...terms], offset, i.div);
}

function referenceContract(
  a: Tensor,
  b: Tensor,
  space: ContractAttributes,
  shape: readonly number[],
  resolve: (dim: Dim) => number,
): Tensor {
  const out = tensor(shape);
  const order = [...space.out, ...space.axes.map(([n]) => n).filter((n) => !space.out.includes(n))];
  const sizes = new Map(space.axes);
  const extents = order.map((n) => resolve(extentIn(sizes, n)));
  const place = new Map(order.map((n, i) => [n, i]));
  const reduced = extents.slice(shape.length).reduce((x, y) => x * y, 1);
  const reader = (t: Tensor, index: readonly Affine[]): ((at: readonly number[]) => number) => {
    const rows = zip(index, t.shape, rowMajor(t.shape)).map(([{ terms, offset, div }, size, stride]) => ({
      terms: terms.map(([n, c]) => [lookUp(place, n), c] as const),
      offset,
      div,
      size,
      stride,
    }));
    return (at) => {
      let linear = 0;
      for (const { terms, offset, div, size, stride } of rows) {
        let v = offset;
        for (const [p, c] of terms) v += c * at[p]!;
        if (div !== 1) {
          if (v % div !== 0) return 0;
          v /= div;
        }
        if (v < 0 || v >= size) return 0;
        linear += v * stride;
      }
      return t.data[linear]!;
    };
  };
  const allFinite = b.data.every(Number.isFinite);
  const [readA, readB] = [reader(a, space.a), reader(b, space.b)];
  eachCoordinate(extents, (at, linear) => {
    const x = readA(at);
    // Most of a one-hot operand is 0, and 0 times a finite number too.
    if (x !== 0 || !allFinite) out.data[Math.floor(linear / reduced)]! += x * readB(at);
  });
  return out;
}

/** Multiply-adds of one evaluation. */
export function contractWork(node: Node): Dim {
  return contractOf(node).axes.reduce<Dim>((w, [, d]) => mulDims(w, d), 1);
}
