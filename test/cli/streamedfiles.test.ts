// Pictures with masks, sounds and arrays that are read while a training goes on: the bits of a training in memory, going on after an end, and a
// file that is gone or damaged in the middle.

import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { zipSync } from "fflate";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Random } from "../../runtime/data/random.ts";
import { encodePng } from "../../runtime/pictures/png.ts";
import { bytesOf, npy } from "../data/rawfiles.ts";
import { wavOf } from "../data/rawsounds.ts";
import { differences, Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const SMALL = ", stream=true, buffer=9";

interface Kind {
  readonly name: string;
  /** One that is read in each epoch; absent where other tests damage it. */
  readonly file?: string;
  readonly program: (given: string) => string;
}

const KINDS: readonly Kind[] = [
  {
    name: "segmentation",
    file: "m/4.png",
    program: (given) => `model net(image: [H, W, C]) { conv 3 4 same; batchnorm; relu; dropout 0.2; conv 1 3 }
data d = segmentation("p", "m", size=6x5${given}) { image = normalize(image) }
train net on d { loss mean(cross_entropy(net(image), mask)); batch 5; epochs 3 }
`,
  },
  {
    name: "wav",
    file: "s/yes/3.wav",
    program: (given) => `model net(sound: [T, D]) { conv 5 4; batchnorm; relu; mean over=time; dropout 0.2; dense 2 }
data d = wav("s", seconds=0.01, rate=8000${given}) { sound = normalize(sound) }
train net on d { loss cross_entropy(net(sound), label); batch 5; epochs 3 }
`,
  },
  {
    name: "npz",
    program: (given) => `model net(x: [4]) { dense 5; batchnorm; relu; dropout 0.2; dense 3 }
data d = npz("a.npz"${given}) { x = normalize(x) }
train net on d { loss cross_entropy(net(x), label); batch 5; epochs 3 }
`,
  },
];

beforeAll(() => {
  const random = new Random(1);
  for (const folder of ["p", "m", "s/yes", "s/no"]) mkdirSync(place.path(folder), { recursive: true });
  for (let i = 0; i < 33; i++) {
    const [width, height] = [5 + (i % 3), 6];
    const colours = Uint8Array.from({ length: width * height }, () => 100 * random.integer(3));
    const bytes = Uint8Array.from({ length: 3 * colours.length }, (_, k) => colours[Math.floor(k / 3)]! + (k % 40));
    place.write(`p/${i}.png`, encodePng({ width, height, channels: 3, bytes }));
    place.write(`m/${i}.png`, encodePng({ width, height, channels: 1, bytes: colours }));
    const [rate, length] = [i % 4 === 0 ? 16000 : 8000, 60 + 3 * i];
    const wave = Array.from({ length }, (_, k) => Math.sin(k * (0.3 + (i % 2))) * 0.7 + 0.1 * random.uniform());
    place.write(`s/${i % 2 === 0 ? "no" : "yes"}/${i}.wav`, wavOf(rate, [wave]));
  }
  const numbers = Float32Array.from({ length: 4 * 33 }, () => random.normal());
  const labels = Int32Array.from({ length: 33 }, (_, i) => i % 3);
  const [x, label] = [npy("'<f4'", "(33, 4)", bytesOf(numbers)), npy("'<i4'", "(33,)", bytesOf(labels))];
  place.write("a.npz", zipSync({ "x.npy": x, "label.npy": label }, { level: 0 }));
  for (const { name, program } of KINDS) {
    place.write(`${name}-memory.dnn`, program(""));
    place.write(`${name}.dnn`, program(SMALL));
  }
});

const progress = (run: string) => JSON.parse(place.checkpoint(run).metadata.get("dnn")!).progress;

for (const { name, file = "" } of KINDS) {
  test(`${name} trains streamed with the bits of a training in memory, and goes on bit for bit`, async () => {
    const memory = `${name}-in-memory`;
    expect(await place.run("train", `${name}-memory.dnn`, "--out", memory)).toMatchObject({ code: 0 });
    const run = `${name}-stopped`;
    const { code, err } = await place.run("train", `${name}.dnn`, "--steps", "8", "--epochs", "3", "--out", run);
    expect([code, err]).toEqual([0, expect.stringContaining("d is streamed: ")]);
    expect(await place.run("train", `${name}.dnn`, "--resume", run)).toMatchObject({ code: 0 });
    expect(differences(place.checkpoint(memory), place.checkpoint(run))).toEqual([]);
    expect(progress(run)).toEqual(progress(memory));
    const figures = [];
    for (const each of [memory, run])
      figures.push(JSON.parse((await place.run("eval", `${name}.dnn`, "--weights", each, "--json")).out));
    expect(figures[1]).toEqual(figures[0]);
  }, 60_000);

  test.skipIf(file === "")(
    `${name}: a file that is gone or damaged in the middle is one error, and what was learned goes on`,
    async () => {
      const [path, away] = [place.path(file), place.path("away")];
      const bytes = readFileSync(path);
      const lost = `${name}-lost`;
      for (const damage of [
        () => renameSync(path, away),
        () => writeFileSync(path, bytes.subarray(0, bytes.length - 31)),
      ]) {
        const given = progressOr(lost) ? ["--resume", lost] : ["--out", lost];
        const running = place.start("train", `${name}.dnn`, "--epochs", "100000", ...given, "--json");
        await running.said('"event":"epoch"');
        damage();
        const { code, err } = await running.done;
        writeFileSync(path, bytes);
        expect([code, err]).toEqual([1, expect.stringMatching(/error\[data\/[a-z-]+\]: .*/)]);
        expect(err).toContain(file);
        expect(err.match(/error/g)?.length).toBe(1);
      }
      const until = progress(lost).step + 4;
      expect(await place.run("train", `${name}.dnn`, "--resume", lost, "--steps", String(until))).toMatchObject({
        code: 0,
      });
      const whole = ["--epochs", "100000", "--steps", String(until), "--out", `${name}-whole`];
      expect(await place.run("train", `${name}.dnn`, ...whole)).toMatchObject({ code: 0 });
      expect(differences(place.checkpoint(`${name}-whole`), place.checkpoint(lost))).toEqual([]);
    },
    60_000,
  );
}

function progressOr(run: string): unknown {
  try {
    return progress(run);
  } catch {
    return undefined;
  }
}

test("a mask of another size is found before the first step, and a colour that no mask had when it is met", async () => {
  const grey = (width: number, colour: number) =>
    encodePng({ width, height: 6, channels: 1, bytes: new Uint8Array(width * 6).fill(colour) });
  const before = place.bytes("m/3.png");
  place.write("m/3.png", grey(9, 0));
  const { code, err } = await place.run("train", "segmentation.dnn", "--out", "sizes");
  expect([code, err]).toEqual([1, expect.stringMatching(/data\/picture-sizes.*m\/3\.png is 6x9, but its picture/)]);
  place.write("m/3.png", before);
  const running = place.start("train", "segmentation.dnn", "--epochs", "100000", "--out", "colours", "--json");
  await running.said('"event":"epoch"');
  // At once, since the training reads all the time.
  renameSync(place.path(place.write("other.png", grey(5, 77))), place.path("m/3.png"));
  const ended = await running.done;
  place.write("m/3.png", before);
  expect([ended.code, ended.err]).toEqual([1, expect.stringMatching(/data\/changed.*it has the colour 77/)]);
}, 60_000);
