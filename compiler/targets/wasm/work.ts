// The least work of each record of a table: arithmetic operations, and bytes of the buffers that it reads and writes, each
// counted once. In: lines before they have addresses. Out: plain data, for those who time records one by one.

import type { Atom, Index } from "../../arithmetic/affine.ts";
import { extent } from "../../arithmetic/dim.ts";
import { bytesOf as storedBytes } from "../../arithmetic/dtype.ts";
import { lookUp } from "../../arithmetic/lookup.ts";
import { classRows } from "../../loops/classrows.ts";
import type { Nest, Store, Value } from "../../loops/nest.ts";
import { valuesIn } from "../../loops/nest.ts";
import type { Work } from "../../loops/stage.ts";
import type { Buffer } from "../../loops/storage.ts";
import type { WasmCommand, WasmKernel } from "./schedule/command.ts";

/** The work of a table's lines, in their order; a loop is one line, with the work of all its steps. */
export const worksOf = (
  lines: readonly WasmCommand[],
  buffers: ReadonlyMap<string, Buffer>,
  batch: number,
  nameOf: (kernel: number) => string,
): Work[] => lines.map((line) => workOf(line, buffers, batch, nameOf));

function workOf(
  line: WasmCommand,
  buffers: ReadonlyMap<string, Buffer>,
  batch: number,
  nameOf: (kernel: number) => string,
): Work {
  if (line.kind === "loop") {
    const inside = line.body.map((l) => workOf(l, buffers, batch, nameOf));
    const total = (of: (w: Work) => number): number => line.length * inside.reduce((n, w) => n + of(w), 0);
    return {
      name: `loop of ${line.length}: ${inside.map((w) => w.name).join(", ")}`,
      span: inside.find((w) => w.span)?.span,
      operations: total((w) => w.operations),
      bytes: total((w) => w.bytes),
      writes: [...new Set(inside.flatMap((w) => w.writes))],
    };
  }
  const { nest, writes } = line;
  const name = nameOf(line.kernel);
  if (!nest) return { name, span: undefined, operations: 0, bytes: line.rows ? 0 : moved(line, buffers), writes };
  return { name, span: nest.span, operations: operationsOf(nest, batch), bytes: bytesOf(nest, buffers, batch), writes };
}

/** A batch is copied: read as its data is held, and written. */
function moved({ buffers: [data], writes }: WasmKernel, buffers: ReadonlyMap<string, Buffer>): number {
  const read = (data === undefined ? undefined : buffers.get(data)?.dtype) ?? "f32";
  return writes.reduce((n, w) => n + (storedBytes(read) + storedBytes("f32")) * lookUp(buffers, w).size, 0);
}

/** Additions, products and other scalar functions, one each, padding not left out; a term of a sum is added once. */
function operationsOf(nest: Nest, batch: number): number {
  const points = (axes: Nest["loops"]): number => axes.reduce((n, a) => n * extent(a.extent, batch), 1);
  /** Points at which a store is made: along some axes it may be made once. */
  const made = ({ once = [] }: Store): number => points(nest.loops.filter((a) => !once.includes(a.name)));
  const counted = new Set<Value>();
  const fresh = (root: Value): number => {
    const found = valuesIn([root]).filter((v) => v.kind === "apply" && !counted.has(v));
    for (const v of found) counted.add(v);
    return found.length;
  };
  // A term that belongs to one row is added once, not once for every row.
  const terms = points(nest.reduces) / extent(classRows(nest)?.rows.extent ?? 1, batch);
  const sums = nest.accumulators.map(({ body }, index) => {
    const readers = nest.stores.filter((s) =>
      valuesIn([s.value]).some((v) => v.kind === "accumulator" && v.index === index),
    );
    return terms * (fresh(body) + 1) * Math.max(0, ...readers.map(made));
  });
  const stores = nest.stores.map((s) => made(s) * fresh(s.value));
  return [...sums, ...stores].reduce((a, b) => a + b, 0);
}

/** The elements that addresses reach, at most the whole of each buffer. */
function bytesOf(nest: Nest, buffers: ReadonlyMap<string, Buffer>, batch: number): number {
  const extents = new Map([...nest.loops, ...nest.reduces].map((a) => [a.name, extent(a.extent, batch)]));
  const reached = (address: Index): number =>
    address.terms.reduce((n, [atom, stride]) => n * (stride === 0 ? 1 : reach(atom, extents)), 1);
  const reads = new Map<string, number>();
  const roots = [...nest.accumulators.map((a) => a.body), ...nest.stores.map((s) => s.value)];
  for (const v of valuesIn(roots))
    if (v.kind === "load") reads.set(v.buffer, (reads.get(v.buffer) ?? 0) + reached(v.address));
  const writes = new Map<string, number>();
  for (const s of nest.stores) writes.set(s.buffer, (writes.get(s.buffer) ?? 0) + reached(s.address));
  const elements = (found: ReadonlyMap<string, number>): number =>
    [...found].reduce((n, [name, count]) => n + Math.min(count, buffers.get(name)?.size ?? count), 0);
  return 4 * (elements(reads) + elements(writes));
}

/** How many values a part of an address takes. */
function reach(atom: Atom, extents: ReadonlyMap<string, number>): number {
  if (typeof atom === "string") return extents.get(atom) ?? 1;
  const inner = atom.of.terms.reduce((n, [a, stride]) => n * (stride === 0 ? 1 : reach(a, extents)), 1);
  return atom.kind === "div" ? Math.ceil(inner / atom.by) : Math.min(inner, atom.by);
}
