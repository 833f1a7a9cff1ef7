// Proves that every definition of the library is compared: with PyTorch where PyTorch has it, else with its formula in a test of its
// own, or through the definition that uses it. A new definition fails here until it says which.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { library } from "../support/engine.ts";
import { readLayers } from "./fixtures.ts";

/** How a definition is compared: with PyTorch; by a test in a file; or as a part of another definition. */
type Proof = "pytorch" | { readonly formula: string } | { readonly within: string };

const formula = (file: string): Proof => ({ formula: file });
const within = (definition: string): Proof => ({ within: definition });
const STDLIB = "compiler/stdlib.test.ts";
const INITIALISERS = "compiler/initialisers.test.ts";
const BODY = "cli/databody.test.ts";

const PROOFS: Readonly<Record<string, Proof>> = {
  ...all("relu leaky_relu elu gelu silu softmax log_softmax maxout", "pytorch"),
  ...all("dense conv upconv maxpool avgpool flatten embed dropout batchnorm layernorm residual last", "pytorch"),
  ...all("bidirectional lrn upsample attention", "pytorch"),
  ...all("rnn lstm lstm_peephole lstm_coupled gru gru_after each", "pytorch"),
  ...all("cross_entropy nll mse bce hinge multi_hinge", "pytorch"),
  ...all("sgd momentum nesterov adagrad rmsprop adam adamw", "pytorch"),
  ...all("step_decay exponential inverse cosine sgdr warmup sweep", "pytorch"),
  // Definitions that PyTorch has in another form or not at all: draws, starts, data, the course's own.
  ...all("attend he cosine_similarity crop flip lab l2 noise mask", formula(STDLIB)),
  ...all("xavier orthogonal spectral sparse", formula(INITIALISERS)),
  ...all("normalize centre whiten", formula(BODY)),
  accuracy: formula("compiler/metrics.test.ts"),
  logmel: formula("data/sounds.test.ts"),
  ...all("solve cholesky norm", formula("compiler/axes.test.ts")),
  // Parts of others.
  heads: within("attention"),
  inverse_root: within("whiten"),
  lab_scale: within("lab"),
  fan_in: within("he"),
  window_axes: within("conv"),
  inside: within("maxpool"),
  chosen: within("nll"),
  warmed: within("adam"),
  sgdr_start: within("sgdr"),
  whole_near: within("sgdr_start"),
};

function all(names: string, proof: Proof): Record<string, Proof> {
  return Object.fromEntries(names.split(" ").map((name) => [name, proof]));
}

const folder = new URL("../../stdlib/", import.meta.url);
const source = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), "utf8"));
const defined = source.flatMap((text) =>
  [...text.matchAll(/^(?:fn|block|cell|optimizer|schedule) (\w+)/gm)].map((match) => match[1]!),
);

/** Each line of the fixtures, as this language writes it. */
const lines: readonly string[] = [
  ...readLayers().layers.map((c) => c.line),
  ...readLayers().losses.map((c) => c.line.replace(/^hinge(?=.*label)/, "multi_hinge")),
  ...readLayers().optimizers.map((c) => c.kind),
  ...readLayers().schedules.map((c) => (c.kind === "step" ? "step_decay" : c.kind)),
];

const names = (name: string, text: string): boolean => new RegExp(`\\b${name}\\b`).test(text);

test("every definition of the library says how it is compared, and nothing else does", () => {
  expect(defined.length).toBeGreaterThan(60);
  expect(defined.filter((name) => !Object.hasOwn(PROOFS, name))).toEqual([]);
  expect(Object.keys(PROOFS).filter((name) => !defined.includes(name))).toEqual([]);
});

for (const [name, proof] of Object.entries(PROOFS))
  test(`${name} is compared as it says`, () => {
    if (proof === "pytorch") return expect(lines.some((line) => names(name, line))).toBe(true);
    if ("formula" in proof)
      return expect(names(name, readFileSync(new URL(`../${proof.formula}`, import.meta.url), "utf8"))).toBe(true);
    // A part is used by the definition that stands for it.
    const definitions = source.flatMap((text) => text.split(/^(?=(?:fn|block|cell|optimizer|schedule) )/m));
    const user = definitions.find((text) => new RegExp(`^\\w+ ${proof.within}\\b`).test(text));
    return expect(user !== undefined && names(name, user)).toBe(true);
  });

/** Arguments that the cases of a definition leave as they are, with the reason. */
const LEFT: Readonly<Record<string, readonly string[]>> = {
  // PyTorch's convolutions round down only, and its `same` takes no stride: these paddings are TensorFlow's, in `windows.test.ts`.
  conv: ["ceil", "same", "causal"],
  maxpool: ["same"],
  avgpool: ["same"],
  // The length of a training, which only some schedules read.
  ...Object.fromEntries("step_decay exponential inverse sgdr warmup sweep".split(" ").map((name) => [name, ["total"]])),
};

test("every argument of what is compared with PyTorch is given in some case", () => {
  const open = Object.entries(PROOFS).flatMap(([name, proof]) => {
    if (proof !== "pytorch") return [];
    const value = library.get(name);
    if (value?.kind !== "definition") throw new Error(`${name} is no definition`);
    const { parameters, kind } = value.definition;
    return parameters
      .map((p, i) => ({ name: p.name.text, place: kind === "fn" ? i - 1 : i, takesIt: kind === "fn" && i === 0 }))
      .filter((p) => !p.takesIt && !LEFT[name]?.includes(p.name) && !(kind === "schedule" && p.name === "t"))
      .filter((p) => !isGiven(name, p.name, p.place))
      .map((p) => `${name} ${p.name}`);
  });
  expect(open).toEqual([]);
});

/** Short forms of options: `s2` is stride=2. */
const SHORT: Readonly<Record<string, string>> = { stride: "s", padding: "p", dilation: "d", groups: "g" };

/** Whether some case gives an argument: by name, as a flag, as an option, or at its place. */
function isGiven(name: string, argument: string, place: number): boolean {
  const { optimizers, schedules } = readLayers();
  const short = SHORT[argument] === undefined ? "" : `|\\b${SHORT[argument]}\\d`;
  // A block behind everything else is the last parameter.
  const behind = argument === "body" ? "|\\}$" : "";
  const named = new RegExp(`\\b(no)?${argument}\\b${short}${behind}`);
  const kind = name === "step_decay" ? "step" : name;
  const options = [...optimizers, ...schedules].filter((c) => c.kind === kind).flatMap((c) => Object.keys(c.options));
  // Of these the test of schedules gives the factor of an epoch.
  if (options.includes(argument) || (/^(k|gamma)$/.test(argument) && options.includes("rate"))) return true;
  return lines.filter((line) => names(name, line)).some((line) => named.test(line) || placed(name, line) > place);
}

/** How many arguments a line gives by their places; a block in braces is one. */
function placed(name: string, line: string): number {
  const call = new RegExp(`\\b${name}\\((.*)\\)`).exec(line)?.[1];
  if (call !== undefined) return call.split(",").length - 1;
  const flow = new RegExp(`\\b${name}\\b([^;}]*)`).exec(line)?.[1] ?? "";
  return flow.split(" ").filter((word) => /^[\d{(]/.test(word)).length;
}
