// In: the first bytes of a picture file. Out: whether it is a PNG, JPEG or WebP file, and its size; nothing is decoded.
// Invariant: the bytes of a file say what it is; a name that says otherwise is an error.

import { DataError } from "../files/dataerror.ts";
import { refuseWebPage } from "../files/decode.ts";
import { jpegSegments, spells, viewOf } from "./jpegsegments.ts";
import { isSideways, orientationOf } from "./orientation.ts";

export type PictureKind = "PNG" | "JPEG" | "WebP";

/** Most points a picture may have. */
const POINT_LIMIT = 2 ** 26;

const PNG = [137, 80, 78, 71, 13, 10, 26, 10];
const JPEG = [0xff, 0xd8, 0xff];
const [RIFF, WEBP] = ["RIFF", "WEBP"];

/** How names of each kind end, the usual ending first. */
const ENDINGS: Readonly<Record<PictureKind, readonly [usual: string, ...others: string[]]>> = {
  PNG: ["png"],
  JPEG: ["jpg", "jpeg", "jpe", "jfif"],
  WebP: ["webp"],
};
const KIND_BY_ENDING: ReadonlyMap<string, PictureKind> = new Map(
  Object.entries(ENDINGS).flatMap(([kind, endings]) => endings.map((ending) => [ending, kind as PictureKind])),
);

/** The usual endings, as messages list them. */
export const PICTURE_ENDINGS: readonly string[] = Object.values(ENDINGS).map(([usual]) => `.${usual}`);

/** `PNG, JPEG or WebP`: what a sentence lists. */
const anyOf = (words: readonly string[]): string => words.join(", ").replace(/, ([^,]*)$/, " or $1");

/** `.png, .jpg or .webp` */
export const ANY_PICTURE_ENDING = anyOf(PICTURE_ENDINGS);

/** Formats that are recognised by their names in order to be refused. */
const OTHERS = new Set([
  "gif",
  "bmp",
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
  return KIND_BY_ENDING.has(endingOf(path)) || OTHERS.has(endingOf(path));
}

const startsWith = (bytes: Uint8Array, start: readonly number[]): boolean =>
  start.every((byte, i) => bytes[i] === byte);

function kindByStart(bytes: Uint8Array): PictureKind | undefined {
  if (startsWith(bytes, PNG)) return "PNG";
  if (startsWith(bytes, JPEG)) return "JPEG";
  return spells(bytes, 0, RIFF) && spells(bytes, 8, WEBP) ? "WebP" : undefined;
}

/** Whether bytes begin as a picture file of any kind that is read. */
export const isPictureFile = (bytes: Uint8Array): boolean => kindByStart(bytes) !== undefined;

/**
 * The kind of a file, by its first bytes. DataError `data/empty-file`, `data/web-page`, `data/not-a-picture`, and
 * `data/picture-name` where the name says another kind.
 */
export function kindOf(bytes: Uint8Array, path: string): PictureKind {
  const kind = kindByStart(bytes);
  if (!kind) {
    refuseWebPage(bytes, path, "a picture");
    const start = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const message = `${path} is no ${anyOf(Object.keys(ENDINGS))} file: it starts with ${start}`;
    throw new DataError("data/not-a-picture", message, "save it as PNG or JPEG, or remove it");
  }
  const named = KIND_BY_ENDING.get(endingOf(path));
  if (named === undefined || named === kind) return kind;
  const message = `${path} is a ${kind} file, though its name says ${named}`;
  throw new DataError("data/picture-name", message, `rename it to ${path.replace(/\w+$/, ENDINGS[kind][0])}`);
}

/** [height, width] of the upright picture. DataErrors of `storedSize`. */
export function sizeOf(bytes: Uint8Array, path: string): readonly [number, number] {
  const [height, width] = storedSize(bytes, path);
  return isSideways(orientationOf(bytes)) ? [width, height] : [height, width];
}

/** [height, width] as stored. DataErrors of `kindOf`, `data/truncated`, `data/corrupt-picture`, `data/too-large`. */
export function storedSize(bytes: Uint8Array, path: string): readonly [number, number] {
  const size = SIZES[kindOf(bytes, path)](bytes, path);
  if (!size) throw new DataError("data/truncated", `${path} ends inside its header`, AGAIN);
  const [a, b] = size;
  if (a === 0 || b === 0) throw new DataError("data/corrupt-picture", `${path} says that it is ${a}x${b}`, AGAIN);
  if (a * b <= POINT_LIMIT) return [a, b];
  throw new DataError("data/too-large", `${path} is ${a}x${b}, more than the ${POINT_LIMIT} points a picture may have`);
}

/** How each kind says its [height, width]; undefined where the file ends before that. */
const SIZES: Readonly<Record<PictureKind, (bytes: Uint8Array, path: string) => readonly [number, number] | undefined>> =
  {
    PNG: (bytes) => (bytes.length < 24 ? undefined : [viewOf(bytes).getUint32(20), viewOf(bytes).getUint32(16)]),
    JPEG(bytes) {
      const at = jpegFrame(bytes) + 5;
      return at + 8 <= bytes.length ? [viewOf(bytes).getUint16(at), viewOf(bytes).getUint16(at + 2)] : undefined;
    },
    WebP: webpSize,
  };

/** The hint for a damaged picture. */
export const AGAIN = "save or download it again";

/** Where the segment begins that holds a JPEG picture's size; NaN where the file ends before it. */
function jpegFrame(bytes: Uint8Array): number {
  // C4, C8 and CC are tables among the frame headers.
  for (const { marker, at } of jpegSegments(bytes))
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) return at;
  return Number.NaN;
}

/** How many components a JPEG picture has: 1 of grey, 3 of colours, 4 of inks. */
export const componentsOf = (bytes: Uint8Array): number | undefined => bytes[jpegFrame(bytes) + 9];

// ---------------------------------------------------------------- WebP (RFC 9649)

/** The flag of moving pictures among those of an extended file. */
const MOVES = 2;

/** DataError `data/corrupt-picture` of moving pictures, and of what is no picture. */
function webpSize(bytes: Uint8Array, path: string): readonly [number, number] | undefined {
  if (bytes.length < 30) return undefined;
  const view = viewOf(bytes);
  if (spells(bytes, 12, "VP8X")) {
    if ((view.getUint8(20) & MOVES) !== 0)
      throw new DataError("data/corrupt-picture", `${path} is a moving picture`, "save one of its pictures as PNG");
    const three = (at: number): number => view.getUint16(at, true) + 65536 * view.getUint8(at + 2) + 1;
    return [three(27), three(24)];
  }
  if (spells(bytes, 12, "VP8L")) {
    const sizes = view.getUint32(21, true);
    return [((sizes >>> 14) & 0x3fff) + 1, (sizes & 0x3fff) + 1];
  }
  if (spells(bytes, 12, "VP8 ")) return [view.getUint16(28, true) & 0x3fff, view.getUint16(26, true) & 0x3fff];
  throw new DataError(
    "data/corrupt-picture",
    `${path} is a damaged WebP file: it does not begin with a picture`,
    AGAIN,
  );
}
