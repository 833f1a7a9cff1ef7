// Pieces that need nothing of each other become one dispatch: a dispatch waits for the one before it, whether it needs it or not.
// In: pieces in the order of the program. Out: groups of them in an order in which each piece still comes after all that writes what
// it reads or writes, and before all that writes what it reads. A piece goes back to the first group that it may join, at most
// `window` groups: an early result occupies memory for longer.

import { extent } from "../../arithmetic/dim.ts";
import { itemAt } from "../../arithmetic/lists.ts";
import { lookUp } from "../../arithmetic/lookup.ts";
import { AccessIndex } from "../../loops/accesses.ts";
import type { Nest } from "../../loops/nest.ts";
import type { Buffer } from "../../loops/storage.ts";
import type { Command } from "../commands.ts";
import type { Piece, PieceCommand, SharedBytes } from "./backend.ts";
import { inUnits } from "./chains/units.ts";
import { arenaName } from "./memory/arenas.ts";
import { SHARED_BYTES, type WgslTuning } from "./tuning.ts";

/** Pieces in one dispatch, or a loop over time that is several. */
export type Group =
  | { readonly kind: "kernel"; readonly pieces: readonly Piece[] }
  | {
      readonly kind: "loop";
      readonly length: number;
      readonly reverse: boolean;
      readonly body: readonly (readonly Piece[])[];
    };

interface Open {
  readonly pieces: Piece[];
  readonly accesses: AccessIndex;
  readonly loop?: Extract<Group, { kind: "loop" }>;
}

/** Bindings of a kernel that every WebGPU device allows. */
const BINDINGS = 8;

export function groupPieces(
  table: readonly Command<PieceCommand>[],
  { buffers, batch, tuning }: { buffers: ReadonlyMap<string, Buffer>; batch: number; tuning: WgslTuning },
): Group[] {
  const { window, pieces, points } = tuning.beside;
  const groups: Open[] = [];

  function fits(group: readonly Piece[], piece: Piece): boolean {
    const all = [...group, piece];
    if (all.length > pieces || all.some((p) => p.advances)) return false;
    const arenas = new Set(all.flatMap((p) => p.buffers).map((name) => arenaName(lookUp(buffers, name))));
    // The step block is one more.
    if (arenas.size + 1 > BINDINGS) return false;
    const most = (of: keyof SharedBytes): number => Math.max(...all.map((p) => p.shared?.[of] ?? 0));
    if (most("staged") + most("matrices") + most("joined") + most("kept") > SHARED_BYTES) return false;
    // A kernel keeps registers for its largest piece: what only moves numbers would have too few threads at once.
    return !all.some(isTiled) || all.every((p) => isTiled(p) || pointsOf(p, batch) <= points);
  }

  const canTake = (group: readonly Piece[], more: readonly Piece[]): boolean =>
    more.every((piece, i) => fits([...group, ...more.slice(0, i)], piece));

  function join(unit: readonly Piece[]): void {
    let to: Open | undefined;
    for (let at = groups.length - 1; at >= Math.max(0, groups.length - window); at--) {
      const group = itemAt(groups, at);
      if (unit.some((piece) => group.accesses.meets(piece.accesses))) break;
      if (!group.loop && canTake(group.pieces, unit)) to = group;
    }
    if (to) {
      to.pieces.push(...unit);
      for (const { accesses } of unit) to.accesses.add(accesses);
    } else groups.push(opened([...unit]));
  }

  for (const command of inUnits(table, canTake, window)) {
    if (command.kind === "unit") join(command.pieces);
    else {
      const body = groupPieces(command.body, { buffers, batch, tuning }).flatMap((g) =>
        g.kind === "kernel" ? [g.pieces] : [],
      );
      groups.push({ ...opened(body.flat()), loop: { ...command, kind: "loop", body } });
    }
  }
  return groups.map(
    ({ pieces, loop }) => loop ?? { kind: "kernel", pieces: pieces.toSorted((a, b) => weight(b) - weight(a)) },
  );
}

function opened(pieces: Piece[]): Open {
  const accesses = new AccessIndex();
  for (const piece of pieces) accesses.add(piece.accesses);
  return { pieces, accesses };
}

const isTiled = ({ schedule, chain }: Piece): boolean => schedule?.mode === "tile" || chain !== undefined;

/** Long pieces begin first: the other pieces fill the units that they leave idle. */
const weight = (piece: Piece): number => (piece.rows?.loop ? 2 : isTiled(piece) ? 1 : 0);

function pointsOf({ rows, schedule }: Piece, batch: number): number {
  const nests = rows ? rows.members.map((m) => m.nest) : schedule ? [schedule.nest] : [];
  const points = (nest: Nest): number =>
    [...nest.loops, ...nest.reduces].reduce((n, a) => n * extent(a.extent, batch), 1);
  return (rows?.loop?.length ?? 1) * nests.reduce((n, nest) => n + points(nest), 0);
}
