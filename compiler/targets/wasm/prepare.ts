// Splits a table: kernels that read weights alone, such as those that put operands into panels or transform the kernels of convolutions,
// run once when weights are written. In: a table whose weights stay the same from run to run. Out: that table in two; what the first leaves is
// kept in memory.

import { isNumber } from "../../arithmetic/dim.ts";
import { lookUp } from "../../arithmetic/lookup.ts";
import { allValues } from "../../loops/nest.ts";
import type { Buffer } from "../../loops/storage.ts";
import type { WasmCommand, WasmKernel } from "./schedule/command.ts";

export interface Prepared {
  readonly once: readonly WasmCommand[];
  readonly table: readonly WasmCommand[];
}

/** Buffers that the first table leaves get a place of their own in `buffers`. */
export function prepareOnce(table: readonly WasmCommand[], buffers: Map<string, Buffer>): Prepared {
  const isScratch = (name: string): boolean => ["temporary", "zeroed"].includes(lookUp(buffers, name).role);
  const once = new Set<WasmCommand>(
    table.filter((c) => c.kind === "kernel" && isFixed(c) && c.writes.every(isScratch)),
  );
  // A value is fixed where all that it is made of is: those that read or add to others leave until nothing changes.
  for (let before = -1; before !== once.size; ) {
    before = once.size;
    const varying = new Set(table.flatMap((c) => (once.has(c) ? [] : writesOf(c))));
    const left = new Set([...once].flatMap(writesOf));
    for (const command of once) {
      const needs = command.kind === "kernel" ? command.buffers : [];
      const isKept = (name: string): boolean => lookUp(buffers, name).role === "parameter" || left.has(name);
      if (!needs.every((name) => isKept(name) && !varying.has(name))) once.delete(command);
    }
  }
  for (const name of [...once].flatMap(writesOf)) buffers.set(name, { ...lookUp(buffers, name), role: "zeroed" });
  return { once: table.filter((c) => once.has(c)), table: table.filter((c) => !once.has(c)) };
}

/** Whether a kernel's results are made of buffers alone, not of draws or of how many rows there are. */
function isFixed({ nest, alone, word, rows }: WasmKernel): boolean {
  if (!nest || alone || rows || word !== 0) return false;
  const sizes = [...nest.loops, ...nest.reduces].map((a) => a.extent);
  return sizes.every(isNumber) && allValues(nest).every((v) => v.kind !== "random" && v.kind !== "extent");
}

const writesOf = (c: WasmCommand): readonly string[] =>
  c.kind === "kernel" ? c.writes : c.body.flatMap((k) => k.writes);
