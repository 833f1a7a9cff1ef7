// Which records of a table end with a barrier: threads go on to the next record together only where it touches what an earlier
// one, since the last barrier, has written or still reads. What lies between two barriers is one launch.
import type { Line } from "./line.ts";

/** How far a line may be moved up to run beside earlier ones: its result lies in memory for as much longer. */
const REACH = 3;

/** The lines gathered into launches, each with a barrier at its end; a loop is alone. */
export function withBarriers(lines: readonly Line[]): Line[] {
  const launches: Line[][] = [];
  for (const line of lines) {
    const last = launches.findLastIndex((l) => l.some((o) => areDependent(o, line)));
    const launch = launches[Math.max(last + 1, launches.length - REACH)];
    if (launch) launch.push(line);
    else launches.push([line]);
  }
  return launches.flatMap((launch) =>
    launch.map((l, i) => (l.kind === "loop" ? l : { ...l, barrier: i === launch.length - 1 })),
  );
}

/** What writes nothing that has a name (the log, the step's counter) waits for everything and is waited for. */
function areDependent(a: Line, b: Line): boolean {
  if (a.kind === "loop" || b.kind === "loop") return true;
  if (a.alone || b.alone) return true;
  return a.writes.some((w) => b.buffers.includes(w)) || b.writes.some((w) => a.buffers.includes(w));
}

/** How many launches a table has; a loop counts as one for each time its body waits, and once more where it ends. */
export function launchesOf(lines: readonly Line[]): number {
  return lines.reduce((n, l) => {
    if (l.kind === "kernel") return n + (l.barrier === false ? 0 : 1);
    const waits = l.body.filter((b) => b.kind === "kernel" && !b.rows).length;
    return n + 1 + waits * l.length;
  }, 0);
}
