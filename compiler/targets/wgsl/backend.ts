// Nests as pieces of dispatches of the GPU engine, each with what its workgroups do; and a group of pieces as one dispatch, with its
// kernel's module, its workgroups and its arenas.

import { BATCH } from "../../arithmetic/dim.ts";
import { itemAt } from "../../arithmetic/lists.ts";
import { lookUp } from "../../arithmetic/lookup.ts";
import type { Accesses } from "../../loops/accesses.ts";
import { accessesOf, wholeBuffer } from "../../loops/accesses.ts";
import { mergeAxes } from "../../loops/axes.ts";
import type { Nest } from "../../loops/nest.ts";
import { allValues, showNest } from "../../loops/nest.ts";
import { buffersIn, cutReduction, splitReduction } from "../../loops/regions.ts";
import type { Buffer } from "../../loops/storage.ts";
import type { About, Backend, CommandWriter, KernelCommand, KernelTable, NumberedCommand } from "../commands.ts";
import type { ChainSchedule } from "./chains/body.ts";
import { emitChain, scoreQuads, stagedQuads } from "./chains/body.ts";
import type { ChainShape } from "./chains/chain.ts";
import { shapeOf } from "./chains/chain.ts";
import type { Body } from "./kernels.ts";
import { emitBody } from "./kernels.ts";
import { countLasting, layOutForLanes } from "./lanes.ts";
import { partsOfData } from "./memory/dataparts.ts";
import type { Bound, Module } from "./module.ts";
import { moduleOf } from "./module.ts";
import type { Kept } from "./rowbodies.ts";
import { chooseKept, countBarriers, emitRows, keptCount } from "./rowbodies.ts";
import type { RowsWork } from "./rows.ts";
import { isShared, layoutOf, memberOf } from "./rows.ts";
import type { Schedule } from "./schedule.ts";
import { cutFor, partsOf, schedule, showSchedule } from "./schedule.ts";
import { emitAdvance, emitFetch } from "./special.ts";
import type { TileSchedule } from "./tiles/epilogue.ts";
import { emitMatrices, matrixBytes } from "./tiles/matrices.ts";
import { sharedQuads, sidesOf } from "./tiles/shapes.ts";
import { emitTile } from "./tiles/tiles.ts";
import { SHARED_BYTES, THREADS, type WgslTuning } from "./tuning.ts";
import type { Names } from "./values.ts";

/** Bytes of workgroup memory: of tiles, of matrices, of results that threads join, of temporaries. */
export interface SharedBytes {
  readonly staged: number;
  readonly matrices?: number;
  readonly joined: number;
  readonly kept: number;
}

/** A piece of work that can be a dispatch of its own, or run beside others in one. */
export interface Piece {
  readonly about: About;
  readonly buffers: readonly string[];
  readonly written: readonly string[];
  readonly accesses: Accesses;
  /** `threads`: those of a workgroup, where it leaves the choice. */
  readonly emit: (names: Names, threads: number) => Body;
  /** Whether its threads work together: its workgroups are THREADS then. */
  readonly together: boolean;
  /** Workgroup memory; pieces of one dispatch share each kind. */
  readonly shared?: SharedBytes;
  readonly schedule?: Schedule;
  readonly rows?: RowsWork;
  /** Nests along products that are computed again. */
  readonly chain?: readonly ChainSchedule[];
  /** How often the threads of a workgroup wait for each other at each step of a loop in it. */
  readonly barriers?: number;
  /** Whether it changes the step block: nothing runs beside it. */
  readonly advances?: boolean;
}

/** A piece in its place. */
export interface PieceCommand extends KernelCommand {
  readonly piece: Piece;
}

/** A dispatch before places are known. */
export interface WgslCommand extends NumberedCommand {
  readonly grids: Module["grids"];
  readonly arenas: readonly string[];
  readonly pieces: readonly Piece[];
}

/** The counters of the step block as a buffer: what fetches rows or draws numbers reads them. */
const STEP = "counters of the step";

export type KernelCode = Omit<Module, "grids" | "arenaNames">;

export function wgslBackend(
  writer: CommandWriter<PieceCommand, Schedule>,
  tuning: WgslTuning,
): Backend<PieceCommand, Schedule> {
  const { batch } = writer;
  function kernels(s: Schedule): PieceCommand[] {
    if (s.mode === "chain") return [chainCommand([{ ...s, nest: writer.verified(s.nest) }])];
    const nest = writer.verified(s.nest);
    return [
      command({
        about: { label: nest.label, schedule: showSchedule(s), nest: showNest(nest) },
        buffers: buffersIn(nest),
        written: writtenBy([nest]),
        accesses: accessesIn([nest], batch),
        emit: (names, threads) => (s.mode === "tile" ? tiled(names, s) : emitBody(names, s, threads)),
        together: s.mode === "tile" || s.mode === "together",
        shared: sharedBy(s),
        schedule: s,
      }),
    ];
  }
  return {
    schedule: (nest) => schedule(nest, batch, tuning),
    takesSiblings: () => false,
    cut(nest, s, _, name) {
      const parts = partsOf(s);
      // Merged axes: parts are of the first of those.
      if (parts > 1) return cutReduction(s.nest, batch, name, parts);
      return s.mode === "tile" || s.mode === "chain"
        ? undefined
        : splitReduction(nest, batch, name, cutFor(nest, batch, tuning));
    },
    kernels,
    region(all, { length, reverse }, written) {
      const merged = all.map((n) => mergeAxes(n, true));
      const once = length === 1 && merged.every((n) => n.time === undefined);
      const loop = once ? undefined : { length, reverse };
      if (loop && countLasting({ nests: merged, written, batch }) > tuning.rows.again) return undefined;
      const { nests, copies } = loop
        ? layOutForLanes(
            { nests: merged, written, batch },
            () => writer.freeName("layout"),
            (b) => writer.add(b),
          )
        : { nests: merged, copies: [] };
      const members = nests.map((n) => memberOf(writer.verified(n), 1));
      const work = { members, count: BATCH, batch, ...(loop ? { loop } : {}) };
      return [...copies.flatMap((n) => kernels(schedule(n, batch, tuning))), rowsCommand(work, tuning)];
    },
    fetch(field) {
      const size = lookUp(writer.buffers, field).size / batch;
      return partsOfData(`data:${field}`, writer.buffers).map((part) => {
        const read = [part.name, "order"];
        return command({
          about: { label: "fetch", schedule: "a thread for each number", nest: "rows by the epoch's order" },
          buffers: [...read, field],
          written: [field],
          accesses: { reads: whole([...read, STEP]), writes: whole([field]) },
          emit: (names, threads) => emitFetch(names, { field, size, data: part, threads }),
          together: false,
        });
      });
    },
    finish(logged, tookBatch) {
      const read = [...new Set(logged.map((l) => l.buffer))];
      return [
        command({
          about: { label: "advance", schedule: "one thread", nest: "scalars to the ring, then the next step" },
          buffers: [...new Set([...read, "ring"])],
          written: ["ring"],
          accesses: { reads: whole(read), writes: whole(["ring", STEP]) },
          emit: (names) => emitAdvance(names, logged, tookBatch),
          together: false,
          advances: true,
        }),
      ];
    },
  };
}

const command = (piece: Piece): PieceCommand => ({ kind: "kernel", buffers: piece.buffers, piece });
const whole = (buffers: readonly string[]): Accesses["reads"] => buffers.map(wholeBuffer);

function accessesIn(nests: readonly Nest[], batch: number): Accesses {
  const all = nests.map((n) => accessesOf(n, batch));
  const draws = nests.some((n) => allValues(n).some((v) => v.kind === "random"));
  return {
    reads: [...all.flatMap((a) => a.reads), ...whole(draws ? [STEP] : [])],
    writes: all.flatMap((a) => a.writes),
  };
}

export function chainShape(phases: readonly ChainSchedule[]): ChainShape {
  const { batch, tuning } = itemAt(phases, 0);
  const chains = phases.map((p) => p.chain);
  return shapeOf(chains, batch, tuning.device.units);
}

/** Nests along products that are computed again, for the same rows, as one piece. */
export function chainCommand(phases: readonly ChainSchedule[]): PieceCommand {
  const { batch } = itemAt(phases, 0);
  const shape = chainShape(phases);
  const nests = phases.map((p) => p.nest);
  const [rows, steps] = sidesOf(shape.within);
  return command({
    about: {
      label: [...new Set(nests.map((n) => n.label))].slice(0, 3).join("+"),
      schedule: `${rows} rows in a workgroup, whose products with ${steps} steps are computed again and not stored`,
      nest: nests.map(showNest).join("\n"),
    },
    buffers: [...new Set(nests.flatMap(buffersIn))],
    written: writtenBy(nests),
    accesses: accessesIn(nests, batch),
    emit: (names) => emitChain(names, phases, shape),
    together: true,
    shared: { staged: QUAD * stagedQuads(shape), joined: 0, kept: QUAD * scoreQuads(shape) },
    chain: phases,
  });
}

const NOTHING_KEPT: Kept = new Map();

/** Nests over the same rows as one piece, which keeps some buffers in workgroup memory and touches no others of that name. */
export function rowsCommand(work: RowsWork, tuning: WgslTuning, mayBeKept?: (buffer: string) => boolean): PieceCommand {
  const { batch, loop } = work;
  const layout = layoutOf(work, tuning);
  const sums = work.members.filter((m) => isShared(m, layout, batch)).map((m) => m.nest.accumulators.length);
  const joined = RESULT * THREADS * Math.max(0, ...sums);
  const room = Math.min(tuning.rows.kept, (SHARED_BYTES - joined) / NUMBER);
  const kept = mayBeKept ? chooseKept(work, layout, mayBeKept, room) : NOTHING_KEPT;
  const nests = work.members.map((m) => m.nest);
  const isOutside = (buffer: string): boolean => !kept.has(buffer);
  const { reads, writes } = accessesIn(nests, batch);
  const steps = loop ? `at each of ${loop.length} steps, ` : "";
  const text = `rows, ${steps}${layout.rows} in a workgroup with ${layout.workers} threads each`;
  return command({
    about: {
      label: [...new Set(nests.map((n) => n.label))].slice(0, 3).join("+"),
      schedule: text,
      nest: nests.map(showNest).join("\n"),
    },
    buffers: [...new Set(nests.flatMap(buffersIn))].filter(isOutside),
    written: writtenBy(nests).filter(isOutside),
    accesses: { reads: reads.filter((r) => isOutside(r.buffer)), writes: writes.filter((w) => isOutside(w.buffer)) },
    emit: (names) => emitRows(names, work, layout, kept),
    together: true,
    shared: { staged: 0, joined, kept: NUMBER * keptCount(kept, layout) },
    rows: work,
    barriers: countBarriers(work, layout, kept),
  });
}

/** One dispatch of pieces that need nothing of each other. */
export function dispatchOf(
  pieces: readonly Piece[],
  all: ReadonlyMap<string, Buffer>,
  arenas: ReadonlyMap<string, string>,
  table: KernelTable<KernelCode>,
  { alone, ...shaders }: { readonly alone: number } & Pick<Bound, "hasHalves" | "subgroup">,
): WgslCommand {
  const buffers = [...new Set(pieces.flatMap((p) => p.buffers))];
  const arenaOf = (name: string): { name: string; dtype: Buffer["dtype"] } => ({
    name: lookUp(arenas, name),
    dtype: lookUp(all, name).dtype,
  });
  const written = new Set(pieces.flatMap((p) => p.written));
  const advances = pieces.some((p) => p.advances);
  const threads = pieces.some((p) => p.together) ? THREADS : alone;
  const emit = (names: Names): Body[] => pieces.map((p) => p.emit(names, threads));
  const { grids, arenaNames, ...code } = moduleOf({ buffers, written, arenaOf, advances, ...shaders }, emit);
  const kernel = table.number(code.code, code, aboutAll(pieces.map((p) => p.about)));
  return { kind: "kernel", kernel, grids, buffers, arenas: arenaNames, pieces };
}

/** Bytes of a quad, of a thread's result with its position, and of a number. */
const [QUAD, RESULT, NUMBER] = [16, 8, 4];

const tiled = (names: Names, s: TileSchedule): Body => {
  const { matrix } = s.tile.shape;
  return matrix ? emitMatrices(names, s, matrix) : emitTile(names, s);
};

function sharedBy(s: Schedule): SharedBytes {
  const isTile = s.mode === "tile";
  const staged = isTile && !s.tile.shape.matrix ? QUAD * sharedQuads(s.tile.shape) : 0;
  const matrices = isTile ? matrixBytes(s) : 0;
  return {
    staged,
    matrices,
    joined: s.mode === "together" ? RESULT * THREADS * s.nest.accumulators.length : 0,
    kept: 0,
  };
}

const aboutAll = (list: readonly About[]): About => ({
  label: list.map((a) => a.label).reduce((name, label) => (name.includes(label) ? name : `${name} and ${label}`)),
  schedule: list.map((a) => a.schedule).join("; beside "),
  nest: list.map((a) => a.nest).join("\n"),
});

const writtenBy = (nests: readonly Nest[]): string[] => nests.flatMap((n) => n.stores.map((s) => s.buffer));
