// Proves that a text that is read again after each change is read as if it were read for the first time, and that what did not
// change keeps its tree.

import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IncrementalParser } from "../../grammar/parser/incremental.ts";
import { parse } from "../../grammar/parser/parse.ts";
import type { SourceFile, Statement, TopLevel } from "../../grammar/syntax/ast.ts";
import { randomEdit, withEdit } from "../support/edits.ts";

const examples = new URL("../../examples/", import.meta.url);
const stdlib = new URL("../../stdlib/", import.meta.url);
const programs = [examples, stdlib].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".dnn"))
    .map((name) => readFileSync(new URL(name, folder), "utf8")),
);
const RUNS = Number(process.env.EDITS ?? 4000);
/** Changes of one text, one after the other. */
const LONGEST = 40;

/** The same statement twice, with a body. */
const REPEATED = "model net(x: [8]) {\n  residual { dense 8; tanh }\n  residual { dense 8; tanh }\n}\n";

describe("a text that is read again", () => {
  test("is read as for the first time, whatever was changed", { timeout: RUNS * 50 + 10_000 }, () => {
    let edits = 0;
    const program = fc.constantFrom(...programs, programs.slice(0, 8).join("\n"), REPEATED, "");
    fc.assert(
      fc.property(program, fc.array(randomEdit, { minLength: LONGEST / 2, maxLength: LONGEST }), (start, changes) => {
        const reader = new IncrementalParser();
        let text = start;
        reader.parse(text, "f");
        for (const change of changes) {
          text = withEdit(text, change);
          expect(reader.parse(text, "f")).toEqual(parse(text, "f"));
          edits++;
        }
      }),
      { numRuns: Math.ceil((RUNS * 2) / LONGEST / 1.5) },
    );
    expect(edits).toBeGreaterThan(RUNS / 2);
  });

  test("has bodies of its own where a statement stands twice", () => {
    const reader = new IncrementalParser();
    for (const text of [REPEATED, `\n${REPEATED}`, REPEATED.replaceAll("residual", "concat")])
      expect(reader.parse(text, "f")).toEqual(parse(text, "f"));
  });

  test("keeps the trees of definitions and statements above a change", () => {
    const reader = new IncrementalParser();
    const read = (text: string): SourceFile => reader.parse(text, "f").file;
    const [a, b] = read("block a(n) {\n  dense n\n  tanh\n}\n# B.\nblock b(n) {\n  relu\n}\n").definitions;
    const [sameA, otherB] = read("block a(n) {\n  dense n\n  tanh\n}\n# B.\nblock b(n) {\n  tanh\n}\n").definitions;
    expect(sameA).toBe(a);
    expect(otherB).not.toBe(b);
    const [otherA] = read("block a(n) {\n  dense n\n  relu\n}\n# B.\nblock b(n) {\n  tanh\n}\n").definitions;
    expect(otherA).not.toBe(a);
    expect(bodyOf(otherA)[0]).toBe(bodyOf(a)[0]);
  });
});

const bodyOf = (d: TopLevel | undefined): readonly Statement[] => (d && "body" in d ? d.body : []);
