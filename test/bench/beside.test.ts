// The benchmark's figures: PyTorch's environment, the table, its place in the README.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  avx2Environment,
  bestEnvironment,
  chooseKernels,
  clearedVariables,
  type Kernels,
} from "../../bench/pytorch.ts";
import { page, type Report, replaceBetweenMarks, summarise, tableRow } from "../../bench/report.ts";
import { spreadOf } from "../../bench/statistics.ts";

const HELD = {
  OPENBLAS_CORETYPE: "Haswell",
  OPENBLAS_L2_SIZE: "1024",
  OPENBLAS_NUM_THREADS: "1",
  ONEDNN_MAX_CPU_ISA: "AVX2",
  DNNL_MAX_CPU_ISA: "SSE41",
  MKL_ENABLE_INSTRUCTIONS: "SSE4_2",
  ATEN_CPU_CAPABILITY: "default",
  OMP_THREAD_LIMIT: "1",
};

test("PyTorch's best environment has no variable that holds it back, and keeps the others", () => {
  expect(bestEnvironment({ PATH: "/bin", HOME: "/root", ...HELD }, 2)).toEqual({
    PATH: "/bin",
    HOME: "/root",
    OMP_NUM_THREADS: "2",
  });
  expect(clearedVariables({ PATH: "/bin", ...HELD })).toEqual(Object.entries(HELD).map(([n, v]) => `${n}=${v}`));
});

test("PyTorch of 256 bits has all its libraries held to AVX2 and nothing else of what was set", () => {
  expect(avx2Environment(HELD, 1)).toEqual({
    OMP_NUM_THREADS: "1",
    OPENBLAS_CORETYPE: "Haswell",
    ONEDNN_MAX_CPU_ISA: "AVX2",
    MKL_ENABLE_INSTRUCTIONS: "AVX2",
    ATEN_CPU_CAPABILITY: "avx2",
  });
});

test("a spread is the median of an odd or even number of values with the least and the greatest", () => {
  expect(spreadOf([3, 10, 1])).toEqual({ median: 3, least: 1, greatest: 10 });
  expect(spreadOf([4, 1, 2, 10])).toEqual({ median: 3, least: 1, greatest: 10 });
});

test("a ratio is of one run's two times, not of the medians", () => {
  const runs = [
    { ours: 1, best: 2, avx2: 4 },
    { ours: 4, best: 4, avx2: 4 },
    { ours: 2, best: 1, avx2: undefined },
  ];
  const row = summarise({ workload: "mlp", runs });
  expect(row.ratio).toEqual({ median: 1, least: 0.5, greatest: 2 });
  expect(row.ratioAvx2).toEqual({ median: 0.625, least: 0.25, greatest: 1 });
  expect(tableRow(row)).toBe(
    "| mlp | 2.00 (1.00 to 4.00) | 2.00 (1.00 to 4.00) | 1.00 (0.50 to 2.00) | 4.00 | 0.63 (0.25 to 1.00) |",
  );
});

const kernels: Kernels = {
  version: "2.9",
  openblas: "Cooperlake",
  mkl: null,
  onednn: "Intel AVX-512",
  aten: "AVX2",
  exact: true,
  product: 4,
};

test("OPENBLAS_CORETYPE is set only where OpenBLAS's own choice is slower or wrong, and never to a core that the processor lacks", async () => {
  const told = async (bits: number | undefined, products: Readonly<Record<string, number>>, wrong: string[] = []) => {
    const asked: string[] = [];
    const { core } = await chooseKernels(bits, async (name = "own") => {
      asked.push(name);
      return { ...kernels, product: products[name]!, exact: !wrong.includes(name) };
    });
    return { core, asked };
  };
  const old = { own: 40, SkylakeX: 4, Haswell: 8 };
  expect(await told(512, old)).toEqual({ core: "SkylakeX", asked: ["own", "SkylakeX", "Haswell"] });
  expect(await told(256, old)).toEqual({ core: "Haswell", asked: ["own", "Haswell"] });
  expect(await told(undefined, old)).toEqual({ core: undefined, asked: ["own"] });
  expect((await told(512, old, ["SkylakeX"])).core).toBe("Haswell");
  expect((await told(512, { own: 4, SkylakeX: 3.9, Haswell: 8 })).core).toBeUndefined();
  expect((await told(512, { own: 1, SkylakeX: 4, Haswell: 8 }, ["own"])).core).toBe("SkylakeX");
});

const report: Report = {
  date: "2026-01-02",
  machine: { processor: "P", cores: 2, vectorBits: 512, ourVectorBits: 256, node: "26.1", v8: "14", load: 0.25 },
  threads: 2,
  cleared: ["OPENBLAS_CORETYPE=Haswell"],
  peer: {
    python: "python3",
    best: kernels,
    core: undefined,
    avx2: { ...kernels, openblas: "Haswell", onednn: null, exact: false },
  },
  rows: [{ workload: "mlp", runs: [{ ours: 1, best: 2, avx2: 4 }] }],
};

test("the page says with what it was measured: machine, vectors, kernels, variables, wrong products", () => {
  expect(page(report).split("\n")).toEqual([
    "- 2026-01-02, 2 cores of P, vectors of 512 bits; runs: 1, load before them: 0.3",
    "- Ours: vectors of 256 bits, threads: 2; Node 26.1, V8 14",
    "- PyTorch 2.9: OpenBLAS (Cooperlake, 512 bits), oneDNN (Intel AVX-512, 512 bits), ATen (AVX2, 256 bits)",
    "- PyTorch of 256 bits: OpenBLAS (Haswell, 256 bits), ATen (AVX2, 256 bits)",
    "- PyTorch was run without OPENBLAS_CORETYPE=Haswell",
    "- PyTorch's kernels compute wrong numbers here: OpenBLAS (Haswell, 256 bits), ATen (AVX2, 256 bits)",
    "",
    expect.stringContaining("| workload | ours, ms |"),
    expect.stringContaining("| --- |"),
    "| mlp | 1.00 | 2.00 | 0.50 | 4.00 | 0.25 |",
  ]);
});

test("the page says which OPENBLAS_CORETYPE was set", () => {
  const { peer } = report;
  expect(peer && page({ ...report, peer: { ...peer, core: "SkylakeX" } })).toContain(
    "ATen (AVX2, 256 bits); OPENBLAS_CORETYPE=SkylakeX, faster than its own choice",
  );
});

test("without PyTorch the table still has our times", () => {
  const alone = page({
    ...report,
    peer: undefined,
    rows: [{ workload: "mlp", runs: [{ ours: 1, best: undefined, avx2: undefined }] }],
  });
  expect(alone).toContain("- PyTorch: not installed");
  expect(alone).toContain("| mlp | 1.00 | - | - | - | - |");
});

test("the README has a place for the table, and writing there twice leaves one table and the rest as it was", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const once = replaceBetweenMarks(readme, "first");
  const twice = replaceBetweenMarks(once, page(report));
  expect(twice).toContain(page(report));
  expect(twice).not.toContain("first");
  expect(replaceBetweenMarks(twice, "first")).toBe(once);
  expect(twice.startsWith(readme.slice(0, readme.indexOf("<!-- npm")))).toBe(true);
  expect(twice.endsWith(readme.slice(readme.indexOf("--write: end -->")))).toBe(true);
  expect(() => replaceBetweenMarks("no marks", "x")).toThrow("no place for the table");
});
