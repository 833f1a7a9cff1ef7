// Archives of arrays that are read a row at a time: the fields, values and errors of the archive in memory, whatever its arrays hold;
// archives that must be read as a whole; files that change in the meantime; tables of contents with 64 bits.

import { zipSync } from "fflate";
import { expect, test } from "vitest";
import type { Dataset, Fold, SourceArgument } from "../../runtime/data/dataset.ts";
import { loadDataset } from "../../runtime/data/sources/all.ts";
import { type FileReader, memoryFiles } from "../../runtime/files/files.ts";
import { readDirectory } from "../../runtime/files/zip/directory.ts";
import { readZip } from "../../runtime/files/zip/read.ts";
import { batchesOf } from "../../runtime/stream/reading.ts";
import { bytesOf, failure, npy, utf8 } from "./rawfiles.ts";

type Named = Readonly<Record<string, SourceArgument>>;
type Arrays = Readonly<Record<string, Uint8Array>>;

const COUNT = 23;
const rows = <T>(of: (row: number) => T): T[] => Array.from({ length: COUNT }, (_, row) => of(row));
const ints = (values: readonly number[]) => bytesOf(BigInt64Array.from(values, BigInt));
const f4 = (values: readonly number[]) => bytesOf(Float32Array.from(values));
const wide = (words: readonly string[], width: number) =>
  bytesOf(Int32Array.from(words.flatMap((word) => Array.from({ length: width }, (_, i) => word.codePointAt(i) ?? 0))));
/** Numbers with the last byte first. */
const turned = (bytes: Uint8Array, size: number) =>
  Uint8Array.from(bytes, (_, i) => bytes[i - (i % size) + size - 1 - (i % size)]!);

const x = npy("'<f4'", `(${COUNT}, 2)`, f4(rows((i) => [i, i / 3]).flat()));
const tokens = ints(rows((i) => [1 + (i % 5), i % 3 === 0 ? 0 : 2 + (i % 7), i % 2 === 0 ? 0 : 4]).flat());

/** Arrays of every kind, and what a program says of them. */
const ARCHIVES: readonly (readonly [arrays: Arrays, named?: Named])[] = [
  [{ x, label: npy("'<i8'", `(${COUNT},)`, ints(rows((i) => i % 4))) }],
  [{ x: npy("'|u1'", `(${COUNT}, 2, 2)`, Uint8Array.from(rows((i) => [i, 0, 255, 9 * i]).flat())), y: x }],
  [
    {
      half: npy("'<f2'", `(${COUNT}, 1)`, new Uint8Array(2 * COUNT).fill(0x3c)),
      big: npy("'>f8'", `(${COUNT},)`, turned(bytesOf(Float64Array.from(rows((i) => i / 7))), 8)),
      small: npy("'|u1'", `(${COUNT}, 3)`, Uint8Array.from(rows((i) => [i, 1, 2]).flat())),
      flag: npy("'|b1'", `(${COUNT},)`, Uint8Array.from(rows((i) => i % 2))),
      signed: npy("'<i8'", `(${COUNT},)`, ints(rows((i) => i - 5))),
      target: npy(
        "'<i4'",
        `(${COUNT}, 4)`,
        bytesOf(Int32Array.from(rows((i) => [0, 1, 2, 3].map((k) => Number(i % 4 === k))).flat())),
      ),
    },
  ],
  [
    {
      label: npy(
        "'<U3'",
        `(${COUNT}, 1)`,
        wide(
          rows((i) => ["ox", "cat", "\u00e4"][i % 3]!),
          3,
        ),
      ),
      kind: npy("'|S2'", `(${COUNT},)`, utf8(rows((i) => ["a\0", "bb"][i % 2]!).join(""))),
      y: npy("'<i8'", `(${COUNT}, 2)`, ints(rows((i) => [i % 3, 7]).flat())),
    },
  ],
  [
    {
      tokens: npy("'<i8'", `(${COUNT}, 3)`, tokens),
      length: npy("'<i8'", `(${COUNT},)`, ints(rows((i) => 1 + (i % 3)))),
    },
  ],
  [
    {
      steps: npy("'<f4'", `(${COUNT}, 3, 1)`, f4(rows((i) => [i, 2, 3]).flat())),
      steps_length: npy("'<i4'", `(${COUNT},)`, bytesOf(Int32Array.from(rows(() => 2)))),
    },
  ],
  [{ tokens: npy("'<i8'", `(${COUNT}, 3)`, tokens), x }, { padding: 0 }],
  [
    { tokens: npy("'<i8'", `(${COUNT}, 3)`, tokens), x },
    { padding: 0, classes: "tokens: 9", split: 0.5 },
  ],
  [
    { tokens: npy("'<i8'", `(${COUNT}, 3)`, ints(rows((i) => [i, -1, -1]).flat())) },
    { padding: -1, classes: ["tokens: 40"] },
  ],
  [{ tokens: npy("'<i8'", `(${COUNT}, 3)`, ints(rows((i) => [i, -1, -1]).flat())) }],
  [
    {
      x_train: x,
      x_test: npy("'<f8'", "(2, 2)", bytesOf(Float64Array.of(1, 2, 3, 4.5))),
      y_train: npy(
        "'<U1'",
        `(${COUNT},)`,
        wide(
          rows((i) => "ac"[i % 2]!),
          1,
        ),
      ),
      y_test: npy("'<U2'", "(2,)", wide(["b", "aa"], 2)),
    },
  ],
  [{ x }, { split: 1 }],
];

const archive = (arrays: Arrays, level: 0 | 6 = 0): Uint8Array =>
  zipSync(Object.fromEntries(Object.entries(arrays).map(([name, bytes]) => [`${name}.npy`, bytes])), { level });

const open = (files: FileReader, named: Named = {}, fold?: Fold, memory?: number): Promise<Dataset> =>
  loadDataset({ name: "npz", positional: ["f"], named, seed: 4, base: "", fold, memory }, files);

/** Everything that is known of both parts, and their values. */
async function known(dataset: Dataset, files: FileReader): Promise<unknown> {
  const part = async (name: "train" | "heldout") => {
    const values = new Map<string, number[]>();
    for await (const batch of batchesOf(dataset, name, 5, files))
      for (const [field, numbers] of batch.values) values.set(field, [...(values.get(field) ?? []), ...numbers]);
    const facts = dataset[name].columns.map((c) => {
      const { values: _, extent: __, ...own } = Object.getOwnPropertyDescriptors(c);
      return Object.defineProperties({}, own);
    });
    return [dataset[name].length, facts, [...values]];
  };
  return [await part("train"), await part("heldout"), dataset.remarks];
}

/** A reader of parts alone, as of a file that is larger than memory. */
function partsOnly(contents: Arrays): FileReader {
  const files = memoryFiles(contents);
  return {
    ...files,
    read: async (path) => Promise.reject(new Error(`${path} is read as a whole`)),
    readPart: async (...given) => (await files.readPart(...given)).slice(),
  };
}

test("a stream has the fields and values of the archive in memory, whatever its arrays hold, and in a fold", async () => {
  for (const [arrays, named] of ARCHIVES)
    for (const fold of [undefined, { index: 2, of: 3 }]) {
      const contents = { f: archive(arrays) };
      const inMemory = await open(memoryFiles(contents), { ...named, stream: false }, fold);
      const files = partsOnly(contents);
      const streamed = await open(files, { ...named, stream: true }, fold);
      expect(streamed.records).toBeDefined();
      expect(inMemory.records).toBeUndefined();
      expect(await known(streamed, files)).toEqual(await known(inMemory, files));
    }
});

test("rows of arrays larger than what is looked through at a time are those of the archive in memory", async () => {
  const count = 90_000;
  const values = Float32Array.from({ length: 4 * count }, (_, i) => Math.fround(i / 7));
  const labels = Int32Array.from({ length: count }, (_, i) => (i === count - 1 ? 30 : i % 7));
  const arrays = {
    x: npy("'<f4'", `(${count}, 4)`, bytesOf(values)),
    label: npy("'<i4'", `(${count},)`, bytesOf(labels)),
  };
  const contents = { f: archive(arrays) };
  const files = partsOnly(contents);
  const [inMemory, streamed] = [
    await open(memoryFiles(contents), { split: 0.999 }),
    await open(files, { split: 0.999, stream: true }),
  ];
  expect(streamed.train.columns.map((c) => c.classes)).toEqual([undefined, 31]);
  for await (const { values: found } of batchesOf(streamed, "heldout", 100, files))
    for (const [name, numbers] of found)
      expect([name, [...numbers]]).toEqual([name, [...inMemory.heldout.columns.find((c) => c.name === name)!.values]]);
});

test("what is wrong with an array is the same error as in memory", async () => {
  const one = (descr: string, shape: string, data: Uint8Array, order?: string) => ({
    y: npy(descr, shape, data, order),
  });
  const cases: readonly (readonly [Arrays, Named?])[] = [
    [one("'<i4'", "(2,)", bytesOf(Int32Array.of(3, -1)))],
    [one("'<i8'", "(2, 2)", ints([0, -100, 1, 1]))],
    [one("'<i8'", "(1,)", bytesOf(BigInt64Array.of(10n ** 12n)))],
    [one("'<f4'", "(2,)", f4([1, Number.NaN]))],
    [one("'<f8'", "(1,)", bytesOf(Float64Array.of(1e300)))],
    [one("'<f4'", "()", new Uint8Array(4))],
    [one("'<f4'", "(0, 2)", new Uint8Array(0))],
    [one("'<f4'", "(9,)", new Uint8Array(8))],
    [one("'<f4'", "(1,)", new Uint8Array(8))],
    [one("'<f4'", "nothing", new Uint8Array(8))],
    [one("'|O'", "(1,)", utf8("cos\nsystem\n"))],
    [one("'<U1'", "(2,)", bytesOf(Int32Array.of(97, 0x7fffffff)))],
    [{ y: utf8("text") }],
    [{}],
    [{ x, y: npy("'<f4'", "(3,)", new Uint8Array(12)) }],
    [{ x_train: x, x_test: x, y_train: x }],
    [{ x_train: x, x_test: npy("'|u1'", "(2, 2)", new Uint8Array(4)) }],
    [{ x }, { classes: "y: 3" }],
    [{ x }, { classes: "x: 3" }],
    [one("'<i8'", "(2, 2)", ints([0, 5, 1, 1])), { classes: "y: 3" }],
    [{ tokens: npy("'<i8'", "(2, 3)", ints([5, 7, 1, -1, -1, -1])) }, { padding: -1 }],
    [{ tokens: npy("'<i8'", "(2, 3)", ints([5, 7, 1, 2, 3, 4])), length: npy("'<i8'", "(2,)", ints([2, 4])) }],
  ];
  for (const [arrays, named] of cases) {
    const contents = { f: archive(arrays) };
    const expected = await failure(open(memoryFiles(contents), { ...named, stream: false }));
    const found = await failure(open(partsOnly(contents), { ...named, stream: true }));
    expect([found.code, found.message, found.hint]).toEqual([expected.code, expected.message, expected.hint]);
  }
  const alone = await failure(open(partsOnly({ f: x }), { stream: true }));
  expect([alone.code, alone.hint]).toEqual(["data/npy-header", expect.stringContaining("numpy.savez")]);
  const page = await failure(open(partsOnly({ f: utf8("<!doctype html>") }), { stream: true }));
  expect(page.code).toBe("data/web-page");
  const other = await failure(
    open(partsOnly({ f: zipSync({ "readme.txt": utf8("hello") }, { level: 0 }) }), { stream: true }),
  );
  expect(other.message).toContain("readme.txt");
});

test("what cannot be read row by row is refused with what to save, and read as a whole where nothing asks for a stream", async () => {
  const fortran = { x: npy("'<f4'", `(${COUNT}, 2)`, f4(rows((i) => [i, 2 * i]).flat()), "True") };
  for (const [bytes, reason, hint] of [
    [archive({ x }, 6), "f: x.npy is compressed", "numpy.savez, in place of numpy.savez_compressed"],
    [archive(fortran), "f: x.npy lies column by column", "numpy.ascontiguousarray(x)"],
  ] as const) {
    const refused = await failure(open(memoryFiles({ f: bytes }), { stream: true }));
    expect([refused.code, refused.argument]).toEqual(["data/streamed", "stream"]);
    expect(refused.message).toContain(reason);
    expect(refused.hint).toContain(hint);
    expect((await open(memoryFiles({ f: bytes }), {}, undefined, 1)).records).toBeUndefined();
  }
  const stored = memoryFiles({ f: archive({ x }) });
  expect((await open(stored, {}, undefined, 1)).records).toBeDefined();
  expect((await open(stored)).records).toBeUndefined();
  // It says that it holds two gigabytes.
  const claims = archive({ x }, 6);
  const entry = Buffer.from(claims).indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  new DataView(claims.buffer).setUint32(entry + 24, 2 ** 31, true);
  const large = await failure(open(memoryFiles({ f: claims })));
  expect([large.code, large.message, large.hint]).toEqual([
    "data/too-large",
    expect.stringMatching(/unpacks to 2147483648 bytes, more than .* and is not streamed: f: x\.npy is compressed/),
    expect.stringContaining("numpy.savez"),
  ]);
});

test("a file that has changed since it was first read is an error, and so is one that is gone", async () => {
  const label = (values: readonly number[]) => npy("'<i8'", `(${COUNT},)`, ints(values));
  const bytes = archive({ x, label: label(rows((i) => i % 3)) });
  let files = memoryFiles({ f: bytes });
  const dataset = await open(files, { stream: true });
  const read = () => known(dataset, files);
  await read();
  const cases: readonly (readonly [Uint8Array, string])[] = [
    [Uint8Array.from([...bytes, 10]), "data/changed"],
    [bytes.slice(0, -1), "data/changed"],
    // As long as it was.
    [archive({ x, label: label(rows((i) => (i + 1) % 3)) }), "data/changed"],
  ];
  for (const [changed, code] of cases) {
    files = memoryFiles({ f: changed });
    expect((await failure(read())).code).toBe(code);
  }
  // Its table of contents is what it was, and a class is none that there is.
  const damaged = bytes.slice();
  damaged[Buffer.from(damaged).indexOf("label.npy") + 9 + label([]).length + 8 * 4] = 99;
  files = memoryFiles({ f: damaged });
  expect(await failure(read())).toMatchObject({
    code: "data/changed",
    message: expect.stringContaining("label has other values"),
  });
  files = memoryFiles({});
  expect((await failure(read())).code).toBe("data/file-not-found");
});

test("a check sum that does not agree is found before the first step, and before what is wrong with a value", async () => {
  const bytes = archive({ x });
  const at = Buffer.from(bytes).indexOf("x.npy") + 5 + x.length - 1;
  for (const flipped of [at, at - 40, at - 80]) {
    const damaged = bytes.slice();
    // A number with these bits is none.
    for (const k of [0, 1]) damaged[flipped - k] = 0xff;
    const error = await failure(open(memoryFiles({ f: damaged }), { stream: true }));
    expect([error.code, error.message]).toEqual(["data/corrupt-zip", expect.stringContaining("checksum of x.npy")]);
  }
});

/** The same archive with a table of contents as of one beyond 4 GiB. */
function asWide(bytes: Uint8Array): Uint8Array {
  const whole = Buffer.from(bytes);
  const end = whole.indexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  const from = whole.readUInt32LE(end + 16);
  const numbers = (...values: readonly number[]) => Buffer.from(new BigUint64Array(values.map(BigInt)).buffer);
  const entries: Buffer[] = [];
  for (let at = from; at < end; ) {
    const name = whole.readUInt16LE(at + 28);
    const entry = Buffer.from(whole.subarray(at, at + 46 + name));
    const extra = numbers(entry.readUInt32LE(24), entry.readUInt32LE(20), entry.readUInt32LE(42));
    for (const place of [20, 24, 42]) entry.writeUInt32LE(0xffffffff, place);
    entry.writeUInt16LE(4 + extra.length + 6, 30);
    // Another field stands before the one of sizes.
    entries.push(entry, Buffer.from([9, 9, 2, 0, 7, 7, 1, 0, extra.length, 0]), extra);
    at += 46 + name + whole.readUInt16LE(at + 30) + whole.readUInt16LE(at + 32);
  }
  const directory = Buffer.concat(entries);
  const count = whole.readUInt16LE(end + 10);
  const record = Buffer.concat([
    Buffer.from([0x50, 0x4b, 6, 6]),
    numbers(44),
    Buffer.alloc(12),
    numbers(count, count, directory.length, from),
  ]);
  const locator = Buffer.concat([
    Buffer.from([0x50, 0x4b, 6, 7, 0, 0, 0, 0]),
    numbers(from + directory.length),
    Buffer.from([1, 0, 0, 0]),
  ]);
  const last = Buffer.from(whole.subarray(end));
  last.fill(0xff, 8, 20);
  return new Uint8Array(Buffer.concat([whole.subarray(0, from), directory, record, locator, last]));
}

test("a table of contents with numbers of 64 bits is read, by both ways, and a damaged one is one error", async () => {
  const bytes = archive({ x, label: npy("'<i8'", `(${COUNT},)`, ints(rows((i) => i % 3))) });
  const wide = asWide(bytes);
  const places = async (f: Uint8Array) => (await readDirectory(memoryFiles({ f }), "f")).entries;
  expect(await places(wide)).toEqual(await places(bytes));
  expect([...readZip(wide, "f")]).toEqual([...readZip(bytes, "f")]);
  const files = memoryFiles({ f: wide });
  const good = await known(await open(files, { stream: true }), files);
  for (let at = bytes.length - 200; at < wide.length; at++) {
    const damaged = wide.slice();
    damaged[at]! ^= 0x91;
    const own = memoryFiles({ f: damaged });
    const found = await open(own, { stream: true }).catch((error) => failure(Promise.reject(error)));
    if ("train" in found && found.train.columns.map((c) => c.name).join() === "x,label")
      expect([at, await known(found, own)]).toEqual([at, good]);
  }
});
