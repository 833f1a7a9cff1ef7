// Elements that a nest reads and writes: whether two nests can run at once, and how many numbers they touch.
// In: nests and the largest batch. Invariant: `areApart` is only said of places that never meet, whatever the batch.

import type { Extents, Index } from "../arithmetic/affine.ts";
import { axesIn, indexKey, range, zero } from "../arithmetic/affine.ts";
import { extent } from "../arithmetic/dim.ts";
import { loadsOf } from "./axes.ts";
import type { Nest } from "./nest.ts";
import { innerAxes, rootsOf } from "./nest.ts";

/** All places of a buffer that one load or store of a nest meets. */
export interface Access {
  readonly buffer: string;
  readonly address: Index;
  /** Of the nest's axes. */
  readonly extents: Extents;
  /** Whether its place depends on data. */
  readonly anywhere: boolean;
}

/** Some places of a buffer that nothing is known of. */
export const wholeBuffer = (buffer: string): Access => ({ buffer, address: zero, extents: new Map(), anywhere: true });

export interface Accesses {
  readonly reads: readonly Access[];
  readonly writes: readonly Access[];
}

export function accessesOf(nest: Nest, batch: number): Accesses {
  const extents: Extents = new Map(
    [...nest.loops, ...nest.reduces, ...innerAxes(nest)].map((a) => [a.name, extent(a.extent, batch)]),
  );
  const access = (buffer: string, address: Index, anywhere: boolean): Access => ({
    buffer,
    address,
    extents,
    anywhere,
  });
  return {
    reads: loadsOf(rootsOf(nest)).map((l) => access(l.buffer, l.address, l.row !== undefined)),
    writes: nest.stores.map((s) => access(s.buffer, s.address, false)),
  };
}

/** Whether one writes where the other reads or writes. */
export function doMeet(a: Accesses, b: Accesses): boolean {
  const index = new AccessIndex();
  index.add(a);
  return index.meets(b);
}

/** Accesses of several nests, indexed by buffer, so that another nest is compared with those of its own buffers only. */
export class AccessIndex {
  private readonly reads = new Map<string, Access[]>();
  private readonly writes = new Map<string, Access[]>();

  add({ reads, writes }: Accesses): void {
    for (const [map, accesses] of [[this.reads, reads] as const, [this.writes, writes] as const])
      for (const access of accesses) {
        const known = map.get(access.buffer);
        if (known) known.push(access);
        else map.set(access.buffer, [access]);
      }
  }

  /** Whether a nest writes where one of these reads or writes, or reads where one of these writes. */
  meets({ reads, writes }: Accesses): boolean {
    const isHit = (map: ReadonlyMap<string, readonly Access[]>, x: Access): boolean =>
      map.get(x.buffer)?.some((y) => !areApart(x, y)) ?? false;
    return (
      writes.some((x) => isHit(this.writes, x) || isHit(this.reads, x)) || reads.some((x) => isHit(this.writes, x))
    );
  }
}

/** Whether two accesses of one buffer have no place in common: by their ends, or as stripes of one width. */
export function areApart(a: Access, b: Access): boolean {
  if (a.anywhere || b.anywhere) return false;
  if (areOrdered(range(a.address, a.extents), range(b.address, b.extents))) return true;
  const widths = new Set([a, b].flatMap(({ address }) => address.terms.map(([, c]) => Math.abs(c))));
  for (const width of widths) {
    const [mine, theirs] = [stripeOf(a, width), stripeOf(b, width)];
    if (mine && theirs && areOrdered(mine, theirs)) return true;
  }
  return false;
}

const areOrdered = ([a, b]: readonly [number, number], [c, d]: readonly [number, number]): boolean => b < c || d < a;

/** The least and the greatest remainder of its places by `width`, where they are one stretch. */
function stripeOf({ address, extents }: Access, width: number): readonly [number, number] | undefined {
  const terms = address.terms.filter(([, c]) => c % width !== 0);
  const offset = ((address.offset % width) + width) % width;
  const [low, high] = range({ terms, offset }, extents);
  return low >= 0 && high < width ? [low, high] : undefined;
}

/** How many numbers of its buffer it touches, at most. */
export function countTouched({ address, extents, anywhere }: Access, size: number): number {
  if (anywhere) return size;
  const [low, high] = range(address, extents);
  const points = [...axesIn(address)].reduce((n, name) => n * (extents.get(name) ?? 1), 1);
  return Math.min(size, high - low + 1, points);
}

/** How many numbers of one buffer some accesses touch together, at most: equal regions once, others each by itself. */
export function countTouchedByAll(accesses: readonly Access[], size: number): number {
  const regions = new Map(accesses.map((a) => [regionKey(a), countTouched(a, size)] as const));
  return Math.min(
    size,
    [...regions.values()].reduce((n, touched) => n + touched, 0),
  );
}

/** The same for the same places, however their axes are cut. */
function regionKey({ address, extents, anywhere }: Access): string {
  if (anywhere) return "anywhere";
  if (address.terms.some(([atom]) => typeof atom !== "string"))
    return `${indexKey(address)} of ${[...axesIn(address)].map((name) => extents.get(name))}`;
  const runs: [stride: number, count: number][] = [];
  for (const [atom, stride] of address.terms.toSorted(([, a], [, b]) => a - b)) {
    const [count, last] = [extents.get(String(atom)) ?? 1, runs.at(-1)];
    if (last && last[0] * last[1] === stride) last[1] *= count;
    else if (count > 1) runs.push([stride, count]);
  }
  return `${address.offset} ${runs.join(" ")}`;
}
