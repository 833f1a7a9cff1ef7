// In: bytes. Out: their CRC-32 as gzip and zip keep it (ITU-T V.42: polynomial 0x04c11db7, reflected, inverted).
// Invariant: equals the check value 0xcbf43926 for the nine bytes "123456789".

const REFLECTED = 0xedb88320;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ REFLECTED : rest >>> 1;
  return rest;
});

export function crc32(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (let index = 0; index < bytes.length; index++) rest = TABLE[(rest ^ bytes[index]) & 255] ^ (rest >>> 8);
  return ~rest >>> 0;
}
