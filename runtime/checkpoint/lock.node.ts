// In: the folder of a run. Out: the right to write there, for one process at a time.
// Invariant: at most one live process holds a folder; the lock of a process that died is taken over.

import { mkdir, readdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { type Disk, describeFailure, errorCode, isTemporary, nodeDisk } from "./disk.node.ts";
import { WeightsError } from "./weightserror.ts";

const LOCK = "lock";
const TAKEOVER = "lock.takeover";

export interface FolderLock {
  readonly folder: string;
  /** Gives the folder back; calling it again does nothing. */
  release(): Promise<void>;
}

interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly since: string;
}

/** Folders that this process holds or is about to take. */
const held = new Set<string>();

function describeOwner(): Uint8Array {
  const owner: Owner = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
  return new TextEncoder().encode(`${JSON.stringify(owner)}\n`);
}

async function readOwner(path: string, disk: Disk): Promise<Owner | undefined> {
  try {
    const { pid, host, since } = JSON.parse(new TextDecoder().decode(await disk.read(path)));
    return { pid: Number(pid), host: String(host), since: String(since) };
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

/**
 * True when the owner cannot be writing any more. This process's own number is stale too: folders that it holds are
 * known, and in a container each run may get the same number. A lock of another machine, or an unreadable one, is believed.
 */
function isStale(owner: Owner | undefined): boolean {
  if (!owner || owner.host !== hostname() || !Number.isInteger(owner.pid) || owner.pid < 1) return false;
  return owner.pid === process.pid || !isAlive(owner.pid);
}

function inUse(folder: string, owner: Owner | undefined): WeightsError {
  const who = owner ? `process ${owner.pid} on ${owner.host} since ${owner.since}` : "another process";
  const hint = `use another folder; if that process is gone, delete ${join(folder, LOCK)}`;
  return new WeightsError("checkpoint/folder-in-use", `${folder} is in use by ${who}`, hint);
}

/** True when the lock file was created, false when there is one already. */
async function tryCreate(path: string, disk: Disk): Promise<boolean> {
  try {
    await disk.create(path, describeOwner());
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw describeFailure(error, "write", path);
  }
}

/** Replaces a dead process's lock. A second file keeps two processes from doing so at once. */
async function takeOver(folder: string, disk: Disk): Promise<void> {
  const [path, guard] = [join(folder, LOCK), join(folder, TAKEOVER)];
  if (!(await tryCreate(guard, disk))) {
    const hint = `try again; if no other process is starting here, delete ${guard}`;
    throw new WeightsError("checkpoint/folder-in-use", `${folder} is just being taken over by another process`, hint);
  }
  try {
    const owner = await readOwner(path, disk);
    if (!isStale(owner)) throw inUse(folder, owner);
    await disk.remove(path);
    if (!(await tryCreate(path, disk))) throw inUse(folder, await readOwner(path, disk));
  } finally {
    await disk.remove(guard).catch(() => undefined);
  }
}

async function removeLeftovers(folder: string, disk: Disk): Promise<void> {
  const names = await readdir(folder);
  await Promise.all(names.filter(isTemporary).map((name) => disk.remove(join(folder, name)).catch(() => undefined)));
}

async function acquire(folder: string, disk: Disk): Promise<void> {
  const path = join(folder, LOCK);
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw describeFailure(error, "make", folder);
  }
  if (await tryCreate(path, disk)) return;
  const owner = await readOwner(path, disk);
  if (!isStale(owner)) throw inUse(folder, owner);
  await takeOver(folder, disk);
}

/**
 * Takes the folder (made when missing) for this process and clears away what a killed process left half-written.
 * WeightsError `checkpoint/folder-in-use`, which names the other process, or `checkpoint/read-only`, `checkpoint/disk-full`.
 */
export async function lockFolder(folder: string, disk: Disk = nodeDisk): Promise<FolderLock> {
  const place = resolve(folder);
  if (held.has(place)) throw inUse(place, await readOwner(join(place, LOCK), disk));
  held.add(place);
  try {
    await acquire(place, disk);
  } catch (error) {
    held.delete(place);
    throw error;
  }
  await removeLeftovers(place, disk);
  let ours = true;
  return {
    folder: place,
    async release() {
      if (!ours) return;
      ours = false;
      await disk.remove(join(place, LOCK)).catch(() => undefined);
      held.delete(place);
    },
  };
}
