// Proves that what people bring on the first day goes from the raw file to predictions by what the manual says, where no other file of
// tests does: penguins with empty cells, Keras' archive of digits; and that a wrong table, text or series has its own message at check.

import { zipSync } from "fflate";
import { afterAll, expect, test } from "vitest";
import { bytesOf, npy } from "../data/rawfiles.ts";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

async function trained(name: string, program: string): Promise<void> {
  place.write(`${name}.dnn`, program);
  const { code, err } = await place.run("train", `${name}.dnn`, "--out", name);
  expect(code, err).toBe(0);
}

test("penguins with empty cells, of words and numbers, are learned, and one without a weight is predicted", async () => {
  const kinds = ["Adelie,Torgersen", "Gentoo,Biscoe", "Chinstrap,Dream"] as const;
  const row = (i: number): string => {
    const kind = i % 3;
    const mass = i % 17 === 4 ? "NA" : String(3500 + 900 * (kind === 1 ? 1 : 0) + ((i * 37) % 200));
    const bill = (38 + 9 * (kind > 0 ? 1 : 0) + ((i * 13) % 20) / 10).toFixed(1);
    return `${kinds[kind]},${i % 23 === 5 ? "" : bill},${mass},${i % 11 === 3 ? "" : i % 2 ? "male" : "female"}`;
  };
  const header = "species,island,bill_length_mm,body_mass_g,sex";
  place.write("penguins.csv", `${header}\n${Array.from({ length: 90 }, (_, i) => row(i)).join("\n")}\n`);
  await trained(
    "penguins",
    'model net(x: [7]) { dense 8; tanh; dense 3 }\ndata d = csv("penguins.csv", label="species", missing="flag", categories="onehot", drop="island") { x = normalize(x) }\ntrain net on d { loss cross_entropy(net(x), label); epochs 40; batch 8; optimizer adam lr=0.03 }\n',
  );
  place.write("new.csv", `${header}\n,Torgersen,38.5,NA,female\n,Biscoe,48,4500,\n,Dream,48.1,3600,male\n`);
  const { out, err } = await place.run("predict", "penguins.dnn", "--weights", "penguins", "--input", "new.csv");
  expect(
    out
      .trim()
      .split("\n")
      .map((line) => line.split(/\s+/)[0]),
    err,
  ).toEqual(["Adelie", "Gentoo", "Chinstrap"]);
});

test("Keras' archive of digits, x_train to y_test, is read as it is, and a picture of the test part is predicted", async () => {
  const picture = (i: number): number[] =>
    Array.from({ length: 64 }, (_, k) => ((i % 2 === 0 ? k % 8 < 4 : k < 32) ? 200 : 20) + ((i * 7 + k) % 30));
  const pictures = (from: number, count: number) =>
    npy(
      "'|u1'",
      `(${count}, 8, 8)`,
      bytesOf(Uint8Array.from(Array.from({ length: count }, (_, i) => picture(from + i)).flat())),
    );
  const labels = (from: number, count: number) =>
    npy("'|u1'", `(${count},)`, bytesOf(Uint8Array.from({ length: count }, (_, i) => (from + i) % 2)));
  const archive = {
    "x_train.npy": pictures(0, 40),
    "y_train.npy": labels(0, 40),
    "x_test.npy": pictures(40, 10),
    "y_test.npy": labels(40, 10),
  };
  place.write("mnist.npz", zipSync(archive));
  await trained(
    "digits",
    'model net(x_train: [8, 8]) { reshape [8, 8, 1]; conv 3x3 4; relu; flatten; dense 2 }\ndata d = npz("mnist.npz") { x_train = x_train / 255 }\ntrain net on d { loss cross_entropy(net(x_train), y_train); epochs 4; batch 8; optimizer adam lr=0.02 }\n',
  );
  const rows = (i: number) => Array.from({ length: 8 }, (_, y) => picture(i).slice(8 * y, 8 * y + 8));
  for (const i of [101, 102]) {
    const input = JSON.stringify({ x_train: rows(i) });
    const { out, err } = await place.run("predict", "digits.dnn", "--weights", "digits", "--input", input);
    expect(out.trim().split(/\s+/)[0], err).toBe(String(i % 2));
  }
});

const NET = "model net(x: [1]) { dense 2 }\n";
const TRAINING = "\ntrain net on d { loss cross_entropy(net(x), label) }\n";
const counted = (n: number, cells: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => cells(i)).join("\n");

test("what is wrong with a table, a text or a series is said by check, each in its own words", async () => {
  place.write("none.csv", "x,label\n");
  place.write("one.csv", `x,label\n${counted(12, (i) => `${i},a`)}\n`);
  place.write("text.csv", `x,review\n${counted(30, (i) => `${i},this is review number ${i} of a film`)}\n`);
  place.write("short.csv", `t,v\n${counted(10, (i) => `${i},${i % 5}`)}\n`);
  place.write("late.csv", `t,v\n${counted(40, (i) => `${(i * 7) % 40},${i % 5}`)}\n`);
  const cases: readonly [program: string, says: readonly string[]][] = [
    [`${NET}data d = csv("none.csv")${TRAINING}`, ["error[data/csv-no-rows]", "none.csv has a header and no rows"]],
    [
      `${NET.replace("2", "1")}data d = csv("one.csv")${TRAINING}`,
      ["warning[train/one-class]", "the label is always the same class"],
    ],
    [
      `${NET.replace("2", "30")}data d = csv("text.csv")${TRAINING}`,
      [
        "warning[data/many-classes]",
        "the label review has 30 classes in 30 rows",
        'text="review" makes it a sequence of words',
      ],
    ],
    [
      'data d = csv("text.csv", text="review", label="x", tokens="bert")\n',
      ["error[data/bad-argument]", 'there is no tokenizer called "bert"', "the path of a file"],
    ],
    ['data d = series("short.csv")\n', ["error[data/too-few]", "too few for a window of 48", "take a smaller window"]],
    [
      'data d = series("late.csv", window=4, horizon=2, time="t")\n',
      ["error[data/series]", "late.csv, line 8: the time of column", "sort the rows by time"],
    ],
  ];
  for (const [program, says] of cases) {
    place.write("bad.dnn", program);
    const { out, err } = await place.run("check", "bad.dnn");
    for (const part of says) expect(out + err, program).toContain(part);
  }
});
