// Where threads of a row must wait for each other: before a nest that meets what another thread has touched since they last waited. A
// thread that only goes on with its own numbers never waits. In: nests over rows and how threads lie over them. Out: barriers before each.

import type { Index } from "../../arithmetic/affine.ts";
import { axesIn, coefficient, range } from "../../arithmetic/affine.ts";
import { extent } from "../../arithmetic/dim.ts";
import { onlyOf, zip } from "../../arithmetic/lists.ts";
import type { Load } from "../../loops/axes.ts";
import { loadsOf } from "../../loops/axes.ts";
import type { Axis, Store } from "../../loops/nest.ts";
import type { Layout, Member, RowsWork, Stretch } from "./rows.ts";
import { extentsIn, isShared, stretchOf } from "./rows.ts";

export type Memory = "storage" | "workgroup";

/** A load or store of a row. */
interface Touch {
  readonly buffer: string;
  readonly writes: boolean;
  /** Undefined where nothing is known of its places. */
  readonly stretch: Stretch | undefined;
  /** Axes whose points the threads take in turn; undefined where any thread may touch any place. */
  readonly lanes: readonly Axis[] | undefined;
  readonly member: Member;
}

type Pending = Touch & { readonly turn: number };

/** The memories to wait for before each member, once or at every step of its loop. */
export function barriersOf(
  work: RowsWork,
  layout: Layout,
  memoryOf: (buffer: string) => Memory,
): ReadonlySet<Memory>[] {
  const before = work.members.map(() => new Set<Memory>());
  if (layout.workers === 1) return before;
  let pending: Pending[] = [];
  const waitFor = (memory: Memory): void => {
    pending = pending.filter((p) => memoryOf(p.buffer) !== memory);
  };
  const touches = work.members.map((m) => touchesOf(m, work));
  // One step may meet the accesses of the step before.
  for (const turn of work.loop ? [0, 1] : [0])
    for (const [member, own, { reduced, stored }] of zip(work.members, before, touches)) {
      for (const touch of [...reduced, ...stored])
        for (const p of pending)
          if (p.buffer === touch.buffer && (p.writes || touch.writes) && doesMeet(p, touch, p.turn === turn, work))
            own.add(memoryOf(p.buffer));
      own.forEach(waitFor);
      pending.push(...reduced.map((t) => ({ ...t, turn })));
      // Its threads wait for each other where they join their sums.
      if (isShared(member, layout, work.batch)) waitFor("workgroup");
      pending.push(...stored.map((t) => ({ ...t, turn })));
    }
  return before;
}

/** Places that a member touches while it reduces, and where it stores. */
function touchesOf(member: Member, work: RowsWork): { readonly reduced: Touch[]; readonly stored: Touch[] } {
  const { nest, inner } = member;
  const extents = extentsIn(member, work);
  const touch = (to: Load | Store, writes: boolean, lanes: readonly Axis[] | undefined): Touch => {
    const anywhere = "row" in to && to.row !== undefined;
    const stretch = anywhere ? undefined : stretchOf(to.address, member, extents);
    return { buffer: to.buffer, writes, stretch, lanes: anywhere ? undefined : lanes, member };
  };
  return {
    reduced: loadsOf(nest.accumulators.map((a) => a.body)).map((l) => touch(l, false, undefined)),
    stored: [
      ...loadsOf(nest.stores.map((s) => s.value)).map((l) => touch(l, false, inner)),
      ...nest.stores.map((s) => touch(s, true, inner)),
    ],
  };
}

/** Whether two threads of a row may touch one place, at one step or, where `sameStep` is false, at two different ones. */
function doesMeet(a: Touch, b: Touch, sameStep: boolean, work: RowsWork): boolean {
  if (!a.stretch || !b.stretch || a.stretch.stride !== b.stretch.stride) return true;
  const [mine, theirs] = [partsOf(a, a.stretch, work), partsOf(b, b.stretch, work)];
  if (!mine || !theirs) return true;
  // Places are equal where what the step is to one of them, more than to the other, makes up for what else lies between.
  const [low, high] = [mine.low - theirs.high, mine.high - theirs.low];
  const shifts = shiftsBetween(mine, theirs, sameStep, [low, high]);
  const isMine = haveSameLanes(a, mine.own, b, theirs.own, work.batch);
  const apart = theirs.own.offset - mine.own.offset;
  return shifts?.some((shift) => shift >= low && shift <= high && !(isMine && shift + apart === 0)) ?? true;
}

/** Places without the time step, and what the step is to them. */
interface Parts {
  /** How far they go on with each step. */
  readonly pace: number;
  /** Places that steps take in turn: how many there are, how far from each other, and how far on it begins. */
  readonly turns: { readonly by: number; readonly stride: number; readonly first: number } | undefined;
  readonly own: Index;
  readonly low: number;
  readonly high: number;
}

/** How much further the step may move theirs than mine, as far as it matters; undefined where they do not move alike. */
function shiftsBetween(
  mine: Parts,
  theirs: Parts,
  sameStep: boolean,
  [low, high]: readonly [number, number],
): number[] | undefined {
  if (mine.pace !== theirs.pace || mine.turns?.by !== theirs.turns?.by || mine.turns?.stride !== theirs.turns?.stride)
    return undefined;
  if (mine.turns && theirs.turns) {
    const { by, stride } = mine.turns;
    const ahead = (theirs.turns.first - mine.turns.first) % by;
    const all = Array.from({ length: 2 * by - 1 }, (_, i) => i + 1 - by);
    return all.filter((n) => !sameStep || (n - ahead) % by === 0).map((n) => n * stride);
  }
  const pace = Math.abs(mine.pace);
  if (sameStep || pace === 0) return [0];
  const steps = Array.from({ length: Math.max(0, Math.floor(high / pace) - Math.ceil(low / pace) + 1) }, (_, i) => i);
  return steps.map((i) => (Math.ceil(low / pace) + i) * pace).filter((shift) => shift !== 0);
}

function partsOf({ member }: Touch, { rest }: Stretch, work: RowsWork): Parts | undefined {
  const { time } = member.nest;
  const isOfTime = ([atom]: Index["terms"][number]): boolean =>
    time !== undefined && axesIn({ terms: [[atom, 1]], offset: 0 }).has(time);
  const moving = rest.terms.filter(isOfTime);
  const own = { terms: rest.terms.filter((term) => !isOfTime(term)), offset: rest.offset };
  const [low, high] = range(own, extentsIn(member, work));
  const [atom, stride] = onlyOf(moving) ?? [undefined, 0];
  if (moving.length === 0 || (time !== undefined && atom === time))
    return { pace: stride, turns: undefined, own, low, high };
  const isTurn = typeof atom === "object" && atom.kind === "mod" && onlyOf(atom.of.terms)?.[1] === 1;
  if (!isTurn || onlyOf(atom.of.terms)?.[0] !== time) return undefined;
  return { pace: 0, turns: { by: atom.by, stride, first: atom.of.offset }, own, low, high };
}

/** Whether each place belongs to the thread of one point, the same for both. */
function haveSameLanes(a: Touch, mine: Index, b: Touch, theirs: Index, batch: number): boolean {
  if (!a.lanes || !b.lanes || a.lanes.length !== b.lanes.length) return false;
  const [x, y] = [a, b].map(({ lanes = [] }) => lanes.map((l) => extent(l.extent, batch))) as [number[], number[]];
  const strides = (lanes: readonly Axis[], index: Index): (number | undefined)[] =>
    lanes.map((l) => coefficient(index, l.name));
  const [s, t] = [strides(a.lanes, mine), strides(b.lanes, theirs)];
  const areAll = [mine, theirs].every((i) => i.terms.length === a.lanes?.length);
  return areAll && zip(x, y, s, t).every(([n, m, c, d]) => n === m && c === d && c !== undefined);
}
