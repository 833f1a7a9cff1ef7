// Figures of kernels, from times that are given: no time is measured here.

import { expect, test } from "vitest";
import { leastTime } from "../../project/cost/kerneltimes.node.ts";
import { benchPage } from "../../report/kernelpage.ts";
import {
  type BenchFigures,
  benchTable,
  type Ceilings,
  figuresOf,
  type KernelTime,
  layersOf,
} from "../../report/kernels.ts";

const ceilings: Ceilings = {
  gflops: 100,
  copies: [
    { bytes: 1e6, gbs: 50 },
    { bytes: 1e8, gbs: 10 },
  ],
};
const kernel = (changes: Partial<KernelTime>): KernelTime => ({
  kernel: "k1_contract",
  schedule: "tile",
  file: "net.dnn",
  line: 3,
  source: "dense 8",
  ms: 1,
  operations: 0,
  bytes: 0,
  ...changes,
});

test("the share is the time that the lower ceiling allows, of the time that was taken", () => {
  expect(figuresOf(kernel({ operations: 50e6, bytes: 1e6 }), ceilings)).toMatchObject({
    gflops: 50,
    gbs: 1,
    share: 0.5,
    bound: "arithmetic",
  });
  expect(figuresOf(kernel({ operations: 1e6, bytes: 1e6 }), ceilings)).toMatchObject({ share: 0.02, bound: "memory" });
});

test("the bandwidth is that of copies as large as what is touched", () => {
  expect(figuresOf(kernel({ bytes: 5e6 }), ceilings).share).toBeCloseTo(0.5);
  expect(figuresOf(kernel({ bytes: 1e9, ms: 100 }), ceilings).share).toBeCloseTo(1);
});

test("kernels of one place are one layer, which takes the time of all", () => {
  const kernels = [
    kernel({ ms: 1, operations: 100e6 }),
    kernel({ ms: 3, operations: 100e6 }),
    kernel({ source: "relu", ms: 5, bytes: 1e6 }),
  ].map((k) => figuresOf(k, ceilings));
  expect(layersOf(kernels)).toMatchObject([
    { source: "relu", ms: 5, kernels: 1 },
    { source: "dense 8", ms: 4, kernels: 2, gflops: 50, share: 0.5 },
  ]);
});

test("the table and the page name every kernel with its line, and no source becomes markup", () => {
  const source = '<img src="x"> & relu';
  const kernels = [kernel({ operations: 1e6, bytes: 1e4 }), kernel({ source, kernel: "k2_max", bytes: 1e4 })].map((k) =>
    figuresOf(k, ceilings),
  );
  const figures: BenchFigures = { training: source, batch: 4, ceilings, stepMs: 2, kernels, layers: layersOf(kernels) };
  const table = benchTable(figures, 1);
  expect(table).toContain("net.dnn:3");
  expect(table).toContain("and 1 more");
  const page = benchPage(figures);
  for (const name of ["k1_contract", "k2_max", "net.dnn:3", "roofline"]) expect(page).toContain(name);
  expect(page).not.toContain("<img");
});

test("a layer stands before its figures, and what stands at no place of the program is the training's own", () => {
  const kernels = [kernel({ source: "", file: undefined, line: undefined, bytes: 1e4 })].map((k) =>
    figuresOf(k, ceilings),
  );
  const figures: BenchFigures = { training: "net", batch: 4, ceilings, stepMs: 2, kernels, layers: layersOf(kernels) };
  expect(benchTable(figures, 1).match(/the training's own/g)).toHaveLength(2);
  expect(benchPage(figures).match(/<tr><td>the training's own<\/td><td class="n">/g)).toHaveLength(2);
});

test("a pause of the machine while a copy is timed is no work", () => {
  let at = 0;
  const pauses = [1, 40];
  const run = (): void => {
    at += 0.001 + (pauses.includes(++runs) ? 50 : 0);
  };
  let runs = 0;
  expect(leastTime(run, 5, () => at)).toBeCloseTo(0.001);
});
