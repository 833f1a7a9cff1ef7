// In: a file of tensors. Out: the same with a digest of each tensor and of its header in the metadata, or that both still hold.
// Invariant: no bit of a file with digests can change without being found. Files without any, of earlier versions, have nothing to hold.

import { crc32, showCrc } from "../files/crc32.ts";
import { readSafetensors, type SafetensorsFile, writeSafetensors } from "./safetensors.ts";
import type { Tensor } from "./tensor.ts";
import { WeightsError } from "./weightserror.ts";

/** Metadata: the CRC-32 of each tensor's bytes, and that of all bytes before the data, its own digits taken as zeros. */
const TENSORS = "crc32";
const HEADER = "header_crc32";
const OPEN = "00000000";
const PREFIX = 8;
/** The prefix of keys in the header. */
const QUOTE = '"'.charCodeAt(0);

const bytesOf = ({ values }: Tensor): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

export function writeWithDigests({ tensors, metadata }: SafetensorsFile): Uint8Array {
  const digests = [...tensors].map(([name, t]) => [name, showCrc(crc32(bytesOf(t)))]);
  const all = new Map([...metadata, [TENSORS, JSON.stringify(Object.fromEntries(digests))], [HEADER, OPEN]]);
  const bytes = writeSafetensors({ tensors, metadata: all });
  const header = headerOf(bytes);
  const digits = header && digitsIn(header);
  if (!digits) throw new Error("the header that was written has no place for its digest");
  digits.set(new TextEncoder().encode(showCrc(crc32(header))));
  return bytes;
}

/** As `readSafetensors`; WeightsError `weights/damaged` where something in the file is not what was written. */
export function readWithDigests(bytes: Uint8Array, path: string): SafetensorsFile {
  checkHeader(bytes, path);
  const file = readSafetensors(bytes, path);
  const { [TENSORS]: digests, [HEADER]: header } = Object.fromEntries(file.metadata);
  if (digests === undefined && header === undefined) return file;
  if (digests === undefined || header === undefined) throw damaged(path, "its header is not what was saved");
  const written = new Map<string, unknown>(Object.entries(JSON.parse(digests)));
  for (const [name, tensor] of file.tensors) {
    const found = showCrc(crc32(bytesOf(tensor)));
    if (written.get(name) !== found)
      throw damaged(path, `tensor ${JSON.stringify(name)} is not what was saved (its CRC-32 is ${found})`);
  }
  return file;
}

function damaged(path: string, what: string): WeightsError {
  return new WeightsError("weights/damaged", `${path} is damaged: ${what}`, "copy the file again, or use another one");
}

/** Before the header is parsed: what is wrong with its text is then said as what it is. */
function checkHeader(bytes: Uint8Array, path: string): void {
  const header = headerOf(bytes)?.slice();
  const digits = header && digitsIn(header);
  if (!digits) return;
  const written = new TextDecoder().decode(digits);
  digits.set(new TextEncoder().encode(OPEN));
  if (showCrc(crc32(header)) !== written) throw damaged(path, "its header is not what was saved");
}

/** All bytes before the data; undefined where the file is too short for what it says. */
function headerOf(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < PREFIX) return undefined;
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, PREFIX).getBigUint64(0, true));
  return PREFIX + length <= bytes.length ? bytes.subarray(0, PREFIX + length) : undefined;
}

/** Where the header's own digest stands. Inside of any string the quotes of this would be escaped. */
function digitsIn(header: Uint8Array): Uint8Array | undefined {
  const key = new TextEncoder().encode(`"${HEADER}":"`);
  for (let at = header.indexOf(QUOTE); at >= 0; at = header.indexOf(QUOTE, at + 1))
    if (key.every((byte, i) => header[at + i] === byte)) {
      const digits = header.subarray(at + key.length, at + key.length + OPEN.length);
      return digits.length === OPEN.length ? digits : undefined;
    }
  return undefined;
}
