// The invariant of a layout: two buffers share memory only where one is done with before the other is first used.
// In: the tables of a plan and the addresses of their buffers. Out: nothing, or an error that names both.

import { bytesOf } from "../arithmetic/dtype.ts";
import type { Buffer } from "../loops/storage.ts";
import { namesIn, type Uses } from "./memory.ts";

interface Use {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly first: number;
  readonly last: number;
}

/** An error where two buffers of one table lie over each other while both are in use. */
export function verifyLayout(
  tables: readonly (readonly Uses[])[],
  buffers: ReadonlyMap<string, Buffer>,
  addresses: ReadonlyMap<string, number>,
): void {
  for (const table of tables) {
    const uses = usesIn(table, buffers, addresses).sort((a, b) => a.from - b.from);
    for (const [i, a] of uses.entries())
      for (const b of uses.slice(i + 1)) {
        if (b.from >= a.to) break;
        if (a.first <= b.last && b.first <= a.last) throw new Error(`${a.name} and ${b.name} lie in the same memory`);
      }
  }
}

/** Every buffer of a table with its bytes, and the first and last launch that uses it; one that outlives the table is used by all. */
function usesIn(
  table: readonly Uses[],
  buffers: ReadonlyMap<string, Buffer>,
  addresses: ReadonlyMap<string, number>,
): Use[] {
  const used = new Map<string, { first: number; last: number }>();
  let launch = 0;
  for (const line of table) {
    for (const name of namesIn(line)) used.set(name, { first: used.get(name)?.first ?? launch, last: launch });
    if (line.kind === "loop" || line.barrier !== false) launch++;
  }
  return [...used].flatMap(([name, { first, last }]) => {
    const [buffer, from] = [buffers.get(name), addresses.get(name)];
    if (!buffer || from === undefined) throw new Error(`${name} has no place in memory`);
    const to = from + bytesOf(buffer.dtype, buffer.size);
    return [buffer.role === "temporary" ? { name, from, to, first, last } : { name, from, to, first: 0, last: launch }];
  });
}
