// Weights survive writing and reading to the bit; a file that lies in any way is refused with the reason.

import fc from "fast-check";
import { expect, test } from "vitest";
import { readSafetensors, type SafetensorsFile, writeSafetensors } from "../../runtime/checkpoint/safetensors.ts";
import { checkTensors, dtypeOf, type Tensor, type TensorValues } from "../../runtime/checkpoint/tensor.ts";
import { WeightsError } from "../../runtime/checkpoint/weightserror.ts";

function tensor(values: TensorValues, shape: readonly number[] = [values.length]): Tensor {
  return { dtype: dtypeOf(values), shape, values };
}

function file(tensors: Record<string, Tensor>, metadata: Record<string, string> = {}): SafetensorsFile {
  return { tensors: new Map(Object.entries(tensors)), metadata: new Map(Object.entries(metadata)) };
}

/** A file with this header text, whatever it says, and this many zero bytes of data. */
function raw(header: string, dataBytes: number, length?: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? text.length), true);
  bytes.set(text, 8);
  return bytes;
}

function refused(work: () => unknown): WeightsError {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(WeightsError);
    if (error instanceof WeightsError) return error;
  }
  throw new Error("no error was thrown");
}

function refusedHeader(header: string, dataBytes = 8): WeightsError {
  return refused(() => readSafetensors(raw(header, dataBytes), "w"));
}

function entry(dtype: string, shape: readonly unknown[], from: number, to: number): string {
  return JSON.stringify({ dtype, shape, data_offsets: [from, to] });
}

const every = file(
  {
    weight: tensor(Float32Array.of(1.5, -0, Number.NaN, Number.POSITIVE_INFINITY, 1e-45, 6), [2, 3]),
    step: tensor(BigInt64Array.of(-(2n ** 63n)), []),
    ids: tensor(Int32Array.of(-1, 2)),
    key: tensor(Uint32Array.of(0xffffffff, 0)),
    bytes: tensor(Uint8Array.of(1, 2, 3)),
    none: tensor(new Float32Array(0), [0, 4]),
  },
  { format: "dnn", note: 'a "quoted" word, é and \n' },
);

test("tensors of every dtype, scalars, empty ones and metadata come back to the bit", () => {
  const back = readSafetensors(writeSafetensors(every));
  expect(new Map([...back.metadata].sort())).toEqual(every.metadata);
  expect(new Set(back.tensors.keys())).toEqual(new Set(every.tensors.keys()));
  for (const [name, { dtype, shape, values }] of every.tensors) {
    const there = back.tensors.get(name);
    expect([there?.dtype, there?.shape]).toEqual([dtype, shape]);
    expect(new Uint8Array(there?.values.buffer ?? new ArrayBuffer(99))).toEqual(new Uint8Array(values.buffer));
  }
});

test("the bytes are those of the format: length, JSON padded to 8, data with larger elements first", () => {
  const bytes = writeSafetensors(file({ b: tensor(Uint8Array.of(7)), a: tensor(Float32Array.of(1)) }, { k: "v" }));
  const json = `{"__metadata__":{"k":"v"},"a":${JSON.stringify({ dtype: "F32", shape: [1], data_offsets: [0, 4] })},"b":${JSON.stringify({ dtype: "U8", shape: [1], data_offsets: [4, 5] })}}`;
  const padded = json.padEnd(Math.ceil(json.length / 8) * 8);
  expect(new DataView(bytes.buffer).getBigUint64(0, true)).toBe(BigInt(padded.length));
  expect(new TextDecoder().decode(bytes.subarray(8, 8 + padded.length))).toBe(padded);
  expect([...bytes.subarray(8 + padded.length)]).toEqual([0, 0, 0x80, 0x3f, 7]);
});

test("the order in which tensors and metadata are given does not change the bytes", () => {
  const turned = { tensors: new Map([...every.tensors].reverse()), metadata: new Map([...every.metadata].reverse()) };
  expect(writeSafetensors(turned)).toEqual(writeSafetensors(every));
});

test("any names and values are read back, also names like __proto__ and numbers", () => {
  const name = fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "0", "10", "\u0000", "😀", "a\\b"));
  const values = fc.float32Array({ maxLength: 5 });
  fc.assert(
    fc.property(fc.dictionary(name, values), fc.dictionary(name, fc.string()), (arrays, metadata) => {
      const tensors = new Map(Object.entries(arrays).map(([key, array]) => [key, tensor(array)]));
      const back = readSafetensors(writeSafetensors({ tensors, metadata: new Map(Object.entries(metadata)) }));
      expect(back.tensors.size).toBe(tensors.size);
      for (const [key, each] of tensors) expect(back.tensors.get(key)).toEqual(each);
      expect(new Map(back.metadata)).toEqual(new Map(Object.entries(metadata)));
    }),
    { numRuns: 200, seed: 1 },
  );
});

test("a tensor that starts at an odd byte of the file, or in a larger buffer, is read", () => {
  const header = `{"a":${entry("U8", [1], 0, 1)},"b":${entry("F32", [1], 1, 5)}}`;
  const bytes = raw(header, 5);
  bytes.set([9, 0, 0, 0x80, 0x3f], bytes.length - 5);
  const inside = new Uint8Array(bytes.length + 3);
  inside.set(bytes, 3);
  for (const given of [bytes, inside.subarray(3)]) {
    expect(readSafetensors(given).tensors.get("b")?.values).toEqual(Float32Array.of(1));
  }
});

test("a header that lies about its own length is refused before anything is parsed", () => {
  const huge = refused(() => readSafetensors(raw("{}", 0, 100_000_001), "w"));
  expect([huge.code, huge.message]).toEqual(["weights/header-too-large", expect.stringContaining("100000001 bytes")]);
  expect(refused(() => readSafetensors(raw("{}", 0, 2 ** 53))).code).toBe("weights/header-too-large");
  expect(refused(() => readSafetensors(raw("{}", 0, 3))).code).toBe("weights/truncated");
  expect(refused(() => readSafetensors(new Uint8Array(7))).code).toBe("weights/truncated");
  expect(readSafetensors(raw("{}", 0)).tensors.size).toBe(0);
});

test("a header that is no JSON object is refused", () => {
  for (const header of ["", "{", "[]", "null", '{"a":}', ' {"a":1}', "<html>", '{"a":1}x']) {
    expect([header, refusedHeader(header).code]).toEqual([header, "weights/header-not-json"]);
  }
  expect(refused(() => readSafetensors(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe))).code).toBe(
    "weights/header-not-json",
  );
});

test("the same key twice is refused, also when one of them is written with an escape, and at every depth", () => {
  const one = entry("F32", [1], 0, 4);
  const two = entry("F32", [1], 4, 8);
  const plain = refusedHeader(`{"a":${one},"a":${two}}`);
  expect([plain.code, plain.message]).toEqual(["weights/duplicate-key", 'w: the header has "a" twice']);
  expect(refusedHeader(`{"a":${one},"\\u0061":${two}}`).code).toBe("weights/duplicate-key");
  expect(refusedHeader(`{"__metadata__":{"k":"1","k":"2"}}`, 0).code).toBe("weights/duplicate-key");
  const inner = '{"a":{"dtype":"U8","dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
  expect(refusedHeader(inner).code).toBe("weights/duplicate-key");
  const harmless = raw(`{"__metadata__":{"a":"a: {\\"a\\": 1}"},"a":${one},"b":${two}}`, 8);
  expect(readSafetensors(harmless).tensors.size).toBe(2);
});

test("metadata may be long, and a header that could not be read again is not written", () => {
  const long = JSON.stringify(Array.from({ length: 600_000 }, (_, i) => `flower "${i}" \\`));
  const metadata = new Map([["dnn", long]]);
  expect(readSafetensors(writeSafetensors({ tensors: new Map(), metadata }), "f").metadata).toEqual(metadata);
  const huge = new Map([["dnn", "x".repeat(100_000_000)]]);
  expect(() => writeSafetensors({ tensors: new Map(), metadata: huge })).toThrow(WeightsError);
});

test("overlaps, holes at the start, in the middle and at the end, and missing data get different errors", () => {
  const overlap = refusedHeader(`{"a":${entry("U8", [4], 0, 4)},"b":${entry("U8", [5], 3, 8)}}`);
  expect([overlap.code, overlap.message]).toEqual(["weights/overlap", "w: tensors a and b share bytes 3 to 4"]);
  const hole = refusedHeader(`{"a":${entry("U8", [4], 0, 4)},"b":${entry("U8", [3], 5, 8)}}`);
  expect([hole.code, hole.message]).toEqual(["weights/hole", expect.stringContaining("bytes 4 to 5, between a and b")]);
  expect(refusedHeader(`{"a":${entry("U8", [4], 4, 8)}}`).message).toContain("between the header and a");
  expect(refusedHeader(`{"a":${entry("U8", [4], 0, 4)}}`).code).toBe("weights/trailing-bytes");
  const short = refusedHeader(`{"a":${entry("U8", [9], 0, 9)}}`);
  expect([short.code, short.message]).toEqual(["weights/truncated", expect.stringContaining("there are only 8")]);
});

test("an unknown dtype, one that is not read, and sizes that disagree with the shape are refused with the tensor's name", () => {
  const unknown = refusedHeader(`{"a":${entry("F33", [2], 0, 8)}}`);
  expect([unknown.code, unknown.message]).toEqual([
    "weights/unknown-dtype",
    expect.stringContaining('unknown dtype "F33"'),
  ]);
  const half = refusedHeader(`{"a":${entry("F16", [4], 0, 8)}}`);
  expect([half.code, half.hint]).toEqual(["weights/unknown-dtype", "convert it to F32"]);
  expect(refusedHeader(`{"a":${entry("toString", [4], 0, 8)}}`).code).toBe("weights/unknown-dtype");
  const size = refusedHeader(`{"a":${entry("F32", [3], 0, 8)}}`);
  expect([size.code, size.message]).toEqual(["weights/size-disagrees", expect.stringContaining("F32 [3], 12 bytes")]);
});

test("impossible shapes, offsets, entries and metadata are refused", () => {
  for (const shape of [[-1], [1.5], ["2"], [2 ** 40, 2 ** 40], [null]]) {
    expect([shape, refusedHeader(`{"a":${entry("F32", shape, 0, 8)}}`).code]).toEqual([shape, "weights/bad-shape"]);
  }
  expect(refusedHeader(`{"a":${entry("F32", [2], 8, 0)}}`).code).toBe("weights/bad-offsets");
  expect(refusedHeader(`{"a":${entry("F32", [2], -8, 0)}}`).code).toBe("weights/bad-offsets");
  expect(refusedHeader('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}').code).toBe("weights/bad-offsets");
  expect(refusedHeader('{"a":{"dtype":"F32","shape":[2]}}').code).toBe("weights/bad-entry");
  expect(refusedHeader('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}}').code).toBe(
    "weights/bad-entry",
  );
  expect(refusedHeader('{"a":3}').code).toBe("weights/bad-entry");
  for (const metadata of ["3", "[]", "null", '{"k":1}']) {
    expect([metadata, refusedHeader(`{"__metadata__":${metadata}}`, 0).code]).toEqual([
      metadata,
      "weights/bad-metadata",
    ]);
  }
});

test("no truncation and no flipped bit gives anything but a WeightsError or a readable file", () => {
  const whole = writeSafetensors(every);
  for (let length = 0; length < whole.length; length++) refused(() => readSafetensors(whole.slice(0, length)));
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const flipped = whole.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    try {
      readSafetensors(flipped);
    } catch (error) {
      expect(error).toBeInstanceOf(WeightsError);
    }
  }
});

test("a writer's own mistakes are bugs, not bad weights", () => {
  expect(() => writeSafetensors(file({ a: tensor(Float32Array.of(1), [2]) }))).toThrow(RangeError);
  expect(() => writeSafetensors(file({ __metadata__: tensor(Float32Array.of(1)) }))).toThrow(RangeError);
});

test("weights of another program are refused with the names and both shapes of what differs", () => {
  const found = file({
    same: tensor(Float32Array.of(1)),
    wider: tensor(new Float32Array(6), [2, 3]),
    old: tensor(Uint8Array.of(1)),
  });
  const expected = file({
    same: tensor(Float32Array.of(2)),
    wider: tensor(new Float32Array(8), [2, 4]),
    extra: tensor(Int32Array.of(1)),
  });
  const error = refused(() => checkTensors(found.tensors, expected.tensors, "run"));
  expect(error.code).toBe("weights/other-program");
  expect(error.message.split("\n").slice(1)).toEqual([
    "  wider: F32 [2, 3] in the file, F32 [2, 4] in the program",
    "  extra: none in the file, I32 [1] in the program",
    "  old: U8 [1] in the file, none in the program",
  ]);
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`t${index}`, tensor(Uint8Array.of(1))]));
  expect(refused(() => checkTensors(new Map(), file(many).tensors, "run")).message).toContain("and 12 more");
  expect(() => checkTensors(found.tensors, found.tensors, "run")).not.toThrow();
});
