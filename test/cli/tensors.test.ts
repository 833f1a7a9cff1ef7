// Proves that an array of a file is a value of a program: with its shape at check time and its numbers in training, predictions and built
// modules, from the weights where the file is gone; and that what is wrong with a file is one error where it is named.

import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { zipSync } from "fflate";
import { afterAll, beforeAll, expect, test } from "vitest";
import { load } from "../../embed/index.node.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { memoryHost } from "../../project/memoryhost.ts";
import { Sources } from "../../project/source.ts";
import type { WrittenTraining } from "../../runtime/browser.ts";
import { bytesOf, npy } from "../data/rawfiles.ts";
import { machine } from "../support/opened.ts";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

/** A ring of six nodes, each with its two neighbours. */
const ring = Float32Array.from({ length: 36 }, (_, i) => {
  const apart = Math.abs(Math.floor(i / 6) - (i % 6));
  return apart === 0 ? 0.5 : apart === 1 || apart === 5 ? 0.25 : 0;
});
const floats = (values: Float32Array, shape: string): Uint8Array => npy("'<f4'", shape, bytesOf(values));
const graph = (adjacency: Float32Array): Uint8Array =>
  zipSync({
    "adjacency.npy": floats(adjacency, "(6, 6)"),
    "side.npy": npy("'<i4'", "(6,)", bytesOf(Int32Array.of(0, 0, 0, 1, 1, 1))),
    "words.npy": npy("'<U1'", "(2,)", bytesOf(Int32Array.of(97, 98))),
  });

const PROGRAM = `model net(x: [6, 1]) {
  a = tensor("graph.npz", "adjacency")
  side = tensor("graph.npz", "side", classes=2)
  param w: [1, 1] = 1
  param b: [2, 1] = 0
  a @ it @ w + onehot(side) @ b
}
data d = npz("d.npz")
train net on d { loss mse(net(x), y); epochs 2; batch 4; optimizer sgd lr=0.05 }
`;

const rows = Float32Array.from({ length: 20 * 6 }, (_, i) => ((i * 7) % 11) / 11);

/** The nodes of a row mixed with their neighbours. */
const mixed = (row: ArrayLike<number>): number[] =>
  Array.from({ length: 6 }, (_, i) =>
    Array.from({ length: 6 }, (_, j) => ring[6 * i + j]! * row[j]!).reduce((a, b) => a + b),
  );

beforeAll(async () => {
  const y = Float32Array.from(Array.from({ length: 20 }, (_, r) => mixed(rows.subarray(6 * r, 6 * r + 6))).flat());
  place.write("graph.npz", graph(ring));
  place.write("d.npz", zipSync({ "x.npy": floats(rows, "(20, 6, 1)"), "y.npy": floats(y, "(20, 6, 1)") }));
  place.write("net.dnn", PROGRAM);
  const { code, err } = await place.run("train", "net.dnn", "--out", "run");
  expect(code, err).toBe(0);
});

const row = [0.1, 0.9, 0.3, 0.4, 0, 1];
const input = JSON.stringify({ x: row.map((v) => [v]) });
const asNumbers = (output: unknown): number[] => (output as number[][]).map(([v]) => v!);

test("its numbers are those of the file in training, prediction, evaluation and a built module", async () => {
  expect((await place.run("check", "net.dnn")).out).toContain("no problems");
  const predict = await place.run("predict", "net.dnn", "--weights", "run", "--input", input, "--json");
  const predicted = asNumbers(JSON.parse(predict.out).output);
  // The answer is right from the start, so that a training leaves it as it is.
  for (const [i, value] of mixed(row).entries()) expect(predicted[i]).toBeCloseTo(value, 5);
  const figures = JSON.parse((await place.run("eval", "net.dnn", "--weights", "run", "--json")).out);
  expect(figures.loss).toBeLessThan(1e-9);
  const net = await load(place.path("run"));
  expect(asNumbers((await net.predict(JSON.parse(input))).output).map(Math.fround)).toEqual(predicted.map(Math.fround));
  await net.dispose();
  const built = await place.run("build", "net.dnn", "--weights", "run", "--out", "net.mjs");
  expect(built.code, built.err).toBe(0);
  const module = (await import(/* @vite-ignore */ pathToFileURL(place.path("net.mjs")).href)) as {
    load: () => ReturnType<typeof load>;
  };
  const own = await module.load();
  for (const [i, value] of asNumbers((await own.predict(JSON.parse(input))).output).entries())
    expect(value).toBeCloseTo(predicted[i]!, 6);
  await own.dispose();
});

test("weights bring it along where the file is gone or changed, and a training that goes on keeps its own", async () => {
  const before = (await place.run("predict", "net.dnn", "--weights", "run", "--input", input)).out;
  renameSync(place.path("graph.npz"), place.path("gone.npz"));
  const without = await place.run("predict", "net.dnn", "--weights", "run", "--input", input);
  expect([without.code, without.out]).toEqual([0, before]);
  const missing = await place.run("train", "net.dnn", "--out", "other");
  expect([missing.code === 0, missing.err]).toEqual([false, expect.stringContaining("error[data/file-not-found]")]);
  writeFileSync(place.path("graph.npz"), graph(ring.map((v) => 2 * v)));
  expect((await place.run("predict", "net.dnn", "--weights", "run", "--input", input)).out).toBe(before);
  const more = await place.run("train", "net.dnn", "--resume", "run", "--epochs", "3");
  expect(more.code, more.err).toBe(0);
  expect((await place.run("predict", "net.dnn", "--weights", "run", "--input", input)).out).toBe(before);
  renameSync(place.path("gone.npz"), place.path("graph.npz"));
});

const errorOf = async (call: string, files: Readonly<Record<string, Uint8Array>>): Promise<string> => {
  const texts = Object.fromEntries(
    machine.library.sources.map(({ file, text }) => [file.replace("stdlib/", ""), text]),
  );
  const host = memoryHost({ library: texts, ...(Object.keys(files).length > 0 ? { files } : {}) });
  const opened = new Sources(host).openText("net.dnn", `model net(x: [6, 2]) { a = ${call}; a @ it }\n`);
  const found = (await checkOpened(opened)).filter((d) => d.severity === "error");
  return found
    .map((d) => `${d.code}: ${d.message} | ${d.hint} | ${opened.text.slice(d.span?.start, d.span?.end)}`)
    .join("\n");
};

test("what is wrong with it is said where it is named", async () => {
  const huge = npy("'<f4'", "(40000000,)", new Uint8Array(0));
  const files = {
    "graph.npz": graph(ring),
    "one.npy": floats(ring, "(6, 6)"),
    "nan.npy": floats(Float32Array.of(1, Number.NaN), "(2,)"),
    "text.npz": bytesOf(Uint8Array.of(1, 2, 3)),
    "huge.npy": huge,
    "none.npy": floats(new Float32Array(0), "(0, 3)"),
  };
  const cases: readonly [call: string, says: string][] = [
    [
      'tensor("grap.npz", "adjacency")',
      'data/file-not-found: there is no file grap.npz | its path starts from the folder of the program | "grap.npz"',
    ],
    [
      'tensor("graph.npz", "adjacancy")',
      'data/no-array: graph.npz has no array "adjacancy" | did you mean adjacency? | "adjacancy"',
    ],
    ['tensor("graph.npz")', "data/no-array: graph.npz holds 3 arrays, and none is named"],
    [
      'tensor("one.npy", "a")',
      'data/no-array: one.npy is one array without a name, and "a" is asked for | write `tensor("one.npy")` | "a"',
    ],
    ['tensor("graph.npz", "words")', "data/npy-dtype: graph.npz: words holds texts, and a tensor has numbers"],
    ['tensor("nan.npy")', "data/not-finite: nan.npy: element 1 is NaN"],
    ['tensor("text.npz", "a")', "data/npy-header: text.npz is no file of arrays"],
    ['tensor("none.npy")', "data/empty-file: none.npy has no numbers: its shape is [0, 3]"],
    ['tensor("huge.npy")', "huge.npy"],
    [
      'tensor("graph.npz", "side", classes=1)',
      "data/label-out-of-range: the array holds whole numbers from 0 to 1, and classes are 0 to 0 | write classes=2 | 1",
    ],
    [
      'tensor("graph.npz", "adjacency", classes=2)',
      "data/label-out-of-range: the array holds numbers that are not whole",
    ],
    ["tensor(3)", "types/not-a-text"],
  ];
  for (const [call, says] of cases) expect(await errorOf(call, files), call).toContain(says);
  expect(await errorOf('tensor("graph.npz", "adjacency")', files)).toBe("");
  expect(await errorOf('tensor("one.npy")', files)).toBe("");
  expect(await errorOf('tensor("graph.npz", "adjacency")', {})).toContain(
    "data/file-not-found: graph.npz cannot be read here: a page has no files of its own",
  );
});

test("a training that is built for pages brings the numbers of its arrays along", async () => {
  const { code, err } = await place.run("build", "net.dnn", "--target", "wasm", "--out", "page");
  expect(code, err).toBe(0);
  const file = place.path("page", "training.json");
  const { constants } = JSON.parse(readFileSync(file, "utf8")) as WrittenTraining;
  const numbers = constants.map(({ dtype, base64 }) => {
    const { buffer } = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    return dtype === "i32" ? new Int32Array(buffer) : new Float32Array(buffer);
  });
  expect(numbers).toEqual([ring, Float32Array.of(0, 0, 0, 1, 1, 1)]);
});
