// Proves that a product has the same bits whether its vector operand is copied into panels or read where it lies, and whether threads divide
// panels or halves of their rows, with rows, lanes and steps that fill no whole tiles, sums so long that they wait, and sums beside products.

import { beforeAll, expect, test } from "vitest";
import { entriesOf } from "../../bench/plans.ts";
import type { Workload } from "../../bench/workloads.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { CPU } from "../../compiler/targets/wasm/schedule/tuning.ts";
import type { WasmPlan } from "../../runtime/plan.ts";
import { enableRevectorize } from "../../runtime/wasm/node.ts";
import { differing, planWith, trainPlan } from "../support/bits.ts";

const layers = (name: string, size: number, sizes: string, batch: number): [string, Workload] => [
  name,
  {
    text: `model net(x: [${size}]) { ${sizes}; dense 3 }
train run on d { loss mean((net(x) - y)^2); optimizer adam lr=1e-2; batch ${batch} }`,
    fields: [
      { name: "x", shape: [size] },
      { name: "y", shape: [3] },
    ],
    batch,
  },
];

const programs = new Map([
  layers("whole panels", 64, "dense 144; tanh; dense 48; relu", 40),
  layers("panels with fewer lanes", 65, "dense 137; tanh; dense 130; relu; dense 17", 43),
  layers("sums that wait", 700, "dense 149; tanh; dense 131; relu", 51),
]);

/** `unpacked`: rows up to which an operand is read where it lies; `halved`: rows from which on threads divide halves. */
const planOf = (workload: Workload, shared: boolean, unpacked: number, halved: number): WasmPlan =>
  planWith(workload, shared, {
    ...CPU,
    tile: { ...CPU.tile, mostUnpacked: unpacked },
    threads: { ...CPU.threads, fewestHalvedRows: halved },
  });

beforeAll(enableRevectorize);

test.each([...programs])("%s have the same bits", async (_, workload) => {
  const plain = planOf(workload, false, 0, Infinity);
  const wanted = await trainPlan(workload, plain, 1);
  for (const [unpacked, halved] of [
    [Infinity, Infinity],
    [0, 1],
    [Infinity, 1],
  ] as const) {
    expect(planOf(workload, false, unpacked, halved).module).not.toEqual(plain.module);
    for (const threads of [1, 3]) {
      const bits = await trainPlan(workload, planOf(workload, threads > 1, unpacked, halved), threads);
      expect(differing(bits, wanted)).toEqual([]);
    }
  }
});

test("weights that stay the same are copied into panels, since that is done once", () => {
  const [, workload] = layers("", 100, "dense 100; relu; dense 100", 40);
  const [evaluate] = entriesOf(workload).filter((e) => e.name === "evaluate");
  const packsOf = (hasFixedWeights: boolean): number => {
    const entries = [{ ...evaluate!, ...(hasFixedWeights ? { hasFixedWeights } : {}) }];
    const { kernels } = wasmTarget.plan({ entries, batch: 40 }, { shared: false });
    return kernels.filter(({ name }) => name.endsWith("_pack")).length;
  };
  expect(packsOf(true)).toBeGreaterThan(0);
  expect(packsOf(false)).toBe(0);
});

/** Copies into panels in a step of a layer of so many numbers, whose nests have `pattern`. */
function copiesOf(size: number, precision: string, pattern: RegExp): number {
  const [, workload] = layers("", size, `dense ${size}; relu; dense ${size}`, 128);
  const text = workload.text.replace("; batch", `; precision ${precision}; batch`);
  const { kernels } = planWith({ ...workload, text }, false, CPU);
  return kernels.filter(({ name, nest }) => name.endsWith("_pack") && pattern.test(nest)).length;
}

test("numbers of 16 bits are copied into panels, since each tile would widen them again", () => {
  expect(copiesOf(300, "f32", /L0<batch/)).toBe(0);
  expect(copiesOf(300, "f16", /= half/)).toBeGreaterThan(0);
});

test("lines that many rows would read from the same few places of a cache are copied", () => {
  expect(copiesOf(656, "f32", /L0<batch/)).toBe(0);
  expect(copiesOf(640, "f32", /L0<batch/)).toBeGreaterThan(0);
});
