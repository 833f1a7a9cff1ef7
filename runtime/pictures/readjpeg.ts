// In: the bytes of a JPEG file, baseline or progressive, in grey, colours or the four inks of print. Out: its picture in RGB, turned
// as it was stored. Invariant: the decoder is loaded with the first JPEG picture, so what reads none does not carry it; a picture of
// which any part is missing or wrong is an error.

import { DataError } from "../files/dataerror.ts";
import { Codec, type Heap } from "./codec.ts";
import { jpegSegments } from "./jpegsegments.ts";
import { AGAIN, componentsOf, storedSize } from "./kind.ts";
import type { Picture } from "./png.ts";

/** The functions of libjpeg-turbo's TurboJPEG. */
interface TurboJpeg extends Heap {
  tjInitDecompress(): number;
  tjDestroy(decoder: number): void;
  /** 0 where nothing was wrong. */
  tjDecompress2(
    decoder: number,
    from: number,
    length: number,
    to: number,
    width: number,
    pitch: number,
    height: number,
    format: number,
    flags: number,
  ): number;
}

/** Its numbers for the order of samples. */
const FORMATS = { rgb: 0, cmyk: 11 } as const;

const codec = new Codec<TurboJpeg>("@cwasm/jpeg-turbo/jpeg-turbo.wasm");

/** Most passes over the picture: progressive files have about ten, and each costs time whatever it holds. */
const SCANS = 100;

/** How often the two bytes of a marker stand in the file; within packed data they do not. */
function countOf(bytes: Uint8Array, marker: number): number {
  let count = 0;
  for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1)) if (bytes[at + 1] === marker) count++;
  return count;
}

/** DataError `data/truncated`, `data/corrupt-picture`, `data/too-large`, and those of a file that is no JPEG. */
export async function readJpeg(bytes: Uint8Array, path: string): Promise<Picture> {
  const size = storedSize(bytes, path);
  const scans = countOf(bytes, 0xda);
  if (scans > SCANS)
    throw new DataError("data/too-large", `${path} has ${scans} scans, more than the ${SCANS} that are read`, AGAIN);
  if (countOf(bytes, 0xd9) === 0) throw new DataError("data/truncated", `${path} ends before its picture does`, AGAIN);
  const isInks = componentsOf(bytes) === 4;
  const decoded = await decode(bytes, size, isInks ? "cmyk" : "rgb");
  if (!decoded.samples) throw refusal(decoded.said, path);
  const [height, width] = size;
  const colours = isInks ? overPaper(decoded.samples, !isOfAdobe(bytes)) : decoded.samples;
  return { width, height, channels: 3, bytes: colours };
}

interface Decoded {
  readonly samples?: Uint8Array;
  /** The library's message where there are none. */
  readonly said?: string | undefined;
}

async function decode(
  bytes: Uint8Array,
  [height, width]: readonly [number, number],
  format: keyof typeof FORMATS,
): Promise<Decoded> {
  const pitch = width * (format === "cmyk" ? 4 : 3);
  let said: (() => string | undefined) | undefined;
  const samples = await codec.use(bytes, (library, from) => {
    said = messageIn(library);
    const decoder = library.tjInitDecompress();
    const to = library.malloc(pitch * height);
    if (decoder === 0 || to === 0) return undefined;
    const status = library.tjDecompress2(decoder, from, bytes.length, to, width, pitch, height, FORMATS[format], 0);
    if (status !== 0 && !HARMLESS.test(said() ?? "")) return undefined;
    const found = new Uint8Array(library.memory.buffer, to, pitch * height).slice();
    library.tjDestroy(decoder);
    library.free(to);
    return found;
  });
  return samples ? { samples } : { said: said?.() };
}

/** The picture is whole: cameras and editors leave such bytes behind it. */
const HARMLESS = /extraneous bytes before marker 0xd9/;

const NOTHING = "No error";

/** Reads the library's message of an error: before the first one, the place of the message says that there is none. */
function messageIn({ memory }: TurboJpeg): () => string | undefined {
  const start = new Uint8Array(memory.buffer);
  const places: number[] = [];
  for (let at = start.indexOf(NOTHING.charCodeAt(0)); at >= 0; at = start.indexOf(NOTHING.charCodeAt(0), at + 1))
    if (textAt(start, at) === NOTHING) places.push(at);
  return () => {
    const now = new Uint8Array(memory.buffer);
    return places.map((at) => textAt(now, at)).find((text) => text !== NOTHING);
  };
}

/** A text of C, as far as it is printable. */
function textAt(memory: Uint8Array, at: number): string {
  const most = memory.subarray(at, at + 200);
  const end = most.findIndex((byte) => byte < 32 || byte > 126);
  return String.fromCharCode(...most.subarray(0, end < 0 ? most.length : end));
}

/** The error for a file that the library complains about. */
function refusal(said: string | undefined, path: string): DataError {
  if (said && /premature end/i.test(said))
    return new DataError("data/truncated", `${path} ends before its picture does`, AGAIN);
  if (said && /^Unsupported|not supported|^Sorry/.test(said))
    return new DataError(
      "data/corrupt-picture",
      `${path} is a kind of JPEG file that is not read: ${said}`,
      "save it as an ordinary JPEG file or as PNG",
    );
  const why = said?.replace(/^Corrupt JPEG data: /, "") || "its data cannot be decoded";
  return new DataError("data/corrupt-picture", `${path} is a damaged JPEG file: ${why}`, AGAIN);
}

// ---------------------------------------------------------------- inks

/** Whether a program of Adobe's kind wrote the file: these store inks turned round. */
function isOfAdobe(bytes: Uint8Array): boolean {
  for (const { marker, contents } of jpegSegments(bytes))
    if (marker === 0xee && String.fromCharCode(...contents.subarray(0, 5)) === "Adobe") return true;
  return false;
}

/** Red, green and blue of light from white paper through cyan, magenta, yellow and black, without a colour profile. */
function overPaper(inks: Uint8Array, areInks: boolean): Uint8Array {
  const made = new Uint8Array((inks.length / 4) * 3);
  const passed = (ink = 0): number => (areInks ? 255 - ink : ink);
  for (let point = 0; 4 * point < inks.length; point++)
    for (let k = 0; k < 3; k++)
      made[3 * point + k] = Math.round((passed(inks[4 * point + k]) * passed(inks[4 * point + 3])) / 255);
  return made;
}
