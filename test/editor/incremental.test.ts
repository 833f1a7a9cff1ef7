// Proves that an editor is answered the same whatever was typed before: after every change of a text, what a server says that has
// seen all texts before it is what one says that sees this text first. `EDITS=100000` makes so many changes.

import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { lensesOf } from "../../editor/server/actions.ts";
import type { Analysis } from "../../editor/server/analysis.ts";
import { coloursOf } from "../../editor/server/colours.ts";
import { hintsOf } from "../../editor/server/hints.ts";
import { hoverAt } from "../../editor/server/hover.ts";
import { outlineOf } from "../../editor/server/outline.ts";
import { Workspace } from "../../editor/server/workspace.ts";
import { randomEdit, withEdit } from "../support/edits.ts";
import { machine } from "../support/opened.ts";

const EDITS = Number(process.env.EDITS ?? 200);
/** Changes of one text, one after the other. */
const LONGEST = 20;

const examples = new URL("../../examples/", import.meta.url);
const SMALL = [
  "# A net.\nblock part(n) {\n  dense n; relu\n}\nmodel net(x: [4]) {\n  part 8\n  dense 3\n}\ndata d = digits(n=64)\n",
  "data d = digits(n=64)\nmodel a(image: [28, 28, 1]) { flatten; dense 10 }\nmodel b(image: [28, 28, 1]) {\n  conv 5x5 4 p2\n  flatten\n  dense 10\n}\ntrain t on d { loss cross_entropy(a(image), label) }\ntrain u on d {\n  loss cross_entropy(b(image), label)\n  metric accuracy(b(image), label)\n}\n",
  "h = 8\nlayer = dense h\nmodel net(x: [4]) {\n  layer\n  repeat 2 { residual { dense 8; tanh } }\n}\nmodel other(x: [4]) { layer; dense 2 }\n",
];
const programs = readdirSync(examples)
  .filter((name) => name.endsWith(".dnn"))
  .map((name) => readFileSync(new URL(name, examples), "utf8"))
  .filter((text) => text.length < 2500 && /= (digits|two_spirals|xor)|^model/m.test(text) && !/train/.test(text));

/** Everything that is said of a text without a question, and of each name in it. */
function answers(analysis: Analysis, { sources }: Workspace): unknown {
  const places = [...new Set(analysis.names.all.map((o) => o.span.start))];
  return {
    diagnostics: analysis.diagnostics,
    hints: hintsOf(analysis),
    colours: coloursOf(analysis),
    outline: outlineOf(analysis.file),
    lenses: lensesOf(analysis.file),
    hovers: places.map((at) => hoverAt(analysis, at, sources)),
  };
}

test("what was typed before changes no answer", { timeout: EDITS * 500 + 60_000 }, async () => {
  let edits = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...SMALL, ...SMALL, ...programs),
      fc.array(fc.oneof(randomEdit, fc.constant("back" as const)), { minLength: LONGEST / 2, maxLength: LONGEST }),
      async (start, changes) => {
        const path = "/nowhere/edited.dnn";
        const long = new Workspace(machine);
        const texts = [start];
        long.set(path, start);
        await long.analysis(path);
        for (const change of changes) {
          const text = change === "back" ? (texts.at(-2) ?? start) : withEdit(texts.at(-1)!, change);
          texts.push(text);
          long.set(path, text);
          const after = answers((await long.analysis(path))!, long);
          const first = new Workspace(machine);
          first.set(path, text);
          expect(after).toEqual(answers((await first.analysis(path))!, first));
          edits++;
        }
      },
    ),
    { numRuns: Math.ceil(EDITS / (LONGEST * 0.75)) },
  );
  expect(edits).toBeGreaterThan(EDITS / 3);
});

test("what a mistake proposes are the names that the file has now", async () => {
  const path = "/nowhere/names.dnn";
  const model = "model net(x: [4]) {\n  layer\n}\n";
  const long = new Workspace(machine);
  for (const above of ["", "ayer = dense 8\n", ""]) {
    long.set(path, above + model);
    const first = new Workspace(machine);
    first.set(path, above + model);
    const { diagnostics } = (await long.analysis(path))!;
    expect(diagnostics).toEqual((await first.analysis(path))!.diagnostics);
    expect(diagnostics.some((d) => d.hint?.includes("`ayer`"))).toBe(above !== "");
  }
});

test("a server that has seen a hundred texts is as patient as one that has seen none", {
  timeout: 60_000,
}, async () => {
  const path = "/nowhere/long.dnn";
  const long = new Workspace(machine);
  for (let i = 0; i < 100; i++) {
    long.set(path, `model net${i}(x: [8, 8, 3]) {\n${"  conv 3x3 3 p1\n".repeat(300)}}\n`);
    expect((await long.analysis(path))!.diagnostics).toEqual([]);
  }
});
