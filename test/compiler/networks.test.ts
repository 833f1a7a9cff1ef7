// Proves that random networks mean the same on every level: a training step of each, optimised, joined and compiled, gives what the
// f64 reference of its graph gives. A network that does not is shrunk to the smallest that does not; NETWORKS=1000 asks for more.

import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import type { Field } from "../../compiler/check/training/lines/types.ts";
import { forgetNodes } from "../../compiler/graph/node.ts";
import { interpret } from "../../compiler/graph/reference.ts";
import { allocate, runSteps } from "../../compiler/loops/reference.ts";
import { runPasses } from "../../compiler/passes/list.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { compileText } from "../support/engine.ts";
import { leavesOf, partOf } from "../support/programs.ts";

const RUNS = Number(process.env.NETWORKS ?? 40);
const BATCH = 3;

const few = fc.integer({ min: 1, max: 5 });
const sized = (text: string): fc.Arbitrary<string> => few.map((n) => text.replaceAll("N", String(n)));
const always = (...texts: string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);
const activation = always("relu", "tanh", "sigmoid", "elu", "gelu", "softplus", "leaky_relu 0.1", "silu");

/** Layers that keep height and width, so that any may follow. */
const { picture } = fc.letrec<{ picture: string; branch: string }>((tie) => ({
  picture: fc.oneof(
    { maxDepth: 2, depthSize: "small" },
    activation,
    sized("conv 3x3 N p1"),
    sized("conv 1x1 N nobias"),
    sized("conv 3x3 N p2 d2"),
    always("batchnorm", "layernorm", "maxpool 3x3 s1 p1", "avgpool 3x3 s1 p1", "it * sigmoid(conv(1x1, 1)(it))"),
    always(
      "residual { conv 3x3 p1; tanh }",
      "it - mean(it, over=space)",
      "it / (1 + sum(it^2, over=depth, keep=true))",
    ),
    fc.tuple(tie("branch"), tie("branch")).map(([a, b]) => `concat { branch { ${a} }; branch { ${b} } }`),
  ),
  branch: fc.array(tie("picture"), { minLength: 1, maxLength: 2 }).map((l) => l.join("; ")),
}));
const vector = fc.oneof(
  activation,
  sized("dense N"),
  sized("dense N nobias"),
  always("layernorm", "softmax", "it * it"),
);
const sequence = fc.oneof(
  ...["lstm N", "gru N", "rnn N", "gru_after N", "lstm_peephole N", "bidirectional { rnn N }", "dense N"].map(sized),
  activation,
  always("layernorm", "softmax(dense(1)(tanh(it))[:, 0]) * it[:, 0]; reshape(it, [4, 1])", "reverse(it)"),
);

const optimizer = always("sgd lr=0.1", "sgd lr=0.1 momentum=0.9 decay=0.01", "momentum lr=0.05", "nesterov lr=0.05");
const ending = fc.tuple(optimizer, always("", "; clip 1")).map(([o, c]) => `optimizer ${o}${c}`);
const lines = (line: fc.Arbitrary<string>, maxLength: number): fc.Arbitrary<string> =>
  fc.array(line, { maxLength }).map((list) => list.join("; "));

const pictures = fc
  .tuple(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 1, max: 3 }), lines(picture, 4), lines(vector, 3), ending)
  .map(([size, depth, before, after, rest]) => ({
    fields: [
      { name: "image", shape: [size, size + 1, depth] },
      { name: "label", shape: [], classes: 3 },
    ] as Field[],
    text: `model net(image: [H, W, C]) { dense 3; ${before || "tanh"}; flatten; ${after || "tanh"}; dense 3 }
train net on d { loss cross_entropy(net(image), label); metric accuracy(net(image), label); ${rest}; batch ${BATCH} }`,
  }));
const texts = fc.tuple(lines(sequence, 3), ending).map(([body, rest]) => ({
  fields: [
    { name: "text", shape: [4], classes: 5 },
    { name: "next", shape: [4], classes: 5 },
  ] as Field[],
  text: `model net(text: [T] of V) { embed 3; dense 2; ${body || "tanh"}; dense V }
train net on d { loss cross_entropy(net(text), next); ${rest}; batch ${BATCH} }`,
}));

const tables = fc.tuple(few, lines(vector, 6), ending).map(([width, body, rest]) => ({
  fields: [
    { name: "x", shape: [width] },
    { name: "label", shape: [], classes: 2 },
  ] as Field[],
  text: `model net(x: [D]) { ${body || "tanh"}; dense 2 }
train net on d { loss cross_entropy(net(x), label); ${rest}; batch ${BATCH} }`,
}));

let engine: WasmEngine | undefined;
afterEach(() => engine?.stop());

const near = (a: number, b: number, tolerance: number): boolean => Math.abs(a - b) <= tolerance * (0.01 + Math.abs(b));

/** How far apart two tensors are, in the 2-norm; of one from zero. */
const distance = (a: ArrayLike<number>, b?: ArrayLike<number>): number =>
  Math.hypot(...Array.from(a, (v, i) => v - (b?.[i] ?? 0)));

async function agrees({ text, fields }: { text: string; fields: readonly Field[] }): Promise<void> {
  forgetNodes();
  const step = compileText(text, fields, 30).training.steps[0]!;
  const nodes = runPasses(step.results.map((r) => r.node));
  const leaves = leavesOf(nodes, BATCH, fields);
  const reference = interpret(nodes, leaves, BATCH);
  const part = partOf(step, nodes, BATCH);
  const memory = allocate(part.lowered);
  for (const [leaf, value] of leaves) memory.get(leaf.attributes.name as string)?.set(value.data);
  runSteps(part.lowered.steps, memory, BATCH, { seed: 0, step: 0 });
  engine = await WasmEngine.start(
    wasmTarget.plan({ entries: [{ name: "train", parts: [part] }], batch: BATCH }, { shared: false }),
    1,
  );
  for (const [leaf, value] of leaves) {
    const name = leaf.attributes.name as string;
    if (engine.has(name)) engine.view(name).set(value.data);
  }
  engine.set("batch", BATCH);
  await engine.run("train");
  step.results.forEach(({ into }, i) => {
    if (into === undefined) return;
    const [nests, mine] = [memory.get(into)!, engine!.view(into)];
    reference[i]!.data.forEach((wanted, k) => {
      if (!near(nests[k]!, wanted, 1e-8)) throw new Error(`${into}[${k}] of the nests is ${nests[k]}, not ${wanted}`);
    });
    const wrong = distance(mine, reference[i]!.data) / (0.01 + distance(reference[i]!.data));
    if (!(wrong < 1e-3)) throw new Error(`${into} of the engine is wrong by ${wrong} of its length`);
  });
}

for (const [what, networks] of [
  ["on numbers", tables],
  ["on pictures", pictures],
  ["on sequences", texts],
] as const)
  test(`random networks ${what}`, async () => {
    await expect(
      fc.assert(fc.asyncProperty(networks, agrees), { numRuns: RUNS, seed: 20, endOnFailure: false }),
    ).resolves.toBeUndefined();
  }, 600_000);
