// Proves that every stage of the compiler leaves what must hold of its result: graphs of well-typed nodes, nests that read what was
// written within their buffers, memory that no two buffers use at once. And that a nest which breaks a rule is found.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { axisIndex, literal } from "../../compiler/arithmetic/affine.ts";
import { compileTraining } from "../../compiler/compile.ts";
import { planWasm } from "../../compiler/compilewasm.ts";
import { planWgsl } from "../../compiler/compilewgsl.ts";
import type { Nest, Store, Value } from "../../compiler/loops/nest.ts";
import type { Lowered } from "../../compiler/loops/step.ts";
import type { Buffer } from "../../compiler/loops/storage.ts";
import { NestFault, verifyLowered } from "../../compiler/loops/verify.ts";
import { stages } from "../../compiler/pipeline.ts";
import { prepareExample } from "../support/prepared.ts";

const folder = new URL("../../examples/", import.meta.url);
// Every fifth example, so that all kinds of layers and steps are among them: the rest differ in sizes.
const names = readdirSync(folder)
  .filter((n) => n.endsWith(".dnn"))
  .filter((n) => /^train /m.test(readFileSync(new URL(n, folder), "utf8")))
  .map((n) => n.slice(0, -4))
  .filter((_, i) => process.env.VERIFY === "all" || i % 5 === 0);

test("stages have names of their own", () => {
  const all = stages.map((s) => s.name);
  expect(new Set(all).size).toBe(all.length);
  expect(all.slice(-7)).toEqual(["fuse", "prune", "narrow", "winograd", "hidden", "schedule", "layout"]);
});

describe("every stage of", () => {
  for (const name of names)
    test(`${name} keeps what must hold`, async () => {
      const { training, sizes } = await prepareExample(name, 1, []);
      const seen = new Set<string>();
      const observer = { verify: true, after: ({ name: stage }: { readonly name: string }) => void seen.add(stage) };
      const entries = compileTraining(training, { batch: training.batch, ...observer });
      planWasm(entries, sizes, training.batch, true, observer);
      planWgsl(entries, sizes, training.batch, undefined, observer);
      expect([...seen].sort()).toEqual(stages.map((s) => s.name).sort());
    });
});

describe("a nest is refused", () => {
  const buffers = new Map<string, Buffer>([
    ["x", { name: "x", size: 8, role: "field", dtype: "f32" }],
    ["y", { name: "y", size: 8, role: "result", dtype: "f32" }],
    ["t", { name: "t", size: 8, role: "temporary", dtype: "f32" }],
  ]);
  const load = (buffer: string, more: Partial<Extract<Value, { kind: "load" }>> = {}): Value => ({
    kind: "load",
    buffer,
    address: axisIndex("i"),
    dtype: "f32",
    ...more,
  });
  const nest = (value: Value, store: Partial<Store> = {}, more: Partial<Nest> = {}): Nest => ({
    label: "map",
    span: undefined,
    loops: [{ name: "i", extent: 8 }],
    reduces: [],
    accumulators: [],
    stores: [{ buffer: "y", address: axisIndex("i"), dtype: "f32", value, ...store }],
    ...more,
  });
  const lowered = (n: Nest): Lowered => ({ steps: [{ kind: "nest", nest: n }], buffers, results: new Map() });

  test("never where nothing is wrong", () => {
    verifyLowered(lowered(nest(load("x"))), 1);
    const guarded: Value = {
      kind: "guard",
      bounds: [{ index: { terms: [["i", 1]], offset: 3 }, extent: 8 }],
      inside: load("x", { address: { terms: [["i", 1]], offset: 3 } }),
      outside: 0,
    };
    verifyLowered(lowered(nest(guarded)), 1);
  });

  for (const [why, broken] of [
    ["reaches from 1 to 8 of 8", nest(load("x", { address: { terms: [["i", 1]], offset: 1 } }))],
    ["reaches from 0 to 14 of 8", nest(load("x"), { address: { terms: [["i", 2]], offset: 0 } })],
    ["is read before it is written", nest(load("t"))],
    ["there is no buffer z", nest(load("z"))],
    ["holds f32 and is used as i32", nest(load("x", { dtype: "i32" }))],
    ["where it does not run", nest(load("x", { address: axisIndex("j") }))],
    ["writes the same place", nest(load("x"), { address: literal(0) })],
    ["there is no accumulator 0", nest({ kind: "accumulator", index: 0 })],
    ["no accumulator", nest(load("x"), {}, { reduces: [{ name: "r", extent: 4 }] })],
    ["is declared twice", nest(load("x"), {}, { reduces: [{ name: "i", extent: 4 }] })],
    ["no loop around runs the time axis", nest(load("x"), {}, { time: "t0" })],
  ] as const)
    test(`that ${why}`, () => {
      expect(() => verifyLowered(lowered(broken), 1)).toThrow(NestFault);
      expect(() => verifyLowered(lowered(broken), 1)).toThrow(why);
    });
});
