// The place of a program on this machine: the folder it lies in, and readers of files, with or without large ones.

import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { DataError } from "../../runtime/files/dataerror.ts";
import { nodeFiles } from "../../runtime/files/files.node.ts";
import type { FileReader } from "../../runtime/files/files.ts";
import { type Place, UNREAD } from "./schema.ts";

/** Larger files are not read for their fields. */
const SMALL = 16 * 2 ** 20;

/** All files of this machine, for runs. Paths of a program start where it lies. */
export const placeOf = (program: string): Place => ({ base: dirname(resolve(program)), files: nodeFiles() });

/** As `placeOf`, without large files: for checks, which read little. */
export const placeOfSmallFiles = (program: string): Place => ({ ...placeOf(program), files: smallFiles() });

/** The files of this machine, without large ones. */
function smallFiles(): FileReader {
  const files = nodeFiles();
  return {
    ...files,
    async read(path) {
      const { size } = await stat(path).catch(() => ({ size: 0 }));
      if (size > SMALL) throw new DataError(UNREAD, `${path} is not read for its fields`);
      return files.read(path);
    },
  };
}
