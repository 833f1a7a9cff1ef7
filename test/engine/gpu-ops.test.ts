// Generated from the registry: on every example of every op the GPU's kernels compute what the nests mean, whose agreement
// with the references `test/compiler/ops.test.ts` proves.

import { expect, test } from "vitest";
import { broadcast, make, parameter, reshape, sum } from "../../compiler/graph/build.ts";
import type { Example, Op } from "../../compiler/graph/op.ts";
import { tensor } from "../../compiler/graph/tensor.ts";
import { allocate, runSteps } from "../../compiler/loops/reference.ts";
import { registry } from "../../compiler/ops/all.ts";
import { padReads } from "../../compiler/passes/padding.ts";
import { lowerGraph } from "../../compiler/pipeline.ts";
import { wgslTarget } from "../../compiler/targets/wgsl/program.ts";
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
  const [node] = padReads([make(op.name, leaves, example.attributes ?? {})]);
  const lowered = lowerGraph([{ name: "out", node: node!, into: "out" }], BATCH);
  const memory = allocate(lowered);
  values.forEach((v, i) => {
    memory.get(`x${i}`)?.set(v);
  });
  runSteps(lowered.steps, memory, BATCH, { seed: 1, step: 0 });
  const part = { name: "run", lowered, logged: [], fields: [] };
  const engine = await startGpu(
    await gpu.again(),
    wgslTarget.plan({ entries: [{ name: "run", parts: [part] }], batch: BATCH }, {}),
  );
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
  const lowered = lowerGraph([...goals, larger], 1);
  const part = { name: "run", lowered, logged: [], fields: [] };
  const engine = await startGpu(
    await gpu.again(),
    wgslTarget.plan({ entries: [{ name: "run", parts: [part] }], batch: 1 }, {}),
  );
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

test.skipIf(typeof gpu === "string")(
  "the largest of nothing but minus infinities is one, and masked softmaxes stay right",
  async () => {
    if (typeof gpu === "string") return;
    const low = Number.NEGATIVE_INFINITY;
    // A thread for each row, and many threads for each.
    for (const width of [5, 300]) {
      const x = parameter("x", [3, width], "f32", "parameter");
      const largest = make("reduce_max", [x], { axes: [-1] });
      const shifted = make("sub", [x, broadcast(reshape(largest, [3, 1]), x.shape)]);
      const goals = [
        { name: "max", node: largest, into: "max" },
        { name: "place", node: make("argmax", [x], { axes: [-1] }), into: "place" },
        { name: "total", node: sum(make("exp", [shifted]), [-1]), into: "total" },
      ];
      const part = { name: "run", lowered: lowerGraph(goals, 1), logged: [], fields: [] };
      const engine = await startGpu(
        await gpu.again(),
        wgslTarget.plan({ entries: [{ name: "run", parts: [part] }], batch: 1 }, {}),
      );
      const masked = Array.from({ length: width }, (_, i) => (i === width - 2 ? -7 : low));
      const all = Array.from({ length: width }, () => low);
      const none = Array.from({ length: width }, () => -3e38);
      await engine.write("x", Float32Array.from([...all, ...masked, ...none]));
      await engine.run("run");
      expect([...(await engine.read("max"))]).toEqual([low, -7, Math.fround(-3e38)]);
      expect([...(await engine.read("place"))]).toEqual([0, width - 2, 0]);
      expect([...(await engine.read("total"))].slice(1)).toEqual([1, width]);
      await engine.stop();
    }
  },
);
