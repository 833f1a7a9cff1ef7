// A request is checked against the source's parameters before anything is loaded.

import { expect, test } from "vitest";
import { didYouMean as suggestionOf } from "../../compiler/check/names/didyoumean.ts";
import { Keyword, wordTypes } from "../../grammar/syntax/tokentypes.ts";
import type { SourceArgument } from "../../runtime/data/dataset.ts";
import { declarationFor, sourceOfFile } from "../../runtime/data/elsewhere.ts";
import { describeSource, sourceNames } from "../../runtime/data/sources/all.ts";
import { didYouMean, editDistance } from "../../runtime/files/nearest.ts";
import { failure, load, utf8 } from "./rawfiles.ts";

function refused(name: string, positional: SourceArgument[], named: Record<string, SourceArgument> = {}) {
  return failure(load(name, {}, { positional, named }));
}

test("an unknown source is an error with the nearest name, or with all names", async () => {
  const near = await refused("minst", []);
  expect([near.code, near.hint]).toEqual(["data/unknown-source", "did you mean mnist?"]);
  expect((await refused("Spiral", [])).hint).toBe("did you mean spirals?");
  expect((await refused("imagenet", [])).hint).toContain("spirals, moons");
});

test("sources and arguments of other tools are answered with ours, or with what is done instead", async () => {
  expect((await refused("read_csv", [])).hint).toContain("csv(file,");
  expect((await refused("xlsx", [])).hint).toContain("read from CSV");
  const hint = async (source: string, named: Record<string, string | number | boolean>): Promise<string | undefined> =>
    (await refused(source, source === "csv" ? ["t.csv"] : [], named)).hint;
  expect(await hint("csv", { sep: ";" })).toContain("`separator`");
  expect(await hint("csv", { target: "y" })).toContain("`label`");
  expect(await hint("csv", { usecols: "a" })).toContain("`columns`");
  expect(await hint("csv", { test_size: 0.2 })).toContain("the share that trains");
  expect(await hint("digits", { test: 100 })).toContain("`heldout`");
  expect(await hint("digits", { test_size: 0.2 })).toContain("`heldout` is how many");
  // Nothing is proposed that the source does not have.
  expect(await hint("digits", { sep: ";" })).toContain("it is digits(");
});

test("missing, unknown, doubled, surplus and misfitting arguments each have their message", async () => {
  const cases: readonly [
    error: Promise<{ message: string; hint: string | undefined }>,
    message: string,
    hint?: string,
  ][] = [
    [refused("mnist", []), "mnist needs dir", "it is mnist(dir, split=0.8)"],
    [refused("digits", [], { heldut: 3 }), "no parameter heldut", "did you mean heldout?"],
    [refused("moons", [10], { n: 20 }), "n is given twice"],
    [refused("xor", [1, 2]), "takes 1 arguments, but got 2"],
    [refused("moons", [0]), "n is 0, but must be a whole number"],
    [refused("moons", [1.5]), "n is 1.5"],
    [refused("moons", ["many"]), 'n is "many"'],
    [refused("moons", [10], { noise: -1 }), "must be a number of at least 0"],
    [refused("moons", [10], { noise: Number.NaN }), "noise is null"],
    [refused("moons", [10], { split: 0 }), "above 0 and at most 1"],
    [refused("moons", [10], { split: 1.2 }), "split is 1.2"],
    [refused("digits", [], { size: [8, 8, 8] }), "size is [8,8,8], but must be a size like 28x28"],
    [refused("digits", [], { size: 0 }), "size is 0"],
    [refused("images", ["d"], { size: "large" }), 'size is "large", but must be a size like 28x28'],
    [refused("images", ["d"], { grey: 1 }), "grey is 1, but must be true or false"],
    [refused("cifar10", ["d"], { n: 0 }), "n is 0, but must be a whole number"],
    [refused("csv", ["f"], { missing: "skip" }), 'must be "error" or "drop" or "mean"'],
    [refused("text", [3]), "file is 3, but must be a path in quotes"],
    [refused("moons", [1]), "cannot be split", "split=1 trains on everything and holds nothing out"],
  ];
  for (const [work, message, hint] of cases) {
    const error = await work;
    expect(error.message).toContain(message);
    if (hint) expect(error.hint).toBe(hint);
  }
});

test("every source has documentation for itself, its parameters and its fields, and a signature with its defaults", () => {
  for (const name of sourceNames()) {
    const source = describeSource(name);
    expect(source?.documentation.length).toBeGreaterThan(20);
    for (const parameter of source?.parameters ?? []) expect(parameter.documentation).not.toBe("");
    for (const field of source?.fields ?? []) expect(field.documentation).not.toBe("");
    expect(source?.signature).toMatch(new RegExp(`^${name}\\(.*\\)$`));
  }
  expect(describeSource("digits")?.signature).toBe("digits(n=6000, heldout=1000, size=28x28)");
  expect(describeSource("csv")?.signature).toBe(
    'csv(file, label="last", split=0.8, missing="error", separator="guess", decimal="guess", header=true, columns="", drop="", types="", categories="fields", dates="days", test="", shuffle=true, stratify=false, group="", balance="none", weight="", text="", tokens="word", vocabulary=20000, min_count=1, lowercase=true, length=256, stream="auto", buffer="auto")',
  );
  expect(describeSource("images")?.signature).toBe(
    'images(dir, size="first", grey=false, split=0.8, n="all", table="", boxes="all", stream="auto", buffer="auto", test="")',
  );
  expect(describeSource("nothing")).toBeUndefined();
});

test("the edit distance counts insertions, deletions, replacements and swapped neighbours", () => {
  expect(editDistance("kitten", "sitting")).toBe(3);
  expect(editDistance("minst", "mnist")).toBe(1);
  expect(editDistance("", "abc")).toBe(3);
});

test("columns and files are proposed by the rule by which names of programs are", () => {
  const known = ["sold", "price", "region", "conv", "maxpool", "temperature", "accuracy"];
  for (const written of [
    "Sold",
    "slod",
    "pric",
    "PRICES",
    "regoin",
    "temp",
    "tempe",

    "accur",
    "x",
    "zzz",
    "a".repeat(80),
  ]) {
    const near = suggestionOf(written, known);
    expect(didYouMean(written, known)).toBe(near === undefined ? undefined : `did you mean ${near}?`);
  }
  expect(didYouMean("slod", known)).toBe("did you mean sold?");
});

test("a file of data is named with the source that reads it, or that reads folders of such", () => {
  expect(
    ["b/t.TSV", "a.npy", "notes.txt", "yes.wav", "b.x/photo.JPG", "net.dnn", "csv", "a.constructor"].map(
      declarationFor,
    ),
  ).toEqual([
    'csv("t.TSV")',
    'npz("a.npy")',
    undefined,
    'wav("FOLDER")',
    'images("FOLDER")',
    undefined,
    undefined,
    undefined,
  ]);
  expect(["t.json", "notes.txt", "photo.png"].map(sourceOfFile)).toEqual(["jsonl", "text", undefined]);
});

test("what is held out is said once: by test, or by split", async () => {
  const files = { "a.csv": utf8("a,kind\n1,x\n2,y\n3,x\n"), "b.csv": utf8("a,kind\n4,y\n") };
  const given = (named: Record<string, SourceArgument>) => load("csv", files, { positional: ["a.csv"], named });
  const refused = await failure(given({ test: "b.csv", split: 0.5 }));
  expect([refused.code, refused.argument, refused.message]).toEqual([
    "data/bad-argument",
    "split",
    'csv: test holds out "b.csv", and split=0.5 a part of the other',
  ]);
  expect(await failure(given({ test: "b.csv", group: "kind" }))).toMatchObject({ argument: "group" });
  expect(await failure(given({ test: "b.csv", stratify: true }))).toMatchObject({ argument: "stratify" });
  const same = await failure(given({ test: "./a.csv", group: "kind" }));
  expect([same.argument, same.message]).toEqual(["test", expect.stringContaining("which is what trains")]);
  expect((await given({ test: "b.csv", split: 1 })).train.length).toBe(3);
  expect((await given({ test: "", split: 0.7 })).train.length).toBe(2);
});

test("every argument of a source can be written: none is called like a word of the language", () => {
  const names = sourceNames().flatMap((source) =>
    describeSource(source)?.parameters.map((p) => `${source}: ${p.name}`),
  );
  expect(names.filter((name) => wordTypes.get(name?.replace(/.* /, "") ?? "")?.CATEGORIES?.includes(Keyword))).toEqual(
    [],
  );
});
