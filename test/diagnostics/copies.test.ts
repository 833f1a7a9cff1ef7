// Proves that the library has no privileges: a program's own copy of one of its definitions, comment and all, is checked like the
// original. Tried with the bad program of every explanation in which a name of the library stands.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ROLES } from "../../compiler/check/frame/roles.ts";
import { explanations } from "../../compiler/diagnostics/explanations/all.ts";
import { parse } from "../../grammar/parser/parse.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { machine, openText } from "../support/opened.ts";

/** Definitions of the library that say something of themselves, with the comments above them, under another name. */
const copies = machine.library.sources.flatMap(({ file, text }) =>
  parse(text, file).file.definitions.flatMap((d) => {
    if (!("tags" in d) || d.tags === undefined) return [];
    const before = text.slice(0, d.span.start);
    const comment = /(?:#.*\n)*$/.exec(before)![0];
    const own = text.slice(d.span.start, d.span.end).replace(` ${d.name.text}`, ` my_${d.name.text}`);
    return [{ name: d.name.text, copy: `${comment}${own}` }];
  }),
);

/** Codes and messages, with the copy's name as the original's. */
async function saidOf(text: string): Promise<string[]> {
  const found = await checkOpened(openText("test.dnn", `${text}\n`));
  return found.map((d) => `${d.code}: ${d.message} | ${d.hint ?? ""}`.replaceAll("my_", ""));
}

/** Of the library itself, and of a line of the definition's own body, which a program's copy has before everybody's eyes. */
const OTHER: readonly string[] = ["names/replaces-library", "shapes/wrong-count"];

const word = (name: string): RegExp => new RegExp(`(?<![\\w.~"/])${name}(?![\\w=:])`, "g");

describe("a copy is checked like the original", () => {
  for (const { name, copy } of copies) {
    const programs = explanations.flatMap((e) =>
      e.bad && !e.files && !OTHER.includes(e.code) && word(name).test(e.bad) ? [e] : [],
    );
    test.each(programs.map((e) => [name, e.code, e.bad!] as const))("%s in the program of %s", async (_, __, bad) => {
      const own = `${bad.replaceAll(word(name), `my_${name}`)}\n\n${copy}`;
      expect(await saidOf(own), own).toEqual(await saidOf(bad));
    });
  }
});

test("without what its comment says, a copy is checked like any other definition", async () => {
  const cross = copies.find((c) => c.name === "cross_entropy")!.copy;
  const program = (copy: string): string =>
    `model m(x: [2]) { dense 2; softmax }\ndata d = xor()\ntrain m on d { loss my_cross_entropy(m(x), label) }\n\n${copy}`;
  expect((await saidOf(program(cross))).join()).toContain("train/softmax-twice");
  expect(await saidOf(program(cross.replaceAll(/^#.*\n/gm, "")))).toEqual([]);
});

test("the manual lists every role", () => {
  const page = readFileSync(new URL("../../docs/grammar.md", import.meta.url), "utf8");
  for (const [role, text] of Object.entries(ROLES)) expect(page).toContain(`| \`${role}\` | ${text} |`);
});
