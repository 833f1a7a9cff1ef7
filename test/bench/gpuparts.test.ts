// Proves that the benchmark of the GPU engine runs from end to end: every part on a small program on a software adapter, a part that
// fails or has no time leaves the others, and its table shows what was measured and what PyTorch said.

import { expect, test } from "vitest";
import { measure, QUICK, tiny } from "../../bench/gpu/measure.ts";
import { checkProgram } from "../../bench/gpu/onadapter.ts";
import { runPart } from "../../bench/gpu/parts.ts";
import { summary } from "../../bench/gpu/report.ts";
import { softwareGpu } from "../support/gpu.ts";

const gpu = await softwareGpu();

test.skipIf(typeof gpu === "string")(
  "every part measures a small program, which is right, and the table says so",
  async () => {
    if (typeof gpu === "string") return;
    const measured = await measure(await gpu.again(), [tiny()], QUICK);
    expect(measured.parts.map((p) => [p.name, p.error])).toEqual(
      ["check", "ceilings", "steps", "sweep", "convolutions"].map((name) => [name, undefined]),
    );
    expect(measured.check).toMatchObject([{ workload: "tiny", isRight: true, isRepeatable: true }]);
    for (const figure of [measured.ceilings!.copy, measured.ceilings!.dispatch, measured.steps![0]!.wall])
      expect(figure).toBeGreaterThan(0);
    const [step] = measured.steps!;
    expect(step!.device).toBeGreaterThan(0);
    expect(step!.kernels.length).toBeGreaterThan(4);
    for (const k of step!.kernels) expect(k.microseconds, k.kernel).toBeGreaterThan(0);
    const text = summary({
      ...measured,
      torch: [{ workload: "tiny", way: "eager", tf32: false, ms: 2 * step!.wall }],
    });
    expect(text).toMatch(/\| tiny \|.*\| 2 \|/);
    expect(text).toContain("SwiftShader");
    expect(text).not.toContain("WRONG");
  },
  120_000,
);

test.skipIf(typeof gpu === "string")(
  "a kernel that computes something else is found",
  async () => {
    if (typeof gpu === "string") return;
    const wrong = await checkProgram(await gpu.again(), tiny(), (plan) => ({
      ...plan,
      kernels: plan.kernels.map((k) => ({ ...k, code: k.code.replaceAll(/(?<!fn )hyperbolic\(/g, "sin(") })),
    }));
    expect([wrong.isRight, wrong.isRepeatable]).toEqual([false, true]);
  },
  120_000,
);

test("a part that fails says why, and one that has no time left says that it was cut", async () => {
  const failed = await runPart({ name: "a", seconds: 1, run: () => Promise.reject(new Error("no such thing")) });
  expect(failed).toMatchObject({ name: "a", error: "no such thing", isCut: false });
  const cut = await runPart({ name: "b", seconds: -1, run: async (clock) => clock.isOver });
  expect(cut).toMatchObject({ result: true, isCut: true });
  const device = {
    name: "x",
    vendor: "",
    architecture: "",
    device: "",
    description: "",
    isSoftware: true,
    features: [],
  };
  const text = summary({ device: device as never, parts: [failed, cut] });
  expect(text).toContain("a failed: no such thing");
  expect(text).toContain("b was cut after 0 s");
});
