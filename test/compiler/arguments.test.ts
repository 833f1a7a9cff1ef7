// Proves that every argument has a domain: each parameter of each function and library definition is given what it may not be
// meant for. Either an error stands at the argument, or the value is right: it compiles and runs. The long form
// (ARGUMENTS=all) looks at all of them, the short one at a part.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { builtins } from "../../compiler/check/builtins/all.ts";
import type { Definition } from "../../compiler/check/names/meanings.ts";
import { parametersOf } from "../../compiler/check/names/meanings.ts";
import { Modules } from "../../compiler/check/program/modules.ts";
import { type Program as OpenedProgram, openProgram } from "../../compiler/check/program/program.ts";
import type { Training } from "../../compiler/check/training/lines/types.ts";
import { elaborateTraining } from "../../compiler/check/training/train.ts";
import type { ReadArray } from "../../compiler/check/values/filetensors.ts";
import { compileTraining } from "../../compiler/compile.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { parse } from "../../grammar/parser/parse.ts";
import type { Diagnostic } from "../../grammar/syntax/span.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { library } from "../support/engine.ts";

/** Values that every argument is given. */
const VALUES: readonly string[] = [
  "-1",
  "0",
  "0.5",
  "1e9",
  "0/0",
  "infinity",
  "1",
  "3",
  '"text"',
  "[1, 2]",
  "[0.5, 0]",
  "[]",
  "3x3",
  "ones([2, 3])",
  "sum(x)",
  "true",
  "none",
  "relu",
  "other",
];

/** Arguments that are right, by parameter; for the others their own default does. */
const RIGHT: Readonly<Record<string, string>> = {
  x: "x",
  y: "x",
  q: "v",
  k: "v",
  v: "v",
  a: "row",
  b: "row",
  condition: "x",
  // biome-ignore lint/suspicious/noThenProperty: the name of a parameter of the language
  then: "x",
  else: "x",
  value: "1",
  place: "0",
  w: "kernel",
  size: "2",
  sizes: "[4, 4]",
  axes: "2",
  axis: "0",
  list: "[1, 2]",
  shape: "[3, 4]",
  beta: "0.5",
  p: "0.5",
  by: "1",
  parts: "2",
  n: "2",
  body: "{ dense 3 }",
  net: "other",
  layer: "other",
  label: "c",
  t: "0.5",
  total: "3",
  image: "picture",
  lr: "0.1",
  period: "1",
  growth: "2",
};

/** Arguments of functions that need others than the usual. */
const OWN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  grad: { y: "sum(x^2)" },
  moved: { model: "other", by: "grad(sum(other(row)), other)", times: "0.1" },
  solve: { a: "square", b: "square" },
  cholesky: { a: "square" },
  topk: { k: "2" },
  convolve: { x: "picture" },
  deconvolve: { x: "picture" },
  windows: { x: "picture" },
  outer: { a: "row", b: "row" },
  reshape: { shape: "[4, 3]" },
  classes: { x: "c" },
  onehot: { x: "c" },
  crop: { x: "picture" },
  lab: { image: "picture" },
  upsample: { x: "picture" },
  flip: { x: "picture" },
  inverse_root: { a: "square" },
  whiten: { x: "row" },
  inside: { x: "picture" },
  cosine_similarity: { y: "row" },
  cross_entropy: { y: "row" },
  nll: { y: "row" },
  multi_hinge: { y: "row" },
  accuracy: { y: "row" },
  heads: { x: "v" },
  spectral: { sizes: "[4, 4]" },
  put: { x: "x" },
  fan_in: { sizes: "[4, 4]" },
  sgdr_start: { k: "1" },
  exponential: { k: "0.1", gamma: "0.9" },
  inverse: { k: "0.1" },
  lrn: { k: "2" },
  maxout: { k: "2" },
  transpose: { order: "[1, 0]" },
  tensor: { file: '"text"', name: '"text"', classes: "3" },
};

/** Values before the parameters, of functions of several. */
const VALUES_BEFORE: Readonly<Record<string, string>> = { concat: "x, x, ", stack: "x, x, " };

interface Callee {
  readonly name: string;
  readonly kind: Definition["kind"] | "builtin";
  readonly parameters: readonly { readonly name: string; readonly isNeeded: boolean }[];
}

const folder = new URL("../../stdlib/", import.meta.url);
const CALLEES: readonly Callee[] = [
  ...Object.entries(builtins).map(([name, { parameters }]) => ({
    name,
    kind: "builtin" as const,
    parameters: Object.entries(parameters).map(([p, { absent }]) => ({ name: p, isNeeded: !absent })),
  })),
  ...readdirSync(folder).flatMap((file) =>
    parse(readFileSync(new URL(file, folder), "utf8"), file).file.definitions.flatMap((d): Callee[] => {
      if (d.kind === "import" || d.kind === "binding" || d.kind === "data" || d.kind === "train") return [];
      const parameters = parametersOf(d).map((p) => ({ name: p.name.text, isNeeded: !p.default }));
      return [{ name: d.name.text, kind: d.kind, parameters }];
    }),
  ),
];

const LAYERS: ReadonlySet<string> = new Set(["block-definition", "cell"]);
/** Inputs of layers. */
const ON: Readonly<Record<string, string>> = {
  conv: "picture",
  upconv: "picture",
  maxpool: "picture",
  avgpool: "picture",
  embed: "c",
  attention: "v",
  lrn: "picture",
};

interface Program {
  readonly text: string;
  /** Where the argument stands. */
  readonly from: number;
  readonly to: number;
}

/** A program in which one parameter is given `value`; the others are right. */
function programWith(callee: Callee, asked: string, value: string): Program {
  const write = (p: { readonly name: string }): string =>
    p.name === asked ? `<<${value}>>` : (OWN[callee.name]?.[p.name] ?? RIGHT[p.name]!);
  const given = callee.parameters.filter((p) => p.isNeeded || p.name === asked);
  const args = given
    .map((p) => (p.isNeeded && callee.kind !== "block-definition" ? write(p) : `${p.name}=${write(p)}`))
    .join(", ");
  const call = LAYERS.has(callee.kind)
    ? `${callee.name}(${args})(${ON[callee.name] ?? "v"})`
    : `${callee.name}(${VALUES_BEFORE[callee.name] ?? ""}${args})`;
  const isRule = callee.kind === "optimizer";
  const named = given.map((p) => `${p.name}=${write(p)}`).join(" ");
  const marked = `model other(h: [4]) { dense 3 }
model net(x: [3, 4], c: class 4) {
  row = x[0]; v = x @ ones([4, 4]); square = ones([4, 4]) + eye(4); picture = reshape(concat(x, x), [4, 2, 3]); param kernel: [2, 2, 3, 2] = 0.1
  made = ${isRule ? "0" : call}
  dense 2
}
train t on d { loss mean(net(x, c)) + 0 * sum(other(x[0])); ${isRule ? `optimizer ${callee.name} ${named}` : ""}; batch 2; epochs 1 }
`;
  const [before, argument, after] = marked.split(/[<>]{2}/) as [string, string, string];
  return { text: before + argument + after, from: before.length, to: before.length + argument.length };
}

const FIELDS = [
  { name: "x", shape: [3, 4] },
  { name: "c", shape: [], classes: 4 },
];

/** Mistakes of a value that is possible by itself and does not go with the others: these are about the call. */
const TOGETHER: ReadonlySet<string> = new Set([
  "shapes/window-larger-than-input",
  "shapes/window-does-not-fit",
  "shapes/mismatch",
  "shapes/does-not-divide",
  "shapes/bad-size",
  "shapes/groups-do-not-divide",
  "shapes/too-few-axes",
  "shapes/reshape-count",
  "shapes/concat",
  "limits/too-large",
  "shapes/product-mismatch",
  "shapes/input-mismatch",
  "shapes/product-of-numbers",
  "shapes/index-range",
  "shapes/index-axis",
  "shapes/no-such-axis",
  "types/cannot-take-apart",
  "lengths/ragged",
  "shapes/label-differs",
  "shapes/too-few-scores",
  "shapes/no-depth",
  "cells/no-sequence",
]);

/** Functions of the body of a data declaration: elsewhere only their arguments are looked at. */
const isOfData = (code: string, callee: string): boolean =>
  code === "data/out-of-place" && ["normalize", "centre", "whiten"].includes(callee);

/** One file with one array. */
const readArray: ReadArray = (file, name) =>
  file === "text" && (name ?? "text") === "text"
    ? { file, name, shape: [3], whole: [0, 2], values: Float32Array.of(0, 1, 2) }
    : { code: "data/no-array", message: "there is no such array", argument: name === undefined ? "file" : "name" };

const isError = (d: Diagnostic): boolean => d.severity === "error";

/** The fault in the answer to one argument; undefined where it is refused at its place, else how to run it. */
function answered({ text, from, to }: Program, callee: string): string | (() => Promise<void>) | undefined {
  const modules = new Modules<OpenedProgram>(readArray);
  const { program, diagnostics } = openProgram({ file: "test.dnn", text }, library, undefined, [], modules);
  const training = elaborateTraining(program, program.trains[0]!, {
    fields: FIELDS,
    examples: 4,
    overrides: new Map(),
  });
  const wrong = [...diagnostics, ...program.diagnostics].filter(isError);
  if (wrong.length === 0) return training ? () => run(training) : "nothing is said, and there is no training";
  // The call and its other arguments stand on one line.
  const [first, last] = [text.lastIndexOf("\n", from), text.indexOf("\n", to)];
  const isPlaced = ({ code, span }: Diagnostic): boolean => {
    if (span?.file !== "test.dnn") return false;
    const isInCall = span.start > first && span.end <= last;
    return (span.start >= from && span.end <= to) || (isInCall && (TOGETHER.has(code) || isOfData(code, callee)));
  };
  if (wrong.some(isPlaced)) return undefined;
  return wrong.map((d) => `${d.code} "${text.slice(d.span?.start, d.span?.end)}": ${d.message}`).join("; ");
}

async function run(training: Training): Promise<void> {
  const entries = compileTraining(training, { batch: training.batch });
  const own = entries.map((e) => ({ ...e, parts: e.parts.map((p) => ({ ...p, fields: [] })) }));
  const engine = await WasmEngine.start(wasmTarget.plan({ entries: own, batch: training.batch }, { shared: false }), 1);
  engine.set("batch", training.batch);
  await engine.run("initialise");
  await engine.run("train");
  await engine.stop();
}

/** Every how many programs are looked at: all of them, or a part that is other for each function. */
const EVERY = process.env.ARGUMENTS === "all" ? 1 : 11;

for (const [i, callee] of CALLEES.entries())
  test(`arguments of ${callee.name} are refused where they are written, or are right`, async () => {
    const programs = callee.parameters.flatMap(({ name }) => VALUES.map((value) => ({ name, value })));
    const wrong: string[] = [];
    for (const [k, { name, value }] of programs.entries()) {
      if ((i + k) % EVERY !== 0) continue;
      try {
        const found = answered(programWith(callee, name, value), callee.name);
        if (typeof found === "string") wrong.push(`${name}=${value}: ${found}`);
        else await found?.();
      } catch (error) {
        wrong.push(`${name}=${value}: ${error}`);
      }
    }
    expect(wrong).toEqual([]);
  }, 120_000);
