// Which records of a table end with a barrier: threads go on to the next record together only where it touches what an earlier
// one, since the last barrier, has written or still reads. What lies between two barriers is one launch.

import type { Buffer } from "../../loops/storage.ts";
import type { WasmCommand } from "./schedule/command.ts";
import type { LaunchTuning } from "./schedule/tuning.ts";

/** The commands gathered into launches, each with a barrier at its end; a loop is alone. */
export function withBarriers(
  commands: readonly WasmCommand[],
  buffers: ReadonlyMap<string, Buffer>,
  { reach, mostWritten }: LaunchTuning,
): WasmCommand[] {
  const launches: Launch[] = [];
  for (const command of commands) {
    const near = launches.slice(-reach);
    const first = near.findLastIndex((launch) => launch.isInTheWay(command)) + 1;
    const open = near.findIndex((launch, i) => i >= first && launch.written <= mostWritten);
    const launch = near[open] ?? new Launch();
    launch.add(command, buffers);
    if (!near[open]) launches.push(launch);
  }
  return launches.flatMap(({ commands }) =>
    commands.map((l, i) => (l.kind === "loop" ? l : { ...l, barrier: i === commands.length - 1 })),
  );
}

/** Commands that run beside each other, with the buffers of all of them. */
class Launch {
  readonly commands: WasmCommand[] = [];
  private readonly buffers = new Set<string>();
  private readonly writes = new Set<string>();
  /** How many numbers it writes. */
  written = 0;
  private isAlone = false;

  add(command: WasmCommand, buffers: ReadonlyMap<string, Buffer>): void {
    this.commands.push(command);
    this.isAlone ||= isAlone(command);
    if (command.kind === "loop") return;
    for (const b of command.buffers) this.buffers.add(b);
    for (const w of command.writes) {
      if (!this.writes.has(w)) this.written += buffers.get(w)?.size ?? 0;
      this.writes.add(w);
    }
  }

  isInTheWay(command: WasmCommand): boolean {
    if (this.isAlone || command.kind === "loop" || isAlone(command)) return true;
    return command.buffers.some((b) => this.writes.has(b)) || command.writes.some((w) => this.buffers.has(w));
  }
}

/** A command that writes nothing with a name (the log, the step's counter) waits for everything, and everything waits for it. */
const isAlone = (command: WasmCommand): boolean => command.kind === "loop" || command.alone === true;

/** How many launches a table has; a loop counts as one for each time its body waits, and once more where it ends. */
export function launchesOf(commands: readonly WasmCommand[]): number {
  return commands.reduce((n, l) => {
    if (l.kind === "kernel") return n + (l.barrier === false ? 0 : 1);
    const waits = l.body.filter((b) => b.kind === "kernel" && !b.rows).length;
    return n + 1 + waits * l.length;
  }, 0);
}
