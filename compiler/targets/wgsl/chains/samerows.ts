// Whether nests along products that are computed again can run one after the other for the same rows of a workgroup: each reads of what
// another has written its own rows alone.

import type { Index } from "../../../arithmetic/affine.ts";
import { axisIndex, indexKey, substituteAxes } from "../../../arithmetic/affine.ts";
import { showDim } from "../../../arithmetic/dim.ts";
import { itemAt, zip } from "../../../arithmetic/lists.ts";
import type { Load } from "../../../loops/axes.ts";
import { loadsOf } from "../../../loops/axes.ts";
import type { Axis, Store } from "../../../loops/nest.ts";
import { rootsOf } from "../../../loops/nest.ts";
import type { ChainSchedule } from "./body.ts";
import { columnBlocks, shapeOf } from "./chain.ts";

export function haveSameRows(phases: readonly ChainSchedule[], batch: number): boolean {
  const chains = phases.map((p) => p.chain);
  const { outer, row, step } = itemAt(chains, 0);
  const sizes = (axes: typeof outer): string => axes.map((a) => showDim(a.extent)).join();
  const isSame = chains.every((c) => sizes([...c.outer, c.row, c.step]) === sizes([...outer, row, step]));
  const shape = shapeOf(chains, batch, itemAt(phases, 0).tuning.device.units);
  if (!isSame || chains.some((c) => columnBlocks(c, shape, batch) > 1)) return false;
  return phases.every((later, i) => phases.slice(0, i).every((earlier) => readsOwnRows(earlier, later)));
}

function readsOwnRows(earlier: ChainSchedule, later: ChainSchedule): boolean {
  const axesOf = ({ chain }: ChainSchedule): readonly Axis[] => [...chain.outer, chain.row];
  const names = new Map(zip(axesOf(earlier), axesOf(later)).map(([a, b]) => [b.name, axisIndex(a.name)] as const));
  const keyOf = (address: Index): string => indexKey(address).split(" + ").toSorted().join(" + ");
  const stores = new Map(earlier.nest.stores.map((s) => [s.buffer, keyOf(s.address)] as const));
  const isOwn = ({ buffer, address, row }: Load): boolean =>
    !stores.has(buffer) || (!row && stores.get(buffer) === keyOf(substituteAxes(address, names, new Map())));
  const read = new Set(loadsOf(rootsOf(earlier.nest)).map((l) => l.buffer));
  // Nothing that the first still reads is overwritten by the second.
  const isFree = ({ buffer }: Store): boolean => !read.has(buffer) && !stores.has(buffer);
  return loadsOf(rootsOf(later.nest)).every(isOwn) && later.nest.stores.every(isFree);
}
