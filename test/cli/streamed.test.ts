// Data that is read while a training goes on: the bits of a training in memory, going on after an end of any kind, a file that is
// gone in the middle, and what cannot be streamed.

import { mkdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Random } from "../../runtime/data/random.ts";
import { encodePng } from "../../runtime/pictures/png.ts";
import { differences, Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

// Figures of the training part, draws and running averages: everything that depends on which rows come when.
const program = (
  given: string,
): string => `model net(image: [H, W, C]) { conv 3 4; batchnorm; relu; mean over=space; dropout 0.2; dense 3 }
data pets = images("pets"${given}) { image = normalize(image) }
train net on pets { loss cross_entropy(net(image), label); metric accuracy(net(image), label); batch 5; epochs 4 }
`;
const FOLDERS = ["cat", "dog", "owl"];
const SMALL = ", stream=true, buffer=12";

beforeAll(async () => {
  const random = new Random(1);
  for (const name of FOLDERS) mkdirSync(place.path("pets", name), { recursive: true });
  for (let i = 0; i < 61; i++) {
    const bytes = Uint8Array.from({ length: 6 * 5 * 3 }, (_, k) => random.integer(150) + (k % 3 === i % 3 ? 100 : 0));
    const file = place.path("pets", FOLDERS[i % 3]!, `${i}.png`);
    writeFileSync(file, encodePng({ width: 5, height: 6, channels: 3, bytes }));
    // New files are decoded in each epoch.
    if (i % 4 > 0) utimesSync(file, 1e9, 1e9);
  }
  place.write("memory.dnn", program(""));
  place.write("net.dnn", program(SMALL));
  expect((await place.run("train", "memory.dnn", "--out", "memory")).code).toBe(0);
}, 60_000);

const progress = (run: string) => JSON.parse(place.checkpoint(run).metadata.get("dnn")!).progress;

test("a folder of pictures trains streamed with the bits of a training in memory, whatever the buffer", async () => {
  for (const [name, given] of [
    ["one", ", stream=true, buffer=1"],
    ["some", SMALL],
    ["all", ", stream=true"],
  ] as const) {
    place.write(`${name}.dnn`, program(given));
    const { code, err } = await place.run("train", `${name}.dnn`, "--out", name);
    expect([code, err]).toEqual([0, expect.stringContaining("pets is streamed: ")]);
    expect(differences(place.checkpoint("memory"), place.checkpoint(name))).toEqual([]);
    expect(progress(name)).toEqual(progress("memory"));
  }
});

test("what takes more memory than there may be is streamed by itself, and a fold is the same as in memory", async () => {
  mkdirSync(place.path("large"), { recursive: true });
  for (const name of FOLDERS) mkdirSync(place.path("large", name), { recursive: true });
  const bytes = new Uint8Array(180 * 180 * 3);
  for (let i = 0; i < 12; i++)
    writeFileSync(
      place.path("large", FOLDERS[i % 3]!, `${i}.png`),
      encodePng({ width: 180, height: 180, channels: 3, bytes: bytes.map((_, k) => (i * 37 + k * (i + 3)) % 251) }),
    );
  place.write("large.dnn", program("").replaceAll('"pets"', '"large"'));
  const both = ["large.dnn", "--fold", "2/3", "--epochs", "1"];
  const inMemory = await place.run("train", ...both, "--out", "fits");
  const streamed = await place.run("train", ...both, "--memory", "1", "--out", "exceeds");
  expect([inMemory.code, streamed.code]).toEqual([0, 0]);
  expect(inMemory.err).not.toContain("streamed");
  expect(streamed.err).toContain("pets is streamed: 12 of 12 images are in memory at a time");
  expect(differences(place.checkpoint("fits"), place.checkpoint("exceeds"))).toEqual([]);
});

test("a streamed run that stops at any step goes on bit for bit", async () => {
  for (const steps of [10, 37]) {
    const run = `stopped-${steps}`;
    expect((await place.run("train", "net.dnn", "--steps", String(steps), "--epochs", "4", "--out", run)).code).toBe(0);
    expect((await place.run("train", "net.dnn", "--resume", run)).code).toBe(0);
    expect(differences(place.checkpoint("memory"), place.checkpoint(run))).toEqual([]);
    expect(progress(run)).toEqual(progress("memory"));
  }
});

test("a file that is gone in the middle is one error; what was learned is saved and goes on when it is back", async () => {
  const [file, away] = [place.path("pets", "dog", "4.png"), place.path("4.png")];
  const running = place.start("train", "net.dnn", "--epochs", "100000", "--out", "lost", "--json");
  await running.said('"event":"epoch"');
  renameSync(file, away);
  const { code, err } = await running.done;
  renameSync(away, file);
  expect(code).toBe(1);
  expect(err).toContain("error[data/file-not-found]: there is no file ");
  expect(err).toContain("dog/4.png");
  const { step } = progress("lost");
  expect(err).toContain(`the training had come to step ${step}; what was learned is saved in lost/`);
  expect(err).toContain("put the file back as it was, then `dnn train net.dnn --resume lost` goes on from there");
  expect(err.match(/error/g)?.length).toBe(1);
  const until = step + 7;
  expect((await place.run("train", "net.dnn", "--resume", "lost", "--steps", String(until))).code).toBe(0);
  const whole = await place.run("train", "net.dnn", "--epochs", "100000", "--steps", String(until), "--out", "whole");
  expect(whole.code).toBe(0);
  expect(differences(place.checkpoint("whole"), place.checkpoint("lost"))).toEqual([]);
}, 60_000);

test("a file that is damaged in the middle is the error of its decoder", async () => {
  const file = place.path("pets", "owl", "5.png");
  const bytes = readFileSync(file);
  const running = place.start("train", "net.dnn", "--epochs", "100000", "--out", "damaged", "--json");
  await running.said('"event":"epoch"');
  writeFileSync(file, bytes.subarray(0, bytes.length - 20));
  const { code, err } = await running.done;
  writeFileSync(file, bytes);
  expect([code, err]).toEqual([1, expect.stringMatching(/error\[data\/[a-z-]+\]: .*owl\/5\.png/)]);
  expect(err).toContain("what was learned is saved in damaged/");
}, 60_000);

test("eval and data say of a stream what they say of data in memory", async () => {
  place.write("all.dnn", program(", stream=true"));
  await place.run("train", "net.dnn", "--out", "figures");
  const figures = [];
  for (const run of ["memory", "figures"])
    figures.push(JSON.parse((await place.run("eval", "net.dnn", "--weights", run, "--json")).out));
  expect(figures[1]).toEqual(figures[0]);
  expect(figures[0]).toMatchObject({ assessment: { kind: "classes" } });
  const [inMemory, streamed] = [await place.run("data", "memory.dnn"), await place.run("data", "all.dnn")];
  const [first, ...rest] = inMemory.out.split("\n");
  expect(streamed.out).toBe([first, "they are streamed", ...rest].join("\n"));
});

test("lr-find, report and sample read a stream, too", async () => {
  place.write("show.dnn", program(SMALL).replace("epochs 4", "epochs 1; show images(image, 2x2)"));
  expect(await place.run("train", "show.dnn", "--out", "shown")).toMatchObject({ code: 0 });
  for (const args of [
    ["lr-find", "net.dnn", "--steps", "20"],
    ["sample", "show.dnn", "--weights", "shown", "--out", "shown.png"],
    ["report", "shown", "--out", "shown.html"],
  ])
    expect(await place.run(...args)).toMatchObject({ code: 0 });
});

test("what cannot be streamed is said with what helps", async () => {
  place.write("buffer.dnn", program(", stream=false, buffer=20"));
  for (const verb of ["train", "check"]) {
    const { code, out, err } = await place.run(verb, "buffer.dnn");
    expect([verb, code]).toEqual([verb, 1]);
    expect(out + err).toContain(
      "buffer says how many examples of a stream are in memory, and stream=false reads all of them",
    );
  }
});

const rows = Array.from({ length: 150 }, (_, i) => ({ a: Math.sin(i), b: (i * 7) % 13, kind: (i * i) % 3 }));
const columnOf = (name: "a" | "b" | "kind") => ({
  name,
  data: Float64Array.from(rows, (r) => r[name]),
  type: "DOUBLE" as const,
});
const tableProgram = (
  given: string,
  loss = "cross_entropy(net(x), label)",
): string => `model net(x: [2]) { dense 6; tanh; dropout 0.1; dense 3 }
data d = parquet("t.parquet", label="kind"${given}) { x = normalize(x) }
train net on d { loss ${loss}; batch 7; epochs 6 }
`;

test("a table trains with the bits of one in memory where the buffer holds it, and goes on bit for bit where it holds a part", async () => {
  place.write(
    "t.parquet",
    new Uint8Array(
      parquetWriteBuffer({ rowGroupSize: 17, columnData: [columnOf("a"), columnOf("b"), columnOf("kind")] }),
    ),
  );
  utimesSync(place.path("t.parquet"), 1e9, 1e9);
  for (const [name, given] of [
    ["whole", ", shuffle=false"],
    ["held", ", shuffle=false, stream=true"],
    ["part", ", stream=true, buffer=30"],
  ] as const) {
    place.write(`t-${name}.dnn`, tableProgram(given));
    expect(await place.run("train", `t-${name}.dnn`, "--out", `t-${name}`)).toMatchObject({ code: 0 });
  }
  expect(differences(place.checkpoint("t-whole"), place.checkpoint("t-held"))).toEqual([]);
  for (const steps of [18, 77]) {
    const run = `t-stopped-${steps}`;
    await place.run("train", "t-part.dnn", "--steps", String(steps), "--epochs", "6", "--out", run);
    expect((await place.run("train", "t-part.dnn", "--resume", run)).code).toBe(0);
    expect(differences(place.checkpoint("t-part"), place.checkpoint(run))).toEqual([]);
    expect(progress(run)).toEqual(progress("t-part"));
  }
}, 60_000);

test("a table that is written to in the middle of a training ends it, and what was learned stands", async () => {
  const bytes = place.bytes("t.parquet");
  const running = place.start("train", "t-part.dnn", "--epochs", "100000", "--out", "t-lost", "--json");
  await running.said('"event":"epoch"');
  place.write("t.parquet", Uint8Array.from([...bytes, 1, 2, 3]));
  const { code, err } = await running.done;
  place.write("t.parquet", bytes);
  expect(code).toBe(1);
  expect(err).toContain("error[data/changed]: ");
  const { step } = progress("t-lost");
  const resumed = await place.run("train", "t-part.dnn", "--resume", "t-lost", "--steps", String(step + 9));
  expect(resumed.code).toBe(0);
  await place.run("train", "t-part.dnn", "--epochs", "100000", "--steps", String(step + 9), "--out", "t-uncut");
  expect(differences(place.checkpoint("t-uncut"), place.checkpoint("t-lost"))).toEqual([]);
}, 60_000);

test("labels of a stream that are no classes, and `carry`, are refused by check and train alike", async () => {
  place.write("label.dnn", tableProgram(", stream=true", "cross_entropy(net(x), b)"));
  place.write(
    "carry.dnn",
    tableProgram(", stream=true")
      .replace("batch 7", "carry; batch 7")
      .replace("dense 6; tanh", "reshape 2x1; lstm 6; mean over=time"),
  );
  for (const verb of ["check", "train"]) {
    const label = await place.run(verb, "label.dnn");
    expect([verb, label.code]).toEqual([verb, 1]);
    expect(label.out + label.err).toMatch(
      /error\[data\/label-outside\].*'b'.* in one of the rows it is \d+: its 3 scores/,
    );
    const carry = await place.run(verb, "carry.dnn");
    expect([verb, carry.code]).toEqual([verb, 1]);
    expect(carry.out + carry.err).toContain(
      "error[data/streamed]: `carry` needs all examples in memory, and 'd' is streamed",
    );
  }
});
