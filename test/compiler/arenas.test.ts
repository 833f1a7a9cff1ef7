// Proves that programs which need more than one buffer of a GPU are shared out among several: none is larger than the device allows,
// no kernel binds more of them than it may, and what no sharing helps is refused with the reason.

import { expect, test } from "vitest";
import type { Field } from "../../compiler/check/training/lines/types.ts";
import { MemoryExceeded } from "../../compiler/compile.ts";
import { planWgsl } from "../../compiler/compilewgsl.ts";
import type { GpuLimits } from "../../compiler/targets/wgsl/program.ts";
import { BASELINE, wgslTarget } from "../../compiler/targets/wgsl/program.ts";
import { buffersOf, stretchesOf } from "../../runtime/dataparts.ts";
import type { WgslDispatch, WgslPlan } from "../../runtime/plan.ts";
import { compileText } from "../support/engine.ts";

/** Those of an H100 by the name of its driver's limits: 80 GB, of which a shader reaches 2 GiB at once. */
const LARGE_CARD: GpuLimits = {
  maxBufferSize: 2 ** 40,
  maxStorageBufferBindingSize: 2 ** 31 - 4,
  maxStorageBuffersPerShaderStage: 16,
};
const MEMORY = 80e9;

/** The training step for each of the limits. */
function plansOf(text: string, fields: readonly Field[], batch: number, all: readonly GpuLimits[]): WgslPlan[] {
  const { entries } = compileText(text, fields, batch);
  const bare = entries.map((e) => ({ ...e, parts: e.parts.map((p) => ({ ...p, fields: [] })) }));
  const train = bare.filter((e) => e.name === "train");
  return all.map((limits) => wgslTarget.plan({ entries: train, batch }, { limits }, { verify: true }));
}

const dispatchesOf = (plan: WgslPlan): WgslDispatch[] =>
  plan.entries.flatMap((e) => e.steps.flatMap((s) => (s.kind === "loop" ? s.body : [s])));

/** Every arena is a binding, and every dispatch has few enough of them, each once. */
function expectWithin(plan: WgslPlan, limits: GpuLimits): void {
  const most = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);
  for (const arena of plan.arenas) expect(arena.bytes, arena.name).toBeLessThanOrEqual(most);
  for (const d of dispatchesOf(plan)) {
    expect(new Set(d.arenas).size).toBe(d.arenas.length);
    const step = plan.kernels[d.kernel]!.step === "none" ? 0 : 1;
    expect(d.arenas.length + step).toBeLessThanOrEqual(limits.maxStorageBuffersPerShaderStage ?? 8);
  }
  for (const b of plan.buffers) expect(4 * (b.at + b.size)).toBeLessThanOrEqual(plan.arenas[b.arena]!.bytes);
}

const totalOf = (plan: WgslPlan): number => plan.arenas.reduce((n, a) => n + a.bytes, 0);

const resnet50 = (batch: number): string => `
block bottleneck(width, stride=1) {
  residual(skip=if stride == 1 and depth(it) == 4 * width then identity else { conv 1x1 (4 * width) stride=stride nobias; batchnorm }) {
    conv 1x1 width nobias; batchnorm; relu
    conv 3x3 width stride=stride p1 nobias; batchnorm; relu
    conv 1x1 (4 * width) nobias; batchnorm
  }
  relu
}
model net(image: [224, 224, 3]) {
  conv 7x7 64 s2 p3 nobias; batchnorm; relu
  maxpool 3x3 s2 p1
  bottleneck 64; repeat 2 { bottleneck 64 }
  bottleneck 128 stride=2; repeat 3 { bottleneck 128 }
  bottleneck 256 stride=2; repeat 5 { bottleneck 256 }
  bottleneck 512 stride=2; repeat 2 { bottleneck 512 }
  avgpool global
  dense 1000
}
train net on d { loss cross_entropy(net(image), label); optimizer sgd lr=0.1 momentum=0.9; batch ${batch} }`;
const pictures: Field[] = [
  { name: "image", shape: [224, 224, 3] },
  { name: "label", shape: [], classes: 1000 },
];

test("ResNet-50 at 224 x 224 with a batch of 32 fits a large card, and the limits of every device", () => {
  const [large, small] = plansOf(resnet50(32), pictures, 32, [LARGE_CARD, BASELINE]);
  expectWithin(large!, LARGE_CARD);
  expectWithin(small!, BASELINE);
  for (const plan of [large!, small!]) {
    expect(totalOf(plan)).toBeGreaterThan(3e9);
    expect(totalOf(plan)).toBeLessThan(MEMORY / 4);
    expect(plan.arenas.filter((a) => a.name.startsWith("work")).length).toBeGreaterThan(1);
  }
}, 120_000);

const decoder = (length: number, batch: number): string => `
model net(text: [T] of V) {
  embed 512
  param place: [${length}, 512] = normal std=0.02
  it + place[0:T]
  repeat 6 { residual { layernorm; attention 8 causal }; residual { layernorm; dense 2048; gelu; dense 512 } }
  layernorm
  dense V
}
train net on d { loss cross_entropy(net(text), next); optimizer adam lr=1e-3; batch ${batch} }`;

test("a decoder of six layers over 4096 tokens fits a large card", () => {
  const fields = ["text", "next"].map((name) => ({ name, shape: [4096], classes: 256 }));
  const [plan] = plansOf(decoder(4096, 8), fields, 8, [LARGE_CARD]);
  expectWithin(plan!, LARGE_CARD);
  expect(totalOf(plan!)).toBeGreaterThan(2 ** 31);
  expect(totalOf(plan!)).toBeLessThan(MEMORY);
}, 120_000);

const limitsOf = (bytes: number): GpuLimits => ({ maxBufferSize: bytes, maxStorageBufferBindingSize: bytes });

test("what one kernel cannot reach at once is refused with what it needs and what a kernel may have", () => {
  const names = Array.from({ length: 9 }, (_, i) => `x${i}`);
  const fields = names.map((name) => ({ name, shape: [17000] }));
  const text = `model net(${names.map((n) => `${n}: [17000]`).join(", ")}) {
  param w: [17000] = 1
  ${names.join(" * ")} * w
}
train net on d { loss mean(net(${names.join(", ")})); batch 16 }`;
  const fitting = plansOf(text, fields, 16, [limitsOf(2.2e6)]);
  expectWithin(fitting[0]!, limitsOf(2.2e6));
  expect(() => plansOf(text, fields, 16, [limitsOf(1.2e6)])).toThrow(MemoryExceeded);
  expect(() => plansOf(text, fields, 16, [limitsOf(1.2e6)])).toThrow(
    "the program needs 9.2 MiB of buffers in one kernel, and one of this GPU has 8 MiB",
  );
});

test("data that no buffer holds lies in several, rows whole and in order; a row that none holds is refused", () => {
  const { entries } = compileText(
    "model net(x: [300]) { dense 1 }\ntrain net on d { loss mse(net(x), 1); batch 4 }",
    [{ name: "x", shape: [300] }],
    1000,
  );
  for (const [dtype, width] of [
    ["f32", 4],
    ["u8", 1],
  ] as const) {
    const plan = (bytes: number): WgslPlan => {
      const field = { name: "x", size: 300, dtype, ...(dtype === "u8" ? { byteUnit: 255 as const } : {}) };
      return planWgsl(entries, { fields: [field], train: 900, heldout: 100 }, 4, limitsOf(bytes));
    };
    const { buffers, arenas } = plan(100_000);
    const parts = buffersOf("data:x", buffers);
    expect(parts.length).toBe(Math.ceil((1000 * 300 * width) / 99_900));
    let next = 0;
    for (const { part, size, arena } of parts) {
      expect([part?.from, size % 300]).toEqual([next, 0]);
      expect(arenas[arena]!.bytes).toBeLessThanOrEqual(100_000);
      next += size;
    }
    expect(next).toBe(300_000);
    expect(stretchesOf(parts, 299, 2).map((s) => s.count)).toEqual([2]);
    const cut = parts[0]!.size;
    expect(stretchesOf(parts, cut - 1, 3)).toMatchObject([
      { at: cut - 1, from: 0, count: 1 },
      { at: 0, from: 1, count: 2 },
    ]);
    expect(() => plan(300 * width)).toThrow("in one piece");
  }
});
