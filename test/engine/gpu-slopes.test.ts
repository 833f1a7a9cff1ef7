// Proves that gradients on the GPU have no trace of branches that are not taken, and slopes at 0 lengths, as on the CPU
// (`test/compiler/branches.test.ts`): the reference's numbers. On a software adapter; skipped, with the reason, without.

import { expect, test } from "vitest";
import { byGpu, byReference, type Question } from "../pytorch/evaluated.ts";
import { softwareGpu } from "../support/gpu.ts";

const gpu = await softwareGpu();

const TEXTS = [
  "where(x > 0, sqrt(x) * y, 0)",
  "if x > 0 then log(x) * y else y",
  "if x > 0 then y / x + 1 / x * y else 0",
  "if x > 0 then x^y else 0",
  "if x > 0 then exp(900 * (1 - x)) * y else 0",
  "sum(if x > 0 then reshape(exp(1 / x) * y, [3]) else 0)",
  "if sum(x) > 100 then sum(1 / x * y) else 0",
  "sqrt(sum((x - x)^2)) * y",
  "cosine_similarity(reshape(0 * x, [1, 3]), y)",
  "elu(0 * x) + abs(0 * x) + max(x, y) + min(x, x)",
];

for (const text of TEXTS)
  test.skipIf(typeof gpu === "string")(text, async () => {
    if (typeof gpu === "string") return;
    const q: Question = {
      text: `model m(x: [3], y: [3]) { ${text} }`,
      training: true,
      inputs: {
        x: { shape: [2, 3], numbers: [0, 1.5, 2, -1, 0, 1.25] },
        y: { shape: [2, 3], numbers: [0.5, -0.75, 2, 0.25, 0.5, -0.5] },
      },
      learned: {},
      seeds: { y: "one" },
      gradients: ["x", "y"],
      states: [],
    };
    const [wanted, found] = [byReference(q), await byGpu(q, await gpu.again())];
    for (const name of ["y", "gradient x", "gradient y"])
      Array.from(wanted.get(name)!).forEach((value, i) => {
        const mine = found.get(name)![i]!;
        expect(value, `${name}[${i}]`).not.toBeNaN();
        expect(Math.abs(mine - value) / (1 + Math.abs(value)), `${name}[${i}] is ${mine}, not ${value}`).toBeLessThan(
          2e-5,
        );
      });
  });
