// Sums along one axis of what is computed again from products within: which axes they have, and how a workgroup lies over them. A
// workgroup owns rows; stretch by stretch of the steps it computes the products within as a tile in registers, makes values of them, and
// either reduces these or multiplies them with a stretch of another operand.

import type { Dim } from "../../../arithmetic/dim.ts";
import { extent, mulDims } from "../../../arithmetic/dim.ts";
import { itemAt } from "../../../arithmetic/lists.ts";
import { dependsOn } from "../../../loops/axes.ts";
import type { Axis, Nest, Value } from "../../../loops/nest.ts";
import { allValues } from "../../../loops/nest.ts";
import type { TileShape } from "../tuning.ts";

export type Inner = Extract<Value, { kind: "inner" }>;

export interface Chain {
  readonly outer: readonly Axis[];
  readonly row: Axis;
  readonly step: Axis;
  /** Of a product: its other loops, the values and what they are multiplied with. */
  readonly columns: readonly Axis[];
  readonly product?: { readonly score: Value; readonly other: Value };
  readonly inners: readonly Inner[];
}

const innersOf = (roots: Nest): Inner[] => allValues(roots).filter((v) => v.kind === "inner");

/** Undefined where a nest has no sums within its values. */
export function chainOf(nest: Nest): Chain | undefined {
  const inners = innersOf(nest);
  const [first] = inners;
  if (!first) return undefined;
  const step = itemAt(nest.reduces, 0);
  const [left, right] = operandsOf(first, step);
  const row = itemAt(
    nest.loops.filter((l) => dependsOn(left, l.name) && !dependsOn(right, l.name)),
    0,
  );
  const product = productOf(nest);
  const columns = product ? nest.loops.filter((l) => l !== row && !dependsOn(product.score, l.name)) : [];
  const outer = nest.loops.filter((l) => l !== row && !columns.includes(l));
  return { outer, row, step, columns, inners, ...(product ? { product } : {}) };
}

/** Whether a value is a product of two. */
export const isProduct = (v: Value): v is Extract<Value, { kind: "apply" }> => v.kind === "apply" && v.scalar === "mul";

/** The operand of rows, and that of steps. */
export function operandsOf({ body }: Inner, step: Axis): [Value, Value] {
  if (body.kind !== "apply") throw new Error("a sum within a value is one of products");
  const [a, b] = body.inputs as [Value, Value];
  return dependsOn(a, step.name) ? [b, a] : [a, b];
}

/** A product has loops that its values do not depend on, or stores along none but rows. */
function productOf({ accumulators, loops, reduces }: Nest): Chain["product"] {
  const [only, ...more] = accumulators;
  if (more.length > 0 || only?.combine !== "sum" || only.body.kind !== "apply" || only.body.scalar !== "mul")
    return undefined;
  const [a, b] = only.body.inputs as [Value, Value];
  const isScore = (v: Value): boolean => allValuesOf(v).some((x) => x.kind === "inner");
  if (isScore(a) === isScore(b)) return undefined;
  const [score, other] = isScore(a) ? [a, b] : [b, a];
  const hasColumns = loops.some((l) => !dependsOn(score, l.name)) && reduces.every((r) => dependsOn(other, r.name));
  return hasColumns ? { score, other } : undefined;
}

const allValuesOf = (root: Value): Value[] =>
  allValues({
    label: "",
    span: undefined,
    loops: [],
    reduces: [],
    accumulators: [{ combine: "sum", body: root }],
    stores: [],
  });

const sizeOf = (axes: readonly Axis[], batch: number): number =>
  extent(
    axes.reduce((n: Dim, a) => mulDims(n, a.extent), 1),
    batch,
  );

const THREADS = 256;
/** Steps of the products within, and of the other operand, that are staged at once. */
const DEPTH = 8;

/** How the threads of a workgroup lie over rows and steps, and over rows and columns. */
export interface ChainShape {
  readonly within: TileShape;
  readonly product: TileShape;
}

/** Columns at once: four or eight for each thread; fewer threads along them own more rows, where there are enough for the device. Fewer
 * than eight along would take more workgroup memory than every device has. */
export function shapeOf(chains: readonly Chain[], batch: number, units: number): ChainShape {
  const widest = Math.max(1, ...chains.map((c) => sizeOf(c.columns, batch)));
  const isProduct = chains.some((c) => c.product);
  const { outer, row } = itemAt(chains, 0);
  const groups = (along: number): number =>
    sizeOf(outer, batch) * Math.ceil(sizeOf([row], batch) / ((4 * THREADS) / along));
  let along = isProduct ? 8 : 16;
  while (along < 16 && (4 * along < widest || groups(along) < units)) along *= 2;
  const threads = [THREADS / along, along] as const;
  const each = 4 * along < widest ? 8 : 4;
  const shape = (own: 4 | 8): TileShape => ({ threads, each: [4, own], depth: DEPTH, slices: 1, rate: 0.3 });
  return { within: shape(4), product: shape(each) };
}

/** Workgroups that share rows, each with columns of its own. */
export const columnBlocks = ({ columns }: Chain, { product }: ChainShape, batch: number): number =>
  Math.max(1, Math.ceil(sizeOf(columns, batch) / (product.threads[1] * product.each[1])));
