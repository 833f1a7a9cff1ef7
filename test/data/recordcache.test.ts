// Proves that a cache of decoded records gives back what was decoded and nothing else: not what is half written, damaged, of another
// source or of a source that has changed since; and that a disk that takes nothing is no error.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, expect, test } from "vitest";
import type { SourceArgument } from "../../runtime/data/dataset.ts";
import { Random } from "../../runtime/data/random.ts";
import type { RecordCache } from "../../runtime/data/recordcache.ts";
import { loadDataset } from "../../runtime/data/sources/all.ts";
import type { StoredValues } from "../../runtime/engine.ts";
import { blockingFiles } from "../../runtime/files/files.node.ts";
import { encodePng } from "../../runtime/pictures/png.ts";
import { decoderCalled } from "../../runtime/stream/decoders.ts";
import { chunksOf } from "../../runtime/stream/order.ts";
import { beginCache, openCache } from "../../runtime/stream/recordfile.node.ts";
import { wavOf } from "./rawsounds.ts";

const folder = mkdtempSync(join(tmpdir(), "dnn-cache-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const inFolder = (name: string): string => join(folder, name);

const ROOM = 2 ** 24;
let made = 0;
const begun = (mostBytes = ROOM) => beginCache({ path: inFolder(`cache-${made++}`), mostBytes }, "facts")!;
const found = (cache: RecordCache, record: number, stamp: readonly number[], length = 10): number[] | undefined => {
  const into = new Uint8Array(length);
  return cache.read(record, stamp, into) ? [...into] : undefined;
};
const STAMP = [5, 1e12 + 0.25, 1e12, 7];
const record = (n: number): Uint8Array => Uint8Array.from({ length: 10 }, (_, i) => (n * 31 + i * 7) % 256);

test("a record is given back for its number and stamp, by any that opens the file, and no other is", () => {
  const file = begun();
  const [one, other] = [openCache(file, 10)!, openCache(file, 10)!];
  for (const n of [0, 3, 900]) one.write(n, STAMP, record(n));
  for (const n of [0, 3, 900]) expect(found(other, n, STAMP)).toEqual([...record(n)]);
  for (const n of [1, 2, 4, 899, 901]) expect(found(other, n, STAMP)).toBeUndefined();
  for (let i = 0; i < STAMP.length; i++)
    expect(
      found(
        other,
        3,
        STAMP.map((number, k) => number + (k === i ? 1 : 0)),
      ),
    ).toBeUndefined();
  one.write(3, [9, 9, 9, 9], record(4));
  expect([found(other, 3, STAMP), found(other, 3, [9, 9, 9, 9])]).toEqual([undefined, [...record(4)]]);
});

test("a record that is torn anywhere, or in which a bit differs, is none, and those beside it stand", () => {
  const file = begun();
  const cache = openCache(file, 10)!;
  for (const n of [0, 1, 2]) cache.write(n, STAMP, record(n));
  const whole = readFileSync(file.path);
  const [, second, third] = [0, 1, 2].map((n) => whole.indexOf(record(n)));
  for (let at = second!; at < third!; at++) {
    const bytes = Buffer.from(whole);
    bytes[at]! ^= 1 << (at % 8);
    writeFileSync(file.path, bytes);
    // Bytes behind the check sum say nothing.
    const isIn = found(cache, 1, STAMP);
    if (at < third! - 4) expect([at, isIn]).toEqual([at, undefined]);
    else expect(isIn).toEqual([...record(1)]);
    expect([found(cache, 0, STAMP), found(cache, 2, STAMP)]).toEqual([[...record(0)], [...record(2)]]);
    writeFileSync(file.path, whole);
    truncateSync(file.path, at);
    expect([found(cache, 0, STAMP), found(cache, 1, STAMP)]).toEqual([[...record(0)], undefined]);
  }
});

test("a file of the same facts is taken up, one of other facts, or no cache at all, is begun again", () => {
  const file = begun();
  openCache(file, 10)!.write(0, STAMP, record(0));
  expect(found(openCache(beginCache(file, "facts")!, 10)!, 0, STAMP)).toEqual([...record(0)]);
  expect(found(openCache(beginCache(file, "others")!, 10)!, 0, STAMP)).toBeUndefined();
  for (const bytes of [new Uint8Array(5), new Uint8Array(5000).fill(1)]) {
    writeFileSync(file.path, bytes);
    const cache = openCache(beginCache(file, "facts")!, 10)!;
    expect(found(cache, 0, STAMP)).toBeUndefined();
    cache.write(0, STAMP, record(0));
    expect(found(cache, 0, STAMP)).toEqual([...record(0)]);
  }
});

test("no more is written than it may have", () => {
  const file = begun(1000);
  const cache = openCache(file, 10)!;
  for (let n = 0; n < 100; n++) cache.write(n, STAMP, record(n));
  expect(readFileSync(file.path).length).toBeLessThanOrEqual(1000);
  expect([found(cache, 0, STAMP), found(cache, 99, STAMP)]).toEqual([[...record(0)], undefined]);
});

test.skipIf(!existsSync("/dev/full"))("a full disk, and a folder that is not there, are no errors", () => {
  const cache = openCache({ path: "/dev/full", mostBytes: ROOM }, 10)!;
  for (const n of [0, 1]) cache.write(n, STAMP, record(n));
  expect(found(cache, 0, STAMP)).toBeUndefined();
  const nowhere = { path: inFolder("nowhere/cache"), mostBytes: ROOM };
  expect([beginCache(nowhere, "facts"), openCache(nowhere, 10)]).toEqual([undefined, undefined]);
});

test("a source's stamp changes with its size and its times; there is none of one that is new, gone or a folder", () => {
  const cache = openCache(begun(), 10)!;
  const path = inFolder("source");
  writeFileSync(path, "abc");
  expect(cache.stampOf(path)).toBeUndefined();
  utimesSync(path, 1e9, 1e9);
  const first = cache.stampOf(path)!;
  expect(first).toHaveLength(4);
  expect(cache.stampOf(path)).toEqual(first);
  writeFileSync(path, "abcd");
  utimesSync(path, 1e9, 1e9);
  expect(cache.stampOf(path)).not.toEqual(first);
  for (const none of [inFolder("gone"), folder]) expect(cache.stampOf(none)).toBeUndefined();
});

// ---------------------------------------------------------------- decoders

const random = new Random(2);
for (const name of ["pets/a", "pets/b", "words/a", "words/b", "seen", "masks"])
  mkdirSync(inFolder(name), { recursive: true });
for (let i = 0; i < 40; i++) {
  const bytes = Uint8Array.from({ length: 5 * 4 * 3 }, () => random.integer(256));
  writeFileSync(inFolder(`pets/${"ab"[i % 2]}/${i}.png`), encodePng({ width: 5, height: 4, channels: 3, bytes }));
  writeFileSync(inFolder(`seen/${i}.png`), encodePng({ width: 5, height: 4, channels: 3, bytes }));
  const points = Uint8Array.from({ length: 5 * 4 }, () => 100 * random.integer(3));
  writeFileSync(inFolder(`masks/${i}.png`), encodePng({ width: 5, height: 4, channels: 1, bytes: points }));
  writeFileSync(
    inFolder(`words/${"ab"[i % 2]}/${i}.wav`),
    wavOf(800, [Array.from({ length: 90 }, () => random.uniform())]),
  );
}
const rows = Array.from({ length: 700 }, (_, i) => ({ a: random.normal(), b: random.integer(9) === 0 ? "" : i % 13 }));
const kinds = rows.map((_, i) => ["red", "green", "blue"][(i * i) % 3]!);
writeFileSync(inFolder("t.csv"), ["a,b,kind", ...rows.map(({ a, b }, i) => `${a},${b},${kinds[i]}`)].join("\n"));
writeFileSync(inFolder("t.jsonl"), rows.map((row, i) => JSON.stringify({ ...row, kind: kinds[i] })).join("\n"));
const columnData = [
  { name: "a", data: rows.map(({ a }) => a), type: "DOUBLE" as const },
  { name: "kind", data: kinds, type: "STRING" as const },
];
writeFileSync(inFolder("t.parquet"), new Uint8Array(parquetWriteBuffer({ rowGroupSize: 150, columnData })));

type Named = Readonly<Record<string, SourceArgument>>;
const CASES: readonly (readonly [source: string, paths: readonly string[], named: Named])[] = [
  ["images", ["pets"], {}],
  ["images", ["pets"], { size: [3, 3], grey: true }],
  ["segmentation", ["seen", "masks"], {}],
  ["wav", ["words"], { rate: 800, seconds: 0.1 }],
  ["csv", ["t.csv"], { missing: "drop" }],
  ["csv", ["t.csv"], { missing: "mean", categories: "fields" }],
  ["jsonl", ["t.jsonl"], { missing: "drop" }],
  ["parquet", ["t.parquet"], {}],
];

/** Backdates all sources: new ones are not kept. */
function settle(time: number): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }))
    if (/\.\w+$/.test(name)) utimesSync(inFolder(name), time, time);
}

for (const [source, paths, named] of CASES)
  test(`${source} ${JSON.stringify(named)} gives the same bits from a cache, by any chunks, and reads its files once, until they change`, async () => {
    settle(1e9);
    let reads = 0;
    const plain = blockingFiles();
    const files = {
      ...plain,
      read(name: string) {
        reads++;
        return plain.read(name);
      },
      readPart(name: string, from: number, to: number) {
        reads++;
        return plain.readPart(name, from, to);
      },
    };
    const given = { ...named, stream: true };
    const data = await loadDataset(
      { name: source, positional: paths.map(inFolder), named: given, seed: 4, base: "" },
      files,
    );
    const { records } = data;
    if (!records) throw new Error("it is not streamed");
    const { columns } = data.train;
    for (const wanted of [undefined, columns.map((_, i) => i === 0 || i === columns.length - 1)]) {
      const file = begun();
      const decoder = await decoderCalled(records.decoder);
      const open = (isCached: boolean) =>
        decoder.open(records.context, files, wanted, isCached ? (bytes) => openCache(file, bytes) : undefined);
      const pass = async (isCached: boolean, capacity: number): Promise<(readonly StoredValues[])[]> => {
        const read = open(isCached);
        const values: (readonly StoredValues[])[] = [];
        for (const part of ["train", "heldout"] as const) {
          const { chunks, chunk } = chunksOf(
            records[part],
            capacity,
            part === "train" ? { seed: 1, epoch: 0 } : undefined,
          );
          for (let k = 0; k < chunks; k++) for (const { task } of chunk(k).tasks) values.push(await read(task));
        }
        return values;
      };
      for (const capacity of [37, 200]) {
        const expected = await pass(false, capacity);
        expect(await pass(true, capacity)).toEqual(expected);
        reads = 0;
        expect(await pass(true, capacity)).toEqual(expected);
        expect(reads).toBe(0);
      }
      settle(1e9 + 100);
      reads = 0;
      const again = await pass(true, 37);
      expect(reads).toBeGreaterThan(0);
      expect(again).toEqual(await pass(false, 37));
      settle(1e9);
    }
  });
