// Who holds a folder: the process that wrote its lock, and whether another process can tell that it is gone.
// Invariant: a process that lives on this machine is never taken for one that is gone.

import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { errorCode } from "./disk.ts";

/** How often a holder touches its lock, and after what silence a process that cannot be seen from here counts as gone. */
export const BEAT_SECONDS = 10;
export const SILENT_SECONDS = 120;

export interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly since: string;
  /** Tells this holding from every other, also from one of the same process. */
  readonly token?: string;
  /** When the process began, in ticks of its system: another process may get the same pid later. */
  readonly began?: string;
  /** Where its pid has a meaning: the start of the system and the namespace of its processes. */
  readonly space?: string;
  /** Seconds between touches of the lock; absent where nothing touches it. */
  readonly beat?: number;
}

export function describeSelf(token: string): Owner {
  const [began, space] = [beganAt(process.pid), spaceOfPids()];
  return {
    pid: process.pid,
    host: hostname(),
    since: new Date().toISOString(),
    token,
    ...(began === undefined ? {} : { began }),
    ...(space === undefined ? {} : { space }),
    beat: BEAT_SECONDS,
  };
}

/** The owner that a lock names; undefined where the text is none that a holder has written to its end. */
export function parseOwner(text: string): Owner | undefined {
  try {
    const { pid, host, since, ...more } = (JSON.parse(text) ?? {}) as Partial<Owner>;
    if (pid === undefined || !Number.isInteger(pid) || pid <= 0 || typeof host !== "string") return undefined;
    return { ...more, pid, host, since: String(since) };
  } catch {
    return undefined;
  }
}

/** Whether the owner, which is not this process, cannot be writing any more; `silence` gives the seconds since its last touch. */
export async function isGone(owner: Owner, silence: () => Promise<number>): Promise<boolean> {
  const isSilent = async (): Promise<boolean> => owner.beat !== undefined && (await silence()) > SILENT_SECONDS;
  // Of another machine or container only its touches are known, and so of a process before this system's start.
  if (owner.host !== hostname() || (owner.space ?? spaceOfPids()) !== spaceOfPids()) return isSilent();
  // In a container every run may get the same pid.
  if (owner.pid === process.pid || !isAlive(owner.pid)) return true;
  return owner.began === undefined ? isSilent() : owner.began !== beganAt(owner.pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

/** Only Linux keeps in a file when a process began: behind the name, which is in parentheses, in the 20th word. */
function beganAt(pid: number): string | undefined {
  const status = readOrNothing(() => readFileSync(`/proc/${pid}/stat`, "latin1"));
  return status?.slice(status.lastIndexOf(")") + 2).split(" ")[19];
}

let known: { readonly space: string | undefined } | undefined;

function spaceOfPids(): string | undefined {
  if (known) return known.space;
  const start = readOrNothing(() => readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim());
  const namespace = readOrNothing(() => readlinkSync("/proc/self/ns/pid"));
  known = { space: start && namespace ? `${start} ${namespace}` : undefined };
  return known.space;
}

function readOrNothing(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
