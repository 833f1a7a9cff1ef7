// Proves that a program which needs more than one memory, or than an adapter's limits allow, is refused before anything is
// allocated, with its size, the line that needs most of it, and the largest batch that would fit.

import { expect, test } from "vitest";
import { MemoryExceeded } from "../../compiler/compile.ts";
import { planWasm } from "../../compiler/compilewasm.ts";
import { planWgsl, sizeOnGpu } from "../../compiler/compilewgsl.ts";
import { printDiagnostic } from "../../compiler/diagnostics/print.ts";
import { largestBatch } from "../../compiler/largestbatch.ts";
import { tooLarge } from "../../project/memory.ts";
import { compileText } from "../support/engine.ts";
import { texts } from "../support/opened.ts";

const sizes = { fields: [{ name: "x", size: 30000, dtype: "f32" as const }], train: 1, heldout: 0 };
const fields = [{ name: "x", shape: [30000] }];

test("parameters that do not fit are named", () => {
  const text = "model net(x: [30000]) { dense 35789; dense 1 }\ntrain net on d { loss mse(net(x), 1); batch 2 }";
  const { training, entries } = compileText(text, fields, 2);
  const refused = (): unknown => planWasm(entries, sizes, 2, false);
  expect(refused).toThrow(MemoryExceeded);
  expect(refused).toThrow("GiB, and one memory has 4 GiB");
  try {
    refused();
  } catch (error) {
    expect((error as MemoryExceeded).largest.name).toBe("net.dense1.weight");
    expect((error as MemoryExceeded).need.bytes).toBeGreaterThan(4.29e9);
  }
  expect(largestBatch(training, sizes)).toBe(0);
});

test("a batch that is too large has a largest one that fits", () => {
  const text = "model net(x: [30000]) { dense 4; relu; dense 1 }\ntrain net on d { loss mse(net(x), 1); batch 65536 }";
  const { training, entries } = compileText(text, fields, 65536);
  expect(() => planWasm(entries, sizes, 65536, false)).toThrow(MemoryExceeded);
  const most = largestBatch(training, sizes);
  expect(most).toBeGreaterThanOrEqual(1024);
  const planOf = (batch: number) => () =>
    planWasm(compileText(text.replace("65536", String(batch)), fields, 65536).entries, sizes, batch, false);
  expect(planOf(most)).not.toThrow();
  expect(planOf(Math.ceil(most * 1.02))).toThrow(MemoryExceeded);
});

/** Limits that WebGPU promises of every adapter. */
const limits = { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27 };
const conv = (batch: number): string =>
  `model net(x: [30000]) {\n  reshape 100x100x3\n  conv 3x3 64 p1; relu\n  avgpool global\n  dense 1\n}\ntrain net on d { loss mse(net(x), 1); batch ${batch} }`;

test("an adapter's limits are checked against the plan, without the adapter", () => {
  const text = conv(256);
  const { training, entries } = compileText(text, fields, 256);
  expect(() => planWgsl(entries, sizes, 256)).not.toThrow();
  let refused: MemoryExceeded | undefined;
  try {
    planWgsl(entries, sizes, 256, limits);
  } catch (error) {
    refused = error as MemoryExceeded;
  }
  expect(refused).toBeInstanceOf(MemoryExceeded);
  expect(refused!.need).toMatchObject({ of: "a buffer of this GPU", most: 2 ** 27 });
  expect(text.slice(refused!.span!.start, refused!.span!.end)).toMatch(/^conv 3x3 64 p1|^relu/);
  const most = largestBatch(training, sizes, sizeOnGpu(limits));
  expect(most).toBeGreaterThan(10);
  const planOf = (batch: number) => () => planWgsl(compileText(conv(batch), fields, 256).entries, sizes, batch, limits);
  expect(planOf(most)).not.toThrow();
  expect(planOf(Math.ceil(most * 1.1))).toThrow(MemoryExceeded);
});

test("the error names the line, its share, and the batch to write", () => {
  const text = conv(256);
  const { training, entries } = compileText(text, fields, 256);
  texts.add("test.dnn", text);
  try {
    planWgsl(entries, sizes, 256, limits);
    expect.unreachable();
  } catch (error) {
    const fitting = largestBatch(training, sizes, sizeOnGpu(limits));
    const how = { batch: 256, fitting, otherwise: "--device cpu" };
    const [d] = tooLarge("limits/gpu", error as MemoryExceeded, how).diagnostics;
    const printed = printDiagnostic(d!, texts, { colour: false });
    expect(printed).toMatch(
      /\[limits\/gpu\]: a step of 256 examples needs [\d.]+ [GM]iB in one piece, and a buffer of this GPU has at most 128 MiB/,
    );
    expect(printed).toMatch(/\^+ most of it: [\d.]+ MiB for the values of this line/);
    expect(printed).toContain(`a batch of ${fitting} fits: \`--set batch=${fitting}\`, or --device cpu`);
  }
});

test("the error in a line of a block names the call that needs most", () => {
  const text =
    "block part(n) {\n  conv 3x3 n p1\n}\nblock twice(n) {\n  part 4\n  part n\n}\nmodel net(x: [30000]) {\n  reshape 100x100x3\n  part 2\n  twice 64\n  maxpool 4x4\n  part 3\n  avgpool global\n  dense 1\n}\ntrain net on d { loss mse(net(x), 1); batch 256 }";
  const { training, entries } = compileText(text, fields, 256);
  try {
    planWgsl(entries, sizes, 256, limits);
    expect.unreachable();
  } catch (error) {
    const how = { batch: 256, fitting: 0, applications: training.applications };
    const [d] = tooLarge("limits/gpu", error as MemoryExceeded, how).diagnostics;
    const shown = (span: { start: number; end: number }): string => text.slice(span.start, span.end);
    expect([shown(d!.span!), ...d!.related!.map((r) => shown(r.span))]).toEqual([
      "conv 3x3 n p1",
      "part n",
      "twice 64",
    ]);
  }
});
