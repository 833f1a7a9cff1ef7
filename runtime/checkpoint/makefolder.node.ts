// A folder with those above it. Node's own recursive `mkdir` never ends where a folder is there and takes no others, as /proc.

import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { errorCode } from "./disk.ts";

/** Makes the folder; gives the first that was not there, undefined where all were. Errors are those of Node's `mkdirSync`. */
export function makeFolder(path: string, options: { readonly mode?: number } = {}): string | undefined {
  const folder = resolve(path);
  try {
    mkdirSync(folder, options);
    return folder;
  } catch (error) {
    if (errorCode(error) === "EEXIST" && statSync(folder).isDirectory()) return undefined;
    const above = dirname(folder);
    if (errorCode(error) !== "ENOENT" || existsSync(above)) throw error;
    const first = makeFolder(above, options);
    return makeFolder(folder, options) === undefined ? first : (first ?? folder);
  }
}
