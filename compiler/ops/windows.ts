// Sliding windows over the axes before the last (pooling), and their adjoint.

import type { Dim } from "../arithmetic/dim.ts";
import { zip } from "../arithmetic/lists.ts";
import { rowMajor } from "../arithmetic/strides.ts";
import type { Window } from "../graph/build.ts";
import { make, reshape, transpose } from "../graph/build.ts";
import type { Node } from "../graph/node.ts";
import { sizeAlong } from "../graph/node.ts";
import type { Affine, Op } from "../graph/op.ts";
import { affine, axis as along, defineOp, type NodeOf } from "../graph/op.ts";
import { eachCoordinate, tensor } from "../graph/tensor.ts";
import { identity, output, readAt } from "./views.ts";

export const windowOps = (): Op[] => [windowOp, foldOp];

type WindowAttributes = {
  /** One per windowed axis, in order; the windowed axes stand just before the last. */
  readonly windows: readonly Window[];
  /** The value that is read outside the input. */
  readonly fill: number;
  /** Sizes of the windowed axes of the input (for the adjoint). */
  readonly sizes: readonly Dim[];
};
type Windowed = NodeOf<WindowAttributes, 1>;

/** Input coordinates from output coordinates [lead..., places..., depth, offsets...]. */
function windowIndex(node: Windowed): Affine[] {
  const { windows } = node.attributes;
  const k = windows.length;
  const lead = node.shape.length - 2 * k - 1;
  const index = identity(lead);
  windows.forEach((w, i) => {
    index.push(
      affine(
        [
          [output(lead + i), w.stride],
          [output(lead + k + 1 + i), w.dilation],
        ],
        -w.padding,
      ),
    );
  });
  index.push(along(output(lead + k)));
  return index;
}

/** Windows that lie side by side and cover everything: the same elements under another shape. */
function sideBySide(node: Windowed): boolean {
  const { windows, sizes } = node.attributes;
  return windows.every(
    (w, i) => w.padding === 0 && w.dilation === 1 && w.stride === w.size && sizes[i] === (w.places as number) * w.size,
  );
}

/** [..., y * size + i, x * size + j, depth] as [..., y, x, depth, i, j]: a reshape and a transposition. */
function cutUp(node: Windowed): Node | undefined {
  if (!sideBySide(node)) return undefined;
  const { windows } = node.attributes;
  const [x] = node.inputs;
  const k = windows.length;
  const lead = x.shape.slice(0, x.shape.length - k - 1);
  const split = reshape(x, [...lead, ...windows.flatMap((w): Dim[] => [w.places, w.size]), sizeAlong(x, -1)]);
  const rank = 2 * k + 1;
  const order = [...windows.map((_, i) => 2 * i), 2 * k, ...windows.map((_, i) => 2 * i + 1)];
  return transpose(
    split,
    order.map((i) => i - rank),
  );
}

/** The way back. */
function putTogether(node: Windowed): Node | undefined {
  if (!sideBySide(node)) return undefined;
  const { windows } = node.attributes;
  const [g] = node.inputs;
  const k = windows.length;
  const rank = 2 * k + 1;
  const order = [...windows.flatMap((_, i) => [i, k + 1 + i]), k];
  return reshape(
    transpose(
      g,
      order.map((i) => i - rank),
    ),
    node.shape,
  );
}

/** Of the examples of both ops: windows of different sizes on two axes. */
const EXAMPLE: WindowAttributes = {
  windows: [
    { size: 3, stride: 2, padding: 1, dilation: 1, places: 3 },
    { size: 2, stride: 2, padding: 0, dilation: 1, places: 2 },
  ],
  fill: 0,
  sizes: [5, 4],
};

const windowOp = defineOp<WindowAttributes, 1>({
  name: "window",
  doc: "Every window of the axes before the last: [..., places, depth] gets its window's offsets as new last axes.",
  type: ([x], { windows }) => {
    const lead = x.shape.slice(0, x.shape.length - windows.length - 1);
    return {
      shape: [...lead, ...windows.map((w) => w.places), sizeAlong(x, -1), ...windows.map((w) => w.size)],
      dtype: x.dtype,
    };
  },
  gradient: (node, g) => [make("fold", [g], node.attributes)],
  lowering: {
    class: "view",
    index: (node) => ({ kind: "affine", index: windowIndex(node), fill: node.attributes.fill }),
  },
  reference: (inputs, node, { shape }) => readAt(inputs[0], shape, windowIndex(node), node.attributes.fill),
  simplify: cutUp,
  examples: [
    {
      inputs: [[5, 4, 2]],
      attributes: EXAMPLE,
    },
  ],
});

const foldOp = defineOp<WindowAttributes, 1>({
  name: "fold",
  doc: "Adjoint of `window`: adds what every window holds back to its place.",
  type: ([x], { windows, sizes }) => {
    const k = windows.length;
    const lead = x.shape.slice(0, x.shape.length - 2 * k - 1);
    return { shape: [...lead, ...sizes, sizeAlong(x, -k - 1)], dtype: "f32" };
  },
  gradient: (node, g) => [make("window", [g], { ...node.attributes, fill: 0 })],
  lowering: {
    class: "reduce",
    combine: "sum",
    over: (node) => {
      const { windows } = node.attributes;
      const k = windows.length;
      const lead = node.shape.length - k - 1;
      const own = node.shape.map((d, i) => [output(i), d] as const);
      const offsets = windows.map((w, i) => [`w${i}`, w.size as Dim] as const);
      // place = (position + padding - dilation * offset) / stride, where that divides
      const places = windows.map((w, i) =>
        affine(
          [
            [output(lead + i), 1],
            [`w${i}`, -w.dilation],
          ],
          w.padding,
          w.stride,
        ),
      );
      return {
        axes: [...own, ...offsets],
        out: own.map(([n]) => n),
        index: [
          ...own.slice(0, lead).map(([n]) => along(n)),
          ...places,
          along(output(lead + k)),
          ...offsets.map(([n]) => along(n)),
        ],
      };
    },
  },
  reference: ([x], node, { shape }) => {
    const { windows } = node.attributes;
    const k = windows.length;
    const lead = shape.length - k - 1;
    const out = tensor(shape);
    const strides = rowMajor(shape);
    const along = zip(windows, shape.slice(lead, lead + k), strides.slice(lead, lead + k));
    eachCoordinate(x.shape, (at, linear) => {
      let to = at[lead + k]! * strides[lead + k]!;
      for (let i = 0; i < lead; i++) to += at[i]! * strides[i]!;
      for (const [i, [w, size, stride]] of along.entries()) {
        const position = at[lead + i]! * w.stride + at[lead + k + 1 + i]! * w.dilation - w.padding;
        if (position < 0 || position >= size) return;
        to += position * stride;
      }
      out.data[to]! += x.data[linear]!;
    });
    return out;
  },
  simplify: putTogether,
  examples: [
    {
      inputs: [[3, 2, 2, 3, 2]],
      attributes: EXAMPLE,
    },
  ],
});
