// The ways in which two nests become one kernel. A join only ever meets steps that share a key with each other.

import { BATCH, isNumber, showDim } from "../graph/dim.ts";
import type { Load } from "./axes.ts";
import { dependsOn, replaceAxes } from "./axes.ts";
import type { Index } from "./index.ts";
import { axisIndex, coefficient, indexKey, literal } from "./index.ts";
import type { Step } from "./lower.ts";
import type { Axis, Nest, Value } from "./nest.ts";
import { allValues, rewriteNest } from "./nest.ts";
import { openLoop } from "./nests.ts";
import { conflict, touches } from "./touches.ts";

export interface Join {
  readonly keys: (step: Step) => readonly string[];
  /** Both as one step in the place of the first; undefined where they do not fit. */
  readonly join: (first: Step, second: Step) => Step | undefined;
}

/** Work of a row that is too small to be shared: points times what each sums over. */
const SMALL = 256;

export const joins: readonly Join[] = [
  { keys: (s) => (isSmallRows(s) ? ["rows"] : []), join: inRows },
  { keys: (s) => (isScalar(s) ? ["number"] : []), join: asOne },
  { keys: summed, join: beside },
];

// ---------------------------------------------------------------- rows

/** The axis of a region that is no loop over time. */
const ONCE = "once";

/** Small work on rows by itself, or a region of such. */
function isSmallRows(s: Step): boolean {
  if (s.kind === "nest") return isSmallRow(s.nest);
  return s.time === ONCE && s.body.every(isSmallRows);
}

function inRows(a: Step, b: Step): Step | undefined {
  const body = a.kind === "loop" ? [...a.body, b] : [a, b];
  const loop = { kind: "loop" as const, time: ONCE, length: 1, reverse: false, body };
  return openLoop(loop, (name) => name).region ? loop : undefined;
}

/** A row of it is little work, and no product of matrices, which has a better way. */
function isSmallRow({ loops, reduces, accumulators }: Nest): boolean {
  const [rows, ...rest] = loops;
  if (rows?.extent !== BATCH || accumulators.some((a) => isMatrixProduct(a.body, rows.name))) return false;
  const work = [...rest, ...reduces].map((axis) => (isNumber(axis.extent) ? axis.extent : Number.POSITIVE_INFINITY));
  return work.reduce((a, b) => a * b, 1) <= SMALL;
}

/** A product with something that all rows share. */
function isMatrixProduct(body: Value, rows: string): boolean {
  if (body.kind !== "apply" || body.scalar !== "mul") return false;
  return body.inputs.every((v) => v.kind === "load") && body.inputs.some((v) => !dependsOn(v, rows));
}

// ---------------------------------------------------------------- sums of factors

/** Buffers of which a nest sums products, or the values themselves. */
function summed(step: Step): string[] {
  const body = step.kind === "nest" ? onlySum(step.nest) : undefined;
  const loads = body?.kind === "apply" && body.scalar === "mul" ? body.inputs : body ? [body] : [];
  return loads.flatMap((v) => (v.kind === "load" ? [v.buffer] : []));
}

/** A product and the sum of one of its factors over the same steps: the gradients of a weight and of its shift. */
function beside(a: Step, b: Step): Step | undefined {
  if (a.kind !== "nest" || b.kind !== "nest" || conflict(touches(a), touches(b))) return undefined;
  return withSum(a.nest, b.nest) ?? withSum(b.nest, a.nest);
}

function withSum(product: Nest, sum: Nest): Step | undefined {
  const [p, s] = [onlySum(product), onlySum(sum)];
  if (p?.kind !== "apply" || p.scalar !== "mul" || s?.kind !== "load" || s.row) return undefined;
  for (const factor of p.inputs) {
    const names = factor.kind === "load" ? sameWalk(product, factor, sum, s) : undefined;
    if (!names) continue;
    const unit = [...sum.loops, ...sum.reduces].map((x) => [x.name, literal(0)] as const);
    const values = new Map([...unit, ...[...names].map(([from, to]) => [from, axisIndex(to)] as const)]);
    const renamed = rewriteNest(replaceAxes(sum, values, new Map()), (v) =>
      v.kind === "accumulator" ? { ...v, index: 1 } : v,
    );
    const own = new Set(names.values());
    const once = product.loops.map((l) => l.name).filter((l) => !own.has(l));
    const accumulators = [...product.accumulators, { combine: "sum" as const, body: factor }];
    const stores = [...product.stores, ...renamed.stores.map((x) => ({ ...x, once }))];
    return { kind: "nest", nest: { ...product, accumulators, stores } };
  }
  return undefined;
}

/** What a nest sums, if a single sum is all that it reduces. */
function onlySum({ accumulators, split, time }: Nest): Value | undefined {
  const [only, ...more] = accumulators;
  return only?.combine === "sum" && more.length === 0 && !split && time === undefined ? only.body : undefined;
}

/** The axes of `sum` by those of `product` along which its load walks as the factor does; undefined where they differ. */
function sameWalk(product: Nest, factor: Load, sum: Nest, load: Load): Map<string, string> | undefined {
  if (factor.buffer !== load.buffer || factor.row || factor.address.offset !== load.address.offset) return undefined;
  const names = new Map<string, string>();
  for (const list of ["loops", "reduces"] as const) {
    const walked = product[list].filter((x) => x.extent !== 1 && coefficient(factor.address, x.name) !== 0);
    const wanted = sum[list].filter((x) => x.extent !== 1);
    // Every step of the product is one of the sum.
    if (list === "reduces" && product.reduces.some((x) => x.extent !== 1 && !walked.includes(x))) return undefined;
    if (walked.length !== wanted.length) return undefined;
    for (const axis of wanted) {
      const stride = coefficient(load.address, axis.name);
      const same = walked.filter(
        (x) => coefficient(factor.address, x.name) === stride && showDim(x.extent) === showDim(axis.extent),
      );
      if (stride === undefined || same.length !== 1) return undefined;
      names.set(axis.name, same[0]!.name);
    }
  }
  return names;
}

// ---------------------------------------------------------------- single numbers

const isScalar = (s: Step): boolean =>
  s.kind === "nest" && s.nest.loops.length === 0 && !s.nest.split && s.nest.time === undefined;

/** Two nests of single numbers as one: what the second reads of the first it takes as a value. */
function asOne(a: Step, b: Step): Step | undefined {
  if (a.kind !== "nest" || b.kind !== "nest") return undefined;
  const [first, second] = [a.nest, b.nest];
  const aligned = sameReduces(first, second);
  if (!aligned) return undefined;
  if (first.stores.some((s) => s.integer)) return undefined;
  const stored = new Map(first.stores.map((s) => [placeKey(s.buffer, s.address), s.value]));
  const own = touches(a).writes;
  const fits = (v: Value): boolean =>
    v.kind !== "load" || !own.has(v.buffer) || (v.row === undefined && stored.has(placeKey(v.buffer, v.address)));
  const sums = allValues({ ...aligned, stores: [] });
  if (sums.some((v) => v.kind === "load" && own.has(v.buffer)) || !allValues(aligned).every(fits)) return undefined;
  if (!own.isDisjointFrom(touches(b).writes)) return undefined;
  const shift = first.accumulators.length;
  const taken = rewriteNest(aligned, (v) => {
    if (v.kind === "accumulator") return { ...v, index: v.index + shift };
    return v.kind === "load" && own.has(v.buffer) ? stored.get(placeKey(v.buffer, v.address))! : v;
  });
  const nest: Nest = {
    ...first,
    label: first.accumulators.length > 0 ? first.label : second.label,
    reduces: aligned.reduces.length > 0 ? aligned.reduces : first.reduces,
    accumulators: [...first.accumulators, ...taken.accumulators],
    stores: [...first.stores, ...taken.stores],
  };
  return { kind: "nest", nest };
}

const placeKey = (buffer: string, address: Index): string => `${buffer}[${indexKey(address)}]`;

/** The second nest over the first's reduced axes; itself where one of them reduces nothing; undefined where they differ. */
function sameReduces(a: Nest, b: Nest): Nest | undefined {
  if (a.accumulators.length === 0 || b.accumulators.length === 0) return b;
  const same = (x: Axis, i: number): boolean => x.extent === b.reduces[i]?.extent;
  if (a.reduces.length !== b.reduces.length || !a.reduces.every(same)) return undefined;
  const names = new Map(b.reduces.map((r, i) => [r.name, axisIndex(a.reduces[i]!.name)]));
  return { ...replaceAxes(b, names, new Map()), reduces: a.reduces };
}
