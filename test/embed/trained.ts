// Small trained models of every kind of input, for what must answer as the command does.

import { expect } from "vitest";
import { type Row, train } from "../../embed/index.node.ts";
import { encodePng } from "../../runtime/pictures/png.ts";
import type { Place } from "../cli/dnn.ts";

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

export const picture = (seed: number) => ({
  width: 8,
  height: 8,
  channels: 3 as const,
  bytes: Uint8Array.from({ length: 192 }, (_, i) => (i * seed * 37) % 256),
});

export async function trainAll(place: Place): Promise<void> {
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
}

export const pixels = Array.from({ length: 64 }, (_, i) => (i % 9) / 9);

/** A row or two for each model; its weights have its name unless said otherwise. */
export const CASES: readonly { name: string; weights?: string; rows: readonly Row[] }[] = [
  { name: "pictures", rows: [{ image: pixels }, { image: pixels.toReversed() }] },
  {
    name: "table",
    rows: [
      { width: 1, height: 2.5, colour: 0.3 },
      { colour: 9, width: "4", height: -1 },
    ],
  },
  { name: "text", rows: [{ text: "to be or" }] },
  {
    name: "ragged",
    weights: "ragged.safetensors",
    rows: [
      { x: [[1, 2]] },
      {
        x: [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      },
    ],
  },
  {
    name: "two",
    rows: [
      { z: [0.1, -2, 0.3], label: 1 },
      { label: 0, z: [0.1, -2, 0.3] },
    ],
  },
  { name: "regression", rows: [{ x: [1, 2] }, { x: [-1, 0.5] }] },
];

/** Answers of the command for rows of JSON, or for a file. */
export async function answersOf(place: Place, name: string, input: string, weights = name, ...more: string[]) {
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
