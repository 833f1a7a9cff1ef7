// The folder of a run: found or made, held for this process, and the checkpoints in it.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, statSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { FolderLock } from "../runtime/checkpoint/files.node.ts";
import { lockFolder, readLatestCheckpoint, saveCheckpoint } from "../runtime/checkpoint/files.node.ts";
import type { Checkpoint } from "../runtime/train/checkpoint.ts";
import { readCheckpoint, writeCheckpoint } from "../runtime/train/checkpoint.ts";
import { failure } from "./failure.ts";

/** Checkpoints of a run that stay: the last, and the one before it. */
const LAST = 2;
/** The folder of a run's copies for good, which `keep` asks for: each is a run's folder itself. */
export const KEPT = "kept";

export class RunFolder {
  readonly folder: string;
  private readonly lock: FolderLock;
  private readonly names: string[] = [];

  constructor(folder: string, lock: FolderLock) {
    this.folder = folder;
    this.lock = lock;
  }

  async save(name: string, checkpoint: Checkpoint): Promise<void> {
    await saveCheckpoint(this.folder, `${name}.safetensors`, writeCheckpoint(checkpoint));
    const at = this.names.indexOf(name);
    if (at >= 0) this.names.splice(at, 1);
    this.names.push(name);
    while (this.names.length > LAST) await rm(join(this.folder, `${this.names.shift()}.safetensors`), { force: true });
  }

  /** A copy for good, in a folder of its own. */
  async keep(name: string, checkpoint: Checkpoint): Promise<void> {
    const folder = join(this.folder, KEPT, name);
    await mkdir(folder, { recursive: true });
    await saveCheckpoint(folder, `${name}.safetensors`, writeCheckpoint(checkpoint));
  }

  release(): Promise<void> {
    return this.lock.release();
  }
}

/** The first folder `runs/NAME-N` that is free. */
export async function newRunFolder(name: string): Promise<RunFolder> {
  for (let n = 1; ; n++) {
    const folder = join("runs", `${name}-${n}`);
    if (existsSync(folder)) continue;
    return new RunFolder(folder, await lockFolder(folder));
  }
}

/** A folder that was asked for: another run's checkpoints are never overwritten. */
export async function givenRunFolder(folder: string): Promise<RunFolder> {
  if (existsSync(join(folder, "latest")))
    throw failure("checkpoint/folder-has-run", `${folder} already holds a run`, {
      hint: `--resume ${quoted(folder)} goes on with it; --out takes another folder`,
    });
  return new RunFolder(folder, await lockFolder(folder));
}

export async function resumedRunFolder(folder: string): Promise<{ run: RunFolder; checkpoint: Checkpoint }> {
  const checkpoint = await openCheckpoint(folder);
  return { run: new RunFolder(folder, await lockFolder(folder)), checkpoint };
}

/** The latest checkpoint of a run's folder; of a folder that holds runs, their names. */
export async function openCheckpoint(folder: string): Promise<Checkpoint> {
  const inside = existsSync(join(folder, "latest")) ? [] : runsIn(folder);
  if (inside.length > 0)
    throw failure("checkpoint/none", `${folder} has no saved weights of its own`, {
      hint: `there are runs in it: ${inside.join(", ")}`,
    });
  const { path, bytes } = await readLatestCheckpoint(folder);
  return readCheckpoint(bytes, path);
}

/** A file of several trainings has a folder for each. */
function runsIn(folder: string): string[] {
  const names = existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder).toSorted() : [];
  return names.map((name) => join(folder, name)).filter((inner) => existsSync(join(inner, "latest")));
}

export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** An argument as a shell takes it. */
export function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
