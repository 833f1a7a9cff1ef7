// Proves that a loaded run answers as `dnn predict` does, to the bit, whatever its inputs are and however JavaScript holds them.

import { afterAll, beforeAll, expect, test } from "vitest";
import { load, type Row, train } from "../../embed/index.node.ts";
import { encodePng } from "../../runtime/pictures/png.ts";
import { Place } from "../cli/dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const PICTURES = `model net(image: [8, 8, 1]) {
  conv 3x3 4; relu
  code = it
  flatten; dense 10
}
data digits = digits(n=64, heldout=8, size=8x8)
train net on digits { loss cross_entropy(net(image), label); epochs 1 }
`;

const TABLE = `model net(x: [3]) { dense 4; tanh; dense 2 }
data flowers = csv("flowers.csv", label="kind") { x = normalize(x) }
train net on flowers { loss cross_entropy(net(x), label); epochs 3; batch 4 }
`;

const ROWS = [
  "width,height,colour,kind",
  "1,2,0.5,rose",
  "3,1,0.25,lily",
  "2,2,1,rose",
  "4,0,2,lily",
  "5,1,0.1,rose",
  "1,7,3,lily",
];

const TEXT = `model net(text: [T] of V) { embed 6; lstm 8; dense V }
data corpus = text("corpus.txt", seq=8)
train net on corpus { loss cross_entropy(net(text), next); epochs 1; batch 8 }
`;

const RAGGED = `model net(x: [T, 2]) { gru 4; it[-1]; dense 2 }
data steps = npz("absent.npz")
train net on steps { loss cross_entropy(net(x), label); epochs 1; batch 4 }
`;

const TWO = `model G(z: [3], label: class 2) { concat(it, onehot(label)); dense 4; tanh; dense 2 }
data points = moons(n=64)
train G on points { loss mse(G(normal([3]), label), x); epochs 1 }
`;

const REGRESSION = `model net(x: [2]) { dense 4; tanh; dense 1 }
data points = csv("points.csv", label="y")
train net on points { loss mse(net(x), y); epochs 2; batch 4 }
`;

const picture = (seed: number) => ({
  width: 8,
  height: 8,
  channels: 3 as const,
  bytes: Uint8Array.from({ length: 192 }, (_, i) => (i * seed * 37) % 256),
});

beforeAll(async () => {
  place.write("flowers.csv", `${ROWS.join("\n")}\n`);
  place.write("points.csv", "a,b,y\n1,2,0.5\n3,1,0.25\n2,2,1.5\n4,0,2\n5,1,0.1\n1,7,3\n");
  place.write("corpus.txt", "to be or not to be, that is the question. ".repeat(20));
  place.write("picture.png", encodePng(picture(1)));
  const x = Array.from({ length: 12 }, (_, i) => Array.from({ length: 5 }, (_, t) => [i * t * 0.1, t - i * 0.3]));
  const training = train(
    { text: RAGGED, path: place.path("ragged.dnn") },
    { data: { x, x_length: x.map((_, i) => 1 + (i % 5)), label: x.map((_, i) => (i % 2 ? "up" : "down")) } },
  );
  place.write("ragged.safetensors", await training.bytes());
  const programs = { pictures: PICTURES, table: TABLE, text: TEXT, two: TWO, regression: REGRESSION };
  for (const [name, text] of Object.entries({ ...programs, ragged: RAGGED })) place.write(`${name}.dnn`, text);
  for (const name of Object.keys(programs)) {
    const { code, err } = await place.run("train", `${name}.dnn`, "--out", name);
    expect([name, code, err]).toEqual([name, 0, expect.anything()]);
  }
}, 120_000);

/** What the command answers for rows of JSON, or for a file. */
async function commanded(name: string, input: string, weights = name, ...more: string[]) {
  const { code, out, err } = await place.run(
    "predict",
    `${name}.dnn`,
    "--weights",
    weights,
    "--input",
    input,
    "--json",
    ...more,
  );
  expect([code, err]).toEqual([0, expect.anything()]);
  return out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

async function embedded(weights: string, rows: readonly Row[]) {
  await using net = await load(place.path(weights));
  return net.batch(rows);
}

const pixels = Array.from({ length: 64 }, (_, i) => (i % 9) / 9);
const grid = Array.from({ length: 8 }, (_, y) => Array.from({ length: 8 }, (_, x) => [pixels[8 * y + x]!]));

test("pictures: nested lists, typed arrays, by name or alone, give what `dnn predict` gives for JSON", async () => {
  const [wanted] = await commanded("pictures", JSON.stringify({ image: pixels }));
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
  const [wanted] = await commanded("pictures", "picture.png");
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

test("rows of a table are read by the names of its columns, normalised as in training", async () => {
  const rows = [
    { width: 1, height: 2.5, colour: 0.3 },
    { colour: 9, width: "4", height: -1 },
  ];
  const wanted = await commanded("table", JSON.stringify(rows));
  const found = await embedded("table", rows);
  expect(found).toEqual(wanted);
  expect(["rose", "lily"]).toContain(found[0]?.label);
});

test("a text is its characters", async () => {
  const [wanted] = await commanded("text", JSON.stringify({ text: "to be or" }));
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
  const wanted = await commanded("ragged", JSON.stringify(rows), "ragged.safetensors");
  const found = await embedded("ragged.safetensors", rows);
  expect(found).toEqual(wanted);
  expect(new Set(found.map((f) => f.probability)).size).toBe(3);
});

test("a generator takes noise and a class by its number", async () => {
  const rows = [
    { z: [0.1, -2, 0.3], label: 1 },
    { label: 0, z: Float64Array.of(0.1, -2, 0.3) },
  ];
  const wanted = await commanded("two", JSON.stringify(rows.map(({ z, label }) => ({ z: [...z], label }))));
  expect(await embedded("two", rows)).toEqual(wanted);
});

test("numbers come as numbers", async () => {
  const [wanted] = await commanded("regression", JSON.stringify({ x: [1, 2] }));
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
  const [wanted] = await commanded("main", "[1, 2]", "imported");
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
