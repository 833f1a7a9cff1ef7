// In: the bytes of a picture file. Out: how it is to be turned to stand upright (Exif 2.32, tag Orientation), and the picture
// turned so: cameras store what the sensor saw, and viewers turn it.
// Invariant: metadata that is damaged says nothing; nothing is read beyond the file.

import { jpegSegments, spells, viewOf } from "./jpegsegments.ts";
import type { Picture } from "./png.ts";

/** 1: as it is stored; 2 to 8: mirrored, turned or both, as the standard numbers them. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const EXIF = "Exif\0\0";
const TAG = 0x0112;
const SHORT = 3;
const LONG = 4;

/** The tag in the first directory of TIFF data. */
function orientationInTiff(tiff: Uint8Array): Orientation {
  const little = spells(tiff, 0, "II");
  if (tiff.length < 8 || (!little && !spells(tiff, 0, "MM"))) return 1;
  const view = viewOf(tiff);
  const directory = view.getUint32(4, little);
  if (directory + 2 > tiff.length) return 1;
  const entries = view.getUint16(directory, little);
  for (let k = 0; k < entries; k++) {
    const at = directory + 2 + 12 * k;
    if (at + 12 > tiff.length) return 1;
    if (view.getUint16(at, little) !== TAG) continue;
    const type = view.getUint16(at + 2, little);
    const value = type === SHORT ? view.getUint16(at + 8, little) : type === LONG ? view.getUint32(at + 8, little) : 1;
    return value >= 1 && value <= 8 ? (value as Orientation) : 1;
  }
  return 1;
}

/** The first Exif segment before the picture's data. */
function orientationInJpeg(bytes: Uint8Array): Orientation {
  for (const { marker, contents } of jpegSegments(bytes)) {
    if (marker === 0xda) return 1;
    if (marker === 0xe1 && spells(contents, 0, EXIF)) return orientationInTiff(contents.subarray(EXIF.length));
  }
  return 1;
}

function orientationInPng(bytes: Uint8Array): Orientation {
  const view = viewOf(bytes);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    if (spells(bytes, at + 4, "eXIf")) return orientationInTiff(bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return 1;
}

/** The chunk of an extended file; some writers begin it as JPEG files do. */
function orientationInWebp(bytes: Uint8Array): Orientation {
  const view = viewOf(bytes);
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    const contents = bytes.subarray(at + 8, at + 8 + length);
    if (spells(bytes, at, "EXIF"))
      return orientationInTiff(spells(contents, 0, EXIF) ? contents.subarray(EXIF.length) : contents);
    at += 8 + length + (length % 2);
  }
  return 1;
}

/** Of the bytes of a PNG, JPEG or WebP file. */
export function orientationOf(bytes: Uint8Array): Orientation {
  if (bytes[0] === 0xff) return orientationInJpeg(bytes);
  return spells(bytes, 0, "RIFF") ? orientationInWebp(bytes) : orientationInPng(bytes);
}

/** True where height and width change places. */
export const isSideways = (orientation: Orientation): boolean => orientation >= 5;

/** The picture as a viewer shows it. */
export function upright(picture: Picture, orientation: Orientation): Picture {
  if (orientation === 1) return picture;
  const { width, height, channels, bytes } = picture;
  const sideways = isSideways(orientation);
  const [w, h] = sideways ? [height, width] : [width, height];
  // From the right or the bottom of what is stored.
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const fromBottom = [3, 4, 6, 7].includes(orientation);
  const made = new Uint8Array(bytes.length);
  for (let y = 0, into = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      const [u, v] = sideways ? [y, x] : [x, y];
      const from = ((fromBottom ? height - 1 - v : v) * width + (fromRight ? width - 1 - u : u)) * channels;
      for (let k = 0; k < channels; k++) made[into++] = bytes[from + k]!;
    }
  return { width: w, height: h, channels, bytes: made };
}
