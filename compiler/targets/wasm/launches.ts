// Which records of a table end with a barrier: threads go on to the next record together only where it touches what an earlier
// one, since the last barrier, has written or still reads. What lies between two barriers is one launch.
import type { Line } from "./line.ts";

/** How far a line may be moved up to run beside earlier ones: its result lies in memory for as much longer. */
const REACH = 3;

/** The lines gathered into launches, each with a barrier at its end; a loop is alone. */
export function withBarriers(lines: readonly Line[]): Line[] {
  const launches: Launch[] = [];
  for (const line of lines) {
    const near = launches.slice(-REACH);
    const at = near.findLastIndex((launch) => launch.isInTheWay(line)) + 1;
    const launch = near[at] ?? new Launch();
    launch.add(line);
    if (!near[at]) launches.push(launch);
  }
  return launches.flatMap(({ lines }) =>
    lines.map((l, i) => (l.kind === "loop" ? l : { ...l, barrier: i === lines.length - 1 })),
  );
}

/** Lines that run beside each other, with the buffers of all of them. */
class Launch {
  readonly lines: Line[] = [];
  private readonly buffers = new Set<string>();
  private readonly writes = new Set<string>();
  private isAlone = false;

  add(line: Line): void {
    this.lines.push(line);
    this.isAlone ||= isAlone(line);
    if (line.kind === "loop") return;
    for (const b of line.buffers) this.buffers.add(b);
    for (const w of line.writes) this.writes.add(w);
  }

  isInTheWay(line: Line): boolean {
    if (this.isAlone || line.kind === "loop" || isAlone(line)) return true;
    return line.buffers.some((b) => this.writes.has(b)) || line.writes.some((w) => this.buffers.has(w));
  }
}

/** What writes nothing that has a name (the log, the step's counter) waits for everything and is waited for. */
const isAlone = (line: Line): boolean => line.kind === "loop" || line.alone === true;

/** How many launches a table has; a loop counts as one for each time its body waits, and once more where it ends. */
export function launchesOf(lines: readonly Line[]): number {
  return lines.reduce((n, l) => {
    if (l.kind === "kernel") return n + (l.barrier === false ? 0 : 1);
    const waits = l.body.filter((b) => b.kind === "kernel" && !b.rows).length;
    return n + 1 + waits * l.length;
  }, 0);
}
