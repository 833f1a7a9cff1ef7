// Proves without a driver that a WebGPU implementation takes what the compiler writes: Dawn's null backend checks every kernel of
// every example and of generated programs, and says nothing, not even a warning. What a driver refuses is an error that names
// the kernel and the adapter, and `--device auto` then goes on with the processor.

import { afterAll, expect, test, vi } from "vitest";
import type { Field } from "../../compiler/check/training/lines/types.ts";
import type { Entry } from "../../compiler/compile.ts";
import { planWgsl } from "../../compiler/compilewgsl.ts";
import { wgslTarget } from "../../compiler/targets/wgsl/program.ts";
import { startEngine } from "../../project/engine.ts";
import * as expected from "../../project/expected.ts";
import { Random } from "../../runtime/data/random.ts";
import type { WgslKernel, WgslPlan } from "../../runtime/plan.ts";
import { GpuError, limitsOf, openDevice } from "../../runtime/webgpu/device.ts";
import type { Found } from "../../runtime/webgpu/node.ts";
import * as node from "../../runtime/webgpu/node.ts";
import { TARGETS } from "../examples/targets.ts";
import { compileText } from "../support/engine.ts";
import { nullGpu } from "../support/gpu.ts";
import { machine } from "../support/opened.ts";
import { prepareExample } from "../support/prepared.ts";

const found = await nullGpu();
const device = await openDevice(found.adapter, found.name);
afterAll(() => {
  device.destroy();
  // Dawn's objects die with the instance that made them.
  expect(found.instance).toBeDefined();
});

const checked = new Set<string>();
const HIDES_TYPE = /\b(?:let|var|const|fn|[(,])\s*([fiu](?:8|16|32|64)|bool|array|atomic|ptr|(?:vec|mat)\w+)\b\s*[:=]/g;

/** Each kernel that is new: messages of the compiler, then of the pipeline. */
async function messagesOf({ kernels }: WgslPlan, by = device): Promise<string[]> {
  const fresh = kernels.filter((k) => !checked.has(k.code));
  for (const k of fresh) checked.add(k.code);
  return (await Promise.all(fresh.map((k) => check(k, by)))).flat();
}

async function check({ name, code }: WgslKernel, device: GPUDevice): Promise<string[]> {
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ label: name, code });
  device.createComputePipeline({ layout: "auto", compute: { module, entryPoint: "main" } });
  const wrong = await device.popErrorScope();
  const { messages } = await module.getCompilationInfo();
  const said = messages.map((m) => `${name}, ${m.type}, line ${m.lineNum}: ${m.message}\n${code}`);
  // A name that hides a type is an error only where the type is written after it.
  for (const [, hidden] of code.matchAll(HIDES_TYPE)) said.push(`${name}: ${hidden} is a type\n${code}`);
  return wrong ? [...said, wrong.message] : said;
}

test("every kernel of every example is taken without a word", async () => {
  for (const name of Object.keys(TARGETS)) {
    const { entries, sizes, session } = await prepareExample(name, 1, []);
    expect(await messagesOf(planWgsl(entries, sizes, session.batch)), name).toEqual([]);
  }
  expect(checked.size).toBeGreaterThan(1500);
}, 300_000);

test("kernels of activations of 16 bits are taken without a word, as numbers of that size and as pairs of them", async () => {
  const own = await nullGpu();
  const other = await openDevice(own.adapter, own.name, { features: ["shader-f16"] });
  let native = 0;
  for (const name of ["lenet", "charlm", "resnet20"])
    for (const hasHalves of [true, false]) {
      const { entries, sizes, session } = await prepareExample(name, 1, [], { precision: "f16" });
      const plan = planWgsl(entries, sizes, session.batch, { ...limitsOf(own.adapter), hasHalves });
      expect(plan.features).toEqual(hasHalves ? ["shader-f16"] : []);
      expect(await messagesOf(plan, hasHalves ? other : device), name).toEqual([]);
      native += plan.kernels.filter((k) => k.code.includes("array<f16>")).length;
    }
  expect(native).toBeGreaterThan(50);
  other.destroy();
}, 60_000);

const LAYERS = [
  "dense 8",
  "dense 5",
  "relu",
  "tanh",
  "gelu",
  "layernorm",
  "batchnorm",
  "dropout 0.2",
  "softmax",
  "elu",
];
const TERMS = ["abs(net(x))", "exp(net(x))", "net(x) ^ 2", "tanh(net(x))", "max(net(x), 0.5)", "softmax(net(x))"];
const OPTIMIZERS = ["sgd lr=0.1", "adam lr=0.01", "rmsprop", "momentum lr=0.1", "adagrad lr=0.1"];

/** A classifier of two classes with a loss of several terms, whose kernels have many names. */
function generated(random: Random): string {
  const any = (list: readonly string[]): string => list[random.integer(list.length)]!;
  const some = (list: readonly string[], least: number): string[] =>
    Array.from({ length: least + random.integer(4) }, () => any(list));
  const terms = some(TERMS, 1).map((term) => `0.1 * mean(${term})`);
  return `model net(x: [2]) { ${["dense 8", ...some(LAYERS, 1), "dense 2", any(LAYERS.slice(2, 6))].join("; ")} }
train net on d { loss ${["cross_entropy(net(x), label)", ...terms].join(" + ")}; optimizer ${any(OPTIMIZERS)}; batch 16 }`;
}

/** Its 33rd name is a coordinate, in a kernel that asks for the batch afterwards. */
const CROWDED = `model net(x: [2]) { dense 8; relu; dense 2; layernorm }
train net on d { loss cross_entropy(net(x), label) + 0.1 * mean(exp(net(x))) + 0.1 * mean(abs(net(x))); batch 16 }`;

test("a place that is outside whatever the point is taken without a word", async () => {
  const text = `model m(x: [4, 3]) { param a: [3, 3] = 0, b: [4] = 0; it }
train net on d { y = sum(m(x)); loss mean(y) + reverse(roll(m.b, -1), 0)[2] + sum(concat(m.a, elu(0.5 * ones([3, 1])))); batch 3 }`;
  const plan = wgslTarget.plan({ entries: entriesOf(text, [{ name: "x", shape: [4, 3] }], 3), batch: 3 }, {});
  expect(plan.kernels.some((k) => /u32\(i32\(-\d+\)\)/.test(k.code))).toBe(true);
  expect(await messagesOf(plan)).toEqual([]);
});

const COUNT = process.env.LONG_WGSL === undefined ? 200 : 2000;
test(`kernels of ${COUNT} generated programs, many with more names than there are letters, are taken without a word`, async () => {
  const random = new Random(5);
  const fields = [
    { name: "x", shape: [2] },
    { name: "label", shape: [], classes: 2 },
  ];
  let crowded = 0;
  for (let i = 0; i < COUNT; i++) {
    const text = i === 0 ? CROWDED : generated(random);
    const plan = wgslTarget.plan({ entries: entriesOf(text, fields, 64), batch: 16 }, {});
    expect(await messagesOf(plan), text).toEqual([]);
    crowded += plan.kernels.filter((k) => (k.code.match(/\b(let|var) /g) ?? []).length > 40).length;
  }
  expect(crowded).toBeGreaterThan(COUNT);
});

/** A plan whose second kernel no compiler takes. */
const broken = (plan: WgslPlan): WgslPlan => ({
  ...plan,
  kernels: plan.kernels.map((k, i) =>
    i === 1 ? { ...k, code: k.code.replace("{\n", "{ let i32 = 1; let two = i32(2);\n") } : k,
  ),
});

/** Entries of a program whose batch is written by hand. */
function entriesOf(text: string, fields: readonly Field[], examples: number): Entry[] {
  const { entries } = compileText(text, fields, examples);
  return entries.map((e) => ({ ...e, parts: e.parts.map((p) => ({ ...p, fields: [] })) }));
}

function small(): Entry[] {
  const text = "model net(x: [4]) { dense 3 }\ntrain net on d { loss mse(net(x), 0.5); batch 4 }";
  return entriesOf(text, [{ name: "x", shape: [4] }], 8);
}

test("a kernel that a driver refuses is a GpuError that names the kernel, the adapter and the reason", async () => {
  const plan = broken(wgslTarget.plan({ entries: small(), batch: 4 }, {}));
  const start = node.startGpu(await nullGpu(), plan);
  await expect(start).rejects.toThrow(GpuError);
  await expect(start).rejects.toThrow(`kernel ${plan.kernels[1]!.name} does not compile on the null backend: line`);
  await expect(start).rejects.toThrow("i32");
});

test("a buffer that a device has no room for is a GpuError as well", async () => {
  const plan = wgslTarget.plan({ entries: small(), batch: 4 }, {});
  const other = await nullGpu();
  const larger = plan.arenas.map((a) => ({ ...a, bytes: other.adapter.limits.maxBufferSize - 4 }));
  const start = node.startGpu(other, { ...plan, arenas: Array.from({ length: 64 }, () => larger).flat() });
  await expect(start).rejects.toThrow(GpuError);
});

test("a device that is gone while it is waited for is a GpuError too, which says how to go on", async () => {
  const engine = await node.startGpu(await nullGpu(), wgslTarget.plan({ entries: small(), batch: 4 }, {}));
  await engine.stop();
  const wait = engine.read(engine.plan.buffers.find((b) => b.role === "parameter")!.name);
  await expect(wait).rejects.toThrow("the GPU the null backend does not answer");
  await expect(wait).rejects.toMatchObject({
    code: "machine/gpu-failed",
    hint: "run it on the processor: --device cpu",
  });
});

test("--device auto goes on with the processor where a GPU refuses the program, and --device gpu says why", async () => {
  const { startGpu } = node;
  vi.spyOn(node, "findAdapter").mockImplementation(nullGpu);
  vi.spyOn(node, "startGpu").mockImplementation((adapter: Found, plan: WgslPlan) => startGpu(adapter, broken(plan)));
  vi.spyOn(expected, "expectedTimes").mockImplementation(() => ({ processor: 2, gpu: 1, runs: undefined }));
  const entries = small();
  const sizes = { fields: [], train: 8, heldout: 0 };
  const said: string[] = [];
  const engine = await startEngine(machine.devices, entries, sizes, 4, {
    device: "auto",
    threads: 1,
    revectorize: false,
    warn: ({ message, notes }) => said.push(message, ...(notes ?? [])),
  });
  expect(engine.device).toBe("cpu:relaxed");
  expect(said).toEqual([
    expect.stringContaining("does not compile on the null backend"),
    "it runs on the processor instead",
  ]);
  await engine.stop();
  const asked = startEngine(machine.devices, entries, sizes, 4, { device: "gpu", threads: 1, revectorize: false });
  await expect(asked).rejects.toThrow("does not compile on the null backend");
});
