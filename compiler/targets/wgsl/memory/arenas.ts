// Arenas, the GPU buffers of a plan, and where each of its own buffers lies in one. A kernel binds each arena once, so that the rules
// on aliasing are met. In: what is used when, and the arena of every buffer. Out: addresses.

import type { WgslArena, WgslBuffer } from "../../../../runtime/plan.ts";
import { bytesOf } from "../../../arithmetic/dtype.ts";
import { lookUp } from "../../../arithmetic/lookup.ts";
import type { Uses } from "../../../layout/memory.ts";
import { placeBuffers } from "../../../layout/memory.ts";
import { verifyLayout } from "../../../layout/verify.ts";
import type { Buffer } from "../../../loops/storage.ts";

/** Which buffers share an arena. */
const ARENAS: Readonly<Record<Buffer["role"], string>> = {
  parameter: "weights",
  state: "weights",
  field: "batch",
  temporary: "work",
  zeroed: "work",
  result: "work",
  data: "data",
};

const OF_TYPE: Readonly<Record<Buffer["dtype"], string>> = {
  f32: "",
  i32: " of integers",
  f16: " of halves",
  u8: " of bytes",
};

export const arenaName = (b: Buffer): string => (b.name === "ring" ? "ring" : `${ARENAS[b.role]}${OF_TYPE[b.dtype]}`);

/** An arena in which weights, a batch and values of a step lie beside each other. */
export const mixedName = (b: Buffer): string =>
  b.role === "data" || b.name === "ring" ? arenaName(b) : `numbers${OF_TYPE[b.dtype]}`;

/** The lines of a table as far as they use these buffers. */
export const usesWithin = (uses: readonly Uses[], own: ReadonlyMap<string, Buffer>): Uses[] =>
  uses.map((u) =>
    u.kind === "loop"
      ? { kind: "loop", body: usesWithin(u.body, own) }
      : { kind: "kernel", buffers: u.buffers.filter((b) => own.has(b)) },
  );

/** Each arena by itself; temporaries share places where their lives do not overlap. */
export function placeInArenas(
  uses: readonly (readonly Uses[])[],
  all: ReadonlyMap<string, Buffer>,
  arenaOf: ReadonlyMap<string, string>,
  verify: boolean,
): { arenas: WgslArena[]; buffers: WgslBuffer[] } {
  const arenas: WgslArena[] = [];
  const buffers: WgslBuffer[] = [];
  // A temporary that nothing uses has no arena.
  const placed = [...all.values()].filter((b) => arenaOf.has(b.name));
  for (const [name, list] of Map.groupBy(placed, (b) => lookUp(arenaOf, b.name))) {
    const own = new Map(list.map((b) => [b.name, b]));
    const within = uses.map((u) => usesWithin(u, own));
    const { addresses, end } = placeBuffers(within, own, 0);
    if (verify) verifyLayout(within, own, addresses);
    for (const b of list) {
      const at = addresses.get(b.name);
      if (at !== undefined) buffers.push({ ...b, arena: arenas.length, at: at / bytesOf(b.dtype) });
    }
    const [{ dtype }] = list as [Buffer];
    arenas.push({ name, dtype, bytes: Math.max(256, end) });
  }
  return { arenas, buffers };
}
