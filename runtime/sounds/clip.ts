// In: the bytes of a WAV file, and how an input takes sounds. Out: so many samples at its rate. Training and prediction cut a sound alike.

import { readWav } from "../files/wav.ts";
import { resample } from "./resample.ts";

/** How a field of sounds was read; saved with the weights. */
export interface SoundFacts {
  /** Samples a second. */
  readonly rate: number;
}

export interface Clip {
  readonly samples: Float32Array;
  /** Of the file: its rate, and how many samples it has at the rate asked for. */
  readonly rate: number;
  readonly length: number;
}

/** The first samples of a sound; silence follows one that is shorter. */
export function readClip(bytes: Uint8Array, path: string, { rate }: SoundFacts, count: number): Clip {
  const sound = readWav(bytes, path);
  // Beyond what is kept, a resampled sound is not computed but for the reach of its filter.
  const needed = Math.ceil(((count + 64) * sound.rate) / rate) + 64;
  const found = resample(sound.samples.subarray(0, needed), sound.rate, rate);
  const samples = new Float32Array(count);
  samples.set(found.subarray(0, count));
  return { samples, rate: sound.rate, length: Math.round((sound.samples.length * rate) / sound.rate) };
}
