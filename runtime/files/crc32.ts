// In: bytes. Out: their CRC-32 as gzip and zip keep it (ITU-T V.42: polynomial 0x04c11db7, reflected, inverted).
// Node has it in its own library, many times faster. Invariant: equals the check value 0xcbf43926 for the nine bytes "123456789".
// Any change of up to 32 neighbouring bits changes it.

const REFLECTED = 0xedb88320;

function advance(rest: number): number {
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ REFLECTED : rest >>> 1;
  return rest;
}

/** The effect of a byte on the remainder. */
const EFFECTS = Int32Array.from({ length: 256 }, (_, byte) => advance(byte));

/** `before` is the CRC of what came before these bytes. */
export const crc32 = (bytes: Uint8Array, before = 0): number =>
  globalThis.process?.getBuiltinModule?.("node:zlib").crc32?.(bytes, before) ?? crcByTable(bytes, before);

/** The same in plain JavaScript. */
export function crcByTable(bytes: Uint8Array, before = 0): number {
  let rest = ~before;
  for (let at = 0; at < bytes.length; at++) rest = EFFECTS[(rest ^ bytes[at]!) & 255]! ^ (rest >>> 8);
  return ~rest >>> 0;
}

/** A CRC-32 as it is written: eight digits. */
export const showCrc = (crc: number): string => crc.toString(16).padStart(8, "0");
