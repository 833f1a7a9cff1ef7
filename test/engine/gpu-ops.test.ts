// Generated from the registry: on every example of every op the GPU's kernels compute what the nests mean, whose agreement
// with the references `test/compiler/ops.test.ts` proves.

import { expect, test } from "vitest";
import { tensor } from "../../compiler/graph/tensor.ts";
import { allocate, runSteps } from "../../compiler/kernel/interpret.ts";
import { lower } from "../../compiler/kernel/lower.ts";
import { make, parameter } from "../../compiler/ops/build.ts";
import type { Example, Op } from "../../compiler/ops/define.ts";
import { registry } from "../../compiler/ops/registry.ts";
import { halo } from "../../compiler/passes/halo.ts";
import { compileWgsl } from "../../compiler/targets/wgsl/program.ts";
import { Random } from "../../runtime/data/random.ts";
import { startGpu } from "../../runtime/webgpu/node.ts";
import { softwareGpu } from "../support/gpu.ts";

const gpu = await softwareGpu();
const BATCH = 2;

async function agrees(op: Op, example: Example): Promise<void> {
  if (typeof gpu === "string") return;
  const random = new Random(11);
  const [low, high] = example.range ?? [-1, 1];
  const isInteger = (i: number): boolean => example.integers?.includes(i) ?? false;
  const leaves = example.inputs.map((s, i) => parameter(`x${i}`, s, isInteger(i) ? "i32" : "f32", "parameter"));
  const values = example.inputs.map((s, i) =>
    tensor(s).data.map(() => (isInteger(i) ? random.integer(3) : Math.fround(random.uniform(low, high)))),
  );
  const [node] = halo([make(op.name, leaves, example.attributes ?? {})]);
  const lowered = lower([{ name: "out", node: node!, into: "out" }], BATCH);
  const memory = allocate(lowered);
  values.forEach((v, i) => {
    memory.get(`x${i}`)?.set(v);
  });
  runSteps(lowered.steps, memory, BATCH, { seed: 1, step: 0 });
  const part = { name: "run", lowered, logged: [], fields: [] };
  const engine = await startGpu(await gpu.again(), compileWgsl([{ name: "run", parts: [part] }], BATCH));
  engine.set("seed", 1);
  engine.set("batch", BATCH);
  for (const [i, leaf] of leaves.entries())
    if (engine.has(`x${i}`))
      await engine.write(`x${i}`, leaf.dtype === "i32" ? Int32Array.from(values[i]!) : Float32Array.from(values[i]!));
  await engine.run("run");
  const mine = await engine.read("out");
  await engine.stop();
  const wanted = memory.get("out")!;
  const scale = Math.max(1, ...wanted.map(Math.abs).filter(Number.isFinite));
  wanted.forEach((value, k) => {
    if (Number.isFinite(value)) expect(Math.abs(mine[k]! - value), `[${k}]`).toBeLessThanOrEqual(1e-5 * scale);
    else expect(mine[k], `[${k}]`).toBe(value);
  });
}

for (const op of registry().values()) {
  if (op.lowering.class === "abstract") continue;
  const examples = op.examples.filter((e) => e.fails === undefined);
  examples.forEach((example, i) => {
    test.skipIf(typeof gpu === "string")(`${op.name}, example ${i}`, () => agrees(op, example));
  });
}

test.skipIf(typeof gpu === "string")("infinities and what is no number are seen by their bits", async () => {
  if (typeof gpu === "string") return;
  const x = parameter("x", [5], "f32", "parameter");
  const goals = ["finite", "exp", "tanh", "log"].map((name) => ({ name, node: make(name, [x]), into: name }));
  const larger = { name: "max", node: make("max", [x, parameter("y", [5], "f32", "parameter")]), into: "max" };
  const lowered = lower([...goals, larger], 1);
  const part = { name: "run", lowered, logged: [], fields: [] };
  const engine = await startGpu(await gpu.again(), compileWgsl([{ name: "run", parts: [part] }], 1));
  const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
  await engine.write("x", Float32Array.of(nan, inf, -inf, 0, 1));
  await engine.run("run");
  expect([...(await engine.read("finite"))]).toEqual([0, 0, 0, 1, 1]);
  expect((await engine.read("exp"))[0]).toBeNaN();
  expect((await engine.read("tanh"))[0]).toBeNaN();
  expect((await engine.read("max"))[0]).toBeNaN();
  const logs = await engine.read("log");
  expect([logs[0], logs[1], logs[2], logs[3], logs[4]]).toEqual([nan, inf, nan, -inf, 0]);
  await engine.stop();
});
