// Work that threads do row by row: several nests one after the other, each row by threads of its own, so that a softmax, a layer norm
// or a step of a recurrence is one dispatch. In: nests. Out: the same with the rows as their first axes, and how threads lie over rows.
// Invariant: what one nest makes for another lies in the row that makes it.

import type { Extents, Index } from "../../arithmetic/affine.ts";
import { axisIndex, coefficient, combine, range } from "../../arithmetic/affine.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { divDims, extent, isNumber, mulDims } from "../../arithmetic/dim.ts";
import { append, itemAt } from "../../arithmetic/lists.ts";
import { loadsOf, replaceAxes } from "../../loops/axes.ts";
import type { Axis, Nest } from "../../loops/nest.ts";
import { rootsOf } from "../../loops/nest.ts";
import { THREADS, type WgslTuning } from "./tuning.ts";

/** A nest whose first loops count the rows. */
export interface Member {
  readonly nest: Nest;
  readonly rows: readonly Axis[];
  readonly inner: readonly Axis[];
}

/** Nests over the same rows, in order, once or at every step of a loop over time. */
export interface RowsWork {
  readonly members: readonly Member[];
  readonly count: Dim;
  readonly loop?: { readonly length: number; readonly reverse: boolean };
  /** The largest batch. */
  readonly batch: number;
}

/** How the threads of a workgroup lie over rows: neighbours are workers of one row, or of neighbouring rows. */
export interface Layout {
  readonly rows: number;
  readonly workers: number;
  readonly across: boolean;
}

const countOf = (axes: readonly Axis[]): Dim => axes.reduce((n: Dim, a) => mulDims(n, a.extent), 1);
const sizeOf = (axes: readonly Axis[], batch: number): number => extent(countOf(axes), batch);

/** The rows of a nest that reduces each of them to one result of each kind; undefined where a row is nothing special to it. */
export const resultRows = ({ loops, accumulators }: Nest): Dim | undefined =>
  accumulators.length > 0 ? countOf(loops) : undefined;

/** The nest over `count` rows: its first loops, of which one is cut in two where the rows end within it; undefined where none end so. */
export function overRows(nest: Nest, count: Dim): Member | undefined {
  let before: Dim = 1;
  for (const [i, axis] of nest.loops.entries()) {
    const past = mulDims(before, axis.extent);
    if (past === count) return memberOf(nest, i + 1);
    const rest = divDims(past, count);
    const own = divDims(count, before);
    const isWhole = rest !== undefined && isNumber(rest) && Number.isInteger(rest);
    if (isWhole) return own && isCountable(own) ? memberOf(cutAxis(nest, i, own, rest), i + 1) : undefined;
    before = past;
  }
  return undefined;
}

const isCountable = (dim: Dim): boolean => (isNumber(dim) ? Number.isInteger(dim) : dim.denominator === 1);

/** The nest with its first `rows` loops as rows. */
export const memberOf = (nest: Nest, rows: number): Member => ({
  nest,
  rows: nest.loops.slice(0, rows),
  inner: nest.loops.slice(rows),
});

function cutAxis(nest: Nest, at: number, outer: Dim, inner: number): Nest {
  const { name } = itemAt(nest.loops, at);
  const [by, of] = [
    { name: `${name}_by`, extent: outer },
    { name: `${name}_of`, extent: inner },
  ];
  const whole = combine([
    [axisIndex(by.name), inner],
    [axisIndex(of.name), 1],
  ]);
  const loops = [...nest.loops.slice(0, at), by, of, ...nest.loops.slice(at + 1)];
  return replaceAxes({ ...nest, loops }, new Map([[name, whole]]), new Map([[of.name, inner]]));
}

/** Addresses within a row: `stride` from row to row, and the rest of the index. */
export interface Stretch {
  readonly stride: number;
  readonly rest: Index;
  readonly low: number;
  readonly high: number;
}

/** Extents of all axes of a member, the time step included. */
export function extentsIn({ nest }: Member, { batch, loop }: RowsWork): Extents {
  const axes = [...nest.loops, ...nest.reduces].map((a) => [a.name, extent(a.extent, batch)] as const);
  return new Map([...axes, ...(nest.time === undefined ? [] : [[nest.time, loop?.length ?? 1] as const])]);
}

/** Undefined where an address does not go from row to row by one stride. */
export function stretchOf(address: Index, { rows }: Member, extents: Extents): Stretch | undefined {
  const strides = rows.map((a) => coefficient(address, a.name));
  const stride = strides.at(-1) ?? 0;
  let wanted = stride;
  for (const [i, own] of [...strides.entries()].reverse()) {
    if (own !== wanted) return undefined;
    if (i > 0) wanted *= extents.get(itemAt(rows, i).name) ?? 1;
  }
  const names = new Set(rows.map((a) => a.name));
  const terms = address.terms.filter(([atom]) => typeof atom !== "string" || !names.has(atom));
  const rest = { terms, offset: address.offset };
  const [low, high] = range(rest, extents);
  return { stride, rest, low, high };
}

/** Where a buffer lies in each row: from `low` on, `length` numbers of every `stride`. */
export interface RowPlace {
  readonly stride: number;
  readonly low: number;
  readonly length: number;
}

/** Each buffer that the members write, with its place in a row; undefined in the place of one that another row may meet. */
export function placesInRows(work: RowsWork): ReadonlyMap<string, RowPlace | undefined> {
  const stretches = new Map<string, (Stretch | undefined)[]>();
  for (const member of work.members) {
    const extents = extentsIn(member, work);
    for (const s of member.nest.stores) append(stretches, s.buffer, stretchOf(s.address, member, extents));
    for (const l of loadsOf(rootsOf(member.nest)))
      append(stretches, l.buffer, l.row ? undefined : stretchOf(l.address, member, extents));
  }
  const written = new Set(work.members.flatMap((m) => m.nest.stores.map((s) => s.buffer)));
  return new Map([...written].map((name) => [name, placeOf(stretches.get(name) ?? [])] as const));
}

function placeOf(stretches: readonly (Stretch | undefined)[]): RowPlace | undefined {
  const known = stretches.filter((s) => s !== undefined);
  const stride = known[0]?.stride;
  if (stride === undefined || known.length < stretches.length || known.some((s) => s.stride !== stride))
    return undefined;
  const low = Math.min(...known.map((s) => s.low));
  const length = Math.max(...known.map((s) => s.high)) - low + 1;
  return length <= stride ? { stride, low, length } : undefined;
}

/** Whether a row's threads take turns at the steps of a reduction, rather than one taking all. */
export const isShared = ({ nest, inner }: Member, { workers }: Layout, batch: number): boolean =>
  nest.accumulators.length > 0 && inner.length === 0 && workers > 1 && sizeOf(nest.reduces, batch) > FEW;

/** Steps that a thread takes alone rather than with others. */
const FEW = 8;

/** Points of a row, or the steps of its one result: what its threads share. */
export function lengthOf({ nest, inner }: Member, batch: number): number {
  const steps = Math.ceil(sizeOf(nest.reduces, batch) / (nest.split?.parts ?? 1));
  return inner.length === 0 ? steps : sizeOf(inner, batch);
}

/** Results of neighbouring rows that a workgroup makes at once where their numbers lie beside each other. */
const WIDTH = 16;

/** Threads of a row take four numbers each, or fewer where there are not enough rows for all of the device. */
export function layoutOf({ members, count, batch }: RowsWork, { device }: WgslTuning): Layout {
  const rows = extent(count, batch);
  if (rows >= WIDTH && members.some((m) => liesAcross(m)))
    return { rows: WIDTH, workers: THREADS / WIDTH, across: true };
  const longest = Math.max(...members.map((m) => lengthOf(m, batch)));
  let workers = 1;
  while (workers < THREADS && 4 * workers < longest) workers *= 2;
  while (workers < THREADS && workers < longest && (rows * workers) / THREADS < device.units) workers *= 2;
  return { rows: THREADS / workers, workers, across: false };
}

/** Whether what a nest reduces lies from row to row, and not within a row. */
function liesAcross({ nest, rows }: Member): boolean {
  const last = rows.at(-1);
  if (last === undefined) return false;
  const moving = loadsOf(nest.accumulators.map((a) => a.body)).filter((l) =>
    nest.reduces.some((r) => coefficient(l.address, r.name) !== 0),
  );
  const isAlong = (name: string): boolean => moving.some((l) => coefficient(l.address, name) === 1);
  return isAlong(last.name) && !nest.reduces.some((r) => isAlong(r.name));
}
