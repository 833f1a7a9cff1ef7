// Reads and writes of a step, and whether two steps depend on each other.
import type { Nest } from "../loops/nest.ts";
import { allValues } from "../loops/nest.ts";
import type { Step } from "../loops/step.ts";

export interface Effects {
  readonly reads: ReadonlySet<string>;
  readonly writes: ReadonlySet<string>;
}

const nestsOf = (s: Step): readonly Nest[] => (s.kind === "nest" ? [s.nest] : s.body.flatMap(nestsOf));

export function effectsOf(step: Step): Effects {
  const nests = nestsOf(step);
  return {
    reads: new Set(nests.flatMap((n) => allValues(n).flatMap((v) => (v.kind === "load" ? [v.buffer] : [])))),
    writes: new Set(nests.flatMap((n) => n.stores.map((w) => w.buffer))),
  };
}

/** Whether one writes what the other reads or writes. */
export function areDependent(a: Effects, b: Effects): boolean {
  return !a.writes.isDisjointFrom(b.writes) || !a.writes.isDisjointFrom(b.reads) || !a.reads.isDisjointFrom(b.writes);
}
