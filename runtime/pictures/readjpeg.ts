// In: the bytes of a JPEG file, baseline or progressive. Out: its picture in RGB, turned as it was stored.
// Invariant: the decoder is loaded with the first JPEG picture, so what reads none does not carry it.

import { DataError } from "../data/dataset.ts";
import { AGAIN, POINT_LIMIT, sizeOf } from "./kind.ts";
import type { Picture } from "./png.ts";

/** Enough for the largest picture that is read: the decoder keeps coefficients, lines and results. */
const MEGABYTES = 2048;

/** True where the mark that ends a picture stands somewhere. */
function hasEnd(bytes: Uint8Array): boolean {
  for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1)) if (bytes[at + 1] === 0xd9) return true;
  return false;
}

/** DataError `data/truncated`, `data/corrupt-picture`, `data/too-large`, and those of a file that is no JPEG. */
export async function readJpeg(bytes: Uint8Array, path: string): Promise<Picture> {
  sizeOf(bytes, path);
  if (!hasEnd(bytes)) throw new DataError("data/truncated", `${path} ends before its picture does`, AGAIN);
  const { default: jpeg } = await import("jpeg-js");
  try {
    const { width, height, data } = jpeg.decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxResolutionInMP: POINT_LIMIT / 1e6,
      maxMemoryUsageInMB: MEGABYTES,
    });
    return { width, height, channels: 3, bytes: data };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DataError("data/corrupt-picture", `${path} is a damaged JPEG file: ${why}`, AGAIN);
  }
}
