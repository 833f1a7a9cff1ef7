// The folder of the user's caches. What is read back from it decides what runs, so it must be the user's own, and nobody else may write
// to it or put another in its place; where that cannot be had there is no cache.

import { lstatSync, mkdirSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";

/** Mode bits that let other users write a file. */
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

type Environment = Readonly<Record<string, string | undefined>>;

/** The folder of the user's caches on this system; undefined where it is not known. */
export function userCaches(
  environment: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string | undefined {
  const named = platform === "win32" ? environment.LOCALAPPDATA : environment.XDG_CACHE_HOME;
  if (named && isAbsolute(named)) return named;
  if (platform === "win32" || !isAbsolute(home)) return undefined;
  return platform === "darwin" ? join(home, "Library", "Caches") : join(home, ".cache");
}

/**
 * Whether nobody but this user and the system can change a folder, or put another in its place: neither by its name nor by
 * where links in its name lead. Windows keeps the folder in the user's profile.
 */
export function isOwn(folder: string, user: number | undefined = process.getuid?.()): boolean {
  if (user === undefined) return true;
  if (!lstatSync(folder).isDirectory()) return false;
  return [folder, realpathSync(folder)].every((path) => isWayOwn(path, user));
}

function isWayOwn(folder: string, user: number): boolean {
  for (let at = folder; ; at = dirname(at)) {
    const { mode, uid } = lstatSync(at);
    // In a folder with the sticky bit, such as /tmp, others cannot rename what is ours. The mode of a link says nothing.
    const isAbove = at !== folder;
    const isClosed =
      (mode & OTHERS_WRITE) === 0 || (isAbove && (mode & STICKY) !== 0) || lstatSync(at).isSymbolicLink();
    if (!isClosed || (uid !== user && !(isAbove && uid === 0))) return false;
    if (dirname(at) === at) return true;
  }
}

/** The folder of this program among them, made where it is missing; undefined where none is safe. */
export function ownCache(caches: string | undefined = userCaches()): string | undefined {
  if (caches === undefined) return undefined;
  const folder = join(caches, "dnn");
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return isOwn(folder) ? folder : undefined;
  } catch {
    return undefined;
  }
}
