// The place of a program: the folder it lies in, and readers of files, with or without large ones.

import type { LoadingWorkers } from "../../runtime/data/records.ts";
import { DataError } from "../../runtime/files/dataerror.ts";
import type { FileReader } from "../../runtime/files/files.ts";
import type { Decoders } from "../host.ts";
import type { Remember } from "../kept/remember.ts";
import type { Opened } from "../source.ts";

/** Code of the error of a reader that leaves a file unread, though nothing is wrong with it. */
export const UNREAD = "unread";

/** Where paths of a program start, and what reads them. */
export interface Place {
  readonly base: string;
  readonly files: FileReader;
  /** There are no files here at all, so that a missing one is no mistake. */
  readonly isEmpty?: boolean;
  /** Absent where all is read in one thread. */
  readonly workers?: LoadingWorkers;
  /** Absent where generated data is not kept from command to command. */
  readonly remember?: Remember | undefined;
}

/** Larger files are not read for their fields. */
const SMALL = 16 * 2 ** 20;

/** All files, for runs. Paths of a program start where it lies. */
export const placeOf = ({ path, host }: Pick<Opened, "path" | "host">): Place => ({
  base: host.folderOf(path),
  files: host.files,
  isEmpty: !host.hasFiles,
  remember: host.remember,
  ...(host.decoders ? { workers: workersOf(host.decoders) } : {}),
});

/** A worker needs about as long to start. */
const PATIENCE_MILLISECONDS = 400;

const workersOf = (decoders: () => Promise<Decoders>): LoadingWorkers => ({
  patience: PATIENCE_MILLISECONDS,
  async start(records) {
    const { spawn, most } = await decoders();
    const { decodeInWorkers } = await import("../../runtime/stream/decoding.ts");
    return decodeInWorkers(records, undefined, { count: most, spawn });
  },
});

/** As `placeOf`, without large files: for checks, which read little. */
export function placeOfSmallFiles(opened: Pick<Opened, "path" | "host">): Place {
  const place = placeOf(opened);
  return { ...place, files: smallOnly(place.files) };
}

const smallOnly = (files: FileReader): FileReader => ({
  ...files,
  async read(path) {
    if ((await files.sizeOf(path)) > SMALL) throw new DataError(UNREAD, `${path} is not read for its fields`);
    return files.read(path);
  },
  async readPart(path, from, to) {
    if ((await files.sizeOf(path)) > SMALL) throw new DataError(UNREAD, `${path} is not read for its fields`);
    return files.readPart(path, from, to);
  },
});
