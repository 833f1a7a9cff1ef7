// Proves that no file makes a loader crash, hang or take what a check sum speaks against: files of every format are changed at
// random, and each gives data or one DataError that reads as a sentence. DATA_FUZZ=3000 changes each so many times.

import { deflateSync } from "node:zlib";
import { gzipSync, zipSync } from "fflate";
import { parquetWriteBuffer } from "hyparquet-writer";
import { expect, test } from "vitest";
import type { Dataset, SourceArgument } from "../../runtime/data/dataset.ts";
import { Random } from "../../runtime/data/random.ts";
import { describeSource } from "../../runtime/data/sources/all.ts";
import { DataError } from "../../runtime/files/dataerror.ts";
import { memoryFiles } from "../../runtime/files/files.ts";
import { firstRows } from "../../runtime/stream/reading.ts";
import { wordPiece } from "../support/wordpiece.ts";
import { bytesOf, idx, load, npy, utf8 } from "./rawfiles.ts";
import { chunk, exif, extendedWebp, HALVES, jpegWithExif, plainJpeg, png, withExif } from "./rawpictures.ts";
import { wavOf } from "./rawsounds.ts";

const TIMES = Number(process.env.DATA_FUZZ ?? 24);

interface Loader {
  readonly source: string;
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** The one that is changed. */
  readonly changed: string;
  readonly path: string;
  readonly named?: Readonly<Record<string, SourceArgument>>;
  /** Its values are protected by check sums. */
  readonly sealed?: boolean;
}

const floats = npy("'<f4'", "(6, 2)", bytesOf(Float32Array.from({ length: 12 }, (_, i) => i / 3)));
const label = npy("'<i8'", "(6,)", bytesOf(BigInt64Array.of(0n, 1n, 2n, 0n, 1n, 2n)));
const tokens = npy("'<i2'", "(6, 3)", bytesOf(new Uint8Array(Int16Array.from({ length: 18 }, (_, i) => i % 7).buffer)));
const lengths = npy("'<i2'", "(6,)", bytesOf(new Uint8Array(Int16Array.of(1, 2, 3, 3, 2, 1).buffer)));
const words = npy("'<U1'", "(6,)", bytesOf(Int32Array.from([..."abcabc"], (c) => c.codePointAt(0)!)));
const arrays = { "x.npy": floats, "label.npy": label, "w.npy": words };
const digits = idx(
  [4, 3, 3],
  Array.from({ length: 36 }, (_, i) => 7 * i),
);
const table = `a;b;day;flag;kind\r\n${Array.from({ length: 12 }, (_, i) => `${i},5;"$${i}";2020-01-0${1 + (i % 9)};yes;k${i % 3}`).join("\r\n")}\r\n`;
const cifar = Uint8Array.from({ length: 3 * 3073 }, (_, i) => (i % 3073 === 0 ? 1 : i % 251));

const parquetTable = new Uint8Array(
  parquetWriteBuffer({
    columnData: [
      { name: "a", data: Array.from({ length: 12 }, (_, i) => i / 3), type: "DOUBLE" },
      { name: "when", data: Array.from({ length: 12 }, (_, i) => new Date(86_400_000 * i)), type: "TIMESTAMP" },
      { name: "kind", data: Array.from({ length: 12 }, (_, i) => `k${i % 3}`), type: "STRING" },
    ],
  }),
);

const TOKENIZER = JSON.stringify(wordPiece({ "[UNK]": 0, good: 1, film: 2, "##s": 3 }));

const LOADERS: readonly Loader[] = [
  { source: "csv", files: { "t.csv": utf8(table) }, changed: "t.csv", path: "t.csv", named: { separator: ";" } },
  {
    source: "csv",
    files: { "t.csv": utf8(table) },
    changed: "t.csv",
    path: "t.csv",
    named: { missing: "flag", categories: "onehot", dates: "parts", stratify: true, balance: "weights" },
  },
  {
    source: "jsonl",
    files: {
      "t.jsonl": utf8(
        Array.from({ length: 12 }, (_, i) => `{"a": ${i / 2}, "b": null, "k": "k${i % 3}", "c": ${i}}`).join("\n"),
      ),
    },
    changed: "t.jsonl",
    path: "t.jsonl",
    named: { missing: "mean", drop: "b" },
  },
  {
    source: "csv",
    files: {
      "t.csv": utf8(
        `review,label\n${Array.from({ length: 12 }, (_, i) => `"It's film ${i % 5}, \u{1f600} \u4f60\u597d",k${i % 3}`).join("\n")}\n`,
      ),
    },
    changed: "t.csv",
    path: "t.csv",
    named: { text: "review", label: "label", length: 5, missing: "drop" },
  },
  {
    source: "series",
    files: {
      "s.csv": utf8(
        Array.from({ length: 24 }, (_, i) => `${i},${i / 4}`)
          .join("\n")
          .replace(/^/, "t,a\n"),
      ),
    },
    changed: "s.csv",
    path: "s.csv",
    named: { window: 3, horizon: 2, time: "t" },
  },
  { source: "parquet", files: { "t.parquet": parquetTable }, changed: "t.parquet", path: "t.parquet" },
  {
    source: "text",
    files: { "t.txt": utf8("To b\u00e9, or not \u{1f600}. ".repeat(9)) },
    changed: "t.txt",
    path: "t.txt",
    named: { seq: 4 },
  },
  {
    source: "text",
    files: { "t.txt": utf8("To b\u00e9, or not \u{1f600}. ".repeat(9)) },
    changed: "t.txt",
    path: "t.txt",
    named: { seq: 4, tokens: "word" },
  },
  {
    source: "texts",
    files: { "d/a/1.txt": utf8("good films"), "d/b/2.txt": utf8("a film"), "t.json": utf8(TOKENIZER) },
    changed: "t.json",
    path: "d",
    named: { tokens: "t.json" },
  },
  {
    source: "texts",
    files: { "d/a/1.txt": utf8("To b\u00e9, or not \u{1f600}. ".repeat(3)), "d/b/2.txt": utf8("or not") },
    changed: "d/a/1.txt",
    path: "d",
    named: { length: 9 },
  },
  {
    source: "wav",
    files: {
      "d/a/1.wav": wavOf(8000, [
        [0, 0.5, -0.5, 1],
        [0.25, 0, -1, 0],
      ]),
      "d/b/2.wav": wavOf(16000, [[0.5, 0.1]]),
    },
    changed: "d/a/1.wav",
    path: "d",
    named: { rate: 8000, seconds: 0.001 },
  },
  {
    source: "npz",
    files: { "a.npz": zipSync(arrays) },
    changed: "a.npz",
    path: "a.npz",
    named: { split: 1, stream: false },
    sealed: true,
  },
  {
    source: "npz",
    files: { "a.npz": zipSync(arrays, { level: 0 }) },
    changed: "a.npz",
    path: "a.npz",
    named: { split: 1 },
    sealed: true,
  },
  {
    source: "mnist",
    files: { "d/t10k-images-idx3-ubyte.gz": gzipSync(digits), "d/t10k-labels-idx1-ubyte": idx([4], [3, 1, 4, 1]) },
    changed: "d/t10k-images-idx3-ubyte.gz",
    path: "d",
    sealed: true,
  },
  {
    source: "mnist",
    files: { "d/t10k-images-idx3-ubyte": digits, "d/t10k-labels-idx1-ubyte": idx([4], [3, 1, 4, 1]) },
    changed: "d/t10k-images-idx3-ubyte",
    path: "d",
  },
  { source: "cifar10", files: { "d/test_batch.bin": cifar }, changed: "d/test_batch.bin", path: "d" },
  {
    source: "images",
    files: { "d/a/1.png": withExif(png(5, 7), exif(6, true)), "d/b/2.png": png(7, 5) },
    changed: "d/a/1.png",
    path: "d",
    named: { split: 1 },
    sealed: true,
  },
  {
    source: "images",
    files: { "d/a/1.jpg": jpegWithExif(plainJpeg(9, 12, [200, 30, 90]), exif(3, false)), "d/b/2.png": png(9, 12) },
    changed: "d/a/1.jpg",
    path: "d",
    named: { size: [4, 4] },
  },
  {
    source: "images",
    files: {
      "d/a/1.jpg": jpegWithExif(plainJpeg(9, 12, [200, 30, 90], { progressive: true }), exif(6, true)),
      "d/b/2.png": png(12, 9),
    },
    changed: "d/a/1.jpg",
    path: "d",
    named: { size: [4, 4] },
  },
  { source: "images", files: { "d/a/1.jpg": HALVES.inks, "d/b/2.png": png(16, 16) }, changed: "d/a/1.jpg", path: "d" },
  {
    source: "images",
    files: { "d/a/1.webp": HALVES.webpLossy, "d/b/2.png": png(16, 16) },
    changed: "d/a/1.webp",
    path: "d",
  },
  {
    source: "images",
    files: { "d/a/1.webp": extendedWebp(8, { EXIF: exif(6, true) }), "d/b/2.png": png(16, 16) },
    changed: "d/a/1.webp",
    path: "d",
  },
  {
    source: "images",
    files: { "d/1.png": png(5, 7), "d/2.png": png(7, 5), "t.csv": utf8("file,label\n1.png,a\n2.png,b\n") },
    changed: "t.csv",
    path: "d",
    named: { size: [2, 2], table: "t.csv" },
  },
  {
    source: "images",
    files: {
      "d/1.png": png(5, 7),
      "d/2.png": png(7, 5),
      "t.csv": utf8("file,x,y,w,h,label\n1.png,1,1,3,2,a\n2.png,0,0,5,7,b\n1.png,0.5,0,3,2,b\n"),
    },
    changed: "t.csv",
    path: "d",
    named: { size: [2, 2], table: "t.csv" },
  },
  {
    source: "images",
    files: {
      "d/1.png": png(5, 7),
      "d/2.png": png(7, 5),
      "t.csv": utf8('image_id,bbox,category\n1,"[0.1, 0.2, 0.5, 0.5]",a\n2,"[0,0,1,1]",b\n1,,\n'),
    },
    changed: "t.csv",
    path: "d",
    named: { size: [2, 2], table: "t.csv", boxes: 2 },
  },
  {
    source: "images",
    files: {
      "d/1.png": withExif(png(5, 7), exif(6, true)),
      "d/2.png": png(7, 5),
      "t.csv": utf8("file,xmin,ymin,xmax,ymax\n1.png,0,1,5,7\n2.png,0,0,5,7\n"),
    },
    changed: "d/1.png",
    path: "d",
    named: { size: [2, 2], table: "t.csv", split: 1 },
    sealed: true,
  },
  {
    source: "segmentation",
    files: { "p/1.png": png(4, 5), "m/1.png": png(4, 5, 1), "p/2.png": png(4, 5, 1), "m/2.png": png(4, 5) },
    changed: "m/1.png",
    path: "p",
    named: { masks: "m", split: 1 },
    sealed: true,
  },
  {
    source: "npz",
    files: { "x.npy": tokens, "length.npy": lengths },
    changed: "x.npy",
    path: "a.npz",
    named: { split: 1 },
  },
  {
    source: "npz",
    files: { "x.npy": tokens, "label.npy": label },
    changed: "x.npy",
    path: "a.npz",
    named: { padding: 0, classes: "x: 9" },
  },
  // A file whose check sum is right: the array itself is damaged, as a program that writes archives may do.
  { source: "npz", files: { "x.npy": floats }, changed: "x.npy", path: "a.npz", named: { split: 1 } },
  { source: "npz", files: { "x.npy": words }, changed: "x.npy", path: "a.npz", named: { split: 1 } },
];

const SPECIAL = [0, 1, 0x7f, 0x80, 0xff, 34, 10, 13, 44, 59, 60];

/** One to four changes: bits, bytes, cuts, repeated and moved parts. */
function mutated(bytes: Uint8Array, random: Random): Uint8Array {
  let made = Uint8Array.from(bytes);
  const below = (n: number) => Math.floor(random.uniform() * n);
  for (let changes = 1 + below(4); changes > 0 && made.length > 0; changes--) {
    const [at, length] = [below(made.length), 1 + below(16)];
    const part = made.slice(at, at + length);
    const kind = below(6);
    if (kind === 0) made[at]! ^= 1 << below(8);
    else if (kind === 1) made[at] = SPECIAL[below(SPECIAL.length)]!;
    else if (kind === 2) made = made.slice(0, at);
    else if (kind === 3) made = Uint8Array.from([...made.subarray(0, at), ...made.subarray(at + length)]);
    else if (kind === 4) made = Uint8Array.from([...made.subarray(0, at), ...part, ...made.subarray(at)]);
    else
      made.set(part.subarray(0, made.length - below(made.length)).subarray(0, 4), below(Math.max(1, made.length - 4)));
  }
  return made;
}

/** All numbers of the data, whatever their fields are called. */
const valuesOf = ({ train, heldout }: Dataset) => [train, heldout].map((s) => s.columns.map((c) => [...c.values]));

/** With all its examples, also where they are streamed. */
async function open(
  { source, path, named }: Loader,
  files: Readonly<Record<string, Uint8Array>>,
  isStreamed = false,
): Promise<Dataset> {
  // An array that was changed is put into a whole archive.
  const packed = files["x.npy"]
    ? { "a.npz": zipSync(files as Record<string, Uint8Array>, { level: isStreamed ? 0 : 6 }) }
    : files;
  const streamed = isStreamed ? { stream: true, buffer: 4 } : {};
  const data = await load(source, packed, { positional: [path], named: { ...named, ...streamed } });
  return firstRows(data, memoryFiles(packed));
}

/** Arguments that need all rows in memory, or ask for them. */
const IN_MEMORY = ["text", "stratify", "balance", "stream"];

const canBeStreamed = ({ source, named = {} }: Loader): boolean =>
  describeSource(source)!.parameters.some(({ name }) => name === "stream") &&
  !IN_MEMORY.some((name) => named[name] !== undefined);

/** Each loader, and beside it what is streamed. */
const WAYS = LOADERS.flatMap((loader, k) =>
  [false, true].filter((stream) => !stream || canBeStreamed(loader)).map((stream) => ({ loader, k, stream })),
);

const HOLES = /undefined|NaN|Infinity|\[object|TypeError|RangeError/;
const ODD: readonly SourceArgument[] = [
  -1,
  0,
  0.5,
  1e-300,
  1e308,
  2 ** 53,
  "",
  "x",
  "__proto__",
  true,
  [],
  [0, 0],
  [-1, 0.5],
];

test("arguments that no source can take are data or one clear error, whichever they are", async () => {
  let refused = 0;
  for (const loader of LOADERS.slice(0, 16))
    for (const { name } of describeSource(loader.source)!.parameters)
      for (const value of ODD) {
        const { [name]: _, ...named } = loader.named ?? {};
        const isPath = name === "path" || name === "dir";
        const given = isPath
          ? { positional: [value], named }
          : { positional: [loader.path], named: { ...named, [name]: value } };
        try {
          await load(loader.source, loader.files, given);
        } catch (error) {
          const text = error instanceof Error ? `${error.message} ${(error as DataError).hint ?? ""}` : "";
          const where = `${loader.source}(${name}=${JSON.stringify(value)}): ${text}`;
          if (!(error instanceof DataError)) throw new Error(where, { cause: error });
          expect(where).not.toMatch(HOLES);
          refused++;
        }
      }
  expect(refused).toBeGreaterThan(200);
}, 60_000);

/** Bytes that reading may take beyond what the process has, whatever a file says of itself. */
const MOST_MEMORY = 2 ** 30;

/** Counts the most memory that the process takes from here on, beyond what other tests of it have left behind. */
function memoryTaken(): () => number {
  const most = () => 1024 * process.resourceUsage().maxRSS;
  const [before, mostBefore] = [process.memoryUsage().rss, most()];
  return () => (most() > mostBefore ? most() : process.memoryUsage().rss) - before;
}

for (const { loader, k, stream } of WAYS)
  test(
    `${loader.source} of ${loader.changed}, changed at random${stream ? " and streamed" : ""}, gives data or one clear error`,
    async () => {
      const whole = valuesOf(await open(loader, loader.files, stream));
      const taken = memoryTaken();
      const random = new Random(100 + k + (stream ? LOADERS.length : 0));
      let refused = 0;
      for (let i = 0; i < TIMES; i++) {
        const changed = mutated(loader.files[loader.changed]!, random);
        try {
          const data = await open(loader, { ...loader.files, [loader.changed]: changed }, stream);
          for (const { columns, length } of [data.train, data.heldout])
            for (const { shape, values } of columns) expect(values.length).toBe(shape.reduce((a, b) => a * b, length));
          if (loader.sealed) expect(valuesOf(data)).toEqual(whole);
        } catch (error) {
          if (!(error instanceof DataError)) throw error;
          refused++;
          // A number of the file may be none.
          if (error.code === "data/not-finite") continue;
          expect(`${error.message} ${error.hint ?? ""}`).not.toMatch(HOLES);
        }
      }
      expect(refused).toBeGreaterThan(0);
      expect(taken()).toBeLessThan(MOST_MEMORY);
    },
    Math.max(10_000, TIMES * 100),
  );

// Making and reading such a picture takes seconds.
test.skipIf(process.env.DATA_FUZZ === undefined)(
  "the largest picture that is read takes no more memory",
  async () => {
    const side = 2 ** 13;
    const header = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
    for (const at of [0, 4]) new DataView(header.buffer).setUint32(at, side);
    const data = new Uint8Array(deflateSync(new Uint8Array(side * (3 * side + 1))));
    const signature = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);
    const chunks = [chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", new Uint8Array())];
    const file = new Uint8Array(Buffer.concat([signature, ...chunks]));
    const taken = memoryTaken();
    const whole = { "d/a/1.png": file, "d/b/2.png": png(9, 12) };
    const read = await load("images", whole, { positional: ["d"], named: { size: [64, 64], split: 1 } });
    expect(read.train.length).toBe(2);
    expect(taken()).toBeLessThan(MOST_MEMORY);
  },
  120_000,
);
