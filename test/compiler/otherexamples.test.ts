// Proves what a program says of the other examples of its batch: with fewer examples than a batch may have it is that of a batch of
// so many, whatever the number of threads; and what would need a fixed number of them is refused.

import { expect, test } from "vitest";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { Random } from "../../runtime/data/random.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { spawnWorker } from "../../runtime/wasm/node.ts";
import { checkText } from "../support/checked.ts";
import { compileText } from "../support/engine.ts";

const ROWS = 3;
const DEPTH = 4;

/** The contrastive loss of two views (van den Oord et al., 2018), of a batch of at most so many. */
const contrastive = (batch: number): string => `
model net(x: [${DEPTH}]) { param w: [${DEPTH}] = 1, seen: [] = 0, first: [] = 0; it * w }
train net on d {
  step net {
    a = net(x); b = net(tanh(v))
    scores = all_examples(b) @ a
    loss = cross_entropy(scores, example_index()) + accuracy(scores, example_index()) * sum(max(all_examples(a), over=0))
    minimize loss
    update net.first = if net.first == 0 then mean(loss, over=batch) else net.first
  }
  step { update net.seen = mean(sum(all_examples(1 + 0 * x[0])), over=batch) }
  optimizer sgd lr=0.1; batch ${batch}
}`;

const fields = ["x", "v"].map((name) => ({ name, shape: [DEPTH] }));
const drawn = new Random(4);
const values = Object.fromEntries(
  fields.map(({ name }) => [name, Float32Array.from({ length: ROWS * DEPTH }, () => drawn.normal())]),
);

async function trained(batch: number, threads: number): Promise<Map<string, Float32Array | Int32Array>> {
  const { training, entries } = compileText(contrastive(batch), fields, 9);
  const kept = entries.map((e) => ({ ...e, parts: e.parts.map((p) => ({ ...p, fields: [] })) }));
  const engine = await WasmEngine.start(
    wasmTarget.plan({ entries: kept, batch: training.batch }, { shared: threads > 1 }),
    threads,
    spawnWorker,
  );
  engine.set("batch", ROWS);
  await engine.run("initialise");
  for (const [name, data] of Object.entries(values)) await engine.write(name, data);
  for (let i = 0; i < 3; i++) await engine.run("train");
  const found = new Map(["net.w", "net.seen", "net.first"].map((name) => [name, engine.view(name).slice()]));
  await engine.stop();
  return found;
}

/** The same loss before the first step, in plain arrays. */
function plainLoss(): number {
  const row = (name: string, i: number): number[] => [...values[name]!.subarray(i * DEPTH, (i + 1) * DEPTH)];
  const a = Array.from({ length: ROWS }, (_, i) => row("x", i));
  const b = Array.from({ length: ROWS }, (_, i) => row("v", i).map(Math.tanh));
  const highest = Array.from({ length: DEPTH }, (_, k) => Math.max(...a.map((r) => r[k]!))).reduce((s, v) => s + v, 0);
  const losses = a.map((mine, i) => {
    const scores = b.map((other) => other.reduce((s, v, k) => s + v * mine[k]!, 0));
    const right = Number(scores.every((s) => s <= scores[i]!));
    return Math.log(scores.reduce((s, v) => s + Math.exp(v - scores[i]!), 0)) + right * highest;
  });
  return losses.reduce((s, v) => s + v, 0) / ROWS;
}

test("a smaller batch is compared with itself alone", async () => {
  const exact = await trained(ROWS, 1);
  expect(exact.get("net.seen")).toEqual(Float32Array.of(ROWS));
  for (const [batch, threads] of [
    [5, 1],
    [5, 2],
    [8, 4],
    [3, 4],
  ] as const)
    expect(await trained(batch, threads), `room for ${batch} on ${threads} threads`).toEqual(exact);
});

test("the loss is that of plain arrays", async () => {
  expect((await trained(5, 1)).get("net.first")![0]).toBeCloseTo(plainLoss(), 4);
});

const REFUSED: Readonly<Record<string, string>> = {
  "others[0]": "batch/cut",
  "others[-1]": "batch/cut",
  "others[1:]": "batch/cut",
  "last(others)": "batch/cut",
  "reverse(others, 0)": "batch/cut",
  "roll(others, 1)": "batch/cut",
  "concat(others, others, over=0)": "batch/cut",
  "maxpool(2)(others)": "batch/cut",
  "lstm(4)(others)": "batch/cut",
  "topk(others[:, 0], 2)[0]": "batch/cut",
  "dense(3)(others[:, 0])": "batch/learned",
  "embed(4)(example_index())": "batch/learned",
  "others[argmax(it)]": "shapes/index-range",
  "-cross_entropy(it, example_index())": "shapes/too-few-scores",
  "-cross_entropy(others @ it, argmax(it))": "shapes/too-few-scores",
};

const UNREFUSED: readonly string[] = [
  "others[argmax(others @ it)]",
  "others[example_index()]",
  "softmax(others @ it) @ others",
  "sort(others, over=0)[argmax(others @ it)]",
  "sum(flat(others)) * it",
  "stack(others, others)",
  "layernorm()(others)",
  "put(others, 0, it)",
];

const program = (line: string): string => `
model net(x: [${DEPTH}]) { dense 4; others = all_examples(it); y = ${line}; mean(y) }
train net on d { loss net(x)^2; batch 5 }`;

const said = (line: string): string[] =>
  checkText(program(line), fields)
    .filter((d) => d.severity === "error")
    .map((d) => d.code);

test.each(Object.entries(REFUSED))("%s is refused", (line, code) => expect(said(line)).toEqual([code]));
test.each(UNREFUSED)("%s is however many there are", (line) => expect(said(line)).toEqual([]));
