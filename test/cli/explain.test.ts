// Proves that `dnn explain` explains codes and names, and suggests others for words that are neither.

import { readdirSync, readFileSync } from "node:fs";
import { afterAll, expect, test, vi } from "vitest";
import { spellingOf } from "../../cli/command/flag.ts";
import { verbs } from "../../cli/verbs/all.ts";
import { explainOf } from "../../cli/verbs/programs/explain.ts";
import { builtins } from "../../compiler/check/builtins/all.ts";
import { NAME_NOTES, nameIn } from "../../compiler/check/builtins/notes.ts";
import { ROLES, TAGS } from "../../compiler/check/frame/roles.ts";
import { parametersOf } from "../../compiler/check/names/meanings.ts";
import { settingNames } from "../../compiler/check/names/settings.ts";
import { SHOWN, SHOWS, wordsOf } from "../../compiler/check/names/trainingwords.ts";
import { explanations } from "../../compiler/diagnostics/explanations/all.ts";
import { WORDS_OF_DOMAINS } from "../../grammar/parser/definitions.ts";
import { parse } from "../../grammar/parser/parse.ts";
import { OPTIONS } from "../../grammar/syntax/queries.ts";
import { wordTypes } from "../../grammar/syntax/tokentypes.ts";
import { SOURCES } from "../../runtime/data/sources/all.ts";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

test("a layer is explained with its signature, its formula and the line where it stands", async () => {
  const { code, out } = await place.run("explain", "conv");
  expect(code).toBe(0);
  expect(out).toMatch(/^block conv\(size, filters=none, stride=1, /);
  expect(out).toContain("size = (W - F + 2P)/S + 1");
  const line = Number(/\(stdlib\/layers\.dnn:(\d+)\)\n$/.exec(out)?.[1]);
  const text = readFileSync(new URL("../../stdlib/layers.dnn", import.meta.url), "utf8");
  expect(text.split("\n")[line - 1]).toMatch(/^block conv\(/);
});

test("a source is explained with arguments and fields; so are functions, settings, and names that mean two things", async () => {
  const source = (await place.run("explain", "digits")).out;
  expect(source).toMatch(
    /arguments:\n {2}n +pictures to train on\n[\s\S]*fields:\n {2}image +\[28, 28, 1\] +grey values/,
  );
  expect((await place.run("explain", "onehot")).out).toMatch(/^onehot\(x, classes=\.\.\.\)\n\na class as a vector/);
  expect((await place.run("explain", "patience")).out).toContain("(a line of a training)");
  expect((await place.run("explain", "images")).out).toMatch(/^images\(dir, [\s\S]*\n\nimages\(picture, grid=8x8\)/);
});

test("without an argument every code is listed under its phase", async () => {
  const { code, out } = await place.run("explain");
  expect(code).toBe(0);
  const [syntax] = out.split("\n\n");
  expect(syntax).toMatch(/^syntax(\n {2}syntax\/[a-z-]+)+$/);
  for (const e of explanations) expect(out).toContain(`\n  ${e.code}\n`);
  expect((await place.run("explain", "cells")).out).toMatch(/^cells(\n {2}cells\/[a-z-]+)+\n\n/);
});

test("what is neither a code nor a name gets near ones only", async () => {
  const asked = async (what: string): Promise<string> => {
    const { code, err } = await place.run("explain", what);
    expect(code).toBe(2);
    expect(err.length).toBeLessThan(300);
    return err;
  };
  expect(await asked("convv")).toContain("did you mean conv?");
  expect(await asked("Linear")).toContain("did you mean dense?");
  expect(await asked("product-mismatch")).toContain("did you mean shapes/product-mismatch?");
  expect(await asked("shapes/product-mismach")).toContain("did you mean shapes/product-mismatch?");
  expect(await asked("qqqqqqqqq")).toContain("`dnn explain` lists the codes");
});

const { verb } = explainOf(verbs);

const stdlib = new URL("../../stdlib/", import.meta.url);
const definitions = readdirSync(stdlib).flatMap((file) =>
  parse(readFileSync(new URL(file, stdlib), "utf8"), file).file.definitions.flatMap((d) =>
    d.kind === "import" || d.kind === "binding" ? [] : [d],
  ),
);
const isWord = (word: string): boolean => /^[a-z_]\w*$/i.test(word);

/** All words that the language, its library, its sources of data and the command line have, from their records. */
const WORDS: Readonly<Record<string, () => readonly string[] | Promise<readonly string[]>>> = {
  "words of the grammar": () => [...wordTypes.keys(), ...WORDS_OF_DOMAINS],
  "short options": () => Object.keys(OPTIONS).flatMap((letter) => [letter, `${letter}1`, `${letter}12`]),
  "definitions of the library": () => definitions.map((d) => d.name.text),
  "arguments of the library": () => definitions.flatMap((d) => parametersOf(d).map((p) => p.name.text)),
  "flags of layers": () =>
    definitions.flatMap((d) =>
      parametersOf(d).flatMap((p) => (p.default?.kind === "boolean" ? [`no${p.name.text}`] : [])),
    ),
  "functions and their arguments": () =>
    Object.entries(builtins).flatMap(([name, { parameters }]) => [name, ...Object.keys(parameters)]),
  "names of the language": () => NAME_NOTES.flatMap((note) => nameIn(note).split(", ")),
  "lines of a training and their words": () => [
    ...settingNames.flatMap((name) => [...name.split("."), ...wordsOf(name)]),
    ...SHOWS,
    ...Object.keys(SHOWN).flatMap((signature) => [...signature.matchAll(/[(,] ?(\w+)/g)].map(([, word = ""]) => word)),
  ],
  "sources with their arguments, choices and fields": () =>
    SOURCES.flatMap(({ name, parameters, fields }) => [
      name,
      ...parameters.flatMap((p) => [p.name, ...(p.choices ?? []).filter(isWord)]),
      ...fields.map((f) => f.name),
    ]),
  "roles and tags": () => [...Object.keys(ROLES), ...TAGS, ...TAGS.map((tag) => `@${tag}`)],
  "verbs and their flags": async () => {
    const loaded = await Promise.all(verbs.map(async ({ name, load }) => ({ name, ...(await load()).verb })));
    return loaded.flatMap(({ name, flags }) => [
      name,
      ...Object.entries(flags).map(([key, flag]) => spellingOf(key, flag).slice(2)),
    ]);
  },
};

test.each(Object.keys(WORDS))("each word is explained, not only as a name that is near: %s", async (kind) => {
  const words = new Set(await WORDS[kind]!());
  expect(words.size).toBeGreaterThan(3);
  const written: string[] = [];
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
  const missing: string[] = [];
  for (const word of words) await verb.run([word], {}).catch(() => missing.push(word));
  write.mockRestore();
  expect(missing).toEqual([]);
  for (const text of written) expect(text.length, text).toBeGreaterThan(30);
});

test("an argument is explained with all that has it", async () => {
  const { out } = await place.run("explain", "causal");
  expect(out).toMatch(/^causal\n\nlets no step see a later one[\s\S]*in:\n {2}attend +fn attend\(/);
  expect(out).toContain("\n  conv ");
  expect((await place.run("explain", "nobias")).out).toMatch(/^bias\n\n[\s\S]*\n {2}dense +block dense\(/);
  expect((await place.run("explain", "split-seed")).out).toContain("dnn train --split-seed <n>");
});
