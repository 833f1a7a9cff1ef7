// Proves that a label which a model is given is told, under whichever of its names a table gives it, and that other columns are given
// without a word.

import { expect, test } from "vitest";
import { checkOpened } from "../../project/check/opened.ts";
import { memoryFiles } from "../../runtime/files/files.ts";
import { openText } from "../support/opened.ts";

const rows = (head: string, row: (i: number) => readonly (string | number)[]): string =>
  `${head}\n${Array.from({ length: 40 }, (_, i) => `${row(i).join()}\n`).join("")}`;
const measures = (i: number): readonly number[] => [(i * 7) % 11, (i * 5) % 13];
const FILES = memoryFiles({
  "kinds.csv": new TextEncoder().encode(rows("width,height,kind", (i) => [...measures(i), "abc".charAt((i >> 1) % 3)])),
  "prices.csv": new TextEncoder().encode(rows("width,height,price", (i) => [...measures(i), ((i * 3) % 17) + 0.5])),
  "tags.csv": new TextEncoder().encode(rows("size,red,soft", (i) => [(i * 7) % 11, (i * i) % 2, (i >> 1) % 2])),
});

const saidOf = async (program: string): Promise<readonly string[]> => {
  const found = await checkOpened(openText("net.dnn", program), { base: "", files: FILES });
  return found.map((d) => `${d.code}: ${d.message}; ${d.hint}`);
};

const kinds = (loss: string): string =>
  `model m(x: [2], k: class 3) { concat(x, onehot(k)); dense 8; tanh; dense 3 }\ndata d = csv("kinds.csv")\ntrain m on d { loss ${loss} }\n`;
const prices = (loss: string, source = 'csv("prices.csv", label="price")', n = 3): string =>
  `model m(x: [${n}]) { dense 8; tanh; dense 1 }\ndata d = ${source}\ntrain m on d { loss ${loss} }\n`;
const tags = (loss: string): string =>
  `model m(x: [2]) { dense 8; tanh; dense 2 }\ndata d = csv("tags.csv", label=["red", "soft"])\ntrain m on d { loss ${loss} }\n`;
const PREPARED = 'csv("prices.csv", label="price") { y = normalize(y) }';
const NONE = 'csv("prices.csv", label="")';

test.each([
  [kinds("cross_entropy(m(x, kind), label)"), "leave 'kind' out"],
  [kinds("cross_entropy(m(x, label), kind)"), "leave 'label' out"],
  [kinds("cross_entropy(m(x, kind), kind)"), "leave 'kind' out"],
  [prices("mse(m(concat(x, price)), y)"), "leave 'price' out"],
  [prices("mse(m(concat(width, height, price)), price)"), "leave 'price' out"],
  [prices("mse(m(concat(x, y)), y)", PREPARED), "leave 'y' out"],
  [prices("mse(m(concat(x, price / 10)), y)", PREPARED), "leave 'price' out"],
  [prices("mse(m(x), y)", 'csv("prices.csv", label="price") { x = concat(x, price) }'), "leave 'price' out"],
  [prices("mse(m(x), price)", NONE), 'label="price"'],
  [tags("bce(m(concat(x, red)), y)"), "leave 'red' out"],
])("%j is told", async (program, part) => {
  expect(await saidOf(program)).toEqual([expect.stringMatching(/^train\/sees-target: /)]);
  expect((await saidOf(program)).join()).toContain(part);
});

test.each([
  prices("mse(m(x), y)", undefined, 2),
  prices("mse(m(x), y)", PREPARED, 2),
  prices("mse(m(x), price)", undefined, 2),
  prices("mse(m(concat(width, height)), price)", undefined, 2),
  prices("mse(m(x[0:2]), price)", NONE, 2),
  // An autoencoder gives back its input.
  prices("mse(m(x), x)", NONE).replace("dense 1", "dense 3"),
  'model m(x: [2]) { dense 8; tanh; dense 3 }\ndata d = csv("kinds.csv")\ntrain m on d { loss cross_entropy(m(x), kind) }\n',
  // Another model tells which kind a conditional generator was asked for.
  `model G(z: [2], k: class 3) { concat(z, onehot(k)); dense 2 }\nmodel m(x: [2]) { dense 8; tanh; dense 3 }\ndata d = csv("kinds.csv")\ntrain m on d { loss cross_entropy(m(G(normal([2]), kind)), label) }\n`,
])("of %j nothing is said", async (program) => {
  expect(await saidOf(program)).toEqual([]);
});
