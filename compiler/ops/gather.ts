// Rows of a table by class index (embedding); the adjoint is a contraction with the one-hot rows.

import type { Dim } from "../arithmetic/dim.ts";
import { itemAt } from "../arithmetic/lists.ts";
import { rowMajor } from "../arithmetic/strides.ts";
import { constant, contract, indexAlong, make, reshape, select, sum } from "../graph/build.ts";
import type { Node } from "../graph/node.ts";
import type { Affine, Lifted, Op } from "../graph/op.ts";
import { axis, defineOp, type NoAttributes, type NodeOf } from "../graph/op.ts";
import { ShapeMistake } from "../graph/shapemistake.ts";
import { tensor } from "../graph/tensor.ts";

export const gatherOps = (): Op[] => [gatherOp];

/** The table's cotangent: one-hot rows times the rows' cotangents, a contraction over all indices. */
function rowsAdded(node: NodeOf<NoAttributes, 2>, g: Node): Node {
  const [table, ids] = node.inputs;
  const rank = ids.shape.length;
  const [size, ...rest] = table.shape as [Dim, ...Dim[]];
  const hot = make("eq", [make("reshape", [ids], { shape: [...ids.shape, 1] }), indexAlong([size], -1)]);
  const lead = ids.shape.map((d, i) => [`i${i}`, d] as const);
  const own = rest.map((d, i) => [`d${i}`, d] as const);
  const names = (list: readonly (readonly [string, Dim])[]): Affine[] => list.map(([n]) => axis(n));
  return contract(hot, g, {
    axes: [["v", size], ...own, ...lead],
    out: ["v", ...own.map(([n]) => n)],
    a: [...names(lead), axis("v")],
    b: [...names(lead), ...names(own)].slice(0, rank + rest.length),
  });
}

/**
 * Rows of tables [b, n, ...] that differ from example to example: the one row that an index chooses is kept, whatever the
 * others hold, and they are summed.
 */
function ownRows(table: Node, { node: ids, lifted }: Lifted): Node {
  const [lead, size, ...rest] = table.shape as [Dim, Dim, ...Dim[]];
  const places = lifted ? ids.shape : [1, ...ids.shape];
  const ones = (dims: readonly Dim[]): Dim[] => dims.map(() => 1);
  const axis = -1 - rest.length;
  const hit = make("eq", [reshape(ids, [...places, 1, ...ones(rest)]), indexAlong([size, ...ones(rest)], axis)]);
  const numbers = table.dtype === "i32" ? make("cast", [table], { to: "f32" }) : table;
  const rows = reshape(numbers, [lead, ...ones(places.slice(1)), size, ...rest]);
  const row = sum(select(hit, rows, constant(0)), [axis]);
  return table.dtype === "i32" ? make("cast", [row], { to: "i32" }) : row;
}

const gatherOp = defineOp<NoAttributes, 2>({
  name: "gather",
  doc: "Rows of a table [n, ...] by class indices [i...]: [i..., ...].",
  type: ([table, ids]) => {
    if (ids.dtype !== "i32") throw new ShapeMistake({ kind: "real-index", shape: ids.shape });
    if (table.shape.length < 1) throw new ShapeMistake({ kind: "scalar-index" });
    return { shape: [...ids.shape, ...table.shape.slice(1)], dtype: table.dtype };
  },
  gradient: (node, g) => [rowsAdded(node, g), undefined],
  lowering: { class: "view", index: () => ({ kind: "gather" }) },
  reference: ([table, ids], _, { shape }) => {
    const out = tensor(shape);
    const row = itemAt(rowMajor(table.shape), 0);
    ids.data.forEach((id, i) => {
      out.data.set(table.data.subarray(id * row, (id + 1) * row), i * row);
    });
    return out;
  },
  lift: (_, [table, ids]) => (table.lifted ? ownRows(table.node, ids) : make("gather", [table.node, ids.node])),
  examples: [
    {
      inputs: [
        [5, 3],
        [2, 4],
      ],
      integers: [1],
    },
  ],
});
