// Arenas, the GPU buffers of a plan, and where each of its own buffers lies in one. A kernel binds each arena once, so that neither
// limits on bindings nor their rules on aliasing are met.

import type { WgslArena, WgslBuffer } from "../../../runtime/plan.ts";
import { bytesOf } from "../../arithmetic/dtype.ts";
import type { Uses } from "../../layout/memory.ts";
import { placeBuffers } from "../../layout/memory.ts";
import { verifyLayout } from "../../layout/verify.ts";
import type { Buffer } from "../../loops/storage.ts";

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

const OF_TYPE: Readonly<Record<Buffer["dtype"], string>> = { f32: "", i32: " of integers", u8: " of bytes" };

export const arenaName = (b: Buffer): string => (b.name === "ring" ? "ring" : `${ARENAS[b.role]}${OF_TYPE[b.dtype]}`);

/** Each arena by itself; temporaries share places where their lives do not overlap. */
export function placeInArenas(
  tables: readonly (readonly Uses[])[],
  all: ReadonlyMap<string, Buffer>,
  verify: boolean,
): { arenas: WgslArena[]; buffers: WgslBuffer[] } {
  const arenas: WgslArena[] = [];
  const buffers: WgslBuffer[] = [];
  for (const name of new Set([...all.values()].map(arenaName))) {
    const own = new Map([...all].filter(([, b]) => arenaName(b) === name));
    const keep = (l: Uses): Uses =>
      l.kind === "loop"
        ? { kind: "loop", body: l.body.map(keep) }
        : { kind: "kernel", buffers: l.buffers.filter((b) => own.has(b)) };
    const uses = tables.map((t) => t.map(keep));
    const placed = placeBuffers(uses, own, 0);
    if (verify) verifyLayout(uses, own, placed.addresses);
    for (const b of own.values()) {
      const at = placed.addresses.get(b.name);
      // A temporary that nothing uses has no place.
      if (at !== undefined) buffers.push({ ...b, arena: arenas.length, at: at / bytesOf(b.dtype) });
    }
    const [{ dtype }] = [...own.values()] as [Buffer];
    arenas.push({ name, dtype, bytes: Math.max(256, placed.end) });
  }
  return { arenas, buffers };
}
