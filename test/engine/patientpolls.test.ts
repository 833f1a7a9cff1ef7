// Tests share the process in which a GPU's finished work is looked for: their own turns of Node's loop do not wait with it.

import { expect, test } from "vitest";
import { nullGpu } from "../support/gpu.ts";

const kindOf = (handle: unknown): string => (handle as object).constructor.name;

test("a turn of the loop that a test waits for comes at once, whatever it calls", async () => {
  let handle: unknown;
  await new Promise((resolve) => {
    handle = setImmediate(resolve);
  });
  expect(kindOf(handle)).toBe("Immediate");
  expect(kindOf(setImmediate(() => undefined))).toBe("Immediate");
  expect(kindOf(setImmediate((() => undefined).bind(undefined)))).toBe("Immediate");
});

test("Dawn's looks for finished work wait", async () => {
  const asked = globalThis.setImmediate;
  const kinds = new Set<string>();
  globalThis.setImmediate = Object.assign((...given: Parameters<typeof setImmediate>) => {
    const handle = asked(...given);
    kinds.add(kindOf(handle));
    return handle;
  }, asked) as typeof setImmediate;
  try {
    const { adapter } = await nullGpu();
    const device = await adapter.requestDevice();
    await device.queue.onSubmittedWorkDone();
    device.destroy();
  } finally {
    globalThis.setImmediate = asked;
  }
  expect([...kinds]).toEqual(["Timeout"]);
});
