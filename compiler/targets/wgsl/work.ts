// The work of each dispatch: operations, bytes, the line of the program that it is for, and about how long it takes on the device that
// the plan is tuned for. In: dispatches before they have places. Out: plain data, for who cuts a queue into pieces, chooses between
// devices or says where a kernel comes from.

import type { Span } from "../../../grammar/syntax/span.ts";
import { lookUp } from "../../arithmetic/lookup.ts";
import type { Nest } from "../../loops/nest.ts";
import type { Work } from "../../loops/stage.ts";
import type { Buffer } from "../../loops/storage.ts";
import { bytesOf, operationsOf } from "../../loops/work.ts";
import type { Command } from "../commands.ts";
import type { Piece, WgslCommand } from "./backend.ts";
import type { WgslTuning } from "./tuning.ts";

export interface Circumstances {
  readonly buffers: ReadonlyMap<string, Buffer>;
  readonly batch: number;
  readonly nameOf: (kernel: number) => string;
}

/** The work of a table's dispatches, in their order; a loop is one line, with the work of all its steps. */
export const worksOf = (table: readonly Command<WgslCommand>[], around: Circumstances): Work[] =>
  table.flatMap((line) => {
    if (line.kind === "kernel") return [workOf(line, around)];
    const times = (w: Work): Work => ({ ...w, operations: line.length * w.operations, bytes: line.length * w.bytes });
    return line.body.map((c) => times(workOf(c, around)));
  });

function workOf({ kernel, pieces }: WgslCommand, { buffers, batch, nameOf }: Circumstances): Work {
  const each = pieces.map((p) => workOfPiece(p, buffers, batch));
  const spans = pieces.flatMap(nestsOf).map((n) => n.span);
  return {
    name: nameOf(kernel),
    span: spans.find((s) => s && isOwn(s)) ?? spans.find((s) => s !== undefined),
    operations: each.reduce((n, w) => n + w.operations, 0),
    bytes: each.reduce((n, w) => n + w.bytes, 0),
    writes: [...new Set(pieces.flatMap((p) => p.written))],
  };
}

const isOwn = ({ file }: Span): boolean => !file.startsWith("stdlib/");

/** About how many microseconds a dispatch takes on the device that the tuning is for, with the largest batch. */
export function microsecondsOf(
  { pieces }: WgslCommand,
  { buffers, batch }: Pick<Circumstances, "buffers" | "batch">,
  { device }: WgslTuning,
): number {
  const each = pieces.map((p) => workOfPiece(p, buffers, batch));
  const took = each.map((w) => Math.max(w.operations / device.operations, w.bytes / device.bytes));
  return Number((device.dispatch + took.reduce((a, b) => a + b, 0)).toPrecision(3));
}

function nestsOf({ schedule, rows, chain }: Piece): readonly Nest[] {
  if (rows) return rows.members.map((m) => m.nest);
  return chain ? chain.map((c) => c.nest) : schedule ? [schedule.nest] : [];
}

function workOfPiece(
  piece: Piece,
  buffers: ReadonlyMap<string, Buffer>,
  batch: number,
): Pick<Work, "operations" | "bytes"> {
  const nests = nestsOf(piece);
  // Rows of a batch are copied, from their place in the data.
  if (nests.length === 0)
    return { operations: 0, bytes: 2 * 4 * piece.written.reduce((n, name) => n + lookUp(buffers, name).size, 0) };
  const times = piece.rows?.loop?.length ?? 1;
  const total = (of: (nest: Nest) => number): number => times * nests.reduce((n, nest) => n + of(nest), 0);
  return { operations: total((n) => operationsOf(n, batch)), bytes: total((n) => bytesOf(n, buffers, batch)) };
}
