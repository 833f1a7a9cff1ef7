// Proves that WAV files of every kind give the samples that they hold, that other rates are resampled, that every wrong file gets
// one error, and that `logmel` is its formula.

import { expect, test } from "vitest";
import type { SourceArgument } from "../../runtime/data/dataset.ts";
import { readWav } from "../../runtime/files/wav.ts";
import { resample } from "../../runtime/sounds/resample.ts";
import { computed } from "../support/computed.ts";
import { column, failure, load, utf8 } from "./rawfiles.ts";
import { type Making, wavOf } from "./rawsounds.ts";

const WAVE = [0, 0.5, -0.25, 0.75, -1];

test("whole numbers of 8 to 32 bits and floats are samples from -1 to 1, channels averaged", () => {
  const kinds: readonly Making[] = [
    { bits: 8 },
    { bits: 16, hasNote: true },
    { bits: 24 },
    { bits: 32, isExtensible: true },
    { bits: 32, isFloat: true },
    { bits: 64, isFloat: true, isExtensible: true },
  ];
  for (const kind of kinds) {
    const { rate, samples } = readWav(wavOf(8000, [WAVE, [...WAVE].reverse()], kind), "a.wav");
    const wanted = WAVE.map((v, i) => expect.closeTo((v + WAVE[WAVE.length - 1 - i]!) / 2, 2));
    expect([rate, [...samples]], JSON.stringify(kind)).toEqual([8000, wanted]);
  }
  // A recorder that was stopped leaves a size that is none.
  for (const size of [0, 0xffffffff])
    expect([...readWav(wavOf(8000, [WAVE], { size }), "a.wav").samples]).toHaveLength(WAVE.length);
});

test("a sine is the same sine at another rate, and what the new rate cannot hold is gone", () => {
  const sine = (rate: number, hertz: number, n: number) =>
    Float32Array.from({ length: n }, (_, i) => Math.sin((2 * Math.PI * hertz * i) / rate));
  for (const [from, to] of [
    [16000, 8000],
    [8000, 16000],
    [44100, 16000],
    [11025, 8000],
  ] as const) {
    const made = resample(sine(from, 440, from / 5), from, to);
    const wanted = sine(to, 440, made.length);
    for (let i = 200; i < made.length - 200; i++) expect(Math.abs(made[i]! - wanted[i]!)).toBeLessThan(2e-3);
  }
  const high = resample(sine(16000, 6000, 3200), 16000, 8000);
  for (let i = 200; i < high.length - 200; i++) expect(Math.abs(high[i]!)).toBeLessThan(2e-3);
});

const read = (files: Record<string, Uint8Array>, named: Record<string, SourceArgument> = {}) =>
  load("wav", files, { positional: ["d"], named: { rate: 8000, seconds: 0.001, split: 1, ...named }, seed: 1 });

test("sounds are of one length and rate, with a note of what was cut, filled up and resampled", async () => {
  const data = await read({
    "d/a/1.wav": wavOf(8000, [WAVE]),
    "d/a/more/2.WAV": wavOf(8000, [[...WAVE, ...WAVE]]),
    "d/b/3.wav": wavOf(16000, [[...WAVE, ...WAVE, ...WAVE, 0]]),
  });
  const { shape, note = "", values } = column(data, "sound");
  expect([shape, values.length, column(data, "label").labels]).toEqual([[8, 1], 24, ["a", "b"]]);
  expect(note).toContain("1 of 3 are longer and are cut off; 1 of 3 are shorter and are followed by silence");
  expect(note).toContain("1 of 3 are resampled from 16000 samples a second");
  const short = (row: number) => [...values.subarray(8 * row, 8 * row + 8)];
  expect([0, 1, 2].map(short)).toContainEqual([...WAVE, 0, 0, 0]);
});

test("every wrong file or argument is one error that names it", async () => {
  const fine = { "d/a/1.wav": wavOf(8000, [WAVE]), "d/b/2.wav": wavOf(8000, [WAVE]) };
  const changed = (at: number, byte: number) => {
    const bytes = wavOf(8000, [WAVE]);
    bytes[at] = byte;
    return bytes;
  };
  const cases: readonly [
    files: Record<string, Uint8Array>,
    named: Record<string, SourceArgument>,
    code: string,
    message: string,
  ][] = [
    [{ "d/a/3.wav": utf8("ID3 mp3") }, {}, "data/not-wav", "d/a/3.wav is no WAV file"],
    [{ "d/a/3.wav": changed(20, 85) }, {}, "data/not-wav", "holds sound of kind 85 with 16 bits"],
    [{ "d/a/3.wav": changed(22, 0) }, {}, "data/not-wav", "0 channels of 8000 samples"],
    [{ "d/a/3.wav": wavOf(8000, [WAVE]).subarray(0, 48) }, {}, "data/truncated", "ends before its 10 bytes"],
    [{ "d/a/3.wav": wavOf(8000, [WAVE]).subarray(0, 20) }, {}, "data/truncated", "d/a/3.wav"],
    [{ "d/a/3.wav": wavOf(8000, [[]]) }, {}, "data/truncated", "has no sound in it"],
    [{ "d/a/3.wav": wavOf(8000, [[Number.NaN]], { bits: 32, isFloat: true }) }, {}, "data/not-finite", "sample 0"],
    [{ "d/3.wav": wavOf(8000, [WAVE]) }, {}, "data/no-classes", "3.wav lies in d itself"],
    [{ "d/c/3.mp3": utf8("x") }, {}, "data/no-files", "the folder d/c has no .wav files"],
    [{}, { seconds: 0 }, "data/bad-argument", "are no sample"],
  ];
  for (const [files, named, code, message] of cases) {
    const error = await failure(read({ ...fine, ...files }, named));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
  }
});

test("logmel is the logarithm of the power in triangles on the mel scale, of windows with that of Hann", async () => {
  const [rate, bands, size, hop, eps] = [8000, 6, 64, 32, 1e-3];
  const x = Float32Array.from({ length: 160 }, (_, i) => Math.sin(i / 3) + 0.3 * Math.cos(i * 1.7));
  const edge = (b: number) => 700 * (Math.exp((Math.log(1 + rate / 1400) * b) / (bands + 1)) - 1);
  const wanted: number[] = [];
  for (let from = 0; from + size <= x.length; from += hop) {
    const power = Array.from({ length: size / 2 + 1 }, (_, k) => {
      let [re, im] = [0, 0];
      for (let t = 0; t < size; t++) {
        const w = x[from + t]! * (0.5 - 0.5 * Math.cos((2 * Math.PI * t) / size));
        re += w * Math.cos((2 * Math.PI * k * t) / size);
        im += w * Math.sin((2 * Math.PI * k * t) / size);
      }
      return re * re + im * im;
    });
    for (let b = 0; b < bands; b++) {
      const [left, centre, right] = [edge(b), edge(b + 1), edge(b + 2)];
      const weights = power.map((_, k) => {
        const f = (k * rate) / size;
        return Math.max(0, Math.min((f - left) / (centre - left), (right - f) / (right - centre)));
      });
      wanted.push(Math.log(power.reduce((sum, p, k) => sum + p * weights[k]!, 0) + eps));
    }
  }
  const call = `logmel(x, rate=${rate}, bands=${bands}, size=${size}, hop=${hop}, eps=${eps})`;
  const found = await computed(call, [160, 1], x, [wanted.length / bands, bands]);
  for (const [i, value] of wanted.entries()) expect(Math.abs(found[i]! - value)).toBeLessThan(1e-3);
});
