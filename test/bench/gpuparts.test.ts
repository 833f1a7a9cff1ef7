// Proves that the benchmark of the GPU engine runs from end to end: every part on a small program on a software adapter, a part that
// fails or has no time leaves the others, and its table shows what was measured and what PyTorch said.

import { expect, test } from "vitest";
import { checkProgram } from "../../bench/gpu/check.ts";
import { type Measured, measure, QUICK, tiny } from "../../bench/gpu/measure.ts";
import { runPart } from "../../bench/gpu/parts.ts";
import { summary } from "../../bench/gpu/report.ts";
import { nullGpu, softwareGpu } from "../support/gpu.ts";

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
    const wrong = await checkProgram([await gpu.again(), await gpu.again()], tiny(), (plan) => ({
      ...plan,
      kernels: plan.kernels.map((k) => ({ ...k, code: k.code.replaceAll(/(?<!fn )hyperbolic\(/g, "sin(") })),
    }));
    expect([wrong.isRight, wrong.isRepeatable, wrong.isGuarded]).toEqual([false, true, true]);
  },
  120_000,
);

test("a part that fails says why, and one that has no time left says that it was cut", async () => {
  const failed = await runPart({ name: "a", seconds: 1, run: () => Promise.reject(new Error("no such thing")) });
  expect(failed).toMatchObject({ name: "a", error: "no such thing", isCut: false });
  const hangs = await runPart({
    name: "c",
    seconds: 0,
    patience: 0.05,
    run: async (clock) => {
      clock.keep([1]);
      clock.fail("one of two");
      return new Promise<number[]>(() => undefined);
    },
  });
  expect(hangs).toMatchObject({ result: [1], error: "one of two; no answer within 0.05 s" });
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

test("a program that fails leaves the others, and what there is is kept after each part", async () => {
  const kept: Measured[] = [];
  const wish = { parts: ["check", "sweep"] as const, most: 600, keep: (sofar: Measured) => void kept.push(sofar) };
  const bad = ["one", "another"].map((name) => ({ ...tiny(), name, entries: [] }));
  const measured = await measure(await nullGpu(), bad, QUICK, wish);
  expect(measured.parts.map((p) => p.name)).toEqual(["check", "sweep"]);
  expect(measured.parts[0]!.error).toMatch(/^one: .*; another: /);
  expect(measured.sweep).toHaveLength(1);
  expect(kept.map((k) => k.parts.length)).toEqual([1, 2]);
  expect(kept[1]).toEqual(measured);
  expect((await measure(await nullGpu(), [tiny()], QUICK, { most: 0 })).parts).toEqual([]);
}, 60_000);
