// Proves that the negative log-likelihood of what cannot be logarithms of probabilities is warned of, whichever layer gave it, and of
// what can be is not.

import { expect, test } from "vitest";
import { openProgram } from "../../compiler/check/program/program.ts";
import { elaborateTraining } from "../../compiler/check/training/train.ts";
import { library } from "../support/engine.ts";

const FIELDS = [
  { name: "x", shape: [3] },
  { name: "label", shape: [], classes: 3 },
];

function warnings(body: string, loss: string): string[] {
  const text = `model net(x: [3]) { ${body} }\ntrain net on d { loss ${loss} }\n`;
  const { program, diagnostics } = openProgram({ file: "test.dnn", text }, library);
  elaborateTraining(program, program.trains[0]!, { fields: FIELDS, examples: 8, overrides: new Map() });
  const all = [...diagnostics, ...program.diagnostics];
  expect(all.filter((d) => d.severity === "error").map((d) => d.message)).toEqual([]);
  return all.filter((d) => d.code === "train/nll-of-scores").map((d) => `${d.message}: ${d.hint}`);
}

const PROBABILITIES = ["dense 3; softmax", "dense 3; sigmoid"];
const PLAIN = [
  "dense 3",
  "dense 3; relu",
  "dense 3; tanh",
  "dense 3; layernorm",
  "dense 3; batchnorm",
  "dense 3; gelu",
  "maxout 3",
  "dense 3; softplus",
];

test.each(PROBABILITIES)("nll after %s gets a warning that these are probabilities", (body) => {
  const [found, ...more] = warnings(body, "nll(net(x), label)");
  expect(more).toEqual([]);
  expect(found).toMatch(/gives probabilities: write `log_softmax` in place of the `(softmax|sigmoid)`/);
});

test.each(PLAIN)("nll after %s gets a warning that these are plain scores", (body) => {
  const [found, ...more] = warnings(body, "nll(net(x), label)");
  expect(more).toEqual([]);
  expect(found).toMatch(/gives plain scores: write `cross_entropy` in its place, or `log_softmax`/);
});

test.each([
  ["dense 3; log_softmax", "nll(net(x), label)"],
  ["dense 3", "nll(log_softmax(net(x)), label)"],
  ["dense 3; softmax", "nll(log(net(x)), label)"],
  ["dense 3", "cross_entropy(net(x), label)"],
])("%s with %s is not warned of", (body, loss) => {
  expect(warnings(body, loss)).toEqual([]);
});
