// The disk as saving and reading of runs needs it, with clear errors. Knows no system.

import { WeightsError } from "./weightserror.ts";

/** Reading access to a disk with runs. Failures are errors with a code of Node's, as `ENOENT`. */
export interface DiskReader {
  read(path: string): Promise<Uint8Array>;
  /** Names in a folder, sorted; none where there is no folder. */
  list(folder: string): Promise<string[]>;
  kindOf(path: string): Promise<"file" | "folder" | undefined>;
  /** A path with all the folders above it, for messages; absent where paths start nowhere else. */
  absolute?(path: string): string;
  /** When a file was last written, in milliseconds. */
  modifiedAt(path: string): Promise<number>;
}

/** The steps a safe write is made of; tests put failing ones in their place. */
export interface Disk {
  /** Creates the file, writes all bytes and forces them to the disk. Fails when the file exists. */
  create(path: string, bytes: Uint8Array): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Gives a file a second name. Fails when that name is taken, unlike `rename`. */
  link(from: string, to: string): Promise<void>;
  /** Forces the names in a folder to the disk. */
  syncFolder(folder: string): Promise<void>;
  remove(path: string): Promise<void>;
  read(path: string): Promise<Uint8Array>;
}

export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** The clear form of an error of the file system; one that is clear already stays as it is. */
export function describeFailure(error: unknown, action: string, path: string): WeightsError {
  if (error instanceof WeightsError) return error;
  const failure = `cannot ${action} ${path}`;
  switch (errorCode(error)) {
    case "ENOSPC":
    case "EDQUOT":
      return new WeightsError("checkpoint/disk-full", `${failure}: the disk is full`, "free some space, then resume");
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new WeightsError(
        "checkpoint/read-only",
        `${failure}: it is read-only`,
        "choose another folder with --out",
      );
    case "ENOENT":
    case "ENOTDIR":
      return new WeightsError("checkpoint/not-found", `${failure}: it does not exist`);
    case "EFBIG":
      return new WeightsError("checkpoint/disk-full", `${failure}: the file would be larger than this system allows`);
    default:
      return new WeightsError("checkpoint/failed", `${failure}: ${error instanceof Error ? error.message : error}`);
  }
}
