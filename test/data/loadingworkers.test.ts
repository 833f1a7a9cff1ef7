// Proves that pictures, masks and sounds in memory are the same whichever threads have decoded them, and so is the error of the first that is damaged.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { placeOf } from "../../project/data/place.ts";
import { machineHost } from "../../project/machine.node.ts";
import type { Dataset, SourceArgument } from "../../runtime/data/dataset.ts";
import { Random } from "../../runtime/data/random.ts";
import type { LoadingWorkers } from "../../runtime/data/records.ts";
import { loadDataset } from "../../runtime/data/sources/all.ts";
import { nodeFiles } from "../../runtime/files/files.node.ts";
import { encodePng } from "../../runtime/pictures/png.ts";
import { decodeHere } from "../../runtime/stream/decoding.ts";
import { failure } from "./rawfiles.ts";
import { wavOf } from "./rawsounds.ts";

const folder = mkdtempSync(join(tmpdir(), "dnn-load-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const COUNT = 90;
const pathOf = (i: number): string => join(folder, "pets", "ab"[i % 2]!, `${i}.png`);
beforeAll(() => {
  const random = new Random(2);
  for (const kind of "ab") mkdirSync(join(folder, "pets", kind), { recursive: true });
  for (let i = 0; i < COUNT; i++) {
    const bytes = Uint8Array.from({ length: 5 * 4 * 3 }, () => random.integer(256));
    writeFileSync(pathOf(i), encodePng({ width: 5, height: 4, channels: 3, bytes }));
  }
});

/** The workers that a command has, after some milliseconds, and how many of their groups are at work, and were. */
function counted(patience: number) {
  const { workers } = placeOf({ path: join(folder, "net.dnn"), host: machineHost() });
  const counts = { started: 0, open: 0 };
  const start: LoadingWorkers["start"] = async (records) => {
    const decoding = await workers!.start(records);
    counts.started++;
    counts.open++;
    return {
      read: decoding.read,
      end() {
        counts.open--;
        decoding.end();
      },
    };
  };
  return { counts, workers: { patience, start } };
}

const load = (named: Readonly<Record<string, SourceArgument>>, workers?: LoadingWorkers, files = nodeFiles()) =>
  loadDataset(
    { name: "images", positional: [join(folder, "pets")], named, seed: 3, base: "" },
    files,
    undefined,
    workers,
  );

test("pictures that workers decode are those of one thread, from the first on or from one in the middle", async () => {
  for (const named of [{}, { size: [3, 2], grey: true, n: 70, split: 0.5 }]) {
    const expected = await load(named);
    expect(expected.train.length + expected.heldout.length).toBe(named.n ?? COUNT);
    const all = counted(0);
    expect(await load(named, all.workers)).toEqual(expected);
    expect(all.counts).toEqual({ started: 1, open: 0 });
    const none = counted(Number.POSITIVE_INFINITY);
    expect(await load(named, none.workers)).toEqual(expected);
    expect(none.counts).toEqual({ started: 0, open: 0 });
    const some = counted(1e4);
    const plain = nodeFiles();
    let reads = 0;
    const real = performance.now;
    // The clock goes on by more than the patience after some pictures.
    performance.now = () => real.call(performance) + (reads > 40 ? 2e4 : 0);
    const read = (path: string): Promise<Uint8Array> => {
      reads++;
      return plain.read(path);
    };
    try {
      expect(await load(named, some.workers, { ...plain, read })).toEqual(expected);
    } finally {
      performance.now = real;
    }
    expect(some.counts).toEqual({ started: 1, open: 0 });
    expect(reads).toBeLessThan(60);
  }
});

test("of several damaged pictures the first in order is named, and the workers end", async () => {
  const whole = [13, 44, 67].map((i) => [pathOf(i), readFileSync(pathOf(i))] as const);
  for (const [path, bytes] of whole) writeFileSync(path, bytes.subarray(0, bytes.length - 15));
  const expected = await failure(() => load({}));
  const { counts, workers } = counted(0);
  const found = await failure(() => load({}, workers));
  for (const [path, bytes] of whole) writeFileSync(path, bytes);
  expect([found.code, found.message, found.hint]).toEqual([expected.code, expected.message, expected.hint]);
  expect(expected.code).toBe("data/truncated");
  expect(counts).toEqual({ started: 1, open: 0 });
});

/** Sounds of several rates and lengths, and pictures with masks. */
const OTHERS = [
  { name: "wav", positional: ["s"], named: { seconds: 0.01, rate: 8000 } },
  { name: "segmentation", positional: ["p", "m"], named: {} },
  { name: "segmentation", positional: ["p", "m"], named: { size: [3, 2], grey: true, split: 0.5, stream: true } },
];

test("sounds, and pictures with masks, that workers decode are those of one thread, and so is the first error", async () => {
  const random = new Random(5);
  for (const kind of ["s/a", "s/b", "p", "m"]) mkdirSync(join(folder, kind), { recursive: true });
  for (let i = 0; i < 40; i++) {
    const wave = Array.from({ length: 40 + 5 * i }, () => random.uniform() - 0.5);
    writeFileSync(join(folder, "s", "ab"[i % 2]!, `${i}.wav`), wavOf(8000 * (1 + (i % 3)), [wave]));
    const grey = Uint8Array.from({ length: 5 * 4 }, () => 10 * ((i + random.integer(3)) % 12));
    const bytes = Uint8Array.from({ length: 5 * 4 * 3 }, () => random.integer(256));
    writeFileSync(join(folder, "p", `${i}.png`), encodePng({ width: 5, height: 4, channels: 3, bytes }));
    writeFileSync(join(folder, "m", `${i}.png`), encodePng({ width: 5, height: 4, channels: 1, bytes: grey }));
  }
  for (const { name, positional, named } of OTHERS) {
    const open = (workers?: LoadingWorkers) =>
      loadDataset(
        { name, positional: positional.map((path) => join(folder, path)), named, seed: 3, base: "" },
        nodeFiles(),
        undefined,
        workers,
      );
    // Tasks and values are copied as between threads.
    let asked = 0;
    const start: LoadingWorkers["start"] = async (records) => {
      const here = decodeHere(structuredClone({ ...records, train: undefined }) as never, nodeFiles(), undefined);
      const read: typeof here.read = async (task) => structuredClone(await here.read(structuredClone(task)));
      return {
        ...here,
        read(task) {
          asked++;
          return read(task);
        },
      };
    };
    const workers = { patience: 0, start };
    const [expected, found] = [await open(), await open(workers)];
    expect(plain(found)).toEqual(plain(expected));
    expect(asked).toBe(3);
    const damaged = ["7", "30"].map((i) =>
      join(folder, name === "wav" ? `s/${"ab"[Number(i) % 2]}/${i}.wav` : `m/${i}.png`),
    );
    const whole = damaged.map((path) => [path, readFileSync(path)] as const);
    for (const [path, bytes] of whole) writeFileSync(path, bytes.subarray(0, bytes.length - 15));
    const errors = [await failure(() => open()), await failure(() => open(workers))];
    for (const [path, bytes] of whole) writeFileSync(path, bytes);
    expect(errors[1]!.message).toBe(errors[0]!.message);
    expect(damaged.some((path) => errors[0]!.message.includes(path))).toBe(true);
  }
});

/** Facts that can be compared: the values of a stream are not there, and its records are functions. */
const plain = ({ records, train, heldout, ...rest }: Dataset) => ({
  ...rest,
  context: records?.context,
  digest: records?.digest,
  parts: [train, heldout].map(({ length, columns }) => [
    length,
    columns.map((c) => (records ? [c.name, c.shape, c.classes, c.labels] : c)),
  ]),
});
