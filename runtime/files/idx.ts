// In: the bytes of an idx or idx.gz file of unsigned bytes. Out: its sizes and values.
// Invariant: the values are exactly as many as the sizes say. Format: http://yann.lecun.com/exdb/mnist, section FILE FORMATS.

import { DataError } from "./dataerror.ts";
import { refuseWebPage } from "./decode.ts";
import { gunzip, gunzipHead, isGzip } from "./gzip.ts";

export interface Idx {
  readonly count: number;
  /** The shape of one item: [] or [rows, columns]. */
  readonly inner: readonly number[];
  readonly values: Uint8Array;
}

/** Most bytes an idx file may hold once decompressed. */
const IDX_LIMIT = 2 ** 30;

const UNSIGNED_BYTE = 0x08;
const TYPES: Readonly<Record<number, string>> = {
  9: "signed bytes",
  11: "16-bit integers",
  12: "32-bit integers",
  13: "floats",
  14: "doubles",
};

function checkMagic(head: Uint8Array, path: string, rank: number): void {
  const magic = [...head.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const [first, second, type, dimensions] = head;
  if (type === undefined || dimensions === undefined || first !== 0 || second !== 0) {
    const message = `${path} is not an idx file: it starts with ${magic || "nothing"}, not with 00 00 08 0${rank}`;
    throw new DataError("data/not-idx", message);
  }
  if (type !== UNSIGNED_BYTE) {
    const held = TYPES[type] ?? `type ${type}`;
    throw new DataError("data/not-idx", `${path} holds ${held}, but unsigned bytes were expected (magic ${magic})`);
  }
  if (dimensions !== rank) {
    const hint = rank === 3 ? "are these the labels?" : "are these the images?";
    const message = `${path} has ${dimensions} dimensions, but ${rank} were expected (magic ${magic})`;
    throw new DataError("data/not-idx", message, hint);
  }
}

function readShape(head: Uint8Array, path: string, rank: number): number[] {
  checkMagic(head, path, rank);
  if (head.length < 4 + 4 * rank) throw new DataError("data/truncated", `${path} ends inside its header`);
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  if (shape.includes(0)) throw new DataError("data/not-idx", `${path} has sizes ${shape.join(" x ")}: nothing in it`);
  const bytes = shape.reduce((product, size) => product * size, 1);
  if (bytes > IDX_LIMIT) {
    const message = `${path} claims ${shape.join(" x ")} bytes, more than the ${IDX_LIMIT} that are read`;
    throw new DataError("data/too-large", message);
  }
  return shape;
}

function overlong(path: string, shape: readonly number[]): DataError {
  const message = `${path} holds more data than its header says (${shape.join(" x ")})`;
  return new DataError("data/idx-count", message, "the header is damaged: download the file again");
}

/** Everything in the file; unpacking stops at the length that the header gives. */
function unpack(bytes: Uint8Array, path: string, shape: readonly number[], length: number): Uint8Array {
  try {
    return isGzip(bytes) ? gunzip(bytes, path, length) : bytes;
  } catch (error) {
    throw error instanceof DataError && error.code === "data/too-large" ? overlong(path, shape) : error;
  }
}

/**
 * Reads an idx file of unsigned bytes with `rank` dimensions; gzip is recognised by its first bytes.
 * DataError `data/not-idx`, `data/truncated`, `data/idx-count` (more data than the header says), `data/too-large`,
 * `data/web-page`, `data/empty-file`, `data/corrupt-gzip`.
 */
export function readIdx(bytes: Uint8Array, path: string, rank: number): Idx {
  refuseWebPage(bytes, path, "an idx file");
  const headLength = 4 + 4 * rank;
  const head = isGzip(bytes) ? gunzipHead(bytes, path, headLength) : bytes.subarray(0, headLength);
  const shape = readShape(head, path, rank);
  const [count = 0, ...inner] = shape;
  const wanted = shape.reduce((product, size) => product * size, 1);
  const all = unpack(bytes, path, shape, headLength + wanted);
  if (all.length > headLength + wanted) throw overlong(path, shape);
  if (all.length < headLength + wanted) {
    const whole = Math.floor((all.length - headLength) / (wanted / count));
    const message = `${path} ends after ${whole} of the ${count} items its header announces`;
    throw new DataError("data/truncated", message, "download the file again");
  }
  return { count, inner, values: all.subarray(headLength) };
}
