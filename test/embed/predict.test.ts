// Proves that a loaded run answers as `dnn predict` does, to the bit, whatever its inputs are and however JavaScript holds them.

import { afterAll, beforeAll, expect, test } from "vitest";
import { load, type Row } from "../../embed/index.node.ts";
import { Place } from "../cli/dnn.ts";
import { answersOf, picture, trainAll } from "./trained.ts";

const place = new Place();
afterAll(() => place.remove());

beforeAll(() => trainAll(place), 120_000);

async function embedded(weights: string, rows: readonly Row[]) {
  await using net = await load(place.path(weights));
  return net.batch(rows);
}

const pixels = Array.from({ length: 64 }, (_, i) => (i % 9) / 9);
const grid = Array.from({ length: 8 }, (_, y) => Array.from({ length: 8 }, (_, x) => [pixels[8 * y + x]!]));

test("pictures: nested lists, typed arrays, by name or alone, give what `dnn predict` gives for JSON", async () => {
  const [wanted] = await answersOf(place, "pictures", JSON.stringify({ image: pixels }));
  const rows = [
    { image: pixels },
    { image: Float64Array.from(pixels) },
    grid,
    { image: grid },
    Float64Array.from(pixels),
  ];
  for (const found of await embedded("pictures", rows)) expect(found).toEqual(wanted);
});

test("pictures: the bytes of a PNG file, a Blob of them, and its pixels give what `dnn predict` gives for the file", async () => {
  const [wanted] = await answersOf(place, "pictures", "picture.png");
  const bytes = place.bytes("picture.png");
  const { width, height, bytes: data } = picture(1);
  const clamped = new Uint8ClampedArray(width * height * 4).map((_, i) =>
    i % 4 === 3 ? 255 : data[3 * (i >> 2) + (i % 4)]!,
  );
  const rows = [
    { image: bytes },
    bytes.buffer as ArrayBuffer,
    new Blob([bytes as Uint8Array<ArrayBuffer>]),
    { width, height, data: clamped },
  ];
  for (const found of await embedded("pictures", rows)) expect(found).toEqual(wanted);
});

test("pictures: the data of an ImageData of the input's size is one; other pixels without a size, and bytes as numbers, are refused", async () => {
  const data = new Uint8ClampedArray(4 * 64).map((_, i) => (i * 7) % 256);
  const [wanted, ...others] = await embedded("pictures", [
    { width: 8, height: 8, data },
    data,
    { image: Uint8Array.from(data) },
  ]);
  expect(others).toEqual([wanted, wanted]);
  const hint = expect.stringContaining("`context.getImageData(0, 0, width, height)`");
  const message =
    "the input: 'image' takes a picture or its 64 numbers, and is given 400 bytes that are no PNG, JPEG or WebP file";
  await expect(embedded("pictures", [new Uint8ClampedArray(400).fill(99)])).rejects.toMatchObject({ message, hint });
  for (const bytes of [data.subarray(0, 64), Uint8Array.from(data.subarray(0, 64)), [...data.subarray(0, 64)]])
    await expect(embedded("pictures", [bytes])).rejects.toMatchObject({ hint: "divide bytes by 255" });
});

test("rows of a table are read by the names of its columns, normalised as in training", async () => {
  const rows = [
    { width: 1, height: 2.5, colour: 0.3 },
    { colour: 9, width: "4", height: -1 },
  ];
  const wanted = await answersOf(place, "table", JSON.stringify(rows));
  const found = await embedded("table", rows);
  expect(found).toEqual(wanted);
  expect(["rose", "lily"]).toContain(found[0]?.label);
});

test("a text is its characters", async () => {
  const [wanted] = await answersOf(place, "text", JSON.stringify({ text: "to be or" }));
  for (const found of await embedded("text", ["to be or", { text: "to be or" }])) expect(found).toEqual(wanted);
});

test("sequences of different length are as long as they are", async () => {
  const rows = [
    { x: [[1, 2]] },
    {
      x: [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    },
    { x: Array.from({ length: 5 }, (_, t) => [t, -t]) },
  ];
  const wanted = await answersOf(place, "ragged", JSON.stringify(rows), "ragged.safetensors");
  const found = await embedded("ragged.safetensors", rows);
  expect(found).toEqual(wanted);
  expect(new Set(found.map((f) => f.probability)).size).toBe(3);
});

test("a generator takes noise and a class by its number", async () => {
  const rows = [
    { z: [0.1, -2, 0.3], label: 1 },
    { label: 0, z: Float64Array.of(0.1, -2, 0.3) },
  ];
  const wanted = await answersOf(place, "two", JSON.stringify(rows.map(({ z, label }) => ({ z: [...z], label }))));
  expect(await embedded("two", rows)).toEqual(wanted);
});

test("numbers come as numbers", async () => {
  const [wanted] = await answersOf(place, "regression", JSON.stringify({ x: [1, 2] }));
  const [found] = await embedded("regression", [{ x: [1, 2] }]);
  expect(found).toEqual(wanted);
  expect(found?.output).toEqual([expect.any(Number)]);
});

test("values on the way have the names of the program and of its layers; a name that is none is refused with those there are", async () => {
  await using net = await load(place.path("pictures"));
  const found = await net.run({ image: pixels }, ["code", "net.dense1"]);
  expect((found.code as number[][][]).flat(2)).toHaveLength(6 * 6 * 4);
  expect(found["net.dense1"]).toHaveLength(10);
  await expect(net.run({ image: pixels }, ["cod"])).rejects.toMatchObject({
    code: "names/unknown",
    hint: "did you mean code?",
  });
});

test("the program need not be where it was: its text, and what it imports, stand in the weights", async () => {
  place.write("part.dnn", "block part { dense 3; tanh }\n");
  const main = `import "part.dnn"\nmodel net(x: [2]) { part; dense 2 }\ndata points = moons(n=64)\ntrain net on points { loss cross_entropy(net(x), label); epochs 1 }\n`;
  place.write("main.dnn", main);
  expect((await place.run("train", "main.dnn", "--out", "imported")).code).toBe(0);
  const [wanted] = await answersOf(place, "main", "[1, 2]", "imported");
  for (const name of ["main.dnn", "part.dnn"]) place.write(name, "this is no program");
  expect(await embedded("imported", [[1, 2]])).toEqual([wanted]);
});

test("calls at the same time do not see each other's rows", async () => {
  await using net = await load(place.path("table"));
  const rows = Array.from({ length: 20 }, (_, i) => ({ width: i, height: 20 - i, colour: i / 7 }));
  const one = [];
  for (const row of rows) one.push(await net.predict(row));
  expect(await Promise.all(rows.map((row) => net.predict(row)))).toEqual(one);
  expect(await net.batch(rows)).toEqual(one);
});

test("what is wrong with a row is said with a code, and the model goes on", async () => {
  await using net = await load(place.path("table"));
  await expect(net.predict({ width: 1 })).rejects.toMatchObject({ name: "DnnError", code: "input/mismatch" });
  await expect(net.predict({ width: 1, height: "tall", colour: 1 })).rejects.toThrow(/"tall" is not a number/);
  await expect(net.predict({ image: { width: 2, height: 2, data: [1, 2, 3] } as never })).rejects.toMatchObject({
    code: "input/mismatch",
  });
  expect((await net.predict({ width: 1, height: 2, colour: 3 })).label).toMatch(/rose|lily/);
  await expect(load(place.path("nowhere"))).rejects.toMatchObject({ code: "checkpoint/none" });
  await expect(load(place.path("table"), { model: "nett" })).rejects.toMatchObject({ hint: "did you mean net?" });
});

test("what was disposed of answers no more, and answers what it was asked before", async () => {
  const net = await load(place.path("table"));
  const asked = net.predict({ width: 1, height: 2, colour: 3 });
  await net.dispose();
  expect((await asked).label).toMatch(/rose|lily/);
  await expect(net.predict({ width: 1, height: 2, colour: 3 })).rejects.toMatchObject({ code: "usage" });
  await net.dispose();
});
