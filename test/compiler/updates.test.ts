// Proves that updates see the values from before the step, whatever places they read of what they overwrite: rules that move
// numbers round, gradients that read a parameter elsewhere, several updates that wait for each other. Each against plain
// arrays or the f64 reference, on the nests and on engines of one and two threads, equal to the bit.

import { afterAll, expect, test } from "vitest";
import { interpret } from "../../compiler/graph/reference.ts";
import { allocate, runSteps } from "../../compiler/loops/reference.ts";
import { runPasses } from "../../compiler/passes/list.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { spawnWorker } from "../../runtime/wasm/node.ts";
import { compileText } from "../support/engine.ts";
import { leavesOf, partOf } from "../support/programs.ts";

const engines: WasmEngine[] = [];
afterAll(() => Promise.all(engines.map((e) => e.stop())));

const N = 33;
const BATCH = 4;
const fields = [{ name: "x", shape: [N] }];

/** A step of `lines` over two square parameters a and b and two vectors v and w. */
async function expectOldValues(lines: string, optimizer: string): Promise<void> {
  const text = `model m(x: [${N}]) { param a: [${N}, ${N}] = 0, b: [${N}, ${N}] = 0, v: [${N}] = 0, w: [${N}] = 0; it }
train m on d { ${lines}; optimizer ${optimizer}; batch ${BATCH} }`;
  const step = compileText(text, fields, 20).training.steps[0]!;
  const nodes = runPasses(step.results.map((r) => r.node));
  const leaves = leavesOf(nodes, BATCH, fields);
  const reference = interpret(nodes, leaves, BATCH);
  const part = partOf(step, nodes, BATCH);
  const memory = allocate(part.lowered);
  for (const [leaf, value] of leaves) memory.get(leaf.attributes.name as string)?.set(value.data);
  runSteps(part.lowered.steps, memory, BATCH, { seed: 0, step: 0 });
  const run = async (threads: number): Promise<WasmEngine> => {
    const plan = wasmTarget.plan(
      { entries: [{ name: "train", parts: [part] }], batch: BATCH },
      { shared: threads > 1 },
    );
    const engine = await WasmEngine.start(plan, threads, spawnWorker);
    engines.push(engine);
    for (const [leaf, value] of leaves) {
      const name = leaf.attributes.name as string;
      if (engine.has(name)) engine.view(name).set(value.data);
    }
    engine.set("batch", BATCH);
    await engine.run("train");
    return engine;
  };
  const [one, two] = [await run(1), await run(2)];
  for (const [i, { into }] of step.results.entries()) {
    if (into === undefined) continue;
    reference[i]!.data.forEach((wanted, k) => {
      const near = (found: number, tolerance: number, where: string): void =>
        expect(Math.abs(found - wanted), `${into}[${k}] ${where}`).toBeLessThan(tolerance * (1 + Math.abs(wanted)));
      near(memory.get(into)![k]!, 1e-10, "of the nests");
      near(one.view(into)[k]!, 1e-4, "on one thread");
    });
    expect(two.view(into), `${into} on two threads`).toEqual(one.view(into));
  }
}

const rules = [
  "update m.a = transpose(m.a)",
  "update m.a = roll(m.a, 1)",
  "update m.v = reverse(m.v)",
  "update m.v += roll(m.v, 3) - m.v[0]",
  "update m.a = m.a @ m.a",
  "update m.a = m.a * m.a[0] - transpose(m.a)",
  "update m.a = reshape(concat(m.a[:, 1:], m.a[:, 0:1]), [33, 33])",
  "update m.a = m.b; update m.b = m.a",
  "update m.a = transpose(m.b); update m.b = roll(m.a, 1)",
  "update m.v = m.a @ m.w; update m.a = outer(m.v, m.w); update m.w = m.v",
  "update m.v = reverse(m.w); update m.w = m.v + m.w",
  "update m.v = m.v[argmax(m.w)] * m.w",
  "update m.a = if m.a > transpose(m.a) then m.a else transpose(m.a)",
  "update m.v = softmax(m.v); update m.w = m.v - mean(m.w)",
];
for (const rule of rules)
  test(`${rule} reads the values from before`, () => expectOldValues(`step { ${rule} }`, "sgd lr=0.1"));

const penalties = [
  "sum((m.a @ transpose(m.a) - eye(33))^2) / 100",
  "sum((transpose(m.a) @ m.a)^2) / 100",
  "sum(m.a * m.a[0])",
  "sum(m.a * transpose(m.a))",
  "sum(m.v * reverse(m.v)) + sum(m.v * m.w[0])",
  "sum(m.a @ m.v * roll(m.v, 2))",
  "sum((m.a / sqrt(0.1 + sum(m.a * m.a, over=depth, keep=true))) * m.a[0])",
  "sum(maxpool(3x3, stride=2)(reshape(m.a, [33, 33, 1]))^2)",
  "sum(convolve(reshape(m.a, [33, 33, 1]), reshape(m.a[0:3, 0:3], [3, 3, 1, 1]), stride=2))",
];
for (const penalty of penalties)
  for (const optimizer of ["sgd lr=0.1", "adam lr=0.1"])
    test(`the gradient of ${penalty} under ${optimizer} is taken at the values from before`, () =>
      expectOldValues(`loss ${penalty} + 0 * sum(x)`, optimizer));
