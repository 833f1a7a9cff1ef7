// In: the folder of a run. Out: the right to write there, for one process at a time.
// Invariant: at most one live process holds a folder. A lock appears whole or not at all; that of a process that is gone, and
// one that names no process, is taken over by exactly one of those that try.

import { randomUUID } from "node:crypto";
import { type FileHandle, open, readdir, rmdir, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { nodeDisk, removeTemporaries, temporaryName } from "./disk.node.ts";
import { type Disk, describeFailure, errorCode } from "./disk.ts";
import { makeFolder } from "./makefolder.node.ts";
import { BEAT_SECONDS, describeSelf, isGone, type Owner, parseOwner, SILENT_SECONDS } from "./owner.node.ts";
import { WeightsError } from "./weightserror.ts";

const LOCK = "lock";
/** How the names of claims begin: wishes to take a lock over. The name says whose it is, so that it is never half there. */
const CLAIM = ".claim.";
/** Processes that see each other's claims step back and try again. */
const TRIES = 10;

export interface FolderLock {
  readonly folder: string;
  /**
   * Makes the folder again where it was deleted. WeightsError `checkpoint/folder-lost` where another process took it over, as
   * while this one was asleep.
   */
  confirm(): Promise<void>;
  /** Gives the folder back; calling it again does nothing. A folder that was made for this and stayed empty goes with it. */
  release(): Promise<void>;
}

/** Folders that this process holds or is about to take, the tokens of its locks, and its claims. */
const held = new Set<string>();
const tokens = new Set<string>();
const claims = new Set<string>();

async function readOwner(folder: string, disk: Disk): Promise<Owner | "none" | "unreadable"> {
  const path = join(folder, LOCK);
  try {
    return parseOwner(new TextDecoder().decode(await disk.read(path))) ?? "unreadable";
  } catch (error) {
    if (errorCode(error) === "ENOENT") return "none";
    throw describeFailure(error, "read", path);
  }
}

/** Seconds since a file was touched, by the clock that wrote its time: that of the disk, whatever the one of this machine says. */
async function secondsSince(path: string, disk: Disk): Promise<number> {
  const probe = join(path, "..", temporaryName("clock"));
  await disk.create(probe, new Uint8Array());
  try {
    return ((await stat(probe)).mtimeMs - (await stat(path)).mtimeMs) / 1000;
  } catch (error) {
    // One of them was removed just now, by another process that does something here.
    if (errorCode(error) === "ENOENT") return 0;
    throw error;
  } finally {
    await disk.remove(probe).catch(() => undefined);
  }
}

/** A lock that names no process was never finished: it holds nothing. */
async function isStale(owner: Owner | "unreadable", folder: string, disk: Disk): Promise<boolean> {
  if (owner === "unreadable") return true;
  if (owner.token !== undefined && tokens.has(owner.token)) return false;
  return isGone(owner, () => secondsSince(join(folder, LOCK), disk));
}

function inUse(folder: string, owner: Owner | undefined): WeightsError {
  const who = owner ? `process ${owner.pid} on ${owner.host} since ${owner.since}` : "another process";
  const isElsewhere = owner?.beat !== undefined && owner.host !== hostname();
  const wait = isElsewhere ? `, or wait ${SILENT_SECONDS / 60} minutes` : "";
  const hint = `use another folder; if that process is gone, delete ${join(folder, LOCK)}${wait}`;
  return new WeightsError("checkpoint/folder-in-use", `${folder} is in use by ${who}`, hint);
}

/** Puts a whole lock in its place; false where there is one already. */
async function tryLock(folder: string, bytes: Uint8Array, disk: Disk): Promise<boolean> {
  const [path, temporary] = [join(folder, LOCK), join(folder, temporaryName(LOCK))];
  try {
    await disk.create(temporary, bytes);
    await linkOrCreate(temporary, path, bytes, disk);
    return true;
  } catch (error) {
    // A process that has just got the folder clears temporary files away, ours among them.
    if (["EEXIST", "ENOENT"].includes(errorCode(error))) return false;
    throw describeFailure(error, "write", path);
  } finally {
    await disk.remove(temporary).catch(() => undefined);
  }
}

const UNLINKABLE: ReadonlySet<string> = new Set([
  "EPERM",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
  "EMLINK",
  "EINVAL",
  "EISDIR",
]);

/** Some disks have no links (FAT, some of a network): there the lock is written where it stands, and `acquire` reads it back. */
async function linkOrCreate(from: string, to: string, bytes: Uint8Array, disk: Disk): Promise<void> {
  try {
    await disk.link(from, to);
  } catch (error) {
    if (!UNLINKABLE.has(errorCode(error))) throw error;
    await disk.create(to, bytes);
  }
}

/**
 * Removes a stale lock; false where another process is about to. Each first makes its claim, then looks for those of others: of
 * any two processes one sees the other's. Who is alone looks at the lock once more, and nobody else can remove it meanwhile.
 */
async function removeStale(folder: string, disk: Disk): Promise<boolean> {
  const host = encodeURIComponent(hostname()).replaceAll(".", "%2E");
  const claim = temporaryName(`${CLAIM.slice(1)}${host}.${process.pid}.${randomUUID()}`);
  claims.add(claim);
  try {
    await disk.create(join(folder, claim), new Uint8Array());
    const others = (await readdir(folder)).filter((name) => name.startsWith(CLAIM) && name !== claim);
    for (const name of others) if (await isLiveClaim(join(folder, name), name, disk)) return false;
    const owner = await readOwner(folder, disk);
    if (owner === "none") return true;
    if (!(await isStale(owner, folder, disk))) throw inUse(folder, owner as Owner);
    await disk.remove(join(folder, LOCK));
    return true;
  } finally {
    await disk.remove(join(folder, claim)).catch(() => undefined);
    claims.delete(claim);
  }
}

/** A claim stands for moments: one that is older, or whose process is gone, was left by a kill. */
async function isLiveClaim(path: string, name: string, disk: Disk): Promise<boolean> {
  const [host = "", pid = ""] = name.slice(CLAIM.length).split(".");
  const owner: Owner = { pid: Number(pid), host: decodeURIComponent(host), since: "", beat: BEAT_SECONDS };
  return claims.has(name) || !(await isGone(owner, () => secondsSince(path, disk)));
}

async function acquire(folder: string, token: string, disk: Disk): Promise<Uint8Array> {
  const bytes = new TextEncoder().encode(`${JSON.stringify(describeSelf(token))}\n`);
  for (let tries = 0; tries < TRIES; tries++) {
    const isLocked = await tryLock(folder, bytes, disk);
    const owner = await readOwner(folder, disk);
    if (owner !== "none" && owner !== "unreadable" && owner.token === token) return bytes;
    if (isLocked || owner === "none") continue;
    if (!(await isStale(owner, folder, disk))) throw inUse(folder, owner as Owner);
    if (!(await removeStale(folder, disk)))
      await new Promise((done) => setTimeout(done, 20 * Math.random() * 2 ** tries));
  }
  throw inUse(folder, undefined);
}

/** Makes the folder; true where it was not there. */
function isMadeNow(folder: string): boolean {
  try {
    return makeFolder(folder) !== undefined;
  } catch (error) {
    const reason = NO_FOLDER[errorCode(error)];
    if (reason === undefined) throw describeFailure(error, "make", folder);
    throw new WeightsError("checkpoint/failed", `cannot make ${folder}: ${reason}`, "choose another folder with --out");
  }
}

const NO_FOLDER: Readonly<Record<string, string>> = {
  EEXIST: "there is a file of this name",
  ENOTDIR: "a part of its path is a file",
  ENOENT: "the folder that it would be in takes no others",
};

/**
 * Takes the folder (made when missing) for this process and clears away what a killed process left half-written.
 * WeightsError `checkpoint/folder-in-use`, which names the other process, or `checkpoint/read-only`, `checkpoint/disk-full`.
 */
export async function lockFolder(folder: string, disk: Disk = nodeDisk): Promise<FolderLock> {
  const place = resolve(folder);
  if (held.has(place)) {
    const owner = await readOwner(place, disk);
    throw inUse(place, typeof owner === "string" ? undefined : owner);
  }
  held.add(place);
  const token = randomUUID();
  tokens.add(token);
  let isMade = false;
  try {
    isMade = isMadeNow(place);
    const bytes = await acquire(place, token, disk);
    await removeTemporaries(place);
    return new HeldLock(place, token, bytes, isMade, disk, await open(join(place, LOCK), "r+").catch(() => undefined));
  } catch (error) {
    letGo(place, token);
    if (isMade) await rmdir(place).catch(() => undefined);
    throw error instanceof WeightsError ? error : describeFailure(error, "write", join(place, LOCK));
  }
}

function letGo(place: string, token: string): void {
  held.delete(place);
  tokens.delete(token);
}

class HeldLock implements FolderLock {
  readonly folder: string;
  private readonly token: string;
  private readonly bytes: Uint8Array;
  private readonly isMade: boolean;
  private readonly disk: Disk;
  /** Of our own lock, also when another process has put its own in the place. */
  private file: FileHandle | undefined;
  private readonly beat: ReturnType<typeof setInterval>;
  private isOurs = true;

  constructor(
    folder: string,
    token: string,
    bytes: Uint8Array,
    isMade: boolean,
    disk: Disk,
    file: FileHandle | undefined,
  ) {
    this.folder = folder;
    this.token = token;
    this.bytes = bytes;
    this.isMade = isMade;
    this.disk = disk;
    this.file = file;
    this.beat = setInterval(() => void this.touch(), 1000 * BEAT_SECONDS).unref();
  }

  /** The same bytes again, so that the disk's own clock gives the file its time. */
  private async touch(): Promise<void> {
    await this.file?.write(this.bytes, 0, this.bytes.length, 0).catch(() => undefined);
  }

  async confirm(): Promise<void> {
    const owner = await readOwner(this.folder, this.disk);
    if (typeof owner !== "string" && owner.token === this.token) return;
    // Where somebody deleted the lock, or the folder, it may stand there again as long as nobody else has taken the folder.
    if (owner === "none") await makeFolder(this.folder);
    if (owner === "none" && (await tryLock(this.folder, this.bytes, this.disk))) {
      await this.file?.close().catch(() => undefined);
      this.file = await open(join(this.folder, LOCK), "r+").catch(() => undefined);
      return;
    }
    const who = typeof owner === "string" ? "another process" : `process ${owner.pid} on ${owner.host}`;
    const hint = "this run stopped without saving, so as not to overwrite what the other one saves";
    throw new WeightsError("checkpoint/folder-lost", `${this.folder} was taken over by ${who}`, hint);
  }

  async release(): Promise<void> {
    if (!this.isOurs) return;
    this.isOurs = false;
    clearInterval(this.beat);
    await this.file?.close().catch(() => undefined);
    const owner = await readOwner(this.folder, this.disk).catch(() => "none" as const);
    if (typeof owner !== "string" && owner.token === this.token)
      await this.disk.remove(join(this.folder, LOCK)).catch(() => undefined);
    letGo(this.folder, this.token);
    if (this.isMade) await rmdir(this.folder).catch(() => undefined);
  }
}
