// Proves that a program which needs more than one memory is refused before anything is allocated, with its size, what needs
// most of it, and the largest batch that would fit.

import { expect, test } from "vitest";
import { largestBatch, MemoryExceeded, planWasm } from "../../compiler/compile.ts";
import { compileText } from "../support/engine.ts";

const sizes = { fields: [{ name: "x", size: 30000, dtype: "f32" as const }], train: 1, heldout: 0 };
const fields = [{ name: "x", shape: [30000] }];

test("parameters that do not fit are named", () => {
  const text = "model net(x: [30000]) { dense 30000; dense 1 }\ntrain net on d { loss mse(net(x), 1); batch 2 }";
  const { training, entries } = compileText(text, fields, 2);
  const refused = (): unknown => planWasm(entries, sizes, 2, false);
  expect(refused).toThrow(MemoryExceeded);
  expect(refused).toThrow("GiB, and there are 4");
  try {
    refused();
  } catch (error) {
    expect((error as MemoryExceeded).largest.name).toBe("net.dense1.weight");
    expect((error as MemoryExceeded).bytes).toBeGreaterThan(3.6e9);
  }
  expect(largestBatch(training, sizes)).toBe(0);
});

test("a batch that is too large has a largest one that fits", () => {
  const text = "model net(x: [30000]) { dense 4; relu; dense 1 }\ntrain net on d { loss mse(net(x), 1); batch 65536 }";
  const { training, entries } = compileText(text, fields, 65536);
  expect(() => planWasm(entries, sizes, 65536, false)).toThrow(MemoryExceeded);
  const most = largestBatch(training, sizes);
  expect(most).toBeGreaterThanOrEqual(1024);
  expect(() =>
    planWasm(compileText(text.replace("65536", String(most)), fields, 65536).entries, sizes, most, false),
  ).not.toThrow();
});
