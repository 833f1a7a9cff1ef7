// Proves that the page of the library has everything that a program may name, and that its links and those to it lead somewhere.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { builtins } from "../../compiler/check/builtins/all.ts";
import { BUILTIN_NOTES, nameIn } from "../../compiler/check/builtins/notes.ts";
import { SETTINGS } from "../../compiler/check/names/settings.ts";
import { SHOWS } from "../../compiler/check/names/trainingwords.ts";
import { SOURCES } from "../../runtime/data/sources/all.ts";
import { libraryPage } from "../../scripts/librarypage.ts";

const root = new URL("../../", import.meta.url);
const page = libraryPage();

test("each builtin function is described once, and nothing else is called one", () => {
  const described = [...BUILTIN_NOTES.values()].flat().map(nameIn);
  expect(described.toSorted()).toEqual(Object.keys(builtins).toSorted());
});

test("each definition of stdlib stands in a row with its documentation", () => {
  const headers = readdirSync(new URL("stdlib/", root)).flatMap((file) => {
    const text = readFileSync(new URL(`stdlib/${file}`, root), "utf8");
    return [...text.matchAll(/^(block|cell|fn|optimizer|schedule) (\w+)/gm)].map(([, kind, name]) => `${kind} ${name}`);
  });
  expect(headers.length).toBeGreaterThan(60);
  for (const header of headers) expect(page).toMatch(new RegExp(`^\\| \`${header}[(\`].* \\| \\S.{10,} \\|$`, "m"));
});

test("each source stands with its arguments and fields, each line of a training and what `show` makes", () => {
  for (const source of SOURCES) {
    const section = page.split(`\n### ${source.name}\n`)[1]?.split("\n#")[0];
    for (const { name } of [...source.fields, ...source.parameters]) expect(section).toContain(`| \`${name}\` |`);
  }
  for (const word of [...Object.keys(SETTINGS), ...SHOWS]) expect(page).toMatch(new RegExp(`^\\| \`${word}[(\`]`, "m"));
});

test("links of the page lead to files, and the README and the manual link to it", () => {
  const links = [...page.matchAll(/\]\(([^)#]+)\)/g)].map(([, path]) => path!);
  expect(links.length).toBeGreaterThan(8);
  for (const path of links) expect(existsSync(new URL(path, new URL("docs/", root))), path).toBe(true);
  expect(readFileSync(new URL("README.md", root), "utf8")).toContain("](docs/library.md)");
  expect(readFileSync(new URL("docs/language.md", root), "utf8")).toContain("](library.md)");
});
