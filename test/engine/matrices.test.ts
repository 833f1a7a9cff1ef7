// Proves what is said of products by subgroup matrices without a device that has such: WebGPU's front end takes the kernels of whole
// trainings (Dawn's null backend; LONG_MATRICES=1 for more of everything), and what they stage, load, multiply and store, run from their text,
// are the products that were asked for. Who takes them, and when, is in the last tests.

import { afterAll, expect, test } from "vitest";
import { itemAt } from "../../compiler/arithmetic/lists.ts";
import { planWgsl } from "../../compiler/compilewgsl.ts";
import { add, broadcast, constant, contract, einsum, mul, parameter } from "../../compiler/graph/build.ts";
import type { Node } from "../../compiler/graph/node.ts";
import { type Affine, affine, axis } from "../../compiler/graph/op.ts";
import { allocate, runSteps } from "../../compiler/loops/reference.ts";
import { lowerGraph } from "../../compiler/pipeline.ts";
import { wgslTarget } from "../../compiler/targets/wgsl/program.ts";
import { GPU, matrixShapes, tunedBy } from "../../compiler/targets/wgsl/tuning.ts";
import { rightMatrices } from "../../project/tune/gpucache.node.ts";
import { inHalves, isTuningFor, measureGpu, onlyShape, PROBE } from "../../project/tune/gputuning.ts";
import { Random } from "../../runtime/data/random.ts";
import type { GpuTuning, MatrixKind, WgslPlan } from "../../runtime/plan.ts";
import { MATRIX_FEATURE } from "../../runtime/plan.ts";
import { limitsOf, openDevice } from "../../runtime/webgpu/device.ts";
import { matricesOf } from "../../runtime/webgpu/matrices.ts";
import { nullGpu, softwareGpu } from "../support/gpu.ts";
import { prepareExample } from "../support/prepared.ts";
import { runWgsl } from "../support/wgslrun.ts";

/** As devices have them: NVIDIA's, Intel's, Apple's. */
const KINDS: readonly MatrixKind[] = [
  { component: "f16", m: 16, n: 16, k: 16, threads: 32 },
  { component: "f16", m: 8, n: 16, k: 16, threads: 32 },
  { component: "f32", m: 8, n: 8, k: 8, threads: 32 },
];
const [NVIDIA, , APPLE] = KINDS as readonly [MatrixKind, MatrixKind, MatrixKind];
const nameOf = ({ component, m, n, k }: MatrixKind): string => `${m} x ${n} x ${k} of ${component}`;
const isLong = process.env.LONG_MATRICES !== undefined;
const multiplies = (plan: WgslPlan): WgslPlan["kernels"] => plan.kernels.filter((k) => k.schedule.includes("matrices"));

const found = await nullGpu();
const device = await openDevice(found.adapter, found.name, { features: ["shader-f16", MATRIX_FEATURE] });
afterAll(() => device.destroy());

const measured = (kind: MatrixKind, rate = 4): GpuTuning => {
  const { device: d, tile } = GPU;
  const rates = tile.shapes.map((s) => s.rate);
  return { key: "k", ...d, rates, matrices: { ...kind, rates: matrixShapes(kind).map(() => rate) } };
};

const LEARNERS = isLong ? ["lenet", "charlm", "resnet20"] : ["lenet"];

test.each(LEARNERS)(
  "kernels of %s by matrices of every device are taken without a word",
  async (name) => {
    const { entries, sizes, session } = await prepareExample(name, 1, [], { precision: "f16" });
    const whole = await prepareExample(name, 1, []);
    const seen = new Set<string>();
    for (const kind of KINDS) {
      const limits = { ...limitsOf(found.adapter), hasHalves: true, matrices: [kind] };
      const planOf = (own: typeof entries, given = limits): WgslPlan =>
        planWgsl(own, sizes, session.batch, given, undefined, measured(kind));
      const plan = planOf(entries);
      expect(plan.features).toContain(MATRIX_FEATURE);
      const before = seen.size;
      for (const { code } of multiplies(plan).filter((k) => !seen.has(k.code))) {
        seen.add(code);
        device.pushErrorScope("validation");
        const module = device.createShaderModule({ code });
        device.createComputePipeline({ layout: "auto", compute: { module, entryPoint: "main" } });
        expect(await device.popErrorScope(), code).toBeNull();
        expect((await module.getCompilationInfo()).messages.map((m) => m.message)).toEqual([]);
      }
      expect(seen.size).toBeGreaterThan(before);
      // Whoever has none, or has not asked for 16 bits, has the tiles of everybody.
      const without = planOf(entries, { ...limits, matrices: [] });
      expect([without.features, multiplies(without)]).toEqual([["shader-f16"], []]);
      expect(multiplies(planOf(whole.entries))).toEqual([]);
    }
  },
  120_000,
);

/** Products of every layout, at sizes beside those of matrices and tiles; with heads, and a convolution with what goes after it. */
function products(): Node[] {
  const leaf = (name: string, shape: readonly number[]): Node => parameter(name, shape, "f32", "parameter");
  const sizes = [
    { m: 5, n: 70, k: 17 },
    { m: 65, n: 16, k: 33 },
    { m: 130, n: 9, k: 40 },
    { m: 33, n: 129, k: 7 },
  ];
  const dense = ["mk,kn->mn", "km,kn->mn", "mk,nk->mn", "km,nk->nm"].flatMap((spec, s) =>
    sizes
      .filter((_, i) => isLong || i % 2 === s % 2)
      .map((size, i) => {
        const [left = "", right = ""] = spec.split(/,|->/);
        const shape = (letters: string): number[] => [...letters].map((l) => size[l as "m"]);
        return einsum(spec, leaf(`a${s}${i}`, shape(left)), leaf(`b${s}${i}`, shape(right)));
      }),
  );
  const window = (at: string, within: string): Affine =>
    affine([
      ...([
        [at, 1],
        [within, 1],
      ] as const),
    ]);
  const conv = contract(leaf("a image", [2, 10, 8, 5]), leaf("b kernel", [3, 3, 5, 20]), {
    axes: [
      ["h", 2],
      ["y", 8],
      ["x", 6],
      ["o", 20],
      ["i", 3],
      ["j", 3],
      ["c", 5],
    ],
    out: ["h", "y", "x", "o"],
    a: [axis("h"), window("y", "i"), window("x", "j"), axis("c")],
    b: ["i", "j", "c", "o"].map(axis),
  });
  const biased = add(mul(conv, constant(0.5)), broadcast(leaf("bias", [20]), [2, 8, 6, 20]));
  return [...dense, einsum("hmk,hkn->hmn", leaf("a", [3, 20, 24]), leaf("b", [3, 24, 18])), biased];
}

/** Whole numbers: every way of adding up their products is exact. */
const goals = products().map((node, i) => ({ name: `out${i}`, node, into: `out${i}` }));
const lowered = lowerGraph(goals, 1);
const random = new Random(3);
const given = new Map(
  [...lowered.buffers.values()]
    .filter((b) => b.role === "parameter" && !b.name.startsWith("out"))
    .map((b) => [b.name, Float32Array.from({ length: b.size }, () => random.integer(17) - 8)] as const),
);
const reference = allocate(lowered);
for (const [name, values] of given) reference.get(name)?.set(values);
runSteps(lowered.steps, reference, 1, { seed: 1, step: 0 });

/** Left operands are in 16 bits, and every other right one; the others are rounded where they are staged. */
const halves = [...given.keys()].filter((name) => /^a|^b.?[02]?$/.test(name));
const limits = { ...limitsOf(found.adapter), maxBufferSize: 2 ** 31, hasHalves: true, matrices: KINDS };

test.each(
  KINDS.flatMap((kind, at) =>
    matrixShapes(kind)
      .map((shape, i) => ({ kind, shape, parts: 1 + 2 * (i % 2) }))
      .filter((_, i) => isLong || i % 3 === at % 3),
  ),
)(
  "$parts parts of products by matrices are those products: $shape.each, $kind.m x $kind.n x $kind.k of $kind.component",
  (given_) => {
    const { kind, shape, parts } = given_;
    const plan = wgslTarget.plan(
      { entries: inHalves(lowered, halves), batch: 1 },
      { tuning: onlyShape(shape, parts), limits },
    );
    const count = (text: string): number =>
      plan.kernels.flatMap((k) => k.schedule.match(new RegExp(text, "g")) ?? []).length;
    expect([count("matrices"), count("contraction")]).toEqual([goals.length, goals.length]);
    expect(multiplies(plan).some((k) => k.nest.includes("split"))).toBe(parts > 1);
    const numbers = new Map([...given, ...halves.map((name) => [`${name} in 16 bits`, given.get(name)!] as const)]);
    for (const isBackwards of isLong ? [false, true] : [parts > 1]) {
      const ran = runWgsl(plan, PROBE, numbers, { kind, isBackwards });
      for (const { name } of goals) expect([...ran.read(name)], name).toEqual([...reference.get(name)!]);
    }
  },
);

test("a kernel that does not wait where it must is found", () => {
  const shape = itemAt(matrixShapes(NVIDIA), 0);
  const plan = wgslTarget.plan(
    { entries: inHalves(lowered, halves), batch: 1 },
    { tuning: onlyShape(shape, 1), limits },
  );
  const numbers = new Map([...given, ...halves.map((name) => [`${name} in 16 bits`, given.get(name)!] as const)]);
  const isRight = (own: WgslPlan): boolean =>
    [false, true].every((isBackwards) => {
      const ran = runWgsl(own, PROBE, numbers, { kind: NVIDIA, isBackwards });
      return goals.every(({ name }) => reference.get(name)!.every((x, i) => x === ran.read(name)[i]));
    });
  const waits = itemAt(multiplies(plan), 0).code.split("workgroupBarrier();").length - 1;
  expect(waits).toBeGreaterThan(4);
  const without = (n: number): WgslPlan => ({
    ...plan,
    kernels: plan.kernels.map((k) => {
      let at = 0;
      const isOne = k.schedule.includes("matrices");
      return isOne
        ? { ...k, code: k.code.replaceAll("workgroupBarrier();", (wait) => (at++ % 18 === n ? "" : wait)) }
        : k;
    }),
  });
  expect(isRight(plan)).toBe(true);
  for (const n of [0, 1, 3]) expect(isRight(without(n)), `wait ${n}`).toBe(false);
});

const gpu = await softwareGpu();

/** An adapter that says of itself that it has such matrices. */
function saying(
  adapter: GPUAdapter,
  configurations: readonly object[],
  size: readonly [number, number] = [32, 32],
): GPUAdapter {
  const info = { subgroupMinSize: size[0], subgroupMaxSize: size[1], subgroupMatrixConfigs: configurations };
  const features = new Set([...adapter.features, MATRIX_FEATURE, "shader-f16", "subgroups"]);
  return new Proxy(adapter, {
    get: (of, name) => {
      if (name === "info") return info;
      if (name === "features") return features;
      const value: unknown = Reflect.get(of, name);
      return typeof value === "function" ? value.bind(of) : value;
    },
  });
}

const configuration = (componentType: string, resultComponentType: string, [M, N, K]: readonly number[]): object => ({
  ...{ componentType, resultComponentType, M, N, K },
});

test("of an adapter's matrices those count whose sums have 32 bits and whose subgroups have one size, the largest of 16 bits first", () => {
  const all = [
    configuration("f32", "f32", [8, 8, 8]),
    configuration("f16", "f16", [16, 16, 16]),
    configuration("f16", "f32", [16, 8, 8]),
    configuration("f16", "f32", [16, 16, 16]),
    configuration("i8", "i32", [16, 16, 32]),
  ];
  expect(matricesOf(saying(found.adapter, all)).map(nameOf)).toEqual([
    "16 x 16 x 16 of f16",
    "16 x 8 x 8 of f16",
    "8 x 8 x 8 of f32",
  ]);
  expect(matricesOf(saying(found.adapter, all, [8, 32]))).toEqual([]);
  expect(matricesOf(found.adapter)).toEqual([]);
});

test.skipIf(typeof gpu === "string")("matrices that a driver has not after all are not taken", async () => {
  if (typeof gpu === "string") return;
  const one = await gpu.again();
  const adapter = saying(one.adapter, [configuration("f32", "f32", [8, 8, 8])]);
  expect(matricesOf(adapter)).toHaveLength(1);
  expect(await rightMatrices({ ...one, adapter })).toBeUndefined();
});

test("matrices are taken where they are sooner done than tiles, and a file of other matrices is not believed", async () => {
  const taking =
    (times: number) =>
    async (plan: WgslPlan): Promise<number> =>
      plan.kernels.some((k) => k.schedule.includes("matrices")) ? 100 * times : 100;
  const sooner = await measureGpu("k", taking(0.3), { matrices: NVIDIA });
  expect(sooner.matrices).toMatchObject(NVIDIA);
  expect((sooner.matrices?.rates[0] ?? 0) / (sooner.rates[0] ?? 1)).toBeCloseTo(1 / 0.3, 1);
  expect(isTuningFor("k", JSON.parse(JSON.stringify(sooner)))).toBe(true);
  expect((await measureGpu("k", taking(0.99), { matrices: NVIDIA })).matrices).toBeUndefined();
  expect((await measureGpu("k", taking(0.3), {})).matrices).toBeUndefined();
  for (const wrong of [{ rates: [1] }, { component: "f64" }, { m: -16 }, { threads: undefined }, { k: 0.5 }])
    expect(isTuningFor("k", { ...sooner, matrices: { ...sooner.matrices, ...wrong } }), JSON.stringify(wrong)).toBe(
      false,
    );
  expect(tunedBy({ ...measured(APPLE), matrices: { ...APPLE, rates: [1] } })).toBeUndefined();
});
