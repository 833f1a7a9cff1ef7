// In: the path of a picture. Out: its size, from the beginning of its file where that says it; nothing is decoded.

import { DataError } from "../../files/dataerror.ts";
import type { FileReader } from "../../files/files.ts";
import { sizeOf } from "../../pictures/kind.ts";

/** Bytes that hold the size of most pictures. */
const HEAD = 2 ** 16;

/** [height, width], upright unless `read` says otherwise. DataErrors of the file and of `sizeOf`. */
export async function headSize(
  files: FileReader,
  path: string,
  read: typeof sizeOf = sizeOf,
): Promise<readonly [height: number, width: number]> {
  try {
    return read(await files.readPart(path, 0, HEAD), path);
  } catch (error) {
    if (error instanceof DataError && error.code === "data/truncated") return read(await files.read(path), path);
    throw error;
  }
}
