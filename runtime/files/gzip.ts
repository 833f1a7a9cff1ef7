// In: the bytes of a gzip file with one member (RFC 1952). Out: what it holds, checked against its CRC and length.
// Invariant: memory stays below the limit that the caller gives, whatever the file claims or expands to.

import { Inflate } from "fflate";
import { crc32 } from "./crc32.ts";
import { DataError } from "./dataerror.ts";

const TRAILER = 8;
/** Compressed bytes per push: deflate expands at most 1032 times, so one push gives at most 16 MiB. */
const PUSH = 2 ** 14;

export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function truncated(path: string): DataError {
  return new DataError("data/truncated", `${path} ends in the middle of its gzip data`, "download the file again");
}

function afterZero(bytes: Uint8Array, from: number): number {
  const zero = bytes.indexOf(0, from);
  return zero < 0 ? bytes.length : zero + 1;
}

/** Index of the first byte of deflate data: ten fixed bytes, then what the flags announce. */
function headerLength(bytes: Uint8Array, path: string): number {
  if (bytes.length < 10 + TRAILER) throw truncated(path);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const flags = view.getUint8(3);
  if (bytes[2] !== 8 || flags > 31) {
    throw new DataError("data/corrupt-gzip", `${path} has a damaged gzip header`, "download the file again");
  }
  let at = 10;
  if (flags & 4) at += 2 + view.getUint16(at, true);
  if (flags & 8) at = afterZero(bytes, at);
  if (flags & 16) at = afterZero(bytes, at);
  if (flags & 2) at += 2;
  if (at + TRAILER > bytes.length) throw truncated(path);
  return at;
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part.subarray(0, length - at), at);
    at += Math.min(part.length, length - at);
  }
  return whole;
}

/** Inflates until `enough` bytes are there or the input ends; may give somewhat more than `enough`. */
function inflateUpTo(bytes: Uint8Array, path: string, enough: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  const stream = new Inflate((part) => {
    parts.push(part);
    length += part.length;
  });
  const end = bytes.length - TRAILER;
  try {
    for (let at = headerLength(bytes, path); at < end && length < enough; at += PUSH) {
      const stop = Math.min(at + PUSH, end);
      stream.push(bytes.slice(at, stop), stop === end);
    }
  } catch (error) {
    if (error instanceof DataError) throw error;
    if (/unexpected EOF/.test(String(error))) throw truncated(path);
    throw new DataError("data/corrupt-gzip", `${path} has damaged gzip data: ${error}`, "download the file again");
  }
  return join(parts, length);
}

/** The first `count` bytes of the contents (fewer when there are not so many); the checksum is not looked at. */
export function gunzipHead(bytes: Uint8Array, path: string, count: number): Uint8Array {
  return inflateUpTo(bytes, path, count).subarray(0, count);
}

/**
 * The whole contents, at most `limit` bytes.
 * DataError `data/truncated`, `data/corrupt-gzip` (checksum or length disagree), `data/too-large`.
 */
export function gunzip(bytes: Uint8Array, path: string, limit: number): Uint8Array {
  const contents = inflateUpTo(bytes, path, limit + 1);
  if (contents.length > limit) {
    throw new DataError("data/too-large", `${path} expands to more than the ${limit} bytes it may hold`);
  }
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - TRAILER, TRAILER);
  const whole = trailer.getUint32(4, true) === contents.length % 2 ** 32;
  if (whole && trailer.getUint32(0, true) === crc32(contents)) return contents;
  const message = `${path} is damaged or incomplete: its gzip ${whole ? "checksum" : "length"} does not agree`;
  throw new DataError("data/corrupt-gzip", message, "download the file again");
}
