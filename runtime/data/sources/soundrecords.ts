// Sounds that are read while a training goes on. In: the names of their files with the classes. Out: their samples, the same as those of
// sounds in memory. Invariant: what is wrong with a file is one DataError that names it.

import { type Clip, readClip } from "../../sounds/clip.ts";
import type { Labelled } from "../filelists/classfolders.ts";
import { memoryOf } from "../numbers.ts";
import { fillRecord } from "../recordcache.ts";
import type { Decoder, Numbered, RecordReader, Records } from "../records.ts";
import { digestOf, singleParts } from "../streamed.ts";

/** How every sound of a data set is read: plain data. */
export interface SoundReading {
  readonly rate: number;
  /** Samples of each. */
  readonly count: number;
  /** Whether the samples and the rate that each file has are columns, too. */
  readonly isCounted?: boolean;
}

/** The first `cut` of the files train. */
export const soundRecords = (
  files: readonly Labelled[],
  cut: number,
  dir: string,
  reading: SoundReading,
  buffer: number | undefined,
): Records => ({
  decoder: soundDecoder.name,
  context: reading,
  ...singleParts(files, cut),
  buffer,
  digest: digestOf(files.map(({ label, path }) => `${label} ${path.slice(dir.length)}`)),
});

export const soundDecoder: Decoder = {
  name: "sounds",
  open(context, files, wanted, open) {
    const { rate, count, isCounted = false } = context as SoundReading;
    const isWanted = wanted?.[0] ?? true;
    const cache = isWanted ? open?.(4 * count) : undefined;
    const decode = async (path: string) => readClip(await files.read(path), path, { rate }, count);
    if (isCounted) return countedReader(decode, count);
    return async (task) => {
      const chosen = task as readonly Numbered<Labelled>[];
      const values = new Float32Array(isWanted ? chosen.length * count : 0);
      const bytes = memoryOf(values);
      for (const [i, { path, record }] of isWanted ? chosen.entries() : [])
        await fillRecord(cache, record, [path], bytes.subarray(4 * i * count, 4 * (i + 1) * count), async () =>
          memoryOf((await decode(path)).samples),
        );
      return [values, Int32Array.from(chosen, ({ label }) => label)];
    };
  },
};

/** Samples, labels, and of each file how many samples it has at the rate that is asked for, at most one too many, and its own rate. */
const countedReader =
  (decode: (path: string) => Promise<Clip>, count: number): RecordReader =>
  async (task) => {
    const chosen = task as readonly Labelled[];
    const values = new Float32Array(chosen.length * count);
    const [lengths, rates] = [new Int32Array(chosen.length), new Int32Array(chosen.length)];
    for (const [i, { path }] of chosen.entries()) {
      const clip = await decode(path);
      values.set(clip.samples, i * count);
      [lengths[i], rates[i]] = [Math.min(clip.length, count + 1), clip.rate];
    }
    return [values, Int32Array.from(chosen, ({ label }) => label), lengths, rates];
  };
