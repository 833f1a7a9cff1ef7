// Checkpoints tell of every bit that changed in them, and which tensor it was in; files of earlier versions are read as before.

import { expect, test } from "vitest";
import { readWithDigests, writeWithDigests } from "../../runtime/checkpoint/digests.ts";
import { writeSafetensors } from "../../runtime/checkpoint/safetensors.ts";
import type { Tensor } from "../../runtime/checkpoint/tensor.ts";
import { WeightsError } from "../../runtime/checkpoint/weightserror.ts";

const tensors = new Map<string, Tensor>([
  ["net.dense1.weight", { dtype: "F32", shape: [2, 3], values: Float32Array.of(0.5, -1, 2, 0, 1e-3, 7) }],
  ["net.order", { dtype: "I32", shape: [2], values: Int32Array.of(3, 4) }],
  ["__proto__", { dtype: "F32", shape: [1], values: Float32Array.of(1) }],
  ["none", { dtype: "F32", shape: [0], values: new Float32Array() }],
]);
const metadata = new Map([["program", 'model "header_crc32":"00000000" { }']]);
const bytes = writeWithDigests({ tensors, metadata });
const header = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));

test("what was written is read back", () => {
  const file = readWithDigests(bytes, "w");
  expect(new Map(file.tensors)).toEqual(tensors);
  expect(file.metadata.get("program")).toBe(metadata.get("program"));
});

test("a file without digests is read as it is", () => {
  expect(new Map(readWithDigests(writeSafetensors({ tensors, metadata }), "w").tensors)).toEqual(tensors);
});

test("each bit of the file that flips is found, and one in the data names the tensor it is in", () => {
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const flipped = bytes.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    let found: unknown;
    try {
      readWithDigests(flipped, "w");
    } catch (error) {
      found = error;
    }
    expect([bit, found instanceof WeightsError]).toEqual([bit, true]);
    const byte = (bit >> 3) - header;
    if (byte < 0) continue;
    // Equal element sizes: by name.
    const name = byte < 4 ? "__proto__" : byte < 28 ? "net.dense1.weight" : "net.order";
    expect(found).toMatchObject({ code: "weights/damaged", message: expect.stringContaining(JSON.stringify(name)) });
  }
});
