// Sounds that are read while a training goes on. In: the names of their files with the classes. Out: their samples, the same as those of
// sounds in memory. Invariant: what is wrong with a file is one DataError that names it.

import { readClip } from "../../sounds/clip.ts";
import type { Labelled } from "../filelists/classfolders.ts";
import type { Decoder, Records } from "../records.ts";
import { digestOf, singleParts } from "../streamed.ts";

/** How every sound of a data set is read: plain data. */
export interface SoundReading {
  readonly rate: number;
  /** Samples of each. */
  readonly count: number;
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
  open(context, files, wanted) {
    const { rate, count } = context as SoundReading;
    return async (task) => {
      const chosen = task as readonly Labelled[];
      const isWanted = wanted?.[0] ?? true;
      const values = new Float32Array(isWanted ? chosen.length * count : 0);
      for (const [i, { path }] of isWanted ? chosen.entries() : [])
        values.set(readClip(await files.read(path), path, { rate }, count).samples, i * count);
      return [values, Int32Array.from(chosen, ({ label }) => label)];
    };
  },
};
