// Nests from nests, for every target alike: other buffer names, reductions cut into parts, regions that rows can own.

import { axisIndex, coefficient, combine, literal } from "../arithmetic/affine.ts";
import { BATCH, extent } from "../arithmetic/dim.ts";
import { itemAt, zip } from "../arithmetic/lists.ts";
import { rowMajor } from "../arithmetic/strides.ts";
import type { Nest } from "./nest.ts";
import { allValues, mapNest, rewriteNest } from "./nest.ts";
import type { Step } from "./step.ts";
import type { Buffer } from "./storage.ts";

/** Whether each row of the batch is computed from its own row alone. */
function rowsOnly(nest: Nest, written: ReadonlySet<string>): boolean {
  const [first, ...rest] = nest.loops;
  if (first?.extent !== BATCH || [...rest, ...nest.reduces].some((axis) => axis.extent === BATCH)) return false;
  const values = allValues(nest);
  return values.every(
    (v) => v.kind !== "load" || !written.has(v.buffer) || (coefficient(v.address, first.name) ?? 0) !== 0,
  );
}

/** A loop's nests over renamed buffers. */
export interface LoopNests {
  readonly nests: readonly Nest[];
  /** Buffers that they write. */
  readonly written: ReadonlySet<string>;
  /** Whether each row of the batch needs nothing of another, so that the thread that owns rows can run all steps for them. */
  readonly region: boolean;
}

export function openLoop(loop: Extract<Step, { kind: "loop" }>, rename: (buffer: string) => string): LoopNests {
  const nests = loop.body.map((s) => {
    if (s.kind === "loop") throw new Error("a loop within a loop");
    return mapNest(s.nest, { buffer: rename });
  });
  const written = new Set(nests.flatMap((n) => n.stores.map((s) => s.buffer)));
  return { nests, written, region: nests.every((n) => rowsOnly(n, written)) };
}

/** Buffers in the order in which a nest first reads them, then those that it writes. */
export function buffersIn(nest: Nest): string[] {
  const names = new Set<string>();
  for (const v of allValues(nest)) if (v.kind === "load") names.add(v.buffer);
  for (const store of nest.stores) names.add(store.buffer);
  return [...names];
}

/** Splits a product with the sum of a factor beside it into two nests, for targets that cannot fuse them. */
export function splitSibling(nest: Nest): Nest[] {
  const beside = nest.stores.filter((s) => s.once);
  if (beside.length === 0) return [nest];
  const { once = [] } = itemAt(beside, 0);
  const [product, factor] = [itemAt(nest.accumulators, 0), itemAt(nest.accumulators, 1)];
  const main: Nest = { ...nest, accumulators: [product], stores: nest.stores.filter((s) => !s.once) };
  const renumbered = rewriteNest({ ...nest, accumulators: [], stores: beside }, (v) =>
    v.kind === "accumulator" ? { ...v, index: 0 } : v,
  );
  const side: Nest = {
    ...renumbered,
    label: "sum",
    loops: nest.loops.filter((l) => !once.includes(l.name)),
    accumulators: [factor],
    stores: renumbered.stores.map(({ once: _, ...s }) => s),
  };
  return [main, side];
}

/** A reduction in two: each part of the first reduced axis by itself, then the parts together. */
export interface Cut {
  readonly first: Nest;
  readonly second: Nest;
  /** Holds the parts' results. */
  readonly buffer: Buffer;
}

/** When a reduction of much into little is cut into parts that run beside each other. */
export interface CutTuning {
  readonly parts: number;
  /** The most results that it may have, and the fewest terms of each. */
  readonly mostResults: number;
  readonly fewestTerms: number;
}

/** Whether a reduction is of much into little. */
export function isLong(nest: Nest, batch: number, when: CutTuning): boolean {
  if (nest.accumulators.length === 0 || nest.split || nest.accumulators.some((a) => a.combine === "argmax"))
    return false;
  const count = (axes: Nest["loops"]): number => axes.reduce((n, a) => n * extent(a.extent, batch), 1);
  return count(nest.loops) <= when.mostResults && count(nest.reduces) >= when.fewestTerms && nest.time === undefined;
}

/** A reduction of much into little is cut into parts that threads can share, in a number that never depends on them. */
export const splitReduction = (nest: Nest, batch: number, name: string, when: CutTuning): Cut | undefined =>
  isLong(nest, batch, when) ? cutReduction(nest, batch, name, when.parts) : undefined;

/** A name that no axis of the nest has: what is cut may be cut before. */
export function freshAxis({ loops, reduces }: Nest, name: string): string {
  const taken = new Set([...loops, ...reduces].map((a) => a.name));
  let free = name;
  for (let i = 2; taken.has(free); i++) free = `${name}${i}`;
  return free;
}

/** `name`: the buffer that will hold the parts' results. */
export function cutReduction(nest: Nest, batch: number, name: string, parts: number): Cut {
  const outputs = nest.loops.reduce((n, a) => n * extent(a.extent, batch), 1);
  const sizes = nest.loops.map((l) => extent(l.extent, batch));
  const one = outputs * nest.accumulators.length;
  const part = { name: freshAxis(nest, "part"), extent: parts };
  const address = (k: number): ReturnType<typeof combine> =>
    combine([
      [axisIndex(part.name), one],
      [literal(k * outputs), 1],
      ...zip(nest.loops, rowMajor(sizes)).map(([l, stride]) => [axisIndex(l.name), stride] as const),
    ]);
  const { hidden: _, ...whole } = nest;
  const first: Nest = {
    ...whole,
    label: `${nest.label}_parts`,
    loops: [part, ...nest.loops],
    stores: nest.accumulators.map((_, k) => ({
      buffer: name,
      address: address(k),
      dtype: "f32",
      value: { kind: "accumulator", index: k },
    })),
    split: { parts },
  };
  const second: Nest = {
    ...whole,
    reduces: [part],
    accumulators: nest.accumulators.map((a, k) => ({
      combine: a.combine,
      body: { kind: "load", buffer: name, address: address(k), dtype: "f32" },
    })),
  };
  return { first, second, buffer: { name, size: parts * one, role: "temporary", dtype: "f32" } };
}
