// The order of updates: what overwrites a parameter comes after everything that reads it.

import type { Step } from "./lower.ts";
import { allValues } from "./nest.ts";

/** Steps in an order in which none reads what an earlier one has overwritten. */
export function orderUpdates(steps: readonly Step[]): Step[] {
  const left = [...steps];
  const done: Step[] = [];
  while (left.length > 0) {
    const next = left.findIndex((s) => {
      const writes = writtenBy(s);
      return !left.some((o) => o !== s && readBy(o).some((r) => writes.includes(r)));
    });
    if (next < 0) throw new Error("two updates read what the other overwrites");
    done.push(...left.splice(next, 1));
  }
  return done;
}

const writtenBy = (s: Step): string[] => (s.kind === "loop" ? [] : s.nest.stores.map((x) => x.buffer));
const readBy = (s: Step): string[] =>
  s.kind === "loop" ? [] : allValues(s.nest).flatMap((v) => (v.kind === "load" ? [v.buffer] : []));
