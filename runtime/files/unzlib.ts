// In: zlib data (RFC 1950), in parts, and how many bytes it holds. Out: exactly these, or why not. Node unpacks with its own library,
// several times faster; elsewhere fflate does. Invariant: both take the same data, whose check sum agrees, and give the same bytes;
// no more memory is taken than the bytes that are asked for and a few MiB.

import { Unzlib, unzlibSync } from "fflate";

/** Why data is not the bytes that were asked for. */
export type Misfit = "fewer" | "more" | "damaged";

/** Most bytes that one compressed byte can stand for. */
const EXPANDS = 1032;

/** Two bytes of header, a block of no bytes and a check sum. */
const SHORTEST = 8;

/** The function of the library of Node that unpacks. */
interface ZlibOfNode {
  inflateSync(packed: Uint8Array, options: { chunkSize: number; maxOutputLength: number }): Uint8Array;
}

const nodeZlib = (): ZlibOfNode | undefined => globalThis.process?.getBuiltinModule?.("node:zlib");

/** `zlib`: the library of Node, or null for none. */
export function unzlib(
  parts: readonly Uint8Array[],
  length: number,
  zlib: ZlibOfNode | null = nodeZlib() ?? null,
): Uint8Array | Misfit {
  const packed = parts.length === 1 ? parts[0]! : joined(parts);
  if (packed.length < SHORTEST || packed.length * EXPANDS < length) return "fewer";
  const found = zlib ? byNode(packed, length, zlib) : byScript(packed, length);
  if (typeof found === "string") return found;
  return found.length < length ? "fewer" : found;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The least and the most that Node unpacks at once. */
const [FEWEST, MOST] = [64, 2 ** 20];

function byNode(packed: Uint8Array, length: number, zlib: ZlibOfNode): Uint8Array | Misfit {
  try {
    const chunkSize = Math.min(MOST, Math.max(FEWEST, length + 1));
    return zlib.inflateSync(packed, { chunkSize, maxOutputLength: Math.max(1, length) });
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    return code === "ERR_BUFFER_TOO_LARGE" ? "more" : code === "Z_BUF_ERROR" ? "fewer" : "damaged";
  }
}

// ---------------------------------------------------------------- without Node

/** Most compressed bytes that are unpacked at once, into the place that they may take. */
const SMALL = 2 ** 14;
/** Compressed bytes that a stream takes at once, whatever they expand to. */
const PUSH = 2 ** 12;

function byScript(packed: Uint8Array, length: number): Uint8Array | Misfit {
  const found = packed.length <= SMALL ? small(packed, length) : large(packed, length);
  if (typeof found === "string" || found.length < length) return found;
  return endsWithSum(packed, adler32(found)) ? found : "damaged";
}

/** Whether a sum stands behind the data: there may be bytes behind it that say nothing. */
function endsWithSum(packed: Uint8Array, sum: number): boolean {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length);
  for (let at = packed.length - 4; at > 0; at--) if (view.getUint32(at) === sum) return true;
  return false;
}

const LARGEST_PRIME = 65521;
/** Bytes after which the sums still fit 32 bits. */
const SAFE = 5552;

function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (let at = 0; at < bytes.length; ) {
    for (const end = Math.min(bytes.length, at + SAFE); at < end; at++) b += a += bytes[at]!;
    [a, b] = [a % LARGEST_PRIME, b % LARGEST_PRIME];
  }
  return ((b << 16) | a) >>> 0;
}

/** A stream takes some time to be set up, more than a small picture takes. */
function small(packed: Uint8Array, length: number): Uint8Array | Misfit {
  try {
    // One byte more shows that there is more.
    const found = unzlibSync(packed, { out: new Uint8Array(length + 1) });
    return found.length > length ? "more" : found;
  } catch (error) {
    return error instanceof RangeError ? "more" : misfitOf(error);
  }
}

function large(packed: Uint8Array, length: number): Uint8Array | Misfit {
  const whole = new Uint8Array(length);
  let at = 0;
  const stream = new Unzlib((part) => {
    if (at + part.length > length) throw new RangeError("more");
    whole.set(part, at);
    at += part.length;
  });
  try {
    for (let from = 0; from < packed.length; from += PUSH) stream.push(packed.slice(from, from + PUSH));
  } catch (error) {
    return error instanceof RangeError ? "more" : misfitOf(error);
  }
  return whole.subarray(0, at);
}

const misfitOf = (error: unknown): Misfit => (/unexpected EOF/.test(String(error)) ? "fewer" : "damaged");
