// The least work of a nest: arithmetic operations, and bytes of the buffers that it reads and writes, each counted once. In: a nest
// at a batch. Out: counts, for those who time kernels or expect how long they take.

import type { Atom, Index } from "../arithmetic/affine.ts";
import { extent } from "../arithmetic/dim.ts";
import { bytesOf as storedBytes } from "../arithmetic/dtype.ts";
import { classRows } from "./classrows.ts";
import type { Nest, Store, Value } from "./nest.ts";
import { innerAxes, valuesIn } from "./nest.ts";
import type { Buffer } from "./storage.ts";

/** Additions, products and other scalar functions, one each, padding not left out, hidden points are; a term of a sum is added once. */
export function operationsOf(nest: Nest, batch: number): number {
  const points = (axes: Nest["loops"]): number => axes.reduce((n, a) => n * extent(a.extent, batch), 1);
  /** Operations of one term of a sum within a value, its addition among them. */
  const addedIn = (body: Value): number => valuesIn([body]).filter((v) => v.kind === "apply").length + 1;
  /** Points at which a store is made: along some axes it may be made once. */
  const made = ({ once = [] }: Store): number => points(nest.loops.filter((a) => !once.includes(a.name)));
  const counted = new Set<Value>();
  const fresh = (root: Value): number => {
    const found = valuesIn([root]).filter((v) => !counted.has(v));
    for (const v of found) counted.add(v);
    const sums = found.filter((v) => v.kind === "inner");
    const within = new Set(valuesIn(sums.map((v) => v.body)));
    const once = found.filter((v) => v.kind === "apply" && !within.has(v)).length;
    return sums.reduce((n, v) => n + points(v.axes) * addedIn(v.body), once);
  };
  // A term that belongs to one row is added once, not once for every row.
  const seen = seenShare(nest, batch);
  const terms = points(nest.reduces) / extent(classRows(nest)?.rows.extent ?? 1, batch);
  const sums = nest.accumulators.map(({ body }, index) => {
    const readers = nest.stores.filter((s) =>
      valuesIn([s.value]).some((v) => v.kind === "accumulator" && v.index === index),
    );
    return seen * terms * (fresh(body) + 1) * Math.max(0, ...readers.map(made));
  });
  const stores = nest.stores.map((s) => (nest.hidden?.values ? seen : 1) * made(s) * fresh(s.value));
  return [...sums, ...stores].reduce((a, b) => a + b, 0);
}

/** The share of a nest's points that no mask hides. */
function seenShare({ hidden, loops, reduces }: Nest, batch: number): number {
  if (!hidden) return 1;
  const size = (name: string): number =>
    extent([...loops, ...reduces].find((a) => a.name === name)?.extent ?? 1, batch);
  const [columns, rows] = [size(hidden.column), size(hidden.row)];
  let seen = 0;
  for (let row = 0; row < rows; row++) seen += Math.min(columns, Math.max(0, row + hidden.offset + 1));
  return seen / (columns * rows);
}

/** The elements that addresses reach, at most the whole of each buffer. */
export function bytesOf(nest: Nest, buffers: ReadonlyMap<string, Buffer>, batch: number): number {
  const extents = new Map(
    [...nest.loops, ...nest.reduces, ...innerAxes(nest)].map((a) => [a.name, extent(a.extent, batch)]),
  );
  const reached = (address: Index): number =>
    address.terms.reduce((n, [atom, stride]) => n * (stride === 0 ? 1 : reach(atom, extents)), 1);
  const reads = new Map<string, number>();
  const roots = [...nest.accumulators.map((a) => a.body), ...nest.stores.map((s) => s.value)];
  for (const v of valuesIn(roots))
    if (v.kind === "load") reads.set(v.buffer, (reads.get(v.buffer) ?? 0) + reached(v.address));
  const writes = new Map<string, number>();
  for (const s of nest.stores) writes.set(s.buffer, (writes.get(s.buffer) ?? 0) + reached(s.address));
  const bytes = (found: ReadonlyMap<string, number>): number =>
    [...found].reduce((n, [name, count]) => {
      const { dtype, size } = buffers.get(name) ?? { dtype: "f32", size: count };
      return n + storedBytes(dtype, Math.min(count, size));
    }, 0);
  return bytes(reads) + bytes(writes);
}

/** How many values a part of an address takes. */
function reach(atom: Atom, extents: ReadonlyMap<string, number>): number {
  if (typeof atom === "string") return extents.get(atom) ?? 1;
  const inner = atom.of.terms.reduce((n, [a, stride]) => n * (stride === 0 ? 1 : reach(a, extents)), 1);
  return atom.kind === "div" ? Math.ceil(inner / atom.by) : Math.min(inner, atom.by);
}
