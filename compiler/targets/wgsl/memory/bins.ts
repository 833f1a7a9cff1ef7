// Shares the buffers of a program out among arenas of bounded size. In: what each piece reaches, which buffers must be shared out, the
// kinds that stay by themselves. Out: the arena of every buffer. Invariant: what `placeBuffers` makes of an arena fits its capacity, and
// no piece reaches more arenas than a kernel binds.
//
// The largest buffers choose first. Each goes where the pieces that use it already are: the fewest new bindings, then the first arena.

import { append } from "../../../arithmetic/lists.ts";
import { lookUp } from "../../../arithmetic/lookup.ts";
import type { Uses } from "../../../layout/memory.ts";
import { livesOf, SharedPlaces, takenBy } from "../../../layout/memory.ts";
import type { Buffer } from "../../../loops/storage.ts";

export interface Sharing {
  readonly tables: readonly (readonly Uses[])[];
  readonly buffers: ReadonlyMap<string, Buffer>;
  /** The buffers of each piece. */
  readonly pieces: readonly (readonly string[])[];
  /** The name of the arenas that a buffer may lie in, and whether these are several. */
  readonly kindOf: (b: Buffer) => { readonly name: string; readonly isShared: boolean };
  readonly bytes: number;
  /** Arenas that a kernel binds. */
  readonly bindings: number;
}

/** A piece that would reach more arenas than a kernel binds: no plan with these limits was found. */
export class TooManyBindings extends Error {
  readonly piece: readonly string[];

  constructor(piece: readonly string[]) {
    super(`one kernel needs too many buffers: ${piece.join(", ")}`);
    this.piece = piece;
  }
}

interface Bin {
  readonly name: string;
  /** Bytes of what outlives a step. */
  lasting: number;
  /** Temporaries of the table that is being placed. */
  places: SharedPlaces;
}

/** The name of each buffer's arena. TooManyBindings where some piece would reach too many. */
export function shareOut(sharing: Sharing): Map<string, string> {
  const { tables, buffers, pieces, kindOf, bytes } = sharing;
  const arenaOf = new Map<string, string>();
  const reached = pieces.map(() => new Set<string>());
  const usersOf = new Map<string, number[]>();
  for (const [i, names] of pieces.entries()) for (const name of new Set(names)) append(usersOf, name, i);
  const bins = new Map<string, Bin[]>();

  function settle(buffer: string, arena: string): void {
    arenaOf.set(buffer, arena);
    for (const piece of usersOf.get(buffer) ?? []) reached[piece]?.add(arena);
  }

  /** How many pieces would bind one arena more; undefined where one of them cannot. */
  function costOf(buffer: string, arena: string): number | undefined {
    const newly = (usersOf.get(buffer) ?? []).filter((piece) => !reached[piece]?.has(arena));
    return newly.some((piece) => (reached[piece]?.size ?? 0) >= sharing.bindings) ? undefined : newly.length;
  }

  function choose(buffer: string, hasRoom: (bin: Bin) => boolean): Bin {
    const { name } = kindOf(lookUp(buffers, buffer));
    const all = bins.get(name) ?? [];
    const open = (): Bin => ({ name: arenaCalled(name, all.length), lasting: 0, places: new SharedPlaces(0) });
    const fitting = [...all.filter(hasRoom), open()].flatMap((bin) => {
      const cost = costOf(buffer, bin.name);
      return cost === undefined ? [] : [{ bin, cost }];
    });
    const [best] = fitting.toSorted((a, b) => a.cost - b.cost);
    if (!best) throw new TooManyBindings(pieces[fullPieceOf(buffer)] ?? []);
    if (!all.includes(best.bin)) append(bins, name, best.bin);
    settle(buffer, best.bin.name);
    return best.bin;
  }

  const fullPieceOf = (buffer: string): number =>
    (usersOf.get(buffer) ?? []).toSorted((a, b) => (reached[b]?.size ?? 0) - (reached[a]?.size ?? 0))[0] ?? 0;

  for (const b of buffers.values()) if (!kindOf(b).isShared) settle(b.name, kindOf(b).name);
  const shared = [...buffers.values()].filter((b) => kindOf(b).isShared);
  for (const b of shared.filter(({ role }) => role !== "temporary").toSorted((x, y) => takenBy(y) - takenBy(x))) {
    const bin = choose(b.name, ({ lasting }) => lasting + takenBy(b) <= bytes);
    bin.lasting += takenBy(b);
  }
  const own = new Map(shared.map((b) => [b.name, b]));
  for (const table of tables) {
    for (const bin of [...bins.values()].flat()) bin.places = new SharedPlaces(bin.lasting);
    for (const life of livesOf(table, own)) {
      const bin = choose(life.name, ({ places }) => places.lowestFor(life) + life.bytes <= bytes);
      bin.places.put(life, bin.places.lowestFor(life));
    }
  }
  return arenaOf;
}

const arenaCalled = (kind: string, index: number): string => (index === 0 ? kind : `${kind} ${index + 1}`);
