// Proves that the GPU's kernels mean what the graph means: whole training steps on a software adapter against the reference
// in f64. Skipped, with the reason, where no adapter is to be had.

import { expect, test } from "vitest";
import { interpret } from "../../compiler/graph/reference.ts";
import { runPasses } from "../../compiler/passes/list.ts";
import { wgslTarget } from "../../compiler/targets/wgsl/program.ts";
import { startGpu } from "../../runtime/webgpu/node.ts";
import { compileText } from "../support/engine.ts";
import { softwareGpu } from "../support/gpu.ts";
import { CASES, leavesOf, partOf } from "../support/programs.ts";

const gpu = await softwareGpu();

for (const { name, program, fields } of CASES) {
  test.skipIf(typeof gpu === "string")(name, async () => {
    if (typeof gpu === "string") return;
    const batch = 5;
    const step = compileText(program, fields, 20).training.steps[0]!;
    const nodes = runPasses(step.results.map((r) => r.node));
    const leaves = leavesOf(nodes, batch, fields);
    const reference = interpret(nodes, leaves, batch);
    // Planned for more rows than the batch has: the extents are the batch's when it runs.
    const plan = wgslTarget.plan(
      { entries: [{ name: "train", parts: [partOf(step, nodes, batch + 3)] }], batch: batch + 3 },
      {},
    );
    const engine = await startGpu(await gpu.again(), plan);
    for (const [leaf, value] of leaves) {
      const leafName = leaf.attributes.name as string;
      if (!engine.has(leafName)) continue;
      const values = leaf.dtype === "i32" ? Int32Array.from(value.data) : Float32Array.from(value.data);
      await engine.write(leafName, values);
    }
    engine.set("batch", batch);
    await engine.run("train");
    expect((await engine.logged(1))[0]).toBeCloseTo(reference[0]!.data[0]!, 4);
    for (const [i, { into }] of step.results.entries()) {
      if (into === undefined) continue;
      const mine = await engine.read(into);
      reference[i]!.data.forEach((value, k) => {
        expect(Math.abs(mine[k]! - value), `${into}[${k}]`).toBeLessThan(2e-3 * (0.01 + Math.abs(value)));
      });
    }
    await engine.stop();
  });
}
