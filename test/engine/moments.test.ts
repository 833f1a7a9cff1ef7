// Proves that a GPU's means and variances of much data keep their digits: of numbers far from zero whose parts have means of their own,
// against sums in f64; and that training with batch norm goes as on the processor.

import { expect, test } from "vitest";
import { figuresOf } from "../../bench/gpu/figures.ts";
import type { Nest, Value } from "../../compiler/loops/nest.ts";
import { isLong } from "../../compiler/loops/regions.ts";
import { wgslTarget } from "../../compiler/targets/wgsl/program.ts";
import { cutFor, schedule } from "../../compiler/targets/wgsl/schedule.ts";
import { GPU } from "../../compiler/targets/wgsl/tuning.ts";
import { Random } from "../../runtime/data/random.ts";
import { startGpu } from "../../runtime/webgpu/node.ts";
import { distances } from "../support/bothengines.ts";
import { compileText } from "../support/engine.ts";
import { softwareGpu } from "../support/gpu.ts";

const gpu = await softwareGpu();
const [MOST, BATCH, PLACES, CHANNELS] = [4, 3, 33 * 31, 3];
const TEXT = `model net(x: [33, 31, ${CHANNELS}]) { batchnorm; relu; conv 1x1 17 nobias; batchnorm; relu; avgpool global; dense 3 }
train net on d { loss mse(net(x), 0.5); optimizer sgd lr=0.1; batch ${MOST} }`;
const FIELDS = [{ name: "x", shape: [33, 31, CHANNELS] }];

function entriesOf(text: string): ReturnType<typeof compileText>["entries"] {
  const { entries } = compileText(text, FIELDS, MOST);
  return entries.map((e) => ({ ...e, parts: e.parts.map((p) => ({ ...p, fields: [] })) }));
}

test.skipIf(typeof gpu === "string")(
  "the variance of numbers around a thousand that rise and fall is exact to four digits",
  async () => {
    if (typeof gpu === "string") return;
    const random = new Random(5);
    const rows = BATCH * PLACES;
    const values = Float32Array.from(
      { length: rows * CHANNELS },
      (_, i) => 1000 + 3 * Math.sin((6 * Math.floor(i / CHANNELS)) / rows) + (i % CHANNELS) * random.uniform(-1, 1),
    );
    const engine = await startGpu(await gpu.again(), wgslTarget.plan({ entries: entriesOf(TEXT), batch: MOST }, {}));
    engine.set("seed", 1);
    engine.set("batch", BATCH);
    await engine.run("initialise");
    await engine.write("x", values);
    await engine.run("train");
    const [means, variances] = await Promise.all(["mean", "variance"].map((s) => engine.read(`net.batchnorm1.${s}`)));
    await engine.stop();
    for (let c = 0; c < CHANNELS; c++) {
      const own = values.filter((_, i) => i % CHANNELS === c);
      const mean = own.reduce((a, b) => a + b, 0) / rows;
      const variance = own.reduce((a, b) => a + (b - mean) ** 2, 0) / (rows - 1);
      expect(Math.abs(means![c]! / (0.1 * mean) - 1), `mean ${c}`).toBeLessThan(1e-6);
      expect(Math.abs(variances![c]! - 0.9 - 0.1 * variance), `variance ${c}`).toBeLessThan(1e-5 * variance);
    }
  },
  60_000,
);

test.skipIf(typeof gpu === "string")(
  "training with batch norm of many places goes as on the processor",
  async () => {
    if (typeof gpu === "string") return;
    const found = await distances(await gpu.again(), {
      text: TEXT,
      fields: FIELDS,
      most: MOST,
      batch: BATCH,
      steps: 2,
    });
    expect(found.size).toBeGreaterThan(6);
    for (const [name, distance] of found) expect(distance, name).toBeLessThan(2e-5);
  },
  60_000,
);

test("a batch norm is three dispatches each way, at most", () => {
  const count = (body: string): number => {
    const text = TEXT.replace("{ batchnorm;", `{ ${body};`);
    return figuresOf({ entries: entriesOf(text), batch: MOST }, GPU).dispatches;
  };
  const conv = "conv 1x1 4 nobias";
  expect(count(`${conv}; batchnorm; relu; ${conv}`) - count(`${conv}; relu; ${conv}`)).toBeLessThanOrEqual(6);
});

test("a long sum has as many parts as keep the device busy, and no more than have work for a workgroup", () => {
  const parts = (results: number, terms: number): number => {
    const nest: Nest = {
      label: "sum",
      span: undefined,
      loops: [{ name: "o", extent: results }],
      reduces: [{ name: "i", extent: terms }],
      accumulators: [{ combine: "sum", body: { kind: "number", value: 1 } }],
      stores: [],
    };
    return isLong(nest, 1, cutFor(nest, 1, GPU)) ? cutFor(nest, 1, GPU).parts : 1;
  };
  expect([parts(16, 131072), parts(128, 131072), parts(256, 4096), parts(1, 2048)]).toEqual([64, 17, 9, 8]);
  // A depthwise kernel of 128 channels keeps half of the device busy, for as long as its sums take.
  expect([parts(1152, 100352), parts(1152, 8192), parts(4096, 100352), parts(1, 2047)]).toEqual([8, 1, 1, 1]);
});

test("threads lie across results where what is summed does, whatever lies beside it", () => {
  const load = (buffer: string, ...terms: [string, number][]): Value => ({
    kind: "load",
    buffer,
    address: { terms, offset: 0 },
    dtype: "f32",
  });
  const isAcross = (...inputs: Value[]): boolean => {
    const nest: Nest = {
      label: "sum",
      span: undefined,
      loops: [{ name: "o", extent: 64 }],
      reduces: [{ name: "i", extent: 512 }],
      accumulators: [{ combine: "sum", body: { kind: "apply", scalar: "sub", inputs } }],
      stores: [],
    };
    const made = schedule(nest, 1, GPU);
    return made.mode === "together" && made.across;
  };
  expect(isAcross(load("x", ["i", 64], ["o", 1]), load("mean", ["i", 1]))).toBe(true);
  // A row's mean moves with the rows, too, and is read once.
  expect(isAcross(load("x", ["o", 512], ["i", 1]), load("mean", ["o", 1]))).toBe(false);
});
