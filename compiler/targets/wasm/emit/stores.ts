// Stores of a block of lanes, and the addresses that do not change along the lanes.

import { coefficient } from "../../../arithmetic/affine.ts";
import { bytesOf } from "../../../arithmetic/dtype.ts";
import { itemAt } from "../../../arithmetic/lists.ts";
import { lookUp } from "../../../arithmetic/lookup.ts";
import type { Store, Value } from "../../../loops/nest.ts";
import { valuesIn } from "../../../loops/nest.ts";
import type { Context } from "./context.ts";
import { frame } from "./context.ts";
import { narrow } from "./halves.ts";
import { flushBelow } from "./subnormals.ts";
import type { Frame } from "./values.ts";
import { keepAddress, offsetsOf, push, pushIndex, scratchLocal } from "./values.ts";

/** Byte addresses that do not change along the lanes. */
export function basesFor(
  c: Context,
  roots: readonly Value[],
  lanes: string,
  inside: readonly string[] = [],
): Map<string, number> {
  const bases = new Map<string, number>();
  const reduced = new Set([...inside, ...c.nest.reduces.map((r) => r.name)]);
  for (const v of valuesIn(roots)) {
    if (v.kind !== "load" || v.row) continue;
    const key = `${v.buffer}|${JSON.stringify(v.address.terms)}`;
    if (bases.has(key) || coefficient(v.address, lanes) === undefined) continue;
    if ([...reduced].some((r) => coefficient(v.address, r) !== 0)) continue;
    const local = c.code.local("i32");
    c.code.get(lookUp(c.pointers, v.buffer));
    pushIndex(frame(c, [], {}), { terms: v.address.terms, offset: 0 }, bytesOf(v.dtype), lanes);
    c.code.op("i32_add").set(local);
    bases.set(key, local);
  }
  return bases;
}

/** A place for two vectors beside the results: an address in a local, and bytes from there. */
export interface Edge {
  readonly address: number;
  readonly byte: number;
}

/**
 * All values of all groups, then all stores, neighbours side by side. Pairs that are not live as a whole go to the `edge`, and
 * from there what is live to its place.
 */
export function storeGroups(
  c: Context,
  groups: readonly Frame[],
  results?: readonly (readonly number[])[],
  live?: (group: number) => number,
  edge?: Edge,
): void {
  const { code } = c;
  const values = groups.map((g, i) =>
    c.nest.stores.map((s) => storedValue(c, results ? { ...g, accumulators: itemAt(results, i) } : g, s)),
  );
  c.nest.stores.forEach((s, k) => {
    const liveIn = (i: number): number => (itemAt(groups, i).vector ? Math.max(0, live?.(i) ?? 4) : 1);
    const isEdge = (i: number): boolean => edge !== undefined && liveIn(2 * (i >> 1)) + liveIn(2 * (i >> 1) + 1) < 8;
    groups.forEach((g, i) => {
      const lanesLive = liveIn(i);
      if (edge !== undefined && isEdge(i)) {
        if (i % 2 === 0) return;
        const [first, second] = [itemAt(itemAt(values, i - 1), k), itemAt(itemAt(values, i), k)];
        code.get(edge.address).get(first).memory("v128_store", edge.byte);
        code
          .get(edge.address)
          .get(second)
          .memory("v128_store", edge.byte + 16);
        copyEdge(itemAt(groups, i - 1), s, edge, liveIn(i - 1) + lanesLive);
        return;
      }
      for (let lane = 0; lane < (lanesLive === 4 ? 1 : lanesLive); lane++) {
        const byte = storeAddress(g, s);
        code.get(itemAt(itemAt(values, i), k));
        const at = byte + bytesOf(s.dtype, g.shift + lane);
        if (s.dtype === "f16") code.storeLane(lane, at, lanesLive === 4 ? 64 : 16);
        else if (lanesLive === 4) code.memory("v128_store", at);
        else code.storeLane(lane, at);
      }
    });
  });
}

/** Numbers from the edge to their place, in as few pieces as they have. */
function copyEdge(f: Frame, s: Store, edge: Edge, count: number): void {
  const pieces = [
    { numbers: 4, load: "v128_load", store: "v128_store" },
    { numbers: 2, load: "i64_load", store: "i64_store" },
    { numbers: 1, load: "i32_load", store: "i32_store" },
  ] as const;
  let done = 0;
  for (const { numbers, load, store } of pieces) {
    if ((count & numbers) === 0) continue;
    const byte = storeAddress(f, s);
    f.code
      .get(edge.address)
      .memory(load, edge.byte + 4 * done)
      .memory(store, byte + bytesOf(s.dtype, f.shift + done));
    done += numbers;
  }
}

function storedValue(c: Context, f: Frame, s: Store): number {
  const position = s.dtype === "i32" && s.value.kind === "accumulator" ? f.positions?.get(s.value.index) : undefined;
  if (position !== undefined) return position;
  const least = s.dtype === "f32" ? c.least.get(s.buffer) : undefined;
  if (s.value.kind === "accumulator" && s.dtype === "f32" && least === undefined)
    return itemAt(f.accumulators, s.value.index);
  // An integer that is stored as it was read keeps its bits: numbers hold whole ones up to 2^24 only.
  const isCopy = s.dtype === "i32" && s.value.kind === "load" && s.value.dtype === "i32";
  push(f, isCopy ? { ...s.value, dtype: "f32" } : s.value);
  if (s.dtype === "i32" && !isCopy) c.code.v("i32x4_trunc_sat_f32x4_s");
  if (s.dtype === "f16") narrow(c.code, (slot) => scratchLocal(f, slot));
  const known = c.code.local("v128");
  c.scratch.set(`store ${known}`, known);
  c.code.set(known);
  if (least !== undefined) flushBelow(c.code, known, least);
  return known;
}

function storeAddress(f: Frame, s: Store): number {
  const { fixed, moving } = offsetsOf(s.address, s.dtype);
  keepAddress(f, `store ${s.buffer}|${JSON.stringify(s.address.terms)}|${moving}`, () => {
    f.code.get(lookUp(f.pointers, s.buffer));
    pushIndex(f, { terms: s.address.terms, offset: 0 }, bytesOf(s.dtype));
    f.code.op("i32_add");
    if (moving !== 0) f.code.i32(moving).op("i32_add");
  });
  return fixed;
}
