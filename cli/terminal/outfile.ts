// The file that --out names. In: a path and contents. Out: the file with its folders, or one clear error that names the flag.

import { accessSync, constants, mkdtempSync, rmdirSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { usage } from "../../project/failure.ts";
import { makeFolder } from "../../runtime/checkpoint/makefolder.node.ts";

/** The ending of a file that is one of `kinds`, without its dot; refuses one that could not be written, before anything is computed for it. */
export function outKind<Kind extends string>(path: string, kinds: Readonly<Record<Kind, string>>): Kind {
  const ending = extname(path).slice(1).toLowerCase();
  if (Object.hasOwn(kinds, ending)) {
    refuseUnwritable(path, "file");
    return ending as Kind;
  }
  const known = Object.entries<string>(kinds).map(([kind, what]) => `FILE.${kind} takes ${what}`);
  throw usage(`--out ${path}: the file's ending says what is written`, known.join(", "));
}

/** Refuses a place where no file, or no folder, can be made. Nothing is left there. `said` is what the message opens with. */
export function refuseUnwritable(path: string, kind: "file" | "folder", said = `--out ${path}`): void {
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there?.isDirectory() && kind === "file") throw usage(`${said}: ${WHY.EISDIR}`);
    if (there && !there.isDirectory() && kind === "folder") throw usage(`${said}: it is a file, not a folder`);
    if (there && kind === "file") accessSync(path, constants.W_OK);
    else tryFolder(there ? path : nearestThere(path));
  } catch (error) {
    throw cannotWrite(error, said);
  }
}

/** The folder in which the first folder of a path would be made. */
function nearestThere(path: string): string {
  const above = dirname(path);
  return above === path || statSync(above, { throwIfNoEntry: false }) ? above : nearestThere(above);
}

/** Fails where a folder takes no other: permissions alone say nothing of /proc, or of a disk that is read-only for all. */
function tryFolder(folder: string): void {
  rmdirSync(mkdtempSync(join(folder, ".dnn-")));
}

export async function writeOut(path: string, contents: string | Uint8Array): Promise<void> {
  try {
    makeFolder(dirname(path));
    await writeFile(path, contents);
  } catch (error) {
    throw cannotWrite(error, `--out ${path}`);
  }
}

/** Makes the folder that --out names. */
export function makeOutFolder(path: string): void {
  try {
    makeFolder(path);
  } catch (error) {
    throw cannotWrite(error, `--out ${path}`);
  }
}

function cannotWrite(error: unknown, said: string): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  return usage(`${said}: ${WHY[String(error.code)] ?? error.message}`);
}

const WHY: Readonly<Record<string, string>> = {
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is a file",
  EEXIST: "a part of its path is a file",
  ENOENT: "its folder cannot be made",
  EACCES: "this user may not write it",
  EPERM: "this user may not write it",
  EROFS: "the disk is read-only",
  ENOSPC: "the disk is full",
};
