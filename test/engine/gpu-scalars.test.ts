// Proves for every instruction of the scalar table, over the whole range of f32, that the GPU's kernels come as near to it as
// the table states, where numbers below the least normal one may be 0. On a software adapter; skipped, with the reason, without.

import { expect, test } from "vitest";
import type { ScalarName } from "../../compiler/arithmetic/scalar.ts";
import { scalars } from "../../compiler/arithmetic/scalar.ts";
import { wgslTarget } from "../../compiler/targets/wgsl/program.ts";
import { startGpu } from "../../runtime/webgpu/node.ts";
import { softwareGpu } from "../support/gpu.ts";
import { firstOff, partOfScalar, sweep } from "../support/scalarsweep.ts";

const gpu = await softwareGpu();

for (const name of Object.keys(scalars) as ScalarName[])
  test.skipIf(typeof gpu === "string")(`${name} is on the GPU as near as the table says`, async () => {
    if (typeof gpu === "string") return;
    const columns = sweep(name);
    const plan = wgslTarget.plan(
      { entries: [{ name: "run", parts: [partOfScalar(name, columns[0]!.length)] }], batch: 1 },
      {},
    );
    const engine = await startGpu(await gpu.again(), plan);
    for (const [i, column] of columns.entries()) await engine.write(`x${i}`, column);
    await engine.run("run");
    const found = await engine.read("out");
    await engine.stop();
    expect(firstOff(name, columns, found, true)).toBeUndefined();
  });
