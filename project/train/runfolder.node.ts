// The folder of a run: found or made, held for this process, and the checkpoints in it.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { nodeReader, removeTemporaries, temporaryName } from "../../runtime/checkpoint/disk.node.ts";
import { describeFailure } from "../../runtime/checkpoint/disk.ts";
import type { FolderLock } from "../../runtime/checkpoint/files.node.ts";
import { lockFolder, nodeDisk, saveCheckpoint } from "../../runtime/checkpoint/files.node.ts";
import { POINTERS, type Pointer } from "../../runtime/checkpoint/pointers.ts";
import { WeightsError } from "../../runtime/checkpoint/weightserror.ts";
import type { Checkpoint } from "../../runtime/train/checkpoint.ts";
import { writeCheckpoint } from "../../runtime/train/checkpoint.ts";
import { failure } from "../failure.ts";
import { quoted } from "../quoted.ts";
import { checkpointsIn, ENDING, KEPT, readPointed } from "./checkpoints.ts";
import { HISTORY, PROGRAM, RECORD } from "./history.ts";

/** Checkpoints of a run that stay beside the best: the last, and the one before it. */
const LAST = 2;
const BEST: Pointer = "best";

export class RunFolder {
  readonly folder: string;
  private readonly lock: FolderLock;
  /** Checkpoints that are there, the newest last. */
  private readonly names: string[];

  private constructor(folder: string, lock: FolderLock, names: string[]) {
    this.folder = folder;
    this.lock = lock;
    this.names = names;
  }

  /** The folder of a run, cleared of what killed processes left in it. */
  static async open(folder: string): Promise<RunFolder> {
    const lock = await lockFolder(folder);
    try {
      await mendKept(join(folder, KEPT));
      const run = new RunFolder(folder, lock, await checkpointsIn(folder, nodeReader));
      await run.prune();
      return run;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** The path of the checkpoint that was saved last, by this process or another. */
  get newest(): string | undefined {
    const name = this.names.at(-1);
    return name === undefined ? undefined : join(this.folder, `${name}${ENDING}`);
  }

  /** Whether the weights of the best epoch so far are there. */
  get hasBest(): boolean {
    const place = join(this.folder, BEST);
    return existsSync(place) && existsSync(join(this.folder, readFileSync(place, "utf8").trim()));
  }

  /** Whether what was saved is gone: somebody deleted the folder, which is there again, or its files. */
  async isDeleted(): Promise<boolean> {
    await this.lock.confirm();
    // Not the newest alone: a folder that goes while a checkpoint is written has that one again.
    const left = this.names.filter((name) => existsSync(join(this.folder, `${name}${ENDING}`)));
    return this.names.splice(0, this.names.length, ...left).length > left.length;
  }

  /** One more checkpoint: the two last stay, and the best so far. */
  async save(name: string, checkpoint: Checkpoint, best = false): Promise<void> {
    await this.lock.confirm();
    await saveCheckpoint(this.folder, `${name}${ENDING}`, writeCheckpoint(checkpoint), nodeDisk, best);
    const at = this.names.indexOf(name);
    if (at >= 0) this.names.splice(at, 1);
    this.names.push(name);
    await this.prune();
  }

  private async prune(): Promise<void> {
    const old = this.names.slice(0, -LAST);
    if (old.length === 0) return;
    const named = await Promise.all(POINTERS.map((p) => readFile(join(this.folder, p), "utf8").catch(() => "")));
    const spared = new Set(named.map((n) => n.trim()));
    for (const name of old) {
      if (spared.has(`${name}${ENDING}`)) continue;
      await rm(join(this.folder, `${name}${ENDING}`), { force: true });
      this.names.splice(this.names.indexOf(name), 1);
    }
  }

  /** The file for decoded examples of a stream, while the run trains. */
  get cache(): string {
    return join(this.folder, CACHE);
  }

  async removeCache(): Promise<void> {
    await rm(this.cache, { force: true }).catch(() => undefined);
  }

  isKept(name: string): boolean {
    return existsSync(join(this.folder, KEPT, name, "latest"));
  }

  /** A copy for good, in a folder of its own that appears whole. */
  async keep(name: string, checkpoint: Checkpoint): Promise<void> {
    await this.lock.confirm();
    const [file, bytes] = [`${name}${ENDING}`, writeCheckpoint(checkpoint)];
    const folder = join(this.folder, KEPT, name);
    if (existsSync(folder)) return saveCheckpoint(folder, file, bytes);
    const unfinished = join(this.folder, KEPT, temporaryName(name));
    try {
      await mkdir(unfinished, { recursive: true });
      await saveCheckpoint(unfinished, file, bytes);
      await rename(unfinished, folder);
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true }).catch(() => undefined);
      throw describeFailure(error, "write", folder);
    }
  }

  release(): Promise<void> {
    return this.lock.release();
  }
}

/** Copies that were not finished: one whose weights are whole gets its name, others go. */
async function mendKept(kept: string): Promise<void> {
  if (!existsSync(kept)) return;
  await removeTemporaries(kept);
  for (const name of readdirSync(kept)) {
    const folder = join(kept, name);
    if (!statSync(folder).isDirectory()) continue;
    await removeTemporaries(folder);
    const file = `${name}${ENDING}`;
    if (existsSync(join(folder, "latest"))) continue;
    if (existsSync(join(folder, file))) await saveCheckpoint(folder, file, await readFile(join(folder, file)));
    else if (readdirSync(folder).length === 0) await rm(folder, { recursive: true, force: true });
  }
}

const CACHE = "stream.cache";

/** Files of a process that was killed before it saved any weights. */
const UNSAVED: ReadonlySet<string> = new Set(["lock", HISTORY, RECORD, PROGRAM, CACHE]);

/** The first folder `runs/NAME-N` that is free: one that only a killed process's beginnings are in is so, too. */
export async function newRunFolder(name: string): Promise<RunFolder> {
  for (let n = 1; ; n++) {
    const folder = join("runs", `${name}-${n}`);
    if (isTaken(folder)) continue;
    try {
      return await RunFolder.open(folder);
    } catch (error) {
      // Another run that started at the same time was quicker.
      if (!(error instanceof WeightsError) || error.code !== "checkpoint/folder-in-use") throw error;
    }
  }
}

function isTaken(place: string): boolean {
  const there = statSync(place, { throwIfNoEntry: false });
  if (!there?.isDirectory()) return there !== undefined;
  return readdirSync(place).some((file) => !UNSAVED.has(file) && !file.startsWith("."));
}

/** A folder that was asked for: another run's checkpoints are never overwritten. */
export async function givenRunFolder(folder: string): Promise<RunFolder> {
  refuseRun(folder);
  const run = await RunFolder.open(folder);
  try {
    // Another process may have trained there from beginning to end between the look and the lock.
    refuseRun(folder);
    return run;
  } catch (error) {
    await run.release();
    throw error;
  }
}

/** Refuses a folder that holds a run. */
export function refuseRun(folder: string): void {
  if (existsSync(join(folder, "latest")))
    throw failure("checkpoint/folder-has-run", `${folder} already holds a run`, {
      hint: `--resume ${quoted(folder)} goes on with it; --out takes another folder`,
    });
}

/** A run goes on from where it stopped, not from its best. The folder is taken before its checkpoint is read: no other run can save there in between. */
export async function resumedRunFolder(folder: string): Promise<{ run: RunFolder; checkpoint: Checkpoint }> {
  // A folder without a run is not made one by a lock.
  if (!existsSync(join(folder, "latest"))) await readPointed(folder, "latest", nodeReader);
  const run = await RunFolder.open(folder);
  try {
    return { run, checkpoint: await readPointed(folder, "latest", nodeReader) };
  } catch (error) {
    await run.release();
    throw error;
  }
}

export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
