// Whether the steps of a plan are large enough to be shared by threads. Results do not depend on it, only time does.

import { extent } from "../compiler/arithmetic/dim.ts";
import type { Entry } from "../compiler/compile.ts";
import type { Step } from "../compiler/loops/step.ts";

/** Points of all loops, and how often threads meet. */
interface Load {
  readonly points: number;
  readonly meetings: number;
}

/** Threads meet after every kernel, which takes as long as some ten thousand points: with less, one is faster. */
const WORTH = 32768;

export function worthSharing(entries: readonly Entry[], batch: number): boolean {
  return entries.some(({ name, parts }) => {
    const { points, meetings } = sumOf(parts.map((p) => loadOf(p.lowered.steps, batch)));
    return name !== "initialise" && points >= WORTH * meetings;
  });
}

function loadOf(steps: readonly Step[], batch: number): Load {
  return sumOf(
    steps.map((step) => {
      // Threads split the rows of a loop and meet once at its end.
      if (step.kind === "loop") return { points: loadOf(step.body, batch).points * step.length, meetings: 1 };
      const axes = [...step.nest.loops, ...step.nest.reduces];
      return { points: axes.reduce((n, a) => n * extent(a.extent, batch), 1), meetings: 1 };
    }),
  );
}

function sumOf(loads: readonly Load[]): Load {
  return loads.reduce((a, b) => ({ points: a.points + b.points, meetings: a.meetings + b.meetings }), {
    points: 0,
    meetings: 0,
  });
}
