// The checksum of gzip, zip, PNG and checkpoints: the standard's check value, and the definition bit by bit at any length and place.

import { expect, test } from "vitest";
import { crc32, crcByTable, showCrc } from "../../runtime/files/crc32.ts";

/** Division by the polynomial, one bit after the other. */
function bitByBit(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
  }
  return ~rest >>> 0;
}

test("is that of the standard", () => {
  const digits = new TextEncoder().encode("123456789");
  for (const crc of [crc32, crcByTable]) {
    expect(crc(digits)).toBe(0xcbf43926);
    expect(crc(digits.subarray(4), crc(digits.subarray(0, 4)))).toBe(0xcbf43926);
  }
  expect([crc32(new Uint8Array()), showCrc(0), showCrc(0xcbf43926)]).toEqual([0, "00000000", "cbf43926"]);
});

test("does not depend on where the bytes lie or how many are taken at once", () => {
  const many = Uint8Array.from({ length: 64 }, (_, i) => (i * 89 + 7) & 255);
  for (let from = 0; from < 9; from++)
    for (let to = from; to <= 64; to++) {
      const part = many.subarray(from, to);
      expect([from, to, crc32(part), crcByTable(part)]).toEqual([from, to, bitByBit(part), bitByBit(part)]);
    }
});
