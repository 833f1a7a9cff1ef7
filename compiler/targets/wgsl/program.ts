// From lowered entries to a plan for the GPU engine: kernels (equal ones once), dispatches in order, and the arenas that hold the
// buffers.

import type { WgslDispatch, WgslEntry, WgslKernel, WgslPlan } from "../../../runtime/plan.ts";
import { LAYOUT } from "../../../runtime/plan.ts";
import { bytesOf } from "../../arithmetic/dtype.ts";
import { itemAt, zip } from "../../arithmetic/lists.ts";
import { lookUp } from "../../arithmetic/lookup.ts";
import { mustFit } from "../../layout/budget.ts";
import { addressText } from "../../layout/memory.ts";
import type { EntryPart } from "../../loops/entry.ts";
import type { Observer } from "../../loops/stage.ts";
import { LAYOUT_STAGE, SCHEDULE_STAGE } from "../../loops/stage.ts";
import type { Buffer } from "../../loops/storage.ts";
import type { Command } from "../commands.ts";
import { CommandWriter, KernelTable, kernelText, listing, summaryOf } from "../commands.ts";
import type { Program, Target } from "../target.ts";
import { placeInArenas } from "./arenas.ts";
import type { KernelCode, Piece, PieceCommand, WgslCommand } from "./backend.ts";
import { dispatchOf, rowsCommand, wgslBackend } from "./backend.ts";
import { groupPieces } from "./beside.ts";
import { recompute } from "./chains/recompute.ts";
import { joinRows } from "./joinrows.ts";
import { joinMoments } from "./moments.ts";
import type { Schedule } from "./schedule.ts";
import { GPU, type WgslTuning } from "./tuning.ts";
import { microsecondsOf, worksOf } from "./work.ts";

/** Limits of an adapter on one buffer, in bytes. */
export interface GpuLimits {
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
}

export interface WgslDevice {
  /** Without limits every plan is made. */
  readonly limits?: GpuLimits | undefined;
  readonly tuning?: WgslTuning;
}

export const wgslTarget: Target<WgslPlan, WgslDevice> = {
  name: "wgsl",
  plan: compileWgsl,
  memoryOf: ({ arenas }) => Math.max(...arenas.map((a) => a.bytes)),
};

/** The dispatches of each entry in order, before anything has a place. */
export interface WgslTables {
  readonly tables: readonly (readonly Command<WgslCommand>[])[];
  readonly buffers: ReadonlyMap<string, Buffer>;
  readonly kernels: readonly WgslKernel[];
}

export function tabulate({ entries, batch, data = [] }: Program, tuning: WgslTuning, verify = false): WgslTables {
  const ring: Buffer = { name: "ring", size: LAYOUT.ringSize, role: "result", dtype: "f32" };
  const kernels = new KernelTable<KernelCode>();
  const writer = new CommandWriter<PieceCommand, Schedule>({ batch, data: [ring, ...data], verify }, (w) =>
    wgslBackend(w, tuning),
  );
  const { buffers } = writer;
  const withMoments = (part: EntryPart): EntryPart => ({
    ...part,
    lowered: recompute(joinMoments(part.lowered, batch, tuning), batch, tuning),
  });
  const dispatch = (pieces: readonly Piece[]): WgslCommand => dispatchOf(pieces, buffers, kernels, tuning.alone);
  const joined = writer
    .tables(entries.map((e) => ({ ...e, parts: e.parts.map(withMoments) })))
    .map((table) => joinRows(table, { batch, tuning, make: (work) => rowsCommand(work, tuning) }));
  const tables = keepInRows(joined, buffers, tuning).map((table) =>
    groupPieces(table, { buffers, batch, tuning }).map(
      (g): Command<WgslCommand> => (g.kind === "loop" ? { ...g, body: g.body.map(dispatch) } : dispatch(g.pieces)),
    ),
  );
  return { tables, buffers, kernels: kernels.kernels.map(({ about, code }) => ({ ...about, ...code })) };
}

/** Temporaries that only one piece of rows touches lie in its workgroups' memory. */
function keepInRows(
  tables: readonly (readonly Command<PieceCommand>[])[],
  buffers: ReadonlyMap<string, Buffer>,
  tuning: WgslTuning,
): Command<PieceCommand>[][] {
  const pieces = tables.flat().flatMap((c) => (c.kind === "loop" ? c.body : [c]));
  const uses = new Map<string, number>();
  for (const name of pieces.flatMap((p) => p.buffers)) uses.set(name, (uses.get(name) ?? 0) + 1);
  const mayBeKept = (name: string): boolean => {
    const { role, dtype } = lookUp(buffers, name);
    return uses.get(name) === 1 && role === "temporary" && dtype === "f32";
  };
  const one = (c: PieceCommand): PieceCommand => (c.piece.rows ? rowsCommand(c.piece.rows, tuning, mayBeKept) : c);
  return tables.map((table) => table.map((c) => (c.kind === "loop" ? { ...c, body: c.body.map(one) } : one(c))));
}

function compileWgsl(
  program: Program,
  { limits, tuning = GPU }: WgslDevice,
  { after, verify = false, works }: Observer = {},
): WgslPlan {
  const { entries, batch } = program;
  const { tables, kernels, buffers: all } = tabulate(program, tuning, verify);
  const written = zip(entries, tables);
  for (const [{ name }, commands] of written)
    after?.(SCHEDULE_STAGE, name, () => listing(commands, (k) => kernelText(itemAt(kernels, k))));
  const nameOf = (kernel: number): string => itemAt(kernels, kernel).name;
  if (works)
    for (const [{ name }, commands] of written) works(name, worksOf(commands, { buffers: all, batch, nameOf }));
  const { arenas, buffers } = placeInArenas(tables, all, verify);
  for (const [i, { name }] of arenas.entries()) {
    const own = buffers.filter((b) => b.arena === i);
    after?.(LAYOUT_STAGE, name, () => addressText(own, new Map(own.map((b) => [b.name, bytesOf(b.dtype, b.at)]))));
  }
  if (limits) {
    const most = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);
    for (const [i, { bytes }] of arenas.entries())
      mustFit(
        { of: "a buffer of this GPU", bytes, most },
        buffers.filter((b) => b.arena === i),
        entries,
      );
  }
  const index = new Map(arenas.map((a, i) => [a.name, i] as const));
  const at = new Map(buffers.map((b) => [b.name, b.at] as const));
  const dispatch = (c: WgslCommand): WgslDispatch => ({
    kind: "kernel",
    kernel: c.kernel,
    grids: c.grids,
    arenas: c.arenas.map((a) => lookUp(index, a)),
    offsets: c.buffers.map((b) => lookUp(at, b)),
    microseconds: microsecondsOf(c, { buffers: all, batch }, tuning),
  });
  const planned = written.map(
    ([entry, commands]): WgslEntry => ({
      ...summaryOf(entry),
      steps: commands.map((c) => (c.kind === "loop" ? { ...c, body: c.body.map(dispatch) } : dispatch(c))),
      batches: entry.parts.filter((p) => p.fields.length > 0).length,
      parts: entry.parts.length,
    }),
  );
  return { arenas, buffers, kernels, entries: planned, batch };
}
