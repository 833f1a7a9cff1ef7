// Pieces that stay together when pieces become dispatches. In: pieces in the order of the program. Out: the same in units, in an order
// that gives the same results.

import { doMeet } from "../../../loops/accesses.ts";
import type { Command } from "../../commands.ts";
import type { Piece, PieceCommand } from "../backend.ts";

/** Pieces that stay together. */
interface Unit {
  readonly kind: "unit";
  readonly pieces: readonly Piece[];
}

type InUnits = Unit | Extract<Command<PieceCommand>, { kind: "loop" }>;

/** Products that are computed again from the same operands stay together, as the three of attention's gradient: these are read once for
 * all of them. The first ones wait for the last, where nothing between needs them. */
export function inUnits(
  table: readonly Command<PieceCommand>[],
  canTake: (group: readonly Piece[], more: readonly Piece[]) => boolean,
  window: number,
): InUnits[] {
  const units: InUnits[] = [];
  for (const command of table) {
    if (command.kind === "loop") {
      units.push(command);
      continue;
    }
    const { piece } = command;
    const like = piece.chain ? units.slice(-window).findLast((u) => mayWait(units, u, piece)) : undefined;
    if (like?.kind === "unit" && canTake(like.pieces, [piece])) {
      units.splice(units.indexOf(like), 1);
      units.push({ kind: "unit", pieces: [...like.pieces, piece] });
    } else units.push({ kind: "unit", pieces: [piece] });
  }
  return units;
}

const piecesOf = (u: InUnits): readonly Piece[] => (u.kind === "loop" ? u.body.map((c) => c.piece) : u.pieces);

/** Whether a unit is of chains that read what this one reads, and needs to be done neither before it nor before anything between. */
function mayWait(units: readonly InUnits[], unit: InUnits, piece: Piece): boolean {
  if (unit.kind === "loop" || !unit.pieces.every((p) => p.chain && doShare(p, piece))) return false;
  const between = units.slice(units.indexOf(unit) + 1).flatMap(piecesOf);
  return ![...between, piece].some((other) => unit.pieces.some((p) => doMeet(p.accesses, other.accesses)));
}

/** Whether most of what one reads the other reads, too. */
function doShare(a: Piece, b: Piece): boolean {
  const [mine, theirs] = [a, b].map((p) => new Set(p.accesses.reads.map((r) => r.buffer))) as [
    Set<string>,
    Set<string>,
  ];
  return 2 * mine.intersection(theirs).size > mine.size;
}
