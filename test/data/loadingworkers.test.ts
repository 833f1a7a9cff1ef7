// Proves that pictures in memory are the same whichever threads have decoded them, and so is the error of the first that is damaged.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { placeOf } from "../../project/data/place.ts";
import { machineHost } from "../../project/machine.node.ts";
import type { SourceArgument } from "../../runtime/data/dataset.ts";
import { Random } from "../../runtime/data/random.ts";
import type { LoadingWorkers } from "../../runtime/data/records.ts";
import { loadDataset } from "../../runtime/data/sources/all.ts";
import { nodeFiles } from "../../runtime/files/files.node.ts";
import { encodePng } from "../../runtime/pictures/png.ts";
import { failure } from "./rawfiles.ts";

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
