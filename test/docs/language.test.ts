import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { format } from "../../grammar/format.ts";
import { parse } from "../../grammar/parse.ts";
import { words } from "../../grammar/tokens.ts";

const manual = readFileSync(new URL("../../docs/language.md", import.meta.url), "utf8");
const programs = [...manual.matchAll(/^```dnn\n(.*?)^```$/gms)].map((match) => ({
  line: manual.slice(0, match.index).split("\n").length,
  text: match[1]!,
}));

describe.each(programs)("the program on line $line of the manual", ({ text }) => {
  test("is read", () => {
    // Proves that the manual teaches what the grammar reads.
    expect(parse(text, "manual.dnn").diagnostics).toEqual([]);
  });
  test("is in the one layout", () => {
    // Proves that the manual shows what the formatter writes.
    expect(format(text, "manual.dnn")).toEqual({ text });
  });
});

test("the manual has programs, and names every word of the language", () => {
  // Proves that the blocks above were found, and that no keyword is undocumented.
  expect(programs.length).toBeGreaterThan(12);
  for (const word of words.keys()) expect(manual).toMatch(new RegExp(`\`[^\`]*\\b${word}\\b[^\`]*\``));
});
