// What a step reads and writes, and whether two steps may change places.
import type { Nest } from "../loops/nest.ts";
import { allValues } from "../loops/nest.ts";
import type { Step } from "../loops/step.ts";

export interface Touches {
  readonly reads: ReadonlySet<string>;
  readonly writes: ReadonlySet<string>;
}

const nestsOf = (s: Step): readonly Nest[] => (s.kind === "nest" ? [s.nest] : s.body.flatMap(nestsOf));

export function touches(step: Step): Touches {
  const nests = nestsOf(step);
  return {
    reads: new Set(nests.flatMap((n) => allValues(n).flatMap((v) => (v.kind === "load" ? [v.buffer] : [])))),
    writes: new Set(nests.flatMap((n) => n.stores.map((w) => w.buffer))),
  };
}

/** One writes what the other touches. */
export function conflict(a: Touches, b: Touches): boolean {
  return !a.writes.isDisjointFrom(b.writes) || !a.writes.isDisjointFrom(b.reads) || !a.reads.isDisjointFrom(b.writes);
}
