// The table of all ops by name. `all.ts` fills it: what makes or reads nodes looks here and needs no op by itself.

import type { Op } from "./op.ts";

const table = new Map<string, Op>();

/** Makes ops known by their names. */
export function addOps(ops: readonly Op[]): void {
  for (const op of ops) table.set(op.name, op);
}

/** All ops that are known, in the order in which they were added. */
export const registry = (): ReadonlyMap<string, Op> => table;

export function opOf(name: string): Op {
  const op = table.get(name);
  if (!op) throw new Error(table.size === 0 ? "no ops are installed: import ops/all.ts" : `no op is called '${name}'`);
  return op;
}
