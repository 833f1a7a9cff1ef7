// Proves that `--device auto` takes a GPU where it is the sooner one by the work of the program and the number of its steps, and says why
// not; and that what a GPU refuses is an error, or with auto a warning, at the line of the program that it is for.

import { expect, test } from "vitest";
import type { Diagnostic } from "../../grammar/syntax/span.ts";
import { startEngine } from "../../project/engine.ts";
import type { EngineOptions } from "../../project/engineoptions.ts";
import { Failure } from "../../project/failure.ts";
import type { Devices } from "../../project/host.ts";
import type { Engine } from "../../runtime/engine.ts";
import type { WgslPlan } from "../../runtime/plan.ts";
import { GpuError } from "../../runtime/webgpu/device.ts";
import { compileText } from "../support/engine.ts";

const textOf = (units: number): string => `model net(x: [256]) {
  dense ${units}; tanh
  dense 3
}
train net on d { loss mse(net(x), 0.5); batch 128 }`;

function jobOf(units: number) {
  const { entries } = compileText(textOf(units), [{ name: "x", shape: [256] }], 512);
  return entries.map((e) => ({ ...e, parts: e.parts.map((p) => ({ ...p, fields: [] })) }));
}

const BYTES = 2 ** 31;

/** A machine with a GPU that takes every plan, unless `start` throws, and a processor of one thread. */
function machineWith(start: (plan: WgslPlan) => void = () => {}, software = false): Devices {
  return {
    cpu: async () => ({ enableWideVectors: () => false, threads: 1, spawnWorker: undefined }),
    findGpu: async () => ({
      name: "of a test",
      software,
      limits: { maxBufferSize: BYTES, maxStorageBufferBindingSize: BYTES },
      start: async (plan) => {
        start(plan);
        return { device: "gpu:of a test", stop: async () => {} } as unknown as Engine;
      },
    }),
  };
}

async function chosen(units: number, options: Partial<EngineOptions>, devices = machineWith()) {
  const notes: string[] = [];
  const warnings: Diagnostic[] = [];
  const engine = await startEngine(devices, jobOf(units), { fields: [], train: 512, heldout: 0 }, 128, {
    device: "auto",
    threads: 1,
    revectorize: false,
    note: (text) => notes.push(text),
    warn: (d) => warnings.push(d),
    ...options,
  });
  await engine.stop();
  return { device: engine.device, notes, warnings };
}

test("a program too small for a GPU runs on the processor, which says why in a line that names what takes the GPU all the same", async () => {
  const { device, notes, warnings } = await chosen(4, { runs: 1000 });
  expect(device).toBe("cpu:relaxed");
  expect(warnings).toEqual([]);
  expect(notes).toEqual([
    expect.stringMatching(
      /^too small for the GPU of a test: 1,000 steps take about [\d.]+ m?s on the processor and [\d.]+ m?s there, its start included; --device gpu takes it all the same$/,
    ),
  ]);
  expect(await chosen(4, { runs: 1000, device: "gpu" })).toMatchObject({ device: "gpu:of a test", notes: [] });
});

test("a large one runs on the GPU, unless it has too few steps for its start to be worth it", async () => {
  expect(await chosen(1024, { runs: 10_000 })).toEqual({ device: "gpu:of a test", notes: [], warnings: [] });
  expect(await chosen(1024, {})).toMatchObject({ device: "gpu:of a test" });
  expect(await chosen(1024, { runs: 1 })).toMatchObject({ device: "cpu:relaxed", notes: [expect.anything()] });
});

test("a driver that computes on the processor is taken where it is asked for alone", async () => {
  const software = machineWith(() => {}, true);
  expect(await chosen(1024, {}, software)).toMatchObject({ device: "cpu:relaxed", notes: [] });
  expect(await chosen(1024, { device: "gpu" }, software)).toMatchObject({ device: "gpu:of a test" });
});

/** A GPU that refuses the kernel of the first dense layer's product. */
const refusing = machineWith(({ kernels }) => {
  const kernel = kernels.find((k) => k.nest.includes("contract"))!.name;
  throw new GpuError(`kernel ${kernel} does not compile on X: no`, "machine/gpu-failed", { kernel });
});

const full = machineWith(({ buffers }) => {
  const largest = buffers.toSorted((a, b) => b.size - a.size)[0]!;
  throw new GpuError("X has no room for the program's weights (9 MiB): no", "limits/gpu", { buffer: largest.name });
});

for (const [devices, code] of [
  [refusing, "machine/gpu-failed"],
  [full, "limits/gpu"],
] as const)
  test(`${code} is an error at a line of the program where the GPU is asked for, and with auto a warning there`, async () => {
    const { device, warnings } = await chosen(1024, {}, devices);
    expect(device).toBe("cpu:relaxed");
    const asked = chosen(1024, { device: "gpu" }, devices);
    const error = await asked.then(
      () => undefined,
      (e: unknown) => e,
    );
    const found = (error as Failure).diagnostics;
    expect(error).toBeInstanceOf(Failure);
    for (const [d, severity] of [
      [warnings[0]!, "warning"],
      [found[0]!, "error"],
    ] as const) {
      expect(d).toMatchObject({ code, severity, span: { file: "test.dnn" } });
      expect(textOf(1024).slice(d.span!.start, d.span!.end)).toMatch(/^dense/);
    }
    expect(found[0]!.hint).toContain("--device cpu");
    expect(warnings[0]!.notes).toEqual(["it runs on the processor instead"]);
  });
