// Proves that the work of a training step can be divided: the tiles of the workloads of the benchmark have enough units for two threads
// and are tall, whatever the axes of their rows.

import { expect, test } from "vitest";
import { planWorkload } from "../../bench/plans.ts";

/** Words of a record: units, a constant and one for each example, and how many are one. */
const [KIND, CONSTANT, PER_BATCH, DIVISOR, BYTES] = [0, 2, 3, 4, 6];

test.each(["mlp", "lenet", "vae", "dcgan"])("two threads have about the same work in a step of %s", (name) => {
  const { plan, works } = planWorkload(name, false);
  const entry = plan.entries.find((e) => e.name === "train")!;
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
  expect((2 * busiest) / all).toBeLessThan(1.1);
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
