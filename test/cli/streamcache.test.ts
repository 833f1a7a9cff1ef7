// Decoded examples of a stream that are kept beside the run: the bits of a training without them, after an end of any kind, after a
// change of the data in between, and on a disk that takes nothing.

import { cpSync, existsSync, mkdirSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Random } from "../../runtime/data/random.ts";
import { encodePng } from "../../runtime/pictures/png.ts";
import { differences, Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const COUNT = 60;
const [HEIGHT, WIDTH] = [6, 5];
const pathOf = (i: number): string => place.path("pets", `kind${i % 3}`, `${i}.png`);

/** A picture that was written long ago: new ones are decoded in each epoch. */
function writePicture(i: number, random: Random): void {
  const bytes = Uint8Array.from(
    { length: HEIGHT * WIDTH * 3 },
    (_, k) => random.integer(150) + (k % 3 === i % 3 ? 100 : 0),
  );
  writeFileSync(pathOf(i), encodePng({ width: WIDTH, height: HEIGHT, channels: 3, bytes }));
  utimesSync(pathOf(i), 1e9, 1e9);
}

beforeAll(() => {
  for (let kind = 0; kind < 3; kind++) mkdirSync(place.path("pets", `kind${kind}`), { recursive: true });
  const random = new Random(1);
  for (let i = 0; i < COUNT; i++) writePicture(i, random);
  place.write(
    "net.dnn",
    `model net(image: [H, W, C]) { conv 3 4; batchnorm; relu; mean over=space; dropout 0.2; dense 3 }
data pets = images("pets", stream=true, buffer=12) { image = normalize(image) }
train net on pets { loss cross_entropy(net(image), label); batch 5; epochs 3 }
`,
  );
});

const cacheOf = (run: string): string => place.path(run, "stream.cache");
const stepOf = (run: string): number => JSON.parse(place.checkpoint(run).metadata.get("dnn")!).progress.step;
const train = (...args: string[]) => place.run("train", "net.dnn", ...args);

/** Trains on for a while, and ends it. */
async function stopped(signal: "SIGINT" | "SIGKILL", ...args: string[]): Promise<void> {
  const { child, done, said } = place.start("train", "net.dnn", "--epochs", "100000", "--json", ...args);
  await said('"event":"epoch"');
  child.kill(signal);
  await done;
}

test("a training with a cache has the bits of one without, and leaves none behind", async () => {
  for (const [run, ...args] of [["kept"], ["none", "--cache", "0"], ["little", "--cache", "1"]] as const)
    expect(await train("--out", run, ...args)).toMatchObject({ code: 0 });
  for (const run of ["none", "little"])
    expect(differences(place.checkpoint("kept"), place.checkpoint(run))).toEqual([]);
  for (const run of ["kept", "none", "little"]) expect(existsSync(cacheOf(run))).toBe(false);
});

test("a run that was stopped, killed and lost half of its cache goes on bit for bit", async () => {
  await stopped("SIGINT", "--out", "cut");
  expect(statSync(cacheOf("cut")).size).toBeGreaterThan(COUNT * HEIGHT * WIDTH * 3);
  await stopped("SIGKILL", "--resume", "cut");
  expect(existsSync(cacheOf("cut"))).toBe(true);
  truncateSync(cacheOf("cut"), COUNT * HEIGHT * WIDTH + 7);
  const until = stepOf("cut") + 29;
  expect(await train("--resume", "cut", "--steps", `${until}`)).toMatchObject({ code: 0 });
  await train("--epochs", "100000", "--steps", `${until}`, "--out", "whole", "--cache", "0");
  expect(differences(place.checkpoint("whole"), place.checkpoint("cut"))).toEqual([]);
  expect(existsSync(cacheOf("cut"))).toBe(false);
}, 60_000);

test("a picture that was written to in between is trained on as it is now", async () => {
  await stopped("SIGINT", "--out", "before");
  const step = stepOf("before") + 50;
  for (const copy of ["old", "new", "none"]) cpSync(place.path("before"), place.path(copy), { recursive: true });
  await train("--resume", "old", "--steps", `${step}`);
  writePicture(7, new Random(5));
  await train("--resume", "new", "--steps", `${step}`);
  await train("--resume", "none", "--steps", `${step}`, "--cache", "0");
  writePicture(7, new Random(6));
  expect(differences(place.checkpoint("none"), place.checkpoint("new"))).toEqual([]);
  expect(differences(place.checkpoint("old"), place.checkpoint("new"))).not.toEqual([]);
}, 60_000);

test.skipIf(!existsSync("/dev/full"))(
  "a disk that takes nothing, and a folder in its place, only leave the cache out",
  async () => {
    for (const run of ["full", "folder", "plain"]) mkdirSync(place.path(run));
    symlinkSync("/dev/full", cacheOf("full"));
    mkdirSync(cacheOf("folder"));
    for (const run of ["full", "folder", "plain"]) expect(await train("--out", run)).toMatchObject({ code: 0 });
    for (const run of ["full", "folder"])
      expect(differences(place.checkpoint("plain"), place.checkpoint(run))).toEqual([]);
  },
);
