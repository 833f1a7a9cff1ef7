// Sums whose terms each belong to one row: the gradient of an embedding adds the row of every word to that of its class. Written
// as a nest, such a sum goes over all terms for every row, and takes those whose class is the row's place.
// In: a nest. Out: its terms and the row of each, so that a scheduler may walk the terms once.

import type { Index } from "../arithmetic/affine.ts";
import { axisIndex, coefficient, combine } from "../arithmetic/affine.ts";
import { extent, isNumber } from "../arithmetic/dim.ts";
import { onlyOf, zip } from "../arithmetic/lists.ts";
import { rowMajor } from "../arithmetic/strides.ts";
import type { Load } from "./axes.ts";
import { dependsOn } from "./axes.ts";
import type { Axis, Nest, Value } from "./nest.ts";
import { rewriteNest } from "./nest.ts";
import type { Cut } from "./regions.ts";

export interface ClassRows {
  /** The axis of the rows. */
  readonly rows: Axis;
  /** The class of a term. */
  readonly ids: Load;
  /** A value that is added to the row of its class. */
  readonly term: Value;
}

/** The terms by their classes, where a nest is such a sum: one sum of products, one of whose factors is one at a row's place. */
export function classRows(nest: Nest): ClassRows | undefined {
  const sum = onlyOf(nest.accumulators);
  if (sum?.combine !== "sum" || sum.body.kind !== "apply" || sum.body.scalar !== "mul" || nest.split) return undefined;
  const [a, b] = sum.body.inputs;
  if (!a || !b) return undefined;
  return rowsOf(nest, a, b) ?? rowsOf(nest, b, a);
}

function rowsOf(nest: Nest, hot: Value, term: Value): ClassRows | undefined {
  if (hot.kind !== "apply" || hot.scalar !== "eq") return undefined;
  const ids = hot.inputs.find((v): v is Load => v.kind === "load" && v.dtype === "i32" && !v.row);
  const place = hot.inputs.find((v) => v.kind === "coordinate");
  if (!ids || place?.kind !== "coordinate" || place.index.offset !== 0 || place.index.terms.length !== 1)
    return undefined;
  const rows = nest.loops.find((l) => coefficient(place.index, l.name) === 1);
  const ownLoops = nest.loops.some((l) => dependsOn(ids, l.name));
  if (!rows || !isNumber(rows.extent) || ownLoops || dependsOn(term, rows.name)) return undefined;
  return { rows, ids, term };
}

/** The results of a nest side by side: how many there are, and where each is. */
export function resultsOf({ loops }: Nest, batch: number): { readonly size: number; readonly address: Index } {
  const sizes = loops.map((l) => extent(l.extent, batch));
  const address = combine(zip(loops, rowMajor(sizes)).map(([l, stride]) => [axisIndex(l.name), stride] as const));
  return { size: sizes.reduce((a, b) => a * b, 1), address };
}

/** The sum in a buffer of its own, and what is stored of it: undefined where the sum itself is what is stored. */
export function detachSum(nest: Nest, batch: number, name: string): Cut | undefined {
  const store = onlyOf(nest.stores);
  if (store?.value.kind === "accumulator") return undefined;
  const { size, address } = resultsOf(nest, batch);
  const sum: Value = { kind: "load", buffer: name, address, dtype: "f32" };
  const bare: Value = { kind: "accumulator", index: 0 };
  const rest = { ...nest, reduces: [], accumulators: [] };
  return {
    buffer: { name, size, role: "temporary", dtype: "f32" },
    first: { ...nest, label: "rows_added", stores: [{ buffer: name, address, dtype: "f32", value: bare }] },
    second: rewriteNest(rest, (v) => (v.kind === "accumulator" ? sum : v)),
  };
}
