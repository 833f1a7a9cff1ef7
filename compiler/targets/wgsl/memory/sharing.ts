// Which arena each buffer of a program lies in: one for each kind, or as many as the limits of a device ask for. In: groups of pieces,
// limits. Out: names of arenas, and groups that a kernel can bind. Invariant: with limits no arena is larger than a binding.

import { lookUp } from "../../../arithmetic/lookup.ts";
import type { Uses } from "../../../layout/memory.ts";
import { placeBuffers } from "../../../layout/memory.ts";
import type { Buffer } from "../../../loops/storage.ts";
import type { Piece } from "../backend.ts";
import type { Group } from "../beside.ts";
import { arenaName, mixedName, usesWithin } from "./arenas.ts";
import { shareOut, TooManyBindings } from "./bins.ts";

/** Limits of a device: bytes of one binding, and how many arenas a kernel binds. */
export interface ArenaLimits {
  readonly bytes: number;
  readonly bindings: number;
}

const piecesOf = (group: Group): readonly Piece[] => (group.kind === "loop" ? group.body.flat() : group.pieces);

/** A group is one line: what its dispatches use, they use at once. */
export const usesOf = (group: Group): Uses => ({
  kind: "kernel",
  buffers: [...new Set(piecesOf(group).flatMap((p) => p.buffers))],
});

/** The name of each buffer's arena. TooManyBindings where the limits allow no plan. */
export function chooseArenas(
  tables: readonly (readonly Group[])[],
  buffers: ReadonlyMap<string, Buffer>,
  limits: ArenaLimits | undefined,
): Map<string, string> {
  const uses = tables.map((t) => t.map(usesOf));
  const kinds = Map.groupBy(buffers.values(), arenaName);
  const isLarge = (own: readonly Buffer[], { bytes }: ArenaLimits): boolean => {
    const map = new Map(own.map((b) => [b.name, b]));
    return (
      placeBuffers(
        uses.map((u) => usesWithin(u, map)),
        map,
        0,
      ).end > bytes
    );
  };
  const large = new Set(limits ? [...kinds].flatMap(([name, own]) => (isLarge(own, limits) ? [name] : [])) : []);
  if (!limits || large.size === 0) return new Map([...buffers.values()].map((b) => [b.name, arenaName(b)]));
  const pieces = tables.flat().flatMap((g) => piecesOf(g).map((p) => p.buffers));
  const sharing = { ...limits, tables: uses, buffers, pieces };
  const isMany = (b: Buffer): boolean => large.has(arenaName(b));
  try {
    return shareOut({ ...sharing, kindOf: (b) => ({ name: arenaName(b), isShared: isMany(b) }) });
  } catch (error) {
    if (!(error instanceof TooManyBindings)) throw error;
    // One kind of arena takes fewer bindings: what is small stands in the room that others leave.
    const isMixed = (b: Buffer): boolean => mixedName(b) !== arenaName(b);
    return shareOut({ ...sharing, kindOf: (b) => ({ name: mixedName(b), isShared: isMixed(b) || isMany(b) }) });
  }
}

/** The group as groups one after the other, none of which reaches more arenas than a kernel binds. */
export function splitGroup(
  pieces: readonly Piece[],
  arenaOf: ReadonlyMap<string, string>,
  limits: ArenaLimits | undefined,
): (readonly Piece[])[] {
  const groups: { readonly pieces: Piece[]; readonly arenas: Set<string> }[] = [];
  for (const piece of pieces) {
    const own = new Set(piece.buffers.map((b) => lookUp(arenaOf, b)));
    const group = groups.find(({ arenas }) => arenas.union(own).size <= (limits?.bindings ?? Number.POSITIVE_INFINITY));
    if (!group) groups.push({ pieces: [piece], arenas: own });
    else {
      group.pieces.push(piece);
      for (const arena of own) group.arenas.add(arena);
    }
  }
  return groups.map((g) => g.pieces);
}
