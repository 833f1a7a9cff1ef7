// Sharing within a table: a result that two commands would compute is computed once. Two sums of products over one operand pack it alike, as
// the gradients of a recurrent layer's two weights do. In: a table. Out: the table without repetitions, whose results others read in their place.

import { append } from "../../arithmetic/lists.ts";
import { lookUp } from "../../arithmetic/lookup.ts";
import { mapNest } from "../../loops/nest.ts";
import type { Buffer } from "../../loops/storage.ts";
import type { WasmCommand, WasmKernel } from "./schedule/command.ts";

/** Commands whose one result is a temporary that nothing else writes are compared; those of loops are left as they are. */
export function shareResults(table: readonly WasmCommand[], buffers: ReadonlyMap<string, Buffer>): WasmCommand[] {
  const writers = new Map<string, number>();
  for (const name of table.flatMap(writesOf)) writers.set(name, (writers.get(name) ?? 0) + 1);
  const resultOf = (c: WasmCommand): string | undefined => {
    if (c.kind === "loop" || !c.nest || c.alone || c.rows) return undefined;
    const [name, ...more] = c.writes;
    if (name === undefined || more.length > 0 || writers.get(name) !== 1) return undefined;
    return lookUp(buffers, name).role === "temporary" ? name : undefined;
  };
  const known = new Map<string, string>();
  /** Keys of the commands that read a buffer. */
  const readers = new Map<string, string[]>();
  const instead = new Map<string, string>();
  const renamed = (name: string): string => instead.get(name) ?? name;
  return table.flatMap((c) => {
    const command = rename(c, renamed);
    const result = resultOf(command);
    // Results of a buffer are stale once that is written again.
    for (const name of writesOf(command)) {
      for (const key of readers.get(name) ?? []) known.delete(key);
      readers.delete(name);
    }
    if (result === undefined || command.kind === "loop") return [command];
    const key = keyOf(command, result);
    const same = known.get(key);
    if (same !== undefined) {
      instead.set(result, same);
      return [];
    }
    known.set(key, result);
    for (const name of command.buffers) if (name !== result) append(readers, name, key);
    return [command];
  });
}

/** The command's kernel and what it reads; buffers stand in the order of the record. */
const keyOf = ({ kernel, units, word, buffers }: WasmKernel, result: string): string =>
  JSON.stringify([kernel, units, word, buffers.map((b) => (b === result ? "" : b))]);

const writesOf = (c: WasmCommand): readonly string[] => (c.kind === "kernel" ? c.writes : c.body.flatMap(writesOf));

function rename(c: WasmCommand, buffer: (name: string) => string): WasmCommand {
  if (c.kind === "loop") return { ...c, body: c.body.map((k) => renameKernel(k, buffer)) };
  return renameKernel(c, buffer);
}

function renameKernel(c: WasmKernel, buffer: (name: string) => string): WasmKernel {
  if (c.buffers.every((b) => buffer(b) === b)) return c;
  return { ...c, buffers: c.buffers.map(buffer), ...(c.nest ? { nest: mapNest(c.nest, { buffer }) } : {}) };
}
