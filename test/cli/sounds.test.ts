// Proves that a folder of sounds of several rates trains a model of their spectra, which takes files of sounds afterwards: on the
// command line, as bytes in a program, and in a built module.

import { mkdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { load } from "../../embed/index.node.ts";
import { wavOf } from "../data/rawsounds.ts";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const tone = (hertz: number, rate: number, i: number): Uint8Array => {
  const pitch = hertz * (0.9 + 0.02 * (i % 10));
  const samples = Array.from({ length: rate / 10 }, (_, t) => 0.6 * Math.sin((2 * Math.PI * pitch * t) / rate + i));
  return wavOf(rate, i % 2 === 0 ? [samples] : [samples, samples]);
};

test("sounds in folders become a model that names the folder of another file", async () => {
  for (const [name, hertz] of [
    ["low", 300],
    ["high", 2200],
  ] as const) {
    mkdirSync(place.path("d", name), { recursive: true });
    for (let i = 0; i < 12; i++) place.write(`d/${name}/${i}.wav`, tone(hertz, [8000, 16000, 11025][i % 3]!, i));
  }
  place.write(
    "s.dnn",
    `data sounds = wav("d", seconds=0.1, rate=8000) { sound = normalize(logmel(sound, rate=8000, size=128, hop=64, bands=8)) }
model net(sound: [T, 8]) { conv 3 4; relu; mean over=time; dense 2 }
train net on sounds { loss cross_entropy(net(sound), label); optimizer adam lr=0.02; epochs 12; batch 8 }
`,
  );
  const { code, err } = await place.run("train", "s.dnn", "--out", "run");
  expect(code, err).toBe(0);
  expect(err).toContain("8 of 24 are resampled from 11025 samples a second");
  place.write("low.wav", tone(310, 16000, 3));
  place.write("high.wav", tone(2300, 11025, 4));
  const inputs = ["--input", "low.wav", "--input", "high.wav"];
  const { out } = await place.run("predict", "s.dnn", "--weights", "run", ...inputs, "--format", "json");
  const wanted = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(wanted.map(({ label }) => label)).toEqual(["low", "high"]);
  const { input: _, ...first } = wanted[0];
  await using net = await load(place.path("run"));
  expect(await net.predict({ sound: place.bytes("low.wav") })).toEqual(first);
  expect((await place.run("build", "s.dnn", "--weights", "run", "--out", "m.mjs")).code).toBe(0);
  const built = await (await import(pathToFileURL(place.path("m.mjs")).href)).load();
  expect(await built.predict({ sound: place.bytes("low.wav") })).toEqual(first);
  place.write("odd.wav", "no sound");
  const refused = await place.run("predict", "s.dnn", "--weights", "run", "--input", "odd.wav");
  expect([refused.code, refused.err]).toEqual([expect.any(Number), expect.stringContaining("odd.wav is no WAV file")]);
});
