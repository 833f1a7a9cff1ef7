// In: the bytes of a JPEG file, baseline or progressive. Out: its picture in RGB, turned as it was stored.
// Invariant: the decoder is loaded with the first JPEG picture, so what reads none does not carry it.

import { DataError } from "../files/dataerror.ts";
import { AGAIN, POINT_LIMIT, storedSize } from "./kind.ts";
import type { Picture } from "./png.ts";

/** Enough for the largest picture that is read: the decoder keeps coefficients, lines and results. */
const MEGABYTES = 2048;

/** Most passes over the picture: progressive files have about ten, and each costs time whatever it holds. */
const SCANS = 100;

/** How often the two bytes of a marker stand in the file; within packed data they do not. */
function countOf(bytes: Uint8Array, marker: number): number {
  let count = 0;
  for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1)) if (bytes[at + 1] === marker) count++;
  return count;
}

/** The decoder's message, where it is a sentence. */
function reasonOf(error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  return /undefined|NaN|null|Infinity|not a function|Invalid typed array/.test(why)
    ? "its data cannot be decoded"
    : why;
}

/** DataError `data/truncated`, `data/corrupt-picture`, `data/too-large`, and those of a file that is no JPEG. */
export async function readJpeg(bytes: Uint8Array, path: string): Promise<Picture> {
  storedSize(bytes, path);
  const scans = countOf(bytes, 0xda);
  if (scans > SCANS)
    throw new DataError("data/too-large", `${path} has ${scans} scans, more than the ${SCANS} that are read`, AGAIN);
  if (countOf(bytes, 0xd9) === 0) throw new DataError("data/truncated", `${path} ends before its picture does`, AGAIN);
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
    const why = reasonOf(error);
    if (/^max(Memory|Resolution)/.test(why))
      throw new DataError(
        "data/too-large",
        `${path} needs more memory than ${MEGABYTES} MB to be read`,
        "make it smaller",
      );
    throw new DataError("data/corrupt-picture", `${path} is a damaged JPEG file: ${why}`, AGAIN);
  }
}
