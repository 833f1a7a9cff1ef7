// The order of updates: what overwrites a parameter comes after everything that reads it.

import type { Step } from "./lower.ts";
import { allValues, mapNest } from "./nest.ts";

/** A copy of a buffer: the step that makes it, and its name. */
export interface Kept {
  readonly step: Step;
  readonly name: string;
}

/** Steps in an order in which none reads what an earlier one has overwritten; where they wait for each other, `keep` copies. */
export function orderUpdates(steps: readonly Step[], keep: (buffer: string) => Kept): Step[] {
  let left = [...steps];
  const done: Step[] = [];
  while (left.length > 0) {
    const free = left.find((s) => !left.some((o) => o !== s && readsWhat(o, s)));
    const next = free ?? left[0]!;
    left = left.filter((s) => s !== next);
    if (!free)
      for (const buffer of writtenBy(next)) {
        if (!left.some((s) => readBy(s).includes(buffer))) continue;
        const { step, name } = keep(buffer);
        done.push(step);
        left = left.map((s) => readingFrom(s, buffer, name));
      }
    done.push(next);
  }
  return done;
}

const writtenBy = (s: Step): string[] => (s.kind === "loop" ? [] : s.nest.stores.map((x) => x.buffer));
const readBy = (s: Step): string[] =>
  s.kind === "loop" ? [] : allValues(s.nest).flatMap((v) => (v.kind === "load" ? [v.buffer] : []));
const readsWhat = (reader: Step, writer: Step): boolean => {
  const writes = writtenBy(writer);
  return readBy(reader).some((r) => writes.includes(r));
};

function readingFrom(s: Step, buffer: string, copy: string): Step {
  if (s.kind === "loop") return s;
  return { kind: "nest", nest: mapNest(s.nest, { buffer: (b) => (b === buffer ? copy : b) }) };
}
