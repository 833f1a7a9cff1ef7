// Proves that a correction corrects: written into the text, the mistake it belongs to is gone, and none has come in its place that
// is of the text's form. Of the bad programs of the catalogue, the seeded slips and the students' programs.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { explanations } from "../../compiler/diagnostics/explanations/all.ts";
import type { Diagnostic, Fix } from "../../grammar/syntax/span.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { openText } from "../support/opened.ts";
import { seeded } from "./seeded.ts";
import { students } from "./students.ts";

const exampleText = (name: string): string =>
  readFileSync(new URL(`../../examples/${name}.dnn`, import.meta.url), "utf8");

const texts = [
  ...explanations.flatMap((e) =>
    e.bad !== undefined && (!e.files || e.code.startsWith("syntax/")) ? [`${e.bad}\n`] : [],
  ),
  ...students.map((s) => `${s.text}\n`),
  ...seeded.map((s) => exampleText(s.example).replace(s.from, s.to)),
];

function applied(text: string, { edits }: Fix): string {
  return edits
    .toSorted((a, b) => b.span.start - a.span.start)
    .reduce((t, { span, text: added }) => t.slice(0, span.start) + added + t.slice(span.end), text);
}

const said = (text: string): Promise<readonly Diagnostic[]> => checkOpened(openText("net.dnn", text));

/** The codes whose corrections were written. */
const seen = new Set<string>();

test("every correction makes its mistake go away", async () => {
  for (const text of texts)
    for (const d of await said(text)) {
      if (!d.fix) continue;
      const fixed = applied(text, d.fix);
      const left = await said(fixed);
      const same = left.filter((o) => o.code === d.code && o.message === d.message);
      const began = (await said(text)).filter((o) => o.code === d.code && o.message === d.message).length;
      expect(same.length, `${d.code}: ${d.fix.title}\n${fixed}`).toBeLessThan(began);
      const broken = left.filter((o) => o.code.startsWith("syntax/")).map((o) => o.message);
      const before = (await said(text)).filter((o) => o.code.startsWith("syntax/")).map((o) => o.message);
      expect(
        broken.filter((m) => !before.includes(m)),
        fixed,
      ).toEqual([]);
      seen.add(d.code);
    }
});

test("a setting by another name, with its value under its own, is corrected to the line", async () => {
  const text =
    "model net(x: [2]) { dense 2 }\ndata d = moons()\ntrain net on d {\n  loss cross_entropy(net(x), label)\n  early_stopping patience=3\n}\n";
  const [found] = await said(text);
  expect(applied(text, found!.fix!)).toContain("\n  patience 3\n");
  expect(await said(applied(text, found!.fix!))).toEqual([]);
});

test("a line of a training in parentheses is corrected to the line", async () => {
  const lines = [
    ["early_stopping(patience=3)", "patience 3"],
    ["EarlyStopping(3)", "patience 3"],
    ["patience(3)", "patience 3"],
    ["batch_size(16)", "batch 16"],
    ["batch( 16 )", "batch 16"],
    ["clip(value=0.5)", "clip value=0.5"],
    ["metric(accuracy(net(x), label))", "metric accuracy(net(x), label)"],
  ];
  for (const [theirs, ours] of lines) {
    const text = `model net(x: [2]) { dense 2 }\ndata d = moons()\ntrain net on d {\n  loss cross_entropy(net(x), label)\n  ${theirs}\n}\n`;
    const [found] = await said(text);
    expect(applied(text, found!.fix!)).toContain(`\n  ${ours}\n`);
    expect(await said(applied(text, found!.fix!)), theirs).toEqual([]);
  }
});

test("the codes that have one", () => {
  expect([...seen].sort()).toEqual([
    "calls/unknown-parameter",
    "layers/lost-bias",
    "layers/no-activation",
    "layers/not-flattened",
    "names/no-field",
    "names/renamed",
    "names/unknown",
    "names/unknown-data",
    "names/unused",
    "shapes/concat",
    "shapes/input-mismatch",
    "shapes/mismatch",
    "shapes/product-mismatch",
    "shapes/reshape-count",
    "shapes/window-does-not-fit",
    "shapes/window-larger-than-input",
    "syntax/brace-on-next-line",
    "syntax/foreign-comment",
    "syntax/foreign-declaration",
    "syntax/foreign-operator",
    "syntax/hexadecimal",
    "syntax/mismatched-bracket",
    "syntax/single-quotes",
    "syntax/spaced-size",
    "syntax/stray-bracket",
    "syntax/unknown-character",
    "train/activation-last",
    "train/nll-of-scores",
    "train/setting-assigned",
    "train/softmax-twice",
  ]);
});
