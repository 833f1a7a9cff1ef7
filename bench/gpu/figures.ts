// Figures of a step on a GPU that need no GPU: counted in the dispatches that the compiler writes, by which two versions of it
// compare. In: entries of a program and a tuning. Out: counts and shares, the same on every machine.

import { coefficient, usualStep } from "../../compiler/arithmetic/affine.ts";
import { extent } from "../../compiler/arithmetic/dim.ts";
import { itemAt, zip } from "../../compiler/arithmetic/lists.ts";
import { lookUp } from "../../compiler/arithmetic/lookup.ts";
import type { Access, Accesses } from "../../compiler/loops/accesses.ts";
import { countTouchedByAll, doMeet } from "../../compiler/loops/accesses.ts";
import type { Axis, Nest } from "../../compiler/loops/nest.ts";
import type { Buffer } from "../../compiler/loops/storage.ts";
import type { Command } from "../../compiler/targets/commands.ts";
import type { Program } from "../../compiler/targets/target.ts";
import type { Piece, WgslCommand } from "../../compiler/targets/wgsl/backend.ts";
import { chainShape } from "../../compiler/targets/wgsl/backend.ts";
import type { ChainSchedule } from "../../compiler/targets/wgsl/chains/body.ts";
import { tabulate } from "../../compiler/targets/wgsl/program.ts";
import type { Schedule } from "../../compiler/targets/wgsl/schedule.ts";
import type { WgslTuning } from "../../compiler/targets/wgsl/tuning.ts";

export interface Figures {
  /** Of one training step. */
  readonly dispatches: number;
  /** Dispatches left if all that are independent become one. */
  readonly levels: number;
  /** Of everything: training, evaluation, the first values. */
  readonly kernels: number;
  /** Multiplications and additions of sums of products, in tiles and elsewhere. */
  readonly flops: { readonly tiles: number; readonly others: number };
  /** Share of the tiles' operations by the results that a thread holds. */
  readonly blocks: Readonly<Record<string, number>>;
  /** Share of the tiles' operations whose results neighbouring threads store apart from each other. */
  readonly uncoalesced: number;
  /** Of one step: what its dispatches touch, each number once for each dispatch; and what outlives the step, once read or written. */
  readonly bytes: { readonly moved: number; readonly least: number };
  /** Of one step of each loop over time that is one dispatch. */
  readonly barriers: readonly number[];
}

type TileSchedule = Extract<Schedule, { mode: "tile" }>;

/** Operations of a tile, by the results that a thread holds. */
interface Tiled {
  readonly flops: number;
  readonly block: string;
  readonly isCoalesced: boolean;
}

export function figuresOf(program: Program, tuning: WgslTuning): Figures {
  const { tables, buffers, kernels } = tabulate(program, tuning);
  const [, table] = itemAt(
    zip(program.entries, tables).filter(([e]) => e.name === "train"),
    0,
  );
  const { batch } = program;
  const commands = table.flatMap((c) => (c.kind === "loop" ? c.body : [c]));
  const pieces = commands.flatMap((c) => c.pieces);
  const schedules = pieces.flatMap((p) => p.schedule ?? []);
  const tiles: Tiled[] = [
    ...schedules
      .filter((s) => s.mode === "tile")
      .map((s) => ({ flops: flopsOf(s.nest, batch), block: blockOf(s), isCoalesced: isCoalesced(s) })),
    ...pieces.flatMap((p) => (p.chain ? chainTiles(p.chain, batch) : [])),
  ];
  const alone = schedules.filter((s) => s.mode !== "tile").map((s) => s.nest);
  const others = [
    ...alone,
    ...pieces.flatMap((p) => (p.rows && !p.rows.loop ? p.rows.members.map((m) => m.nest) : [])),
  ];
  const inTiles = tiles.reduce((n, t) => n + t.flops, 0);
  const share = (list: readonly Tiled[]): number =>
    inTiles === 0 ? 0 : list.reduce((n, t) => n + t.flops, 0) / inTiles;
  const sizes = new Set(tiles.map((t) => t.block));
  return {
    dispatches: table.reduce((n, c) => n + (c.kind === "loop" ? c.length * c.body.length : 1), 0),
    levels: countLevels(table),
    kernels: kernels.length,
    flops: { tiles: inTiles, others: others.reduce((n, nest) => n + flopsOf(nest, batch), 0) },
    blocks: Object.fromEntries([...sizes].map((size) => [size, share(tiles.filter((t) => t.block === size))])),
    uncoalesced: share(tiles.filter((t) => !t.isCoalesced)),
    bytes: bytesOf(table, buffers),
    barriers: pieces.flatMap((p) => (p.rows?.loop ? [p.barriers ?? 0] : [])),
  };
}

const sizeOf = (axes: readonly Axis[], batch: number): number => axes.reduce((n, a) => n * extent(a.extent, batch), 1);

/** Of a nest's sums of products. */
function flopsOf(nest: Nest, batch: number): number {
  const products = nest.accumulators.filter(({ combine, body }) => combine === "sum" && isProduct(body)).length;
  const parts = nest.split?.parts ?? 1;
  return (2 * products * sizeOf(nest.loops, batch) * sizeOf(nest.reduces, batch)) / parts;
}

const isProduct = (body: Nest["accumulators"][number]["body"]): boolean =>
  body.kind === "apply" && body.scalar === "mul";

/** The products within are tiles of their own, computed again for each nest that uses them. */
function chainTiles(phases: readonly ChainSchedule[], batch: number): Tiled[] {
  const { within, product } = chainShape(phases);
  return phases.flatMap(({ chain, nest }): Tiled[] => {
    const points = sizeOf([...chain.outer, chain.row, chain.step], batch);
    const terms = chain.inners.reduce((n, inner) => n + sizeOf(inner.axes, batch), 0);
    const inner = { flops: 2 * points * terms, block: within.each.join("x"), isCoalesced: true };
    if (!chain.product) return [inner];
    const lanes = [chain.row, ...chain.columns.slice(-1)].map((a) => a.name);
    const isBeside = lanes.some((lane) => nest.stores.every((s) => coefficient(s.address, lane) === 1));
    const flops = 2 * points * sizeOf(chain.columns, batch);
    return [inner, { flops, block: product.each.join("x"), isCoalesced: isBeside }];
  });
}

const blockOf = ({ tile }: TileSchedule): string => tile.shape.each.join("x");

/** Whether threads beside each other, which have neighbouring columns, store neighbouring numbers. */
function isCoalesced({ nest, tile }: TileSchedule): boolean {
  const lane = itemAt(tile.columns, -1).name;
  return nest.stores.every((s) => usualStep(s.address, lane) === 1);
}

/** Of a loop, in all its steps. */
function piecesOf(c: Command<WgslCommand>): readonly Piece[] {
  return c.kind === "loop" ? c.body.flatMap((k) => k.pieces) : c.pieces;
}

/** Counts the dispatches left if each piece runs as soon as its operands are there. */
function countLevels(table: readonly Command<WgslCommand>[]): number {
  const placed: { readonly piece: Piece; readonly level: number }[] = [];
  for (const command of table) {
    const pieces = piecesOf(command);
    const own = command.kind === "loop" ? command.length * command.body.length : 1;
    const before = placed.filter(({ piece }) => pieces.some((p) => doMeet(piece.accesses, p.accesses)));
    if (command.kind === "loop") {
      const level = Math.max(0, ...before.map((b) => b.level)) + own;
      placed.push(...pieces.map((piece) => ({ piece, level })));
      continue;
    }
    const levels = pieces.map((p) => {
      const earlier = before.filter((b) => doMeet(b.piece.accesses, p.accesses));
      return { piece: p, level: Math.max(0, ...earlier.map((b) => b.level)) + own };
    });
    placed.push(...levels);
  }
  return Math.max(...placed.map((p) => p.level));
}

/** Bytes of a number. */
const NUMBER = 4;

/** The pieces of each dispatch, and how often it is dispatched in a step. */
const dispatchesOf = (table: readonly Command<WgslCommand>[]): { readonly pieces: readonly Piece[]; times: number }[] =>
  table.flatMap((c) =>
    c.kind === "loop" ? c.body.map(({ pieces }) => ({ pieces, times: c.length })) : [{ pieces: c.pieces, times: 1 }],
  );

function bytesOf(table: readonly Command<WgslCommand>[], buffers: ReadonlyMap<string, Buffer>): Figures["bytes"] {
  const lasting = { reads: new Map<string, number>(), writes: new Map<string, number>() };
  let moved = 0;
  for (const { pieces, times } of dispatchesOf(table)) {
    // The end of a step copies some scalars.
    const counted = pieces.filter((p) => !p.advances);
    for (const way of ["reads", "writes"] as const) {
      for (const [name, touched] of touchedBy(counted, way, buffers)) {
        moved += touched * times * NUMBER;
        if (lookUp(buffers, name).role !== "temporary" && lookUp(buffers, name).role !== "zeroed")
          lasting[way].set(name, Math.max(touched, lasting[way].get(name) ?? 0));
      }
    }
  }
  const least = [lasting.reads, lasting.writes].flatMap((m) => [...m.values()]).reduce((n, t) => n + t, 0) * NUMBER;
  return { moved, least };
}

/** Numbers of each buffer that the pieces of a dispatch read or write, each once, a loop over time in all of its steps. */
export function touchedBy(
  pieces: readonly Piece[],
  way: keyof Accesses,
  buffers: ReadonlyMap<string, Buffer>,
): Map<string, number> {
  const touched = new Map<string, number>();
  const accesses = Map.groupBy(
    pieces.flatMap((piece) => piece.accesses[way].map((access) => ({ access, piece }))),
    ({ access }) => access.buffer,
  );
  for (const [name, all] of accesses) {
    const size = buffers.get(name)?.size;
    // The counters of the step are no buffer.
    if (size === undefined) continue;
    const steps = all.map(({ access, piece }) => stepsOf(access, piece)).reduce((a, b) => Math.max(a, b));
    const once = countTouchedByAll(
      all.map(({ access }) => access),
      size,
    );
    touched.set(name, Math.min(size, once * steps));
  }
  return touched;
}

/** In how many steps of a loop over time an access is elsewhere. */
function stepsOf(access: Access, { rows }: Piece): number {
  const nests = rows?.members.map((m) => m.nest) ?? [];
  return rows?.loop && movesWith(access, nests) ? rows.loop.length : 1;
}

/** Whether an access is elsewhere at every step. */
const movesWith = ({ address }: Access, nests: readonly Nest[]): boolean =>
  nests.some((n) => n.time !== undefined && coefficient(address, n.time) !== 0);
