// The figures that are said of a step on a GPU without one, on programs small enough to count by hand.

import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { figuresOf } from "../../bench/gpu/figures.ts";
import { workloadEntries } from "../../bench/plans.ts";
import type { Field } from "../../compiler/check/training/lines/types.ts";
import { GPU } from "../../compiler/targets/wgsl/tuning.ts";
import { compileText } from "../support/engine.ts";

function figures(text: string, fields: readonly Field[], batch: number): ReturnType<typeof figuresOf> {
  const { entries } = compileText(text, fields, batch);
  const bare = entries.map((e) => ({ ...e, parts: e.parts.map((p) => ({ ...p, fields: [] })) }));
  return figuresOf({ entries: bare, batch }, GPU);
}

test("a layer's operations, its bytes and its dispatches are those of its product and its gradient", () => {
  const text = `model net(x: [64]) { dense 32 nobias }
train net on d { loss mse(net(x), 0.5); optimizer sgd lr=0.1; batch 128 }`;
  const f = figures(text, [{ name: "x", shape: [64] }], 128);
  // Forwards and the weight's gradient; the input needs none.
  expect(f.flops.tiles).toBe(2 * 2 * 128 * 64 * 32);
  expect(Object.values(f.blocks).reduce((a, b) => a + b, 0)).toBeCloseTo(1);
  expect(f.levels).toBeGreaterThanOrEqual(4);
  expect(f.levels).toBeLessThanOrEqual(f.dispatches);
  const [input, weight] = [4 * 128 * 64, 4 * 64 * 32];
  // The input and the weight are read, the weight and the loss are written.
  expect(f.bytes.least).toBeGreaterThanOrEqual(input + 2 * weight);
  expect(f.bytes.least).toBeLessThan(input + 2 * weight + 1000);
  expect(f.bytes.moved).toBeGreaterThan(2 * input + 2 * weight);
  expect(f.barriers).toEqual([]);
});

test("layers beside each other take no more dispatches, and layers after each other do", () => {
  const layers = (model: string): ReturnType<typeof figures> =>
    figures(
      `model net(x: [64]) { ${model} }
train net on d { loss mse(net(x), 0.5); optimizer sgd lr=0.1; batch 64 }`,
      [{ name: "x", shape: [64] }],
      64,
    );
  const beside = (count: number): string => {
    const names = Array.from({ length: count }, (_, i) => `a${i}`);
    return `${names.map((n, i) => `${n} = tanh(dense(${16 + i})(x))`).join("; ")}; concat(${names.join(", ")})`;
  };
  const after = (count: number): string => Array.from({ length: count }, (_, i) => `dense ${16 + i}; tanh`).join("; ");
  const [two, six] = [layers(beside(2)), layers(beside(6))];
  expect(six.flops.tiles).toBeGreaterThan(2 * two.flops.tiles);
  expect(six.dispatches).toBeLessThanOrEqual(two.dispatches + 1);
  expect(six.levels).toBe(two.levels);
  expect(layers(after(6)).levels).toBeGreaterThan(layers(after(2)).levels + 4);
});

test("a loop over time that is one dispatch has a barrier after each of its nests, and no other loop does", () => {
  const text = `model net(x: [7, 5]) { lstm 8; it[-1]; dense 2 }
train net on d { loss cross_entropy(net(x), label); batch 4 }`;
  const { barriers } = figures(
    text,
    [
      { name: "x", shape: [7, 5] },
      { name: "label", shape: [], classes: 2 },
    ],
    4,
  );
  expect(barriers.length).toBe(2);
  for (const count of barriers) expect(count).toBeGreaterThan(0);
});

test("a batch so many times as large is as many times the operations of a step", () => {
  const flops = (times: number): number => {
    const { entries, workload } = workloadEntries("mlp", times);
    return figuresOf({ entries, batch: workload.batch }, GPU).flops.tiles;
  };
  expect(flops(4)).toBe(4 * flops(1));
});

test("all that the benchmark imports is among what is packed for a machine without a network", () => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const script = readFileSync(join(root, "scripts/carry.sh"), "utf8");
  const packed = /^for folder in (.*); do/m.exec(script)?.[1]?.split(" ") ?? [];
  expect(packed).toContain("bench");
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const reached = new Set([join(root, "bench/gpu.ts")]);
  const others = new Set<string>();
  for (const file of reached) {
    const text = readFileSync(file, "utf8");
    for (const [, to = ""] of text.matchAll(/^(?:(?:import|export|\}).*\bfrom |import |.*\bimport\()"([^"]+)"/gm))
      if (to.startsWith(".")) reached.add(join(dirname(file), to));
      else if (!to.startsWith("node:")) others.add(to);
  }
  expect(reached.size).toBeGreaterThan(100);
  const folders = new Set([...reached].map((file) => relative(root, file).split("/")[0]));
  expect([...folders].filter((folder) => !packed.includes(folder ?? ""))).toEqual([]);
  expect([...others].filter((name) => !(name in dependencies))).toEqual([]);
});
