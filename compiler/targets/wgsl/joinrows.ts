// Pieces that walk the same rows become one: what goes on with the rows that another has made waits for threads of its own workgroup
// then, not for the whole dispatch before. In: pieces in the order of the program. Out: the same or fewer, in an order that gives the
// same results.

import type { Dim } from "../../arithmetic/dim.ts";
import { BATCH, extent } from "../../arithmetic/dim.ts";
import { itemAt } from "../../arithmetic/lists.ts";
import { doMeet } from "../../loops/accesses.ts";
import type { Nest } from "../../loops/nest.ts";
import type { Command } from "../commands.ts";
import type { Piece, PieceCommand } from "./backend.ts";
import { chainCommand } from "./backend.ts";
import { haveSameRows } from "./chains/samerows.ts";
import type { Member, RowsWork } from "./rows.ts";
import { lengthOf, overRows, placesInRows, resultRows } from "./rows.ts";
import type { WgslTuning } from "./tuning.ts";

interface Given {
  readonly batch: number;
  readonly tuning: WgslTuning;
  readonly make: (work: RowsWork) => PieceCommand;
  /** Whether the pieces are a step of a loop, whose nests over the same points nothing has joined before. */
  readonly isStep?: boolean;
}

export function joinRows(table: readonly Command<PieceCommand>[], given: Given): Command<PieceCommand>[] {
  const out: Command<PieceCommand>[] = [];
  for (const command of table) {
    if (command.kind === "loop") {
      const body = joinRows(command.body, { ...given, isStep: true }).filter((c) => c.kind === "kernel");
      out.push({ ...command, body });
    } else add(out, command, given);
  }
  return out;
}

/** Puts a piece at the end, or joins it with one that it follows; what they become may follow another in turn. */
function add(out: Command<PieceCommand>[], command: PieceCommand, given: Given): void {
  const { piece } = command;
  for (let at = out.length - 1; at >= Math.max(0, out.length - given.tuning.beside.window); at--) {
    const before = itemAt(out, at);
    if (before.kind === "loop") break;
    if (!doMeet(before.piece.accesses, piece.accesses)) continue;
    const joined = join(before.piece, piece, given);
    if (!joined) break;
    const after = out.splice(at).slice(1);
    add(out, joined, given);
    out.push(...after);
    return;
  }
  out.push(command);
}

function join(first: Piece, second: Piece, given: Given): PieceCommand | undefined {
  if (first.chain && second.chain) {
    const phases = [...first.chain, ...second.chain];
    return haveSameRows(phases, given.batch) ? chainCommand(phases) : undefined;
  }
  const count = rowsOf(first) ?? rowsOf(second) ?? (given.isStep ? BATCH : undefined);
  if (count === undefined || (rowsOf(first) ?? count) !== (rowsOf(second) ?? count)) return undefined;
  const [a, b] = [membersOver(first, count), membersOver(second, count)];
  if (!a || !b || a.length + b.length > given.tuning.rows.members) return undefined;
  const work: RowsWork = { members: [...a, ...b], count, batch: given.batch };
  return isWorthwhile(work, given) && staysInRows(work) ? given.make(work) : undefined;
}

/** The rows that a piece is done by. */
function rowsOf(piece: Piece): Dim | undefined {
  if (piece.rows) return piece.rows.loop ? undefined : piece.rows.count;
  const nest = nestOf(piece);
  return nest && resultRows(nest);
}

/** The nest of a piece that threads can do row by row. */
const nestOf = ({ schedule }: Piece): Nest | undefined =>
  schedule && schedule.mode !== "tile" && schedule.mode !== "chain" ? schedule.nest : undefined;

function membersOver(piece: Piece, count: Dim): readonly Member[] | undefined {
  if (piece.rows) return piece.rows.loop ? undefined : piece.rows.members;
  const nest = nestOf(piece);
  const member = nest && overRows(nest, count);
  return member && [member];
}

const staysInRows = (work: RowsWork): boolean => ![...placesInRows(work).values()].includes(undefined);

/** Whether rows are many enough for all of the device, or so short that one more dispatch takes longer. What rows are reduced to has no
 * more workgroups otherwise. */
function isWorthwhile({ members, count }: RowsWork, { batch, tuning }: Given): boolean {
  const rows = extent(count, batch);
  const longest = Math.max(0, ...members.filter((m) => m.inner.length > 0).map((m) => lengthOf(m, batch)));
  return rows > 1 && (rows >= tuning.device.units || longest <= tuning.rows.longest);
}
