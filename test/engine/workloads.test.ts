// Proves that the benchmark's workloads learn on a GPU (software) what they learn on the processor, from temporaries that are no numbers.
// The kernels are those of the whole batch; it has two rows, or ROWS=8 of them, since a processor is slow at what a GPU does.
//
// In `npm test` there is none of them; WORKLOADS=all asks for all, WORKLOADS=charlstm,vae for some.

import { expect, test } from "vitest";
import { compareOnce, planFor } from "../../bench/gpu/check.ts";
import { workloadEntries } from "../../bench/plans.ts";
import { workloads } from "../../bench/workloads.ts";
import { softwareGpu } from "../support/gpu.ts";

const { WORKLOADS = "", ROWS = "2" } = process.env;
const names = WORKLOADS === "all" ? Object.keys(workloads) : WORKLOADS.split(",").filter((n) => n !== "");
const gpu = names.length > 0 ? await softwareGpu() : "no workload is asked for";

test.skipIf(typeof gpu === "string").for(names.length > 0 ? names : ["none"])(
  "%s learns on a GPU what it learns on the processor",
  { timeout: 3_600_000 },
  async (name) => {
    if (typeof gpu === "string") return;
    const found = await gpu.again();
    const whole = { name, ...workloadEntries(name) };
    const plan = planFor(found, whole);
    const batch = Math.min(Number(ROWS), plan.batch);
    const { worst, tensor, isRight } = await compareOnce(
      found,
      { ...whole, workload: { ...whole.workload, batch } },
      plan,
    );
    console.log(`${name}: ${batch} rows of ${plan.batch}, ${plan.kernels.length} kernels, worst ${worst} in ${tensor}`);
    expect(isRight, `${tensor}: ${worst}`).toBe(true);
  },
);
