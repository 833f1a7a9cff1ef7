// From lowered entries to a plan for the GPU engine: kernels (equal ones once), dispatches in order, and the arenas that hold the
// buffers.

import type {
  GpuTuning,
  MatrixKind,
  PlanFeature,
  WgslDispatch,
  WgslEntry,
  WgslKernel,
  WgslPlan,
} from "../../../runtime/plan.ts";
import { LAYOUT, MATRIX_FEATURE } from "../../../runtime/plan.ts";
import { bytesOf } from "../../arithmetic/dtype.ts";
import { itemAt, zip } from "../../arithmetic/lists.ts";
import { lookUp } from "../../arithmetic/lookup.ts";
import { mustFit } from "../../layout/budget.ts";
import type { Uses } from "../../layout/memory.ts";
import { addressText, namesIn, takenBy } from "../../layout/memory.ts";
import type { Entry, EntryPart } from "../../loops/entry.ts";
import type { Observer } from "../../loops/stage.ts";
import { LAYOUT_STAGE, SCHEDULE_STAGE } from "../../loops/stage.ts";
import type { Buffer } from "../../loops/storage.ts";
import type { Command } from "../commands.ts";
import { CommandWriter, KernelTable, kernelText, listing, summaryOf } from "../commands.ts";
import type { Program, Target } from "../target.ts";
import type { KernelCode, Piece, PieceCommand, WgslCommand } from "./backend.ts";
import { dispatchOf, rowsCommand, wgslBackend } from "./backend.ts";
import type { Group } from "./beside.ts";
import { groupPieces } from "./beside.ts";
import { exchangeSums } from "./chains/exchange.ts";
import { recompute } from "./chains/recompute.ts";
import { joinRows } from "./joinrows.ts";
import { placeInArenas } from "./memory/arenas.ts";
import { TooManyBindings } from "./memory/bins.ts";
import { splitData } from "./memory/dataparts.ts";
import { type ArenaLimits, chooseArenas, splitGroup, usesOf } from "./memory/sharing.ts";
import { ENABLE_MATRICES } from "./module.ts";
import { joinMoments } from "./moments.ts";
import type { Schedule } from "./schedule.ts";
import { sizesText } from "./tiles/matrixlayout.ts";
import { GPU, tunedBy, type WgslTuning, withoutMatrices } from "./tuning.ts";
import { microsecondsOf, worksOf } from "./work.ts";

/** Limits of an adapter: on one buffer, in bytes, and on the buffers of a kernel; and what it has beyond the core of WebGPU. */
export interface GpuLimits {
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
  /** Where absent, that of every WebGPU device. */
  readonly maxStorageBuffersPerShaderStage?: number;
  /** Whether shaders may have numbers of 16 bits (`shader-f16`); without them two lie in a word. */
  readonly hasHalves?: boolean;
  /** Threads of which it is sure that they are in one subgroup; 0 where shaders have none. */
  readonly subgroup?: number;
  /** Matrices that its subgroups multiply. */
  readonly matrices?: readonly MatrixKind[];
}

/** Limits that WebGPU promises of every adapter. */
export const BASELINE: Required<GpuLimits> = {
  maxBufferSize: 2 ** 28,
  maxStorageBufferBindingSize: 2 ** 27,
  maxStorageBuffersPerShaderStage: 8,
  hasHalves: false,
  subgroup: 0,
  matrices: [],
};

/** Kernels count in integers of 32 bits, and bytes one by one. */
const COUNTABLE = 2 ** 31 - 64;

const arenaLimits = (limits: GpuLimits): ArenaLimits => ({
  bytes: Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize, COUNTABLE),
  // The step block is one of a kernel's buffers.
  bindings: (limits.maxStorageBuffersPerShaderStage ?? BASELINE.maxStorageBuffersPerShaderStage) - 1,
});

export interface WgslDevice {
  /** Without limits every plan is made. */
  readonly limits?: GpuLimits | undefined;
  readonly tuning?: WgslTuning;
  /** Measured figures, in place of a tuning. */
  readonly measured?: GpuTuning | undefined;
}

export const wgslTarget: Target<WgslPlan, WgslDevice> = {
  name: "wgsl",
  plan: compileWgsl,
  memoryOf: ({ buffers }) => Math.max(...buffers.map(takenBy)),
};

/** The dispatches of each entry in order, and the buffers that they are given. */
export interface WgslTables {
  readonly tables: readonly (readonly Command<WgslCommand>[])[];
  readonly buffers: ReadonlyMap<string, Buffer>;
  /** The name of each buffer's arena, and when it is used. */
  readonly arenaOf: ReadonlyMap<string, string>;
  readonly uses: readonly (readonly Uses[])[];
  readonly kernels: readonly WgslKernel[];
}

export interface Tabulation {
  readonly limits?: ArenaLimits | undefined;
  readonly hasHalves?: boolean | undefined;
  readonly subgroup?: number | undefined;
  readonly verify?: boolean;
}

/** MemoryExceeded where the limits allow no plan. */
export function tabulate(
  { entries, batch, data = [] }: Program,
  tuning: WgslTuning,
  { limits, hasHalves = false, subgroup = 0, verify = false }: Tabulation = {},
): WgslTables {
  const ring: Buffer = { name: "ring", size: LAYOUT.ringSize, role: "result", dtype: "f32" };
  const parts = limits ? splitData(data, limits.bytes) : data;
  const kernels = new KernelTable<KernelCode>();
  const writer = new CommandWriter<PieceCommand, Schedule>({ batch, data: [ring, ...parts], verify }, (w) =>
    wgslBackend(w, tuning),
  );
  const { buffers } = writer;
  const rewritten = (part: EntryPart): EntryPart => ({
    ...part,
    lowered: exchangeSums(recompute(joinMoments(part.lowered, batch, tuning), batch, tuning)),
  });
  const joined = writer
    .tables(entries.map((e) => ({ ...e, parts: e.parts.map(rewritten) })))
    .map((table) => joinRows(table, { batch, tuning, make: (work) => rowsCommand(work, tuning) }));
  const groups = keepInRows(joined, buffers, tuning).map((table) => groupPieces(table, { buffers, batch, tuning }));
  const uses = groups.map((table) => table.map(usesOf));
  const used = new Set(uses.flat().flatMap(namesIn));
  if (limits)
    mustFitEach(
      [...buffers.values()].filter((b) => b.role !== "temporary" || used.has(b.name)),
      limits,
      entries,
    );
  const arenaOf = arenasFor(groups, buffers, limits, entries);
  const dispatches = (pieces: readonly Piece[]): WgslCommand[] =>
    splitGroup(pieces, arenaOf, limits).map((some) =>
      dispatchOf(some, buffers, arenaOf, kernels, { alone: tuning.alone, hasHalves, subgroup }),
    );
  const tables = groups.map((table) =>
    table.flatMap((g): Command<WgslCommand>[] =>
      g.kind === "loop" ? [{ ...g, body: g.body.flatMap(dispatches) }] : dispatches(g.pieces),
    ),
  );
  return { tables, buffers, arenaOf, uses, kernels: kernels.kernels.map(({ about, code }) => ({ ...about, ...code })) };
}

/** No buffer is larger than what a kernel can bind of one. */
function mustFitEach(buffers: Iterable<Buffer>, { bytes: most }: ArenaLimits, entries: readonly Entry[]): void {
  for (const b of buffers)
    mustFit({ of: "a buffer of this GPU", bytes: takenBy(b), most, within: "in one piece" }, [b], entries);
}

function arenasFor(
  groups: readonly (readonly Group[])[],
  buffers: ReadonlyMap<string, Buffer>,
  limits: ArenaLimits | undefined,
  entries: readonly Entry[],
): Map<string, string> {
  try {
    return chooseArenas(groups, buffers, limits);
  } catch (error) {
    if (!limits || !(error instanceof TooManyBindings)) throw error;
    const [most, bytes] = [limits.bindings * limits.bytes, (limits.bindings + 1) * limits.bytes];
    const reached = error.piece.map((name) => lookUp(buffers, name));
    mustFit({ of: "one of this GPU", bytes, most, within: "of buffers in one kernel" }, reached, entries);
    throw error;
  }
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
    return uses.get(name) === 1 && role === "temporary" && dtype !== "i32";
  };
  const one = (c: PieceCommand): PieceCommand => (c.piece.rows ? rowsCommand(c.piece.rows, tuning, mayBeKept) : c);
  return tables.map((table) => table.map((c) => (c.kind === "loop" ? { ...c, body: c.body.map(one) } : one(c))));
}

/** A device without the matrices that another was measured with has other tiles. */
function fitted(tuning: WgslTuning, { matrices = [], hasHalves = false }: GpuLimits): WgslTuning {
  const has = (kind: MatrixKind): boolean =>
    (kind.component === "f32" || hasHalves) && matrices.some((m) => sizesText(m) === sizesText(kind));
  return tuning.tile.shapes.every((s) => !s.matrix || has(s.matrix.kind)) ? tuning : withoutMatrices(tuning);
}

function compileWgsl(
  program: Program,
  { limits, measured, tuning: wanted = (measured && tunedBy(measured)) ?? GPU }: WgslDevice,
  { after, verify = false, works }: Observer = {},
): WgslPlan {
  const { entries, batch } = program;
  const tuning = limits ? fitted(wanted, limits) : wanted;
  const within = limits && arenaLimits(limits);
  const hasHalves = limits?.hasHalves ?? false;
  // Results are the same with and without, so a run may go on where there are none.
  const subgroup = limits ? Math.min(limits.subgroup ?? 0, tuning.subgroup) : tuning.subgroup;
  const made = tabulate(program, tuning, { limits: within, hasHalves, subgroup, verify });
  const { tables, kernels, buffers: all, arenaOf, uses } = made;
  const written = zip(entries, tables);
  for (const [{ name }, commands] of written)
    after?.(SCHEDULE_STAGE, name, () => listing(commands, (k) => kernelText(itemAt(kernels, k))));
  const nameOf = (kernel: number): string => itemAt(kernels, kernel).name;
  if (works)
    for (const [{ name }, commands] of written) works(name, worksOf(commands, { buffers: all, batch, nameOf }));
  const { arenas, buffers } = placeInArenas(uses, all, arenaOf, verify);
  for (const [i, { name }] of arenas.entries()) {
    const own = buffers.filter((b) => b.arena === i);
    after?.(LAYOUT_STAGE, name, () => addressText(own, new Map(own.map((b) => [b.name, bytesOf(b.dtype, b.at)]))));
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
  const asked = (line: string): boolean => kernels.some((k) => k.code.includes(line));
  const needed: readonly (readonly [PlanFeature, boolean])[] = [
    ["shader-f16", hasHalves && arenas.some((a) => a.dtype === "f16")],
    ["subgroups", asked("enable subgroups;") || asked(ENABLE_MATRICES)],
    [MATRIX_FEATURE, asked(ENABLE_MATRICES)],
  ];
  const features = needed.flatMap(([feature, isNeeded]) => (isNeeded ? [feature] : []));
  return { arenas, buffers, kernels, entries: planned, batch, features, ...(measured ? { tuning: measured } : {}) };
}
