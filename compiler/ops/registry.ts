// The list of all ops: one line each. Order is the order of docs/ops.md.

import { abstractOps } from "./abstract.ts";
import { contractOps } from "./contract.ts";
import type { Op } from "./define.ts";
import { elementwiseOps } from "./elementwise.ts";
import { gatherOps } from "./gather.ts";
import { leafOps } from "./leaves.ts";
import { raggedOps } from "./ragged.ts";
import { randomOps } from "./random.ts";
import { reduceOps } from "./reductions.ts";
import { scanOps } from "./scan.ts";
import { viewOps } from "./views.ts";
import { windowOps } from "./windows.ts";

const lists = () => [
  leafOps,
  elementwiseOps,
  viewOps,
  reduceOps,
  windowOps,
  contractOps,
  gatherOps,
  randomOps,
  scanOps,
  raggedOps,
  abstractOps,
];

let table: Map<string, Op> | undefined;

/** Built at first use: the lists import `make`, which asks here. */
export function registry(): ReadonlyMap<string, Op> {
  table ??= new Map(lists().flatMap((list) => list().map((op) => [op.name, op] as const)));
  return table;
}

export function opOf(name: string): Op {
  const op = registry().get(name);
  if (!op) throw new Error(`no op is called '${name}'`);
  return op;
}
