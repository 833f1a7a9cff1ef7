// In: paths. Out: bytes. What a data source may ask of the outside world, so that sources run in a browser too.
// Invariant: a reader fails only with a DataError that names the path.

import { DataError } from "./dataerror.ts";
import { didYouMean } from "./nearest.ts";

/** Where data comes from: a disk (`files.node.ts`), files dropped on a page (`memoryFiles`), a server. */
export interface FileReader {
  /** The whole file. DataError `data/file-not-found`, `data/file-unreadable` or `data/too-large`. */
  read(path: string): Promise<Uint8Array>;
  /** Bytes `from` to `to` of a file of any length, fewer where it ends before. The DataErrors of `read`. */
  readPart(path: string, from: number, to: number): Promise<Uint8Array>;
  /** Names (not paths) of what lies in a folder, sorted. DataError `data/folder-not-found`. */
  list(path: string): Promise<string[]>;
  exists(path: string): Promise<boolean>;
  /** Bytes of a file, 0 where there is none. */
  sizeOf(path: string): Promise<number>;
}

/** `path` as it is when absolute, otherwise below `base`. Both kinds of slash are kept as written. */
export function resolvePath(base: string, path: string): string {
  const absolute = /^([/\\]|[A-Za-z]:[/\\])/.test(path);
  if (absolute || base === "") return path;
  return /[/\\]$/.test(base) ? base + path : `${base}/${path}`;
}

/** The error for a path that does not exist; `siblings` are the names that do exist in its folder. */
export function fileNotFound(path: string, siblings: readonly string[]): DataError {
  const name = path.split(/[/\\]/).pop() ?? path;
  const hint =
    (path.includes("://") ? "addresses are not fetched: download the file, and name it here" : undefined) ??
    didYouMean(name, siblings) ??
    "relative paths start from the folder of the .dnn file";
  return new DataError("data/file-not-found", `there is no file ${path}`, hint);
}

/** The error for a folder that does not exist; `siblings` are the folders beside the place where it would be. */
export function folderNotFound(path: string, siblings: readonly string[]): DataError {
  const name = path.split(/[/\\]/).findLast((part) => part !== "") ?? path;
  return new DataError("data/folder-not-found", `there is no folder ${path}`, didYouMean(name, siblings));
}

function withoutDots(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}

/** A reader of files that are already in memory, keyed by path with `/` between folders. */
export function memoryFiles(contents: Readonly<Record<string, Uint8Array>>): FileReader {
  const files = new Map(Object.entries(contents).map(([path, bytes]) => [withoutDots(path), bytes]));
  const below = (folder: string): string[] => {
    const prefix = withoutDots(folder) === "" ? "" : `${withoutDots(folder)}/`;
    const inside = [...files.keys()].filter((path) => path.startsWith(prefix));
    return [...new Set(inside.map((path) => path.slice(prefix.length).replace(/\/.*$/s, "")))].sort();
  };
  const read = async (path: string): Promise<Uint8Array> => {
    const bytes = files.get(withoutDots(path));
    if (!bytes) throw fileNotFound(path, below(path.split("/").slice(0, -1).join("/")));
    return bytes;
  };
  return {
    read,
    readPart: async (path, from, to) => (await read(path)).subarray(from, to),
    async list(path) {
      const names = below(path);
      if (names.length === 0)
        throw folderNotFound(
          path,
          below(`${path}/..`).filter((name) => below(`${path}/../${name}`).length > 0),
        );
      return names;
    },
    async exists(path) {
      return files.has(withoutDots(path)) || below(path).length > 0;
    },
    async sizeOf(path) {
      return files.get(withoutDots(path))?.length ?? 0;
    },
  };
}
