// The order of updates: what overwrites a parameter comes after everything that reads it, and an update that reads what it
// overwrites at other places than it writes (a gradient that reads the parameter transposed, a shift, a reversal) reads a copy:
// its points are computed in any order and by several threads, and each must see the values from before the step.

import type { Index } from "../arithmetic/affine.ts";
import { indexKey } from "../arithmetic/affine.ts";
import { allValues, rewriteNest } from "../loops/nest.ts";
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
  let left = units.map(describe);
  const done: Step[] = [];
  for (let [first] = left; first; [first] = left) {
    const free = left.find((u) => !left.some((o) => o !== u && readsWhat(o, u)));
    const next = free ?? first;
    left = left.filter((u) => u !== next);
    let ready = next.unit;
    for (const buffer of next.writes) {
      const isReadLater = !free && left.some((u) => u.reads.has(buffer));
      const isReadElsewhere = next.unit.some((s) => readsElsewhere(s, buffer));
      if (!isReadLater && !isReadElsewhere) continue;
      const { step, name } = keep(buffer);
      done.push(step);
      if (isReadLater) left = left.map(({ unit }) => describe(unit.map((s) => readingFrom(s, buffer, name))));
      if (isReadElsewhere) ready = ready.map((s) => readingFrom(s, buffer, name));
    }
    done.push(...ready);
  }
  return done;
}

const describe = (unit: Unit): Described => ({
  unit,
  reads: new Set(unit.flatMap(readBy)),
  writes: new Set(unit.flatMap(writtenBy)),
});
const writtenBy = (s: Step): string[] => (s.kind === "loop" ? [] : s.nest.stores.map((x) => x.buffer));
const readBy = (s: Step): string[] =>
  s.kind === "loop" ? [] : allValues(s.nest).flatMap((v) => (v.kind === "load" ? [v.buffer] : []));
const readsWhat = (reader: Described, writer: Described): boolean =>
  [...writer.writes].some((buffer) => reader.reads.has(buffer));

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
