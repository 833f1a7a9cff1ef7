// Proves that a program which uses the library or a built module gets advice for programs, never for a command line, that a text is written as
// `dnn sample` writes it, and that an old Node gets one clear error.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { check, type DnnError, type LoadedNet, load, summary, train } from "../../embed/index.node.ts";
import { versionFault } from "../../embed/neededversion.node.ts";
import { Place } from "../cli/dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const PLANE = `model net(x: [2]) { dense 3 }
data arms = spirals(n=60)
train net on arms { loss cross_entropy(net(x), label); epochs 1; batch 16 }
`;
const LETTERS = `model net(text: [T] of V) { embed 4; gru 6; dense V }
data letters = text("letters.txt", seq=8)
train net on letters { loss cross_entropy(net(text), next); epochs 2; batch 4 }
`;

type Open = () => Promise<Pick<LoadedNet, "batch" | "dispose">>;
const plane: { run?: Open; module?: Open } = {};

beforeAll(async () => {
  place.write("plane.dnn", PLANE);
  place.write("plane.safetensors", await train(place.path("plane.dnn"), { device: "cpu" }).bytes());
  const built = await place.run("build", "plane.dnn", "--weights", "plane.safetensors", "--out", "built/plane.mjs");
  expect(built.code).toBe(0);
  plane.run = () => load(place.path("plane.safetensors"));
  const module = await import(/* @vite-ignore */ pathToFileURL(place.path("built/plane.mjs")).href);
  plane.module = module.load;
}, 60_000);

async function refused(act: () => unknown): Promise<DnnError> {
  try {
    await act();
  } catch (error) {
    if (error instanceof Error && error.name === "DnnError") return error as DnnError;
    throw error;
  }
  throw new Error("nothing was refused");
}

test("a promise that is read before its answer is there says how it is awaited", async () => {
  const early = async (promise: Promise<unknown>, name: PropertyKey): Promise<unknown> => {
    const { hint } = await refused(() => Reflect.get(promise, name));
    return [hint, await promise];
  };
  const loading = load(place.path("plane.safetensors"));
  const [hint] = (await early(loading, "predict")) as [string];
  expect(hint).toBe("write `await load(run)`");
  await using net = await loading;
  expect(await early(net.predict({ x: [1, 2] }), "label")).toEqual([
    "write `await net.predict(row)`",
    await net.predict({ x: [1, 2] }),
  ]);
  expect(await early(net.batch([]), "length")).toEqual(["write `await net.batch(rows)`", []]);
  expect(await early(check(place.path("plane.dnn")), Symbol.iterator)).toEqual(["write `await check(program)`", []]);
  expect(((await early(summary(place.path("plane.dnn")), 0)) as [string])[0]).toBe("write `await summary(program)`");
});

/** A verb of the command or a flag. */
const COMMAND = /`dnn (?!build`)\w+|(?:^|\s|`)--\w/;

test.each([
  { x: [1] },
  { x: [1, 2, 3] },
  { x: ["a", 2] },
  { x: [Number.NaN, 1] },
  { x: null },
  { x: "red" },
  { x: { a: 1 } },
  { y: [1, 2] },
  {},
  null,
  undefined,
  "red",
  3,
  [[]],
])("the advice for the row %j names no command, of a run and of a module", async (row) => {
  for (const open of [plane.run!, plane.module!]) {
    const net = await open();
    const { message, hint = "" } = await refused(() => net.batch([row as never]));
    await net.dispose();
    expect(message).not.toMatch(COMMAND);
    expect(hint).not.toMatch(COMMAND);
  }
});

test("a row of another size is sent to the inputs of the net, which say the size", async () => {
  for (const open of [plane.run!, plane.module!]) {
    const net = (await open()) as LoadedNet;
    expect(await refused(() => net.batch([{ x: ["a", 2] }]))).toMatchObject({
      hint: "a row holds what the model's input has: `net.inputs` has its shape",
    });
    expect(net.inputs).toEqual([expect.objectContaining({ name: "x", shape: [2] })]);
    await net.dispose();
  }
});

test("a text is written as `dnn sample` writes it, and a wrong option is refused", async () => {
  place.write("letters.txt", "abcd ".repeat(60));
  place.write("letters.dnn", LETTERS);
  expect((await place.run("train", "letters.dnn", "--out", "run")).code).toBe(0);
  const flags = ["--weights", "run", "--prompt", "ab", "--length", "40", "--temperature", "0.7", "--seed", "5"];
  const { code, out } = await place.run("sample", "letters.dnn", ...flags);
  expect(code).toBe(0);
  await using net = await load(place.path("run"));
  const written = async (options: object): Promise<string> => (await Array.fromAsync(net.sample(options))).join("");
  const options = { prompt: "ab", length: 40, temperature: 0.7, seed: 5 };
  expect(`${await written(options)}\n`).toBe(out);
  expect(await written({ ...options, seed: 6 })).not.toBe(await written(options));
  for (const [wrong, words] of [
    [{ lenght: 3 }, "did you mean length?"],
    [{ length: 2.5 }, "length is a whole number from 1"],
    [{ temperature: -1 }, "temperature is a number from 0"],
    [{ temperature: "1" }, "temperature is a number from 0"],
    [{ seed: -1 }, "seed is a whole number from 0"],
    [{ prompt: 5 }, "prompt is a text"],
  ] as const)
    expect(await refused(() => written(wrong))).toMatchObject({ code: "usage", hint: words });
  const { message } = await refused(() => written({ prompt: "é" }));
  expect(message).toMatch(/^the prompt: character 1/);
  await using other = await load(place.path("plane.safetensors"));
  const { hint } = await refused(() => Array.fromAsync(other.sample()));
  expect(hint).toBe("`net.predict` evaluates a model on rows");
  expect(await net.sample(options)).toBe(await written(options));
  expect((await refused(() => `${net.sample()}`)).hint).toContain("`await net.sample(...)`");
}, 60_000);

test("a Node that is too old is named before anything else is imported; Deno and Bun are taken as they are", () => {
  for (const node of ["18.20.0", "20.20.2", "21.7.3"])
    expect(versionFault({ node })).toBe(`dnn-lang needs Node 22 or newer; this is ${node}`);
  for (const node of ["22.0.0", "26.1.0", undefined]) expect(versionFault({ node })).toBeUndefined();
  expect(versionFault({ node: "20.11.1", deno: "2.0.0" })).toBeUndefined();
  expect(versionFault({ node: "20.11.1", bun: "1.4.5" })).toBeUndefined();
  for (const entry of ["index.node.ts", "build/plugin.node.ts"]) {
    const [first] = readFileSync(new URL(`../../embed/${entry}`, import.meta.url), "utf8").match(/^import .*/m) ?? [];
    expect(first, entry).toMatch(/^import "(?:\.|\.\.)\/neededversion\.node\.ts";$/);
  }
});
