// Where threads of a row must wait for each other: before a nest that meets what another thread has touched since they last waited. A
// thread that only goes on with its own numbers never waits. In: nests over rows and how threads lie over them. Out: barriers before each.

import type { Index } from "../../arithmetic/affine.ts";
import { coefficient, range } from "../../arithmetic/affine.ts";
import { extent } from "../../arithmetic/dim.ts";
import { zip } from "../../arithmetic/lists.ts";
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
  if (!mine || !theirs || mine.pace !== theirs.pace) return true;
  const isMine = haveSameLanes(a, mine.own, b, theirs.own, work.batch);
  // Places are equal where the steps between them, times the pace, make up for what else lies between.
  const apart = theirs.own.offset - mine.own.offset;
  const [low, high] = [mine.low - theirs.high, mine.high - theirs.low];
  if (sameStep) return 0 >= low && 0 <= high && !(isMine && apart === 0);
  if (mine.pace === 0) return 0 >= low && 0 <= high && !(isMine && apart === 0);
  const pace = Math.abs(mine.pace);
  for (let steps = Math.ceil(low / pace); steps * pace <= high; steps++)
    if (steps !== 0 && !(isMine && steps * pace + apart === 0)) return true;
  return false;
}

/** Its places without the time step, and how far they go on with each step. */
function partsOf(
  { member }: Touch,
  { rest }: Stretch,
  work: RowsWork,
): { readonly pace: number; readonly own: Index; readonly low: number; readonly high: number } | undefined {
  const { time } = member.nest;
  const pace = time === undefined ? 0 : coefficient(rest, time);
  if (pace === undefined) return undefined;
  const own = { terms: rest.terms.filter(([atom]) => atom !== time), offset: rest.offset };
  const [low, high] = range(own, extentsIn(member, work));
  return { pace, own, low, high };
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
