// In: the first bytes of a picture file. Out: whether it is a PNG or a JPEG file, and its size; nothing is decoded.
// Invariant: the bytes of a file say what it is; a name that says otherwise is an error.

import { DataError } from "../files/dataerror.ts";
import { refuseWebPage } from "../files/decode.ts";
import { isSideways, orientationOf } from "./orientation.ts";

export type PictureKind = "PNG" | "JPEG";

/** Most points a picture may have. */
export const POINT_LIMIT = 2 ** 26;

const PNG = [137, 80, 78, 71, 13, 10, 26, 10];
const JPEG = [0xff, 0xd8, 0xff];

const ENDINGS: Readonly<Record<string, PictureKind>> = {
  png: "PNG",
  jpg: "JPEG",
  jpeg: "JPEG",
  jpe: "JPEG",
  jfif: "JPEG",
};
/** Formats that are recognised by their names in order to be refused. */
const OTHERS = new Set([
  "gif",
  "bmp",
  "webp",
  "tif",
  "tiff",
  "avif",
  "heic",
  "jp2",
  "jxl",
  "ppm",
  "pgm",
  "pbm",
  "svg",
  "ico",
  "tga",
  "psd",
  "dng",
  "heif",
]);

const endingOf = (path: string): string => (/\.([a-z0-9]+)$/i.exec(path)?.[1] ?? "").toLowerCase();

/** True for the name of any kind of picture, read or not. */
export function isPictureName(path: string): boolean {
  return ENDINGS[endingOf(path)] !== undefined || OTHERS.has(endingOf(path));
}

const startsWith = (bytes: Uint8Array, start: readonly number[]): boolean =>
  start.every((byte, i) => bytes[i] === byte);

/**
 * The kind of a file, by its first bytes. DataError `data/empty-file`, `data/web-page`, `data/not-a-picture`, and
 * `data/picture-name` where the name says another kind.
 */
export function kindOf(bytes: Uint8Array, path: string): PictureKind {
  refuseWebPage(bytes, path, "a picture");
  const kind = startsWith(bytes, PNG) ? "PNG" : startsWith(bytes, JPEG) ? "JPEG" : undefined;
  if (!kind) {
    const start = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const message = `${path} is neither a PNG nor a JPEG file: it starts with ${start}`;
    throw new DataError("data/not-a-picture", message, "save it as PNG or JPEG, or remove it");
  }
  const named = ENDINGS[endingOf(path)];
  if (named === undefined || named === kind) return kind;
  const message = `${path} is a ${kind} file, though its name says ${named}`;
  throw new DataError(
    "data/picture-name",
    message,
    `rename it to ${path.replace(/\w+$/, kind === "PNG" ? "png" : "jpg")}`,
  );
}

/** [height, width] of the upright picture. DataErrors of `storedSize`. */
export function sizeOf(bytes: Uint8Array, path: string): readonly [number, number] {
  const [height, width] = storedSize(bytes, path);
  return isSideways(orientationOf(bytes)) ? [width, height] : [height, width];
}

/** [height, width] as stored. DataErrors of `kindOf`, `data/truncated`, `data/corrupt-picture`, `data/too-large`. */
export function storedSize(bytes: Uint8Array, path: string): readonly [number, number] {
  const at = kindOf(bytes, path) === "PNG" ? 16 : jpegFrame(bytes) + 5;
  if (!(at + 8 <= bytes.length)) throw new DataError("data/truncated", `${path} ends inside its header`, AGAIN);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [a, b] =
    bytes[0] === PNG[0] ? [view.getUint32(at + 4), view.getUint32(at)] : [view.getUint16(at), view.getUint16(at + 2)];
  if (a === 0 || b === 0) throw new DataError("data/corrupt-picture", `${path} says that it is ${a}x${b}`, AGAIN);
  if (a * b <= POINT_LIMIT) return [a, b];
  throw new DataError("data/too-large", `${path} is ${a}x${b}, more than the ${POINT_LIMIT} points a picture may have`);
}

/** The hint for a damaged picture. */
export const AGAIN = "save or download it again";

/** Where the segment begins that holds a JPEG picture's size; NaN where the file ends before it. */
function jpegFrame(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return Number.NaN;
    const marker = view.getUint8(at + 1);
    // Fill bytes stand alone; C4, C8 and CC are tables among the frame headers.
    if (marker === 0xff) at++;
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) return at;
    else at += 2 + view.getUint16(at + 2);
  }
  return Number.NaN;
}
