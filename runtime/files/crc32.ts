// In: bytes. Out: their CRC-32 as gzip and zip keep it (ITU-T V.42: polynomial 0x04c11db7, reflected, inverted).
// Node has it in its own library, several times faster. Invariant: equals the check value 0xcbf43926 for the nine bytes "123456789". Any change of up to 32 neighbouring bits changes it.

const REFLECTED = 0xedb88320;

function advance(rest: number): number {
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ REFLECTED : rest >>> 1;
  return rest;
}

/** The effect of a byte on the remainder when 0 to 7 bytes follow it: eight are taken at once. */
const [T0, T1, T2, T3, T4, T5, T6, T7] = tables() as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

function tables(): Int32Array[] {
  const one = Int32Array.from({ length: 256 }, (_, byte) => advance(byte));
  const made = [one];
  for (let last = one; made.length < 8; made.push(last)) last = last.map((rest) => (rest >>> 8) ^ one[rest & 255]!);
  return made;
}

/** `before` is the CRC of what came before these bytes. */
export const crc32 = (bytes: Uint8Array, before = 0): number =>
  globalThis.process?.getBuiltinModule?.("node:zlib").crc32?.(bytes, before) ?? crcByTable(bytes, before);

/** The same in plain JavaScript. */
export function crcByTable(bytes: Uint8Array, before = 0): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const whole = bytes.length & ~7;
  let rest = ~before;
  let at = 0;
  for (; at < whole; at += 8) {
    const a = rest ^ view.getInt32(at, true);
    const b = view.getInt32(at + 4, true);
    rest =
      T7[a & 255]! ^
      T6[(a >>> 8) & 255]! ^
      T5[(a >>> 16) & 255]! ^
      T4[a >>> 24]! ^
      T3[b & 255]! ^
      T2[(b >>> 8) & 255]! ^
      T1[(b >>> 16) & 255]! ^
      T0[b >>> 24]!;
  }
  for (; at < bytes.length; at++) rest = T0[(rest ^ bytes[at]!) & 255]! ^ (rest >>> 8);
  return ~rest >>> 0;
}

/** A CRC-32 as it is written: eight digits. */
export const showCrc = (crc: number): string => crc.toString(16).padStart(8, "0");
