// Proves that zlib data is unpacked alike with Node's library and without it: the same bytes, and the same refusals.

import nodeZlib from "node:zlib";
import { zlibSync } from "fflate";
import { expect, test } from "vitest";
import { unzlib } from "../../runtime/files/unzlib.ts";

// `null` is no library; `undefined` would be that of the machine.
const both = (parts: readonly Uint8Array[], length: number) => [
  unzlib(parts, length, nodeZlib),
  unzlib(parts, length, null),
];
const bytesOf = (found: unknown) => (found instanceof Uint8Array ? [...found] : found);

/** Bytes that pack to more than one push of a stream, and few that repeat. */
const noise = (length: number) => Uint8Array.from({ length }, (_, i) => (Math.imul(i, 2654435761) >>> 13) & 255);
const SAMPLES = [new Uint8Array(1), new Uint8Array(5000), noise(300), noise(100_000)];

test("data in one part or in many comes as it was, large or small", () => {
  for (const sample of SAMPLES)
    for (const packed of [
      zlibSync(sample),
      zlibSync(sample, { level: 0 }),
      new Uint8Array(nodeZlib.deflateSync(sample)),
    ]) {
      const third = Math.ceil(packed.length / 3);
      const parts = [packed.subarray(0, third), packed.subarray(third, 2 * third), packed.subarray(2 * third)];
      for (const found of [...both([packed], sample.length), ...both(parts, sample.length)])
        expect(Buffer.compare(found as Uint8Array, sample)).toBe(0);
    }
});

test("bytes behind the check sum say nothing", () => {
  for (const sample of SAMPLES) {
    const packed = zlibSync(sample);
    for (const found of both([packed, Uint8Array.of(1, 2, 3, 4, 5)], sample.length))
      expect(Buffer.compare(found as Uint8Array, sample)).toBe(0);
  }
});

test("data that holds more or fewer bytes, that ends early, or whose check sum differs is refused", () => {
  for (const sample of SAMPLES) {
    const packed = zlibSync(sample);
    expect(both([packed], sample.length + 1)).toEqual(["fewer", "fewer"]);
    if (sample.length > 1) expect(both([packed], sample.length - 1)).toEqual(["more", "more"]);
    for (const cut of [0, 1, 2, 5, packed.length >> 1, packed.length - 5, packed.length - 1])
      for (const found of both([packed.subarray(0, cut)], sample.length)) expect(["fewer", "damaged"]).toContain(found);
    const other = packed.slice();
    other[packed.length - 1]! ^= 1;
    expect(both([other], sample.length)).toEqual(["damaged", "damaged"]);
  }
});

test("a bit flipped anywhere is found by both, or changes nothing", () => {
  const packed = zlibSync(noise(300));
  for (let at = 0; at < packed.length; at++) {
    const other = packed.slice();
    other[at]! ^= 1 << (at % 8);
    const [byNode, byScript] = both([other], 300).map(bytesOf);
    expect([at, typeof byScript]).toEqual([at, typeof byNode]);
    // Bits between the last block and the check sum say nothing.
    if (typeof byNode !== "string") expect([byNode, byScript]).toEqual([[...noise(300)], [...noise(300)]]);
  }
});

test("what stands for many bytes is not unpacked beyond those that were asked for", () => {
  const bomb = nodeZlib.deflateSync(new Uint8Array(2 ** 26), { level: 9 });
  const before = process.memoryUsage().arrayBuffers;
  expect(both([bomb], 1000)).toEqual(["more", "more"]);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 25);
});
