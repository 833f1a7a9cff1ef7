// Proves that the work of a training step can be divided: the tiles of the workloads of the benchmark have enough units for two threads
// and are tall, whatever the axes of their rows.

import { expect, test } from "vitest";
import { entriesOf, planWorkload } from "../../bench/plans.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import type { WasmPlan } from "../../runtime/plan.ts";

/** Words of a record: units, a constant and one for each example, and how many are one. */
const [KIND, CONSTANT, PER_BATCH, DIVISOR, BYTES] = [0, 2, 3, 4, 6];

/** The work of the busier of two threads, as a part of what each would have of even halves. */
function busier(plan: WasmPlan, name: string, works: readonly { readonly operations: number }[]): number {
  const entry = plan.entries.find((e) => e.name === name)!;
  const words = new Int32Array(plan.records.buffer, plan.records.byteOffset, plan.records.length / 4);
  let at = (entry.start - plan.recordsAddress) / 4;
  let [all, busiest] = [0, 0];
  for (const { operations } of works) {
    const [size, unit] = [words[at + CONSTANT]! + words[at + PER_BATCH]! * plan.batch, words[at + DIVISOR]!];
    // The last unit may be a part of one.
    const first = Math.min(size, unit * Math.ceil(Math.ceil(size / unit) / 2));
    if (words[at + KIND] === 0 && operations > 0) {
      all += operations;
      busiest += (operations * Math.max(first, size - first)) / size;
    }
    at += words[at + BYTES]! / 4;
  }
  return (2 * busiest) / all;
}

test.each(["mlp", "lenet", "vae", "dcgan"])("two threads have about the same work in a step of %s", (name) => {
  const { plan, works } = planWorkload(name, false);
  expect(busier(plan, "train", works)).toBeLessThan(1.1);
});

test("an odd number of panels is divided evenly", () => {
  const { plan, works } = planWorkload("vae", false);
  expect(plan.kernels.some(({ schedule }) => /lanes n<400.*threads over panels/.test(schedule))).toBe(true);
  expect(busier(plan, "train", works)).toBeLessThan(1.01);
});

test("two threads have about the same work in an answer for one picture", () => {
  const workload = {
    text: `model net(x: [112, 112, 3]) { conv 7x7 64 s2 p3; relu; maxpool 3x3 s2 p1; conv 3x3 64 p1; relu; conv 3x3 128 s2 p1; avgpool 14; dense 9 }
train run on d { loss mean(net(x)); optimizer sgd lr=0.1; batch 1 }`,
    fields: [{ name: "x", shape: [112, 112, 3] }],
    batch: 1,
  };
  let works: readonly { readonly operations: number; readonly bytes: number }[] = [];
  const entries = entriesOf(workload).filter((e) => e.name === "evaluate");
  const plan = wasmTarget.plan({ entries, batch: 1 }, { shared: false }, { works: (_, w) => (works = w) });
  expect(busier(plan, "evaluate", works)).toBeLessThan(1.05);
  // Kernels that add and multiply nothing, such as the one that pools, are divided, too.
  const moved = works.map(({ bytes }) => ({ operations: bytes }));
  expect(busier(plan, "evaluate", moved)).toBeLessThan(1.1);
});

test("a convolution over pictures of 7 x 7 takes rows of the batch", () => {
  const tiles = planWorkload("dcgan", false).plan.kernels.filter(({ schedule }) => schedule.startsWith("tile"));
  expect(tiles.filter(({ schedule }) => schedule.includes("rows y1<7"))).toEqual([]);
  expect(tiles.some(({ schedule }) => schedule.includes("rows L0<batch"))).toBe(true);
});

test("the rows of a large batch stay with a thread from layer to layer, those of a small one are read by all panels", () => {
  const parallelOf = (name: string, rows: RegExp): Set<string> =>
    new Set(
      planWorkload(name, false).plan.kernels.flatMap(({ schedule }) =>
        schedule.startsWith("tile") && rows.test(schedule) ? [schedule.replace(/.*threads over /, "")] : [],
      ),
    );
  expect([...parallelOf("transformer", /rows m0<128\*batch/)]).toEqual(["blocks"]);
  expect([...parallelOf("mlp", /lanes n<\d{3}, rows L0<batch/)]).toEqual(["panels"]);
});
