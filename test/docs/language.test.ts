import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { printDiagnostic } from "../../compiler/diagnostics/print.ts";
import { format } from "../../grammar/format/format.ts";
import { parse } from "../../grammar/parser/parse.ts";
import { wordTypes } from "../../grammar/syntax/tokentypes.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { openText, texts } from "../support/opened.ts";

const manual = readFileSync(new URL("../../docs/language.md", import.meta.url), "utf8");
const programs = [...manual.matchAll(/^```dnn\n(.*?)^```$/gms)].map((match) => ({
  line: manual.slice(0, match.index).split("\n").length,
  text: match[1]!,
}));

/** Definitions that the manual's programs take from each other, or leave to the reader. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  digits: "data digits = digits(n=8, heldout=4)",
  colours: "data colours = blobs(n=8) { x = concat(x, 0) }",
  classifier: programs[0]!.text.match(/^model[\s\S]*?^}/m)![0],
};

function completed(text: string): string {
  const missing = Object.entries(ELSEWHERE).filter(
    ([name]) => new RegExp(`\\b${name}\\b`).test(text) && !new RegExp(`^(data|model) ${name}\\b`, "m").test(text),
  );
  return [text, ...missing.map(([, definition]) => definition)].join("\n");
}

describe.each(programs)("the program on line $line of the manual", ({ text }) => {
  test("is read", () => {
    // Proves that the manual teaches what the grammar reads.
    expect(parse(text, "manual.dnn").diagnostics).toEqual([]);
  });
  test("is right", async () => {
    // Proves that the manual teaches what the checker accepts, trainings with their data included.
    const found = await checkOpened(openText("manual.dnn", completed(text)));
    // Files that a program names are not part of the manual.
    const wrong = found.filter(
      (d) =>
        d.severity === "error" &&
        !["imports/cannot-read", "data/file-not-found", "data/folder-not-found"].includes(d.code),
    );
    expect(wrong.map((d) => printDiagnostic(d, texts, { colour: false }))).toEqual([]);
  });
  test("is in the one layout", () => {
    // Proves that the manual shows what the formatter writes.
    expect(format(text, "manual.dnn")).toEqual({ text });
  });
});

test("the manual has programs, and names every word of the language", () => {
  // Proves that the blocks above were found, and that no keyword is undocumented.
  expect(programs.length).toBeGreaterThan(12);
  const grammar = readFileSync(new URL("../../docs/grammar.md", import.meta.url), "utf8");
  for (const word of wordTypes.keys()) expect(manual + grammar).toMatch(new RegExp(`\`[^\`]*\\b${word}\\b[^\`]*\``));
});

test("the manual takes about a quarter of an hour to read", () => {
  const prose = manual.replaceAll(/^```dnn\n.*?^```$/gms, "");
  expect(prose.split(/\s+/).length).toBeLessThan(15 * 300);
});
