// Proves that a text becomes Markdown that shows the same signs: read by the library that Visual Studio Code reads it with.

import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { marked } from "marked";
import { describe, expect, test } from "vitest";
import { BUILTIN_NOTES } from "../../compiler/check/builtins/notes.ts";
import { SETTINGS } from "../../compiler/check/names/settings.ts";
import { textOfSetting } from "../../compiler/check/names/trainingwords.ts";
import { codeBlock, codeSpan, prose } from "../../editor/server/markdown.ts";
import { parse } from "../../grammar/parser/parse.ts";
import { describeSource, sourceNames } from "../../runtime/data/sources/all.ts";

const read = (markdown: string): string => marked.parse(markdown, { async: false });
const SIGN: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', "#39": "'", nbsp: " " };
/** Text as a reader sees it: white space of any length is one. */
const seen = (html: string): string =>
  html
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/&(#?\w+);/g, (whole, name: string) => SIGN[name] ?? whole)
    .replaceAll(/[\s\u00a0]+/g, "");
const plain = (text: string): string => text.replaceAll(/[\s\u00a0]+/g, "");
/** The elements that it is made of. */
const elements = (html: string): string[] => [...new Set([...html.matchAll(/<(\w+)/g)].map(([, name]) => name!))];

const stdlib = new URL("../../stdlib/", import.meta.url);
const comments = readdirSync(stdlib).flatMap((name) =>
  parse(readFileSync(new URL(name, stdlib), "utf8"), name).file.definitions.flatMap((d) =>
    "documentation" in d ? [d.documentation] : [],
  ),
);
const notes = [...BUILTIN_NOTES.values()].flat().map((note) => note.text);
const sources = sourceNames().flatMap((name) => {
  const { documentation, parameters, fields } = describeSource(name)!;
  return [documentation, ...[...parameters, ...fields].map((p) => p.documentation)];
});
const settings = Object.keys(SETTINGS).map((name) => textOfSetting(name)!);

describe("prose", () => {
  test("of the library, of the language and of its sources shows every sign, and only code is set apart", () => {
    const texts = [...comments, ...notes, ...sources, ...settings];
    expect(texts.length).toBeGreaterThan(150);
    for (const text of texts) {
      const html = read(prose(text));
      expect(seen(html)).toBe(plain(text.replaceAll("`", "")));
      expect(elements(html).filter((e) => !["p", "code", "br"].includes(e))).toEqual([]);
    }
  });

  test("of a convolution keeps the stars of its weights", () => {
    const text = comments.find((c) => c.includes("F*F*D1*K"))!;
    expect(seen(read(prose(text)))).toContain("F*F*D1*K+Kbiases");
  });

  test("shows any text as it is", () => {
    const piece = fc.constantFrom(
      ..."*_~[]()<>&|$#!{}`\\-+=.:;1aZ \n\t",
      "```",
      "---",
      "1. ",
      "&lt;",
      "<b>",
      "](x)",
      "x y",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join("").trim();
        const html = read(prose(text));
        const code = /`[^`\n]+`/g;
        // Backticks around code are its marks; all others are signs.
        expect(seen(html)).toBe(plain(text.replaceAll(code, (c) => c.slice(1, -1))));
        expect(elements(html).filter((e) => !["p", "code", "br"].includes(e))).toEqual([]);
      }),
      { numRuns: 3000, seed: 11, examples: [[["*", "\n", ":", "-"]]] },
    );
  });

  test("keeps items and indented lines apart, and addresses whole", () => {
    expect(read(prose("Two:\n- a_b_\n- *c*\n  y = x\n\n- d"))).toBe(
      "<p>Two:<br>- a_b_<br>- *c*<br>&nbsp;&nbsp;y = x</p>\n<p>- d</p>\n",
    );
    expect(read(prose("See https://a.org/b_c_d (2015)."))).toContain('<a href="https://a.org/b_c_d">');
  });
});

test("code is shown as it is, whatever backticks are in it", () => {
  const piece = fc.constantFrom("`", "``", "```", "a", " b ", "*", "<", "\\");
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 12 }), (pieces) => {
      const text = `a${pieces.join("")}b`;
      expect(seen(read(codeSpan(text)))).toBe(plain(text));
      expect(seen(read(codeBlock(`x = "${text}"\n\`\`\`\ny`)))).toBe(plain(`x = "${text}"\`\`\`y`));
    }),
  );
});
