// Proves that an argument that other tools take at a place is never taken for another one here, that a default may read what its
// file defines, that one mistake of a training hides no other, and that a mistake of data is marked where it is written.

import { expect, test } from "vitest";
import { byName } from "../../compiler/check/advice/byname.ts";
import { renamingsOf } from "../../compiler/check/frame/renamed.ts";
import { membersOf } from "../../compiler/check/names/resolve.ts";
import type { Diagnostic } from "../../grammar/syntax/span.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { memoryFiles } from "../../runtime/files/files.ts";
import { library } from "../support/engine.ts";
import { openText } from "../support/opened.ts";

const DATA = "data d = blobs(classes=4)\n";
const model = (line: string, shape = "[8, 8, 4]"): string => `model m(x: ${shape}) { ${line} }\n`;
const training = (lines: string, header = "m"): string =>
  `model m(x: [2]) { dense 8; tanh; dense 4 }\n${DATA}train ${header} on d { ${lines} }\n`;
const LOSS = "loss cross_entropy(m(x), label); ";

const said = (program: string): Promise<readonly Diagnostic[]> => checkOpened(openText("test.dnn", program));
const shown = (d: Diagnostic | undefined): string => `${d?.code} ${d?.message} ${d?.hint}`;

/** Programs with one mistake, and parts of its message. */
const ANSWERED: readonly (readonly [program: string, code: string, part: string])[] = [
  // Numbers that a parameter of another meaning would swallow.
  [model("softmax(it, 2)"), "calls/by-name", "goes along the last axis"],
  [model("softmax 2"), "calls/by-name", "goes along the last axis"],
  [model("softmax(it, dim=-1)"), "calls/unknown-parameter", "`dim` is called `over` here"],
  [model("softmax(it, where=2)"), "types/not-a-tensor", "a condition on places"],
  [model("log_softmax(it, -1)"), "calls/by-name", "goes along the last axis"],
  [model("concat(it, it, dim=1)"), "calls/unknown-parameter", "`dim` is called `over` here"],
  [model("concat([it, it], 1)"), "calls/too-many-arguments", "`concat(a, b, over=0)`"],
  [model("layernorm 4"), "calls/by-name", "sizes of inputs are inferred"],
  [model("batchnorm 4"), "calls/by-name", "sizes of inputs are inferred"],
  [model("conv(4, 64, 3, 1, 1)"), "calls/by-name", "a window and its filters"],
  [model("upconv 3 64 2"), "calls/by-name", "a window and its filters"],
  [model("dense 4 3"), "calls/not-a-flag", "sizes of inputs are inferred"],
  [model("dense 4 bias=2"), "calls/not-a-flag", "`nobias`"],
  [model("attention 2 4", "[8, 4]"), "calls/not-a-flag", "write the word `causal`"],
  [model("attend(it, it, it, it)", "[8, 4]"), "calls/not-a-flag", "on or off"],
  [model("relu 0.1"), "calls/too-many-arguments", "takes no argument beside the value above it"],
  [model("upsample 2 2"), "calls/too-many-arguments", "takes one argument beside the value above it"],
  [model("bidirectional 64", "[8, 4]"), "types/not-a-layer", "`bidirectional { lstm 64 }`"],
  [model("residual 2 { dense 4; relu }"), "types/not-a-layer", "'skip' of `residual`"],
  [training(`${LOSS}schedule cosine 10`), "calls/by-name", "as long as the training"],
  [training(`${LOSS}optimizer adam(m, 0.001)`), "types/not-a-number", "`optimizer adam lr=1e-3`"],
  [
    `${training(LOSS).replace(DATA, "data d = blobs(classes=4) { x = normalize(x, 0.5) }\n")}`,
    "calls/by-name",
    "those of the data",
  ],
  [training(`${LOSS}metric accuracy(m(x), label, top=9)`), "train/cannot-miss", "at most `top=3`"],
  [training(`${LOSS}metric accuracy(m(x), label, top=4)`), "train/cannot-miss", "at most `top=3`"],
  // Groups are spoken of as groups.
  [model("conv 3x3 6 g3", "[8, 8, 1]"), "shapes/groups-do-not-divide", "a depth of 1 is one group"],
  [model("upconv 3x3 6 g3", "[8, 8, 4]"), "shapes/groups-do-not-divide", "g1, g2 divide both"],
  [`block b(n) { conv 3x3 8 groups=n }\n${model("b 3")}`, "shapes/groups-do-not-divide", "g1, g2, g4 divide both"],
  // Forms of other languages.
  [model("dense({units: 64})"), "syntax/unexpected", "`units=64`"],
  [model("dense {units: 64, bias: false}"), "syntax/unexpected", "`units=64, bias=false`"],
  [training(`${LOSS}optimizer adam({lr: 0.1})`), "syntax/unexpected", "`lr=0.1`"],
  [training(LOSS).replace("classes=4", "{classes: 4}"), "syntax/unexpected", "`classes=4`"],
  [training("loss: cross_entropy(m(x), label)"), "syntax/unexpected", "a line of a training has no `:`"],
  [training(`${LOSS}epochs: 3`), "syntax/unexpected", "`epochs 3`"],
  [`import { block } from "x"\n${model("relu")}`, "syntax/unexpected", 'import block from "x"'],
  [`import { a, b } from "./x.dnn"\n${model("relu")}`, "syntax/unexpected", 'import a, b from "./x.dnn"'],
  [`import * as nn from "x.dnn"\n${model("relu")}`, "syntax/unexpected", 'import "x.dnn"'],
  [`import torch.nn as nn\n${model("relu")}`, "syntax/unexpected", "the library needs no import"],
  [`from parts import head\n${model("relu")}`, "syntax/unexpected", 'import head from "parts.dnn"'],
  [`import "parts"\n${model("relu")}`, "imports/cannot-read", '"parts.dnn"'],
  [model("let h = dense(3)(it); h"), "syntax/foreign-declaration", "bound without `let`"],
  [model("await dense(3)"), "names/unknown", "nothing is awaited"],
  [model("widths = [8, 4]; dense widths.length"), "names/no-field", "`length(list)`"],
  [model("[dense 8, relu, dense 2]"), "types/not-a-tensor", "one layer each"],
  [training('loss cross_entropy(m(x), "label")'), "types/not-a-tensor", "without quotes: label"],
  [training("loss: cross_entropy(m(x), label), epochs: 3"), "syntax/unexpected", "`loss cross_entropy(m(x), label)`"],
  [training(LOSS).replace(" on d", " d"), "syntax/expected-block", "train m on d { ... }"],
  // Words where numbers or parts of the program belong.
  [training(`${LOSS}epochs ten`), "names/unknown", "`epochs 10`"],
  [training(`${LOSS}batch big`), "names/unknown", "`batch 64`"],
  [training(`${LOSS}freeze foo`), "names/unknown", "there is m"],
  [training("step foo { minimize mean(m(x)^2) }"), "names/unknown", "there is m"],
];

for (const [program, code, part] of ANSWERED)
  test(`\`${program
    .trim()
    .split("\n")
    .at(
      code.startsWith("imports") || program.startsWith("import") || program.startsWith("from") ? 0 : -1,
    )}\` is one ${code}`, async () => {
    const found = await said(program);
    expect(found.map((d) => d.code)).toEqual([code]);
    expect(shown(found[0])).toContain(part);
  });

test("what is given by name only is a parameter of the library, and taken by its name; what others give by place is taken so", async () => {
  const tagged = library.all().flatMap((name) => {
    const value = library.get(name);
    return value?.kind === "definition" && value.definition.tags?.["by-name"] ? [value.definition] : [];
  });
  expect(tagged.length).toBeGreaterThan(5);
  for (const { parameters, tags } of tagged) {
    const { parameters: byNameOnly, hint } = byName(tags!["by-name"]!);
    expect(parameters.map((p) => p.name.text)).toEqual(expect.arrayContaining([...byNameOnly]));
    expect(hint).not.toBe("");
  }
  const named = ["softmax(it, where=it > 0)", "layernorm eps=1e-3", "batchnorm momentum=0.5", "conv 3x3 4 stride=1 p1"];
  for (const line of named) expect(await said(model(`${line}; relu`))).toEqual([]);
  for (const line of ["leaky_relu 0.2", "dropout 0.5", "maxpool 2x2 2", "maxout 4 2", "upsample 2"])
    expect(await said(model(`${line}; relu`))).toEqual([]);
});

test("what the library has renamed is a parameter of it today", () => {
  const renamed = library.all().flatMap((name) => {
    const value = library.get(name);
    return value?.kind === "definition"
      ? renamingsOf(value.definition).map(({ to }) => [value.definition, to] as const)
      : [];
  });
  expect(renamed.length).toBeGreaterThan(5);
  for (const [definition, name] of renamed) expect([...membersOf(definition).keys()]).toContain(name);
});

test("a renaming that cannot be read gets a warning", async () => {
  const [found] = await said(
    "# @renamed shift bias\nblock b() { param bias: [] = 0; it + bias }\nmodel m(x: [4]) { b }\n",
  );
  expect(found?.code).toBe("names/unknown-tag");
  expect(shown(found)).toContain("shift -> bias");
});

/** Headers whose defaults read what the file defines, wherever it stands. */
const DEFAULTS: readonly string[] = [
  "fn sq(x) = x * x\nmodel m(x: [4], f=sq) { f(x) }\n",
  "model m(x: [4], f=sq) { f(x) }\nfn sq(x) = x * x\n",
  "hidden = 6\nblock b(n=hidden) { dense n }\nmodel m(x: [4]) { b; tanh; dense 2 }\n",
  "block act { relu }\nblock b(a=act) { dense 3; a }\nmodel m(x: [4]) { b; dense 2 }\n",
  "fn mine(sizes) = zeros(sizes)\nblock b(start=mine) { param w: [4] = start; it * w }\nmodel m(x: [4]) { b }\n",
  `rate = 0.1\noptimizer mine(lr=rate) { param -= lr * grad }\n${training(`${LOSS}optimizer mine`)}`,
  `fn sq(x) = x * x\n${training("loss mean(f(m(x)))", "m(f=sq)")}`,
  training(`${LOSS}epochs n; batch 2 * n`, "m(n=3)"),
];

for (const program of DEFAULTS)
  test(`a default may read what its file defines: ${program.split("\n")[0]}`, async () => {
    expect(await said(program)).toEqual([]);
  });

test("one mistake of a training hides no other: each line says its own", async () => {
  const wrong = [
    "loss cross_entropy(m(x), lable)",
    "metric acuracy(m(x), label)",
    "optimizer adamm lr=1",
    "schedule cosin",
    "batch 0",
    "epochs 0",
    "clip -1",
    "freeze foo",
    "patience 0.5",
    "show plot(m(x))",
  ];
  const found = await said(training(wrong.join("\n")));
  const lines = found.map((d) => d.span!.start);
  expect(found).toHaveLength(wrong.length);
  expect(new Set(lines).size).toBe(wrong.length);
});

/** Declarations, and what of them is marked. */
const MARKED: readonly (readonly [source: string, marked: string])[] = [
  ["blobs(classes=4, n=0)", "0"],
  ["blobs(clases=4)", "clases"],
  ["digits(100, 20, 3, 4)", "4"],
  ['csv("a.csv", split=2)', "2"],
  ['csv("a.csv", "label", 2)', "2"],
  ['csv("b.csv")', '"b.csv"'],
  ['csv(split=0.5, file="b.csv")', '"b.csv"'],
  ['cvs("a.csv")', "cvs"],
  ["adding(seq=1)", "1"],
  ["names(n=10, heldout=0)", "heldout"],
];

for (const [source, marked] of MARKED)
  test(`a mistake of \`${source}\` is marked at \`${marked}\``, async () => {
    const program = training(LOSS).replace("blobs(classes=4)", source);
    const files = memoryFiles({ "a.csv": new TextEncoder().encode("x,label\n1,a\n2,b\n3,a\n4,b\n") });
    const [first] = await checkOpened(openText("test.dnn", program), { base: "", files });
    expect(program.slice(first!.span!.start, first!.span!.end)).toBe(marked);
    expect(first!.hint).toBeTruthy();
  });
