// The order of updates: what overwrites a parameter comes after everything that reads it, and an update that reads what it
// overwrites at other places than it writes (a gradient that reads the parameter transposed, a shift, a reversal) reads a copy:
// its points are computed in any order and by several threads, and each must see the values from before the step.

import type { Index } from "../arithmetic/affine.ts";
import { indexKey } from "../arithmetic/affine.ts";
import { append, lowerBound } from "../arithmetic/lists.ts";
import { lookUp } from "../arithmetic/lookup.ts";
import type { Store, Value } from "../loops/nest.ts";
import { allValues, rewriteNest, valuesIn } from "../loops/nest.ts";
import type { Step } from "../loops/step.ts";

/** A copy of a buffer: the step that makes it, and its name. */
export interface Kept {
  readonly step: Step;
  readonly name: string;
}

/** The steps of one update: nests that write places of their own, such as the phases of a strided gradient. */
export type Unit = readonly Step[];

/** A unit with the buffers that it reads and writes. */
interface Described {
  readonly unit: Unit;
  readonly reads: ReadonlySet<string>;
  readonly writes: ReadonlySet<string>;
}

/** Units in an order in which none reads what an earlier one has overwritten; where they wait for each other, `keep` copies. */
export function orderUpdates(units: readonly Unit[], keep: (buffer: string) => Kept): Step[] {
  const waiting = new Waiting(units);
  const done: Step[] = [];
  for (let next = waiting.take(); next; next = waiting.take()) {
    const { unit, reads, writes } = next;
    let ready = unit;
    for (const buffer of writes) {
      const isReadLater = waiting.isRead(buffer);
      const isReadElsewhere = reads.has(buffer) && unit.some((s) => readsElsewhere(s, buffer));
      if (!isReadLater && !isReadElsewhere) continue;
      const { step, name } = keep(buffer);
      done.push(step);
      if (isReadLater) waiting.readFrom(buffer, name);
      if (isReadElsewhere) ready = ready.map((s) => readingFrom(s, buffer, name));
    }
    done.push(...ready);
  }
  return done;
}

/** The units that are not done yet, with those that read a buffer and those that write it found by its name. */
class Waiting {
  /** By their places; one that is done is no longer here. */
  private readonly units: Map<number, Described>;
  private readonly readers = new Map<string, Set<number>>();
  private readonly writers = new Map<string, number[]>();
  /** Places of those that overwrite nothing that another reads, the first of them last. */
  private readonly free: number[];

  constructor(units: readonly Unit[]) {
    this.units = new Map(units.map((unit, place) => [place, describe(unit)]));
    for (const [place, { reads, writes }] of this.units) {
      for (const buffer of reads) this.readersOf(buffer).add(place);
      for (const buffer of writes) append(this.writers, buffer, place);
    }
    this.free = [...this.units.keys()].filter((place) => this.isFree(place)).reverse();
  }

  /** The first that may go now, or the first of all where each waits for another. */
  take(): Described | undefined {
    const place = this.free.pop() ?? this.units.keys().next().value;
    const taken = place === undefined ? undefined : this.units.get(place);
    if (place === undefined || !taken) return undefined;
    this.units.delete(place);
    for (const buffer of taken.reads) {
      this.readersOf(buffer).delete(place);
      this.release(buffer);
    }
    return taken;
  }

  isRead(buffer: string): boolean {
    return this.readersOf(buffer).size > 0;
  }

  /** Lets all that read a buffer read a copy of it. */
  readFrom(buffer: string, copy: string): void {
    const readers = this.readersOf(buffer);
    for (const place of readers)
      this.units.set(place, describe(lookUp(this.units, place).unit.map((s) => readingFrom(s, buffer, copy))));
    this.readers.set(copy, readers);
    this.readers.delete(buffer);
    this.release(buffer);
  }

  private readersOf(buffer: string): Set<number> {
    const readers = this.readers.get(buffer) ?? new Set();
    this.readers.set(buffer, readers);
    return readers;
  }

  private isFree(place: number): boolean {
    const { writes } = lookUp(this.units, place);
    return [...writes].every((buffer) => this.readersOf(buffer).isSubsetOf(new Set([place])));
  }

  /** Those that overwrite a buffer may be free when it has fewer readers. */
  private release(buffer: string): void {
    for (const place of this.writers.get(buffer) ?? []) {
      const at = lowerBound(-place, this.free, (p) => -p);
      if (this.units.has(place) && this.free[at] !== place && this.isFree(place)) this.free.splice(at, 0, place);
    }
  }
}

const describe = (unit: Unit): Described => ({
  unit,
  reads: new Set(unit.flatMap(readBy)),
  writes: new Set(unit.flatMap(writtenBy)),
});
const writtenBy = (s: Step): string[] => (s.kind === "loop" ? [] : s.nest.stores.map((x) => x.buffer));
const readBy = (s: Step): string[] =>
  s.kind === "loop" ? [] : allValues(s.nest).flatMap((v) => (v.kind === "load" ? [v.buffer] : []));

/** Whether an update reads a buffer that it overwrites anywhere but at the place that it writes. */
function readsElsewhere(s: Step, buffer: string): boolean {
  if (s.kind === "loop") return false;
  const { loops, stores } = s.nest;
  // An axis of one place moves nothing: an address is the same with it and without.
  const units = new Set(loops.filter((l) => l.extent === 1).map((l) => l.name));
  const keyOf = ({ terms, offset }: Index): string =>
    indexKey({ terms: terms.filter(([atom]) => typeof atom !== "string" || !units.has(atom)), offset });
  const places = new Set(stores.filter((x) => x.buffer === buffer).map((x) => keyOf(x.address)));
  return allValues(s.nest).some(
    (v) =>
      v.kind === "load" &&
      v.buffer === buffer &&
      (v.row !== undefined || places.size > 1 || !places.has(keyOf(v.address))),
  );
}

/** The step with its reads, not its writes, from a copy. */
function readingFrom(s: Step, buffer: string, copy: string): Step {
  if (s.kind === "loop") return s;
  return {
    kind: "nest",
    nest: rewriteNest(s.nest, (v) => (v.kind === "load" && v.buffer === buffer ? { ...v, buffer: copy } : v)),
  };
}

/** Stores of one kernel: thousands would take more variables than a function may have. */
const MOST_STORES = 1000;

/** Stores that need nothing of each other, such as the zeros that thousands of layers start from, as several lists. */
export function inParts(stores: readonly Store[]): (readonly Store[])[] {
  const written = new Set(stores.map((s) => s.buffer));
  const isApart = (v: Value): boolean => v.kind !== "load" || !written.has(v.buffer);
  if (stores.length <= MOST_STORES || !valuesIn(stores.map((s) => s.value)).every(isApart)) return [stores];
  const count = Math.ceil(stores.length / MOST_STORES);
  return Array.from({ length: count }, (_, i) => stores.slice(i * MOST_STORES, (i + 1) * MOST_STORES));
}
