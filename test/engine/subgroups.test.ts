// Proves that reductions by subgroups, of threads that hand numbers to each other without memory, have the bits of those without: sums,
// maxima and positions over rows and over much, alone and in kernels of rows. And that a WebGPU front end takes them for any size of subgroup.
//
// LONG_SUBGROUPS=1 does it for a program with layer norm, attention and softmax too, and for reductions of few steps.

import { expect, test } from "vitest";
import type { Field } from "../../compiler/check/training/lines/types.ts";
import { wgslTarget } from "../../compiler/targets/wgsl/program.ts";
import { GPU } from "../../compiler/targets/wgsl/tuning.ts";
import { rightSubgroup } from "../../project/tune/gpucache.node.ts";
import { Random } from "../../runtime/data/random.ts";
import type { Engine, Numbers } from "../../runtime/engine.ts";
import type { WgslPlan } from "../../runtime/plan.ts";
import { limitsOf, openDevice } from "../../runtime/webgpu/device.ts";
import { type Found, startGpu } from "../../runtime/webgpu/node.ts";
import { distances } from "../support/bothengines.ts";
import { compileText } from "../support/engine.ts";
import { nullGpu, softwareGpu } from "../support/gpu.ts";

const BATCH = 6;
const CLASSES = 300;

interface Given {
  readonly text: string;
  readonly fields: readonly Field[];
}

const MANY: Given = {
  text: `model net(x: [5, 70]) { ${process.env.LONG_SUBGROUPS ? "dense 33; layernorm; attention 3; softmax; " : ""}flatten; dense ${CLASSES} }
train net on d {
  y = net(x)
  loss cross_entropy(y, label) + 0.1 * mean(max(y))
  metric first = mean(argmax(y) * 1)
  optimizer sgd lr=0.01
  clip 1
  batch ${BATCH}
}`,
  fields: [
    { name: "x", shape: [5, 70] },
    { name: "label", shape: [], classes: CLASSES },
  ],
};

/** Many sums of few steps. */
const SHORT: Given = {
  text: `model net(x: [400, 70]) { dense 1 nobias; tanh }
train net on d { loss mean(net(x) ^ 2); optimizer sgd lr=1; batch ${BATCH} }`,
  fields: [{ name: "x", shape: [400, 70] }],
};

function planFor({ adapter }: Found, { text, fields }: Given, subgroup: number, least = 64): WgslPlan {
  const { entries } = compileText(text, fields, BATCH);
  const bare = entries.map((e) => ({ ...e, parts: e.parts.map((p) => ({ ...p, fields: [] })) }));
  const limits = { ...limitsOf(adapter), subgroup };
  const tuning = { ...GPU, subgroup, together: { ...GPU.together, fewestSteps: least } };
  return wgslTarget.plan({ entries: bare, batch: BATCH }, { limits, tuning });
}

const handing = ({ kernels }: WgslPlan): string[] =>
  kernels.filter((k) => k.code.includes("subgroupShuffleDown(")).map((k) => `${k.schedule}\n${k.nest}`);

test("kernels by subgroups of any size are taken by a front end, and every reduction of several threads is one", async () => {
  const found = await nullGpu();
  const device = await openDevice(found.adapter, found.name);
  const without = planFor(found, MANY, 0);
  expect(handing(without)).toEqual([]);
  expect(without.features).not.toContain("subgroups");
  for (const size of [4, 8, 16, 32, 64, 128]) {
    const plan = planFor(found, MANY, size);
    expect(plan.features).toContain("subgroups");
    for (const kind of ["rows, ", "reduction, 256 threads", "sum over", "max over", "argmax over"])
      expect(
        handing(plan).some((s) => s.includes(kind)),
        kind,
      ).toBe(true);
    for (const { name, code } of plan.kernels) {
      device.pushErrorScope("validation");
      const module = device.createShaderModule({ label: name, code });
      device.createComputePipeline({ layout: "auto", compute: { module, entryPoint: "main" } });
      expect(await device.popErrorScope(), code).toBeNull();
      expect((await module.getCompilationInfo()).messages.map((m) => m.message)).toEqual([]);
    }
  }
  device.destroy();
}, 60_000);

const gpu = await softwareGpu();
const size = typeof gpu === "string" ? 0 : limitsOf((await gpu.again()).adapter).subgroup;

test.skipIf(size === 0)("subgroups are taken where their sums have the bits of those without", async () => {
  if (typeof gpu === "string") return;
  const found = await gpu.again();
  expect(await rightSubgroup(found)).toBe(size);
  // An adapter that says of its subgroups that they are larger than they are.
  const { info } = found.adapter;
  const boasting = new Proxy(found.adapter, {
    get: (of, name) => {
      if (name === "info") return { ...info, subgroupMinSize: 4 * size };
      const value: unknown = Reflect.get(of, name);
      return typeof value === "function" ? value.bind(of) : value;
    },
  });
  expect(await rightSubgroup({ ...found, adapter: boasting })).toBe(0);
});

async function learned(engine: Engine, plan: WgslPlan, fields: Given["fields"]): Promise<Map<string, Numbers>> {
  const random = new Random(7);
  for (const b of plan.buffers.filter(({ role, dtype }) => role === "temporary" && dtype === "f32"))
    await engine.write(b.name, new Float32Array(b.size).fill(Number.NaN));
  engine.set("seed", 3);
  engine.set("batch", BATCH);
  await engine.run("initialise");
  for (const { name, shape, classes } of fields) {
    const length = BATCH * shape.reduce((n, d) => n * d, 1);
    const values = Array.from({ length }, () => (classes ? random.integer(classes) : random.uniform(-2, 2)));
    await engine.write(name, classes ? Int32Array.from(values) : Float32Array.from(values));
  }
  await engine.run("train", 2);
  const all = new Map<string, Numbers>();
  for (const { name, role } of plan.buffers)
    if (role === "parameter" || role === "state") all.set(name, await engine.read(name));
  all.set("logged", Float32Array.from(await engine.logged(8)));
  await engine.stop();
  return all;
}

test.skipIf(size === 0)(
  `two steps with subgroups of ${size} have the bits of two without`,
  async () => {
    if (typeof gpu === "string") return;
    const trials = [
      { given: MANY },
      { given: SHORT },
      ...(process.env.LONG_SUBGROUPS ? [{ given: MANY, least: 2 }] : []),
    ];
    for (const { given, least } of trials as readonly { given: Given; least?: number }[]) {
      const results: Map<string, Numbers>[] = [];
      for (const own of [0, size]) {
        const found = await gpu.again();
        const plan = planFor(found, given, own, least);
        expect(handing(plan).length > 0).toBe(own > 0);
        results.push(await learned(await startGpu(found, plan), plan, given.fields));
      }
      const [without, by] = results as [Map<string, Numbers>, Map<string, Numbers>];
      expect(without.size).toBeGreaterThan(2);
      for (const [name, values] of without) {
        expect(values.every(Number.isFinite), name).toBe(true);
        expect(
          values.findIndex((x, i) => !Object.is(x, by.get(name)![i])),
          name,
        ).toBe(-1);
      }
    }
  },
  120_000,
);

test.skipIf(size === 0)(
  "sums of few steps, sixteen of them to a workgroup, are those of the processor",
  async () => {
    if (typeof gpu === "string") return;
    const found = await gpu.again();
    const rows = planFor(found, SHORT, 0).kernels.filter((k) => k.schedule === SIXTEEN && k.nest.includes("<70 of"));
    expect(rows.length).toBeGreaterThan(0);
    const off = await distances(found, { ...SHORT, most: BATCH, batch: BATCH - 1, steps: 2 });
    for (const [tensor, distance] of off) expect(distance, tensor).toBeLessThan(1e-5);
  },
  60_000,
);

const SIXTEEN = "reduction, 16 threads for each of 16 results of a workgroup";
