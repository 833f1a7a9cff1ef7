// Proves that settings of the command line stand in the place of an optimizer line's own: by name, by place, and another optimizer.

import { expect, test } from "vitest";
import { elaborateTraining } from "../../compiler/check/training/train.ts";
import { graphText } from "../../compiler/graph/text.ts";
import { openText } from "../support/opened.ts";

/** Steps from a line and settings of the command line: the graph of every result, as text. */
function made(line: string, set: Readonly<Record<string, string>>): string {
  const { program } = openText(
    "m.dnn",
    `model m(x: [2]) { dense 3 }
data points = moons()
train t on points { loss cross_entropy(m(x), label)\n ${line} }`,
  );
  const fields = [
    { name: "x", shape: [2] },
    { name: "label", shape: [], classes: 2 },
  ];
  const [definition] = program.trains;
  const training = elaborateTraining(program, definition!, {
    fields,
    examples: 100,
    overrides: new Map(Object.entries(set)),
  });
  expect(program.diagnostics.filter((d) => d.severity === "error")).toEqual([]);
  return training!.steps.map((s) => graphText(s.results.map((r) => r.node))).join("\n");
}

test.each([
  ["optimizer sgd 0.5", "optimizer sgd 0.1"],
  ["optimizer sgd 0.5 0.9", "optimizer sgd 0.1 0.9"],
  ["optimizer momentum(0.5)", "optimizer momentum(0.1)"],
  ["optimizer nesterov 0.5", "optimizer nesterov lr=0.1"],
  ["optimizer adagrad 0.5", "optimizer adagrad lr=0.1"],
  ["optimizer rmsprop 0.5 0.8", "optimizer rmsprop 0.1 0.8"],
  ["optimizer adam 0.5 beta2=0.9", "optimizer adam lr=0.1 beta2=0.9"],
  ["optimizer adamw", "optimizer adamw lr=0.1"],
])("`%s` with --set optimizer.lr=0.1 is `%s`", (written, meant) => {
  expect(made(written, { "optimizer.lr": "0.1" })).toBe(made(meant, {}));
  expect(made(written, {})).not.toBe(made(meant, {}));
});

test.each([
  ["optimizer adam 0.02 beta1=0.8", "adam", "optimizer adam 0.02 beta1=0.8"],
  ["optimizer adam 0.02 beta1=0.8", "adamw", "optimizer adamw lr=0.02 beta1=0.8"],
  ["optimizer adam 0.02 beta1=0.8", "sgd", "optimizer sgd lr=0.02"],
  ["optimizer sgd lr=0.1 momentum=0.9 nesterov", "rmsprop", "optimizer rmsprop lr=0.1"],
  ["optimizer adam", "momentum", "optimizer momentum lr=0.01"],
  ["", "adam", "optimizer adam"],
])("`%s` with --set optimizer=%s is `%s`", (written, name, meant) => {
  expect(made(written, { optimizer: name })).toBe(made(meant, {}));
});
