// Proves that two calls of a model share a result exactly where their arguments mean the same, and that layers of different
// files never share parameters because they were written at the same place or have the same name.

import { expect, test } from "vitest";
import { openProgram } from "../../compiler/check/program/program.ts";
import type { TensorValue } from "../../compiler/check/values/values.ts";
import { requiredInputs } from "../../compiler/check/values/values.ts";
import { topological } from "../../compiler/graph/node.ts";
import { checkText } from "../support/checked.ts";
import { library } from "../support/engine.ts";

const FUNCTIONS = `
fn half(x) = x / 2
fn twice(x) = x * 2
block shifted(by) { it + by }
block scaled(by) { it * by }
block label(name, x) { if name == "1" { it + 1 } else { it } }
model m(x: [4], act=sigmoid) { dense 3; act }
model named(x: [4], name="a") { dense 3; label(name, 0) }
model inside(x: [4]) { a = x + 1; it }
model reader(x: [4], f) { it * f.a }
`;

/** Whether the two values of a model \`pair\`, written as expressions over \`x\`, are one node. */
function isOne(first: string, second: string, before = ""): boolean {
  const text = `${FUNCTIONS}\nmodel pair(x: [4]) { ${before}; a = ${first}; b = ${second}; concat(a, b) }`;
  const { program, diagnostics } = openProgram({ file: "calls.dnn", text }, library);
  const checked = program.checkModel("pair");
  const wrong = [...diagnostics, ...program.diagnostics].filter((d) => d.severity === "error");
  expect(wrong.map((d) => d.message)).toEqual([]);
  const fields = (checked.result as TensorValue).fields!;
  return (fields.get("a") as TensorValue).node === (fields.get("b") as TensorValue).node;
}

const different: readonly (readonly [what: string, first: string, second: string, before?: string])[] = [
  ["functions of the language", "m(x, act=sigmoid)", "m(x, act=tanh)"],
  ["functions of the library", "m(x, act=relu)", "m(x, act=gelu)"],
  ["functions of the file", "m(x, act=half)", "m(x, act=twice)"],
  ["functions with an argument", "m(x, act=(leaky_relu 0.1))", "m(x, act=(leaky_relu 0.2))"],
  ["blocks", "m(x, act=(shifted 2))", "m(x, act=(scaled 2))"],
  ["arguments of one block", "m(x, act=(shifted 2))", "m(x, act=(shifted 3))"],
  ["blocks that are written out", "m(x, act={ it + 1 })", "m(x, act={ it * 3 })"],
  ["lists of functions", "m(x, act=[half, twice][0])", "m(x, act=[half, twice][1])"],
  ["a text and a number", 'named(x, name="1")', "named(x, name=1)"],
];
for (const [what, first, second, before] of different)
  test(`calls that differ in ${what} are two`, () => expect(isOne(first, second, before)).toBe(false));

test("equal calls are one, whatever kind of value they are given", () => {
  const calls = [
    "m(x, act=sigmoid)",
    "m(x, act=half)",
    "m(x, act=(shifted 2))",
    "m(x, act=(leaky_relu 0.1))",
    'named(x, name="1")',
  ];
  for (const call of calls) expect([call, isOne(call, call)]).toEqual([call, true]);
});

/** Programs by their file names; the first is opened. */
function opened(files: Readonly<Record<string, string>>) {
  const [first] = Object.keys(files) as [string];
  const { program, diagnostics } = openProgram({ file: first, text: files[first]! }, library, (path) => ({
    file: path,
    text: files[path]!,
  }));
  expect([...diagnostics, ...program.diagnostics].filter((d) => d.severity === "error")).toEqual([]);
  return program;
}

/** Names and sizes of the parameters that a model of the first file reads, after it was called. */
function parametersOf(files: Readonly<Record<string, string>>, model: string): Record<string, string> {
  const program = opened(files);
  const value = program.models.get(model)!;
  const frame = program.frame(false);
  const [input] = requiredInputs(value.definition);
  const x = program.elaborator.symbolicInput(input!, program.scope, frame);
  const result = program.elaborator.applyModel(value, [x], new Map(), value.definition.name.span, frame);
  const read = topological([(result as TensorValue).node]);
  const known = new Set(program.everything().map((l) => l.path));
  const leaves = read.filter((n) => n.op === "parameter" && n.attributes.role === "parameter");
  for (const leaf of leaves) expect(known).toContain(leaf.attributes.name);
  return Object.fromEntries(leaves.map((n) => [n.attributes.name as string, String(n.shape)]));
}

test("models and bound layers of one name in two files have parameters of their own", () => {
  const found = parametersOf(
    {
      "main.dnn":
        'import trunk from "part.dnn"\nmine = dense 3\nmodel net(x: [2]) { dense 7; tanh; dense 3 }\nmodel whole(x: [2]) { trunk(x) + net(x) + mine(x) }',
      "part.dnn": "shared = dense 3\nmodel net(x: [2]) { dense 5; shared }\nmodel trunk(x: [2]) { net; tanh }",
    },
    "whole",
  );
  expect(found).toEqual({
    "part/net.dense1.weight": "2,5",
    "part/net.dense1.bias": "5",
    "part/dense1.weight": "5,3",
    "part/dense1.bias": "3",
    "net.dense1.weight": "2,7",
    "net.dense1.bias": "7",
    "net.dense2.weight": "7,3",
    "net.dense2.bias": "3",
    "dense1.weight": "2,3",
    "dense1.bias": "3",
  });
});

test("a file that two others import is opened once: its model is one", () => {
  const found = parametersOf(
    {
      "main.dnn": 'import base from "base.dnn"\nimport left from "left.dnn"\nmodel both(x: [2]) { base(x) + left(x) }',
      "left.dnn": 'import base from "base.dnn"\nmodel left(x: [2]) { base }',
      "base.dnn": "model base(x: [2]) { dense 2 }",
    },
    "both",
  );
  expect(Object.keys(found)).toEqual(["base.dense1.weight", "base.dense1.bias"]);
});

test("layers at the same place of two files have parameters of their own", () => {
  // `dense 4` stands at the same offset in both files, and the block that is written out belongs to the layer of the other file.
  const head = 'import around from "b.dnn"\n';
  const main = `${head}model m(x: [4]) { around { dense 4 } }`;
  const at = main.indexOf("dense 4");
  const part = "block around(body) { body(it) + dense(4)(it) }";
  const padding = " ".repeat(at - part.indexOf("dense(4)"));
  const found = parametersOf({ "main.dnn": main, "b.dnn": `${padding}${part}` }, "m");
  expect(Object.keys(found).filter((n) => n.endsWith("weight"))).toHaveLength(2);
});

test("an input takes a number or a list of numbers that is written down", () => {
  const source = (call: string): string =>
    `model e(x: [2], width: []) { concat(x, width); dense 1 }\nmodel t(x: [2]) { ${call} }`;
  const found = (call: string) =>
    checkText(source(call)).map((d) => `${d.code} ${d.span && source(call).slice(d.span.start, d.span.end)}`);
  expect(found("e(x, 2) + e([1, 2], 3) + e(x, 1 / 2)")).toEqual([]);
  expect(found("e([1, 2, 3], 3)")).toEqual(["shapes/input-mismatch e([1, 2, 3], 3)"]);
  expect(found("e(3, 2)")).toEqual(["shapes/input-mismatch e(3, 2)"]);
});
