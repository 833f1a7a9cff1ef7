// Proves how far programs fuse: how many kernels a training step of each becomes. A kernel is a loop nest, or a region that the one who
// owns a row of the batch runs from end to end. The numbers of all examples stand in kernels.txt (UPDATE=1 rewrites them).

import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { axisIndex, literal } from "../../compiler/arithmetic/affine.ts";
import type { Field } from "../../compiler/check/training/lines/types.ts";
import { planWasm } from "../../compiler/compilewasm.ts";
import { dropUnreadStores, fuse, kernelCount } from "../../compiler/fuse/fuse.ts";
import type { Nest, Value } from "../../compiler/loops/nest.ts";
import type { Step } from "../../compiler/loops/step.ts";
import { TARGETS } from "../examples/targets.ts";
import { compileText } from "../support/engine.ts";
import { prepareExample } from "../support/prepared.ts";

const image: Field[] = [
  { name: "image", shape: [16, 16, 8] },
  { name: "label", shape: [], classes: 10 },
];
const text: Field[] = [
  { name: "text", shape: [12], classes: 30 },
  { name: "next", shape: [12], classes: 30 },
];

/** Kernels of the first step of a training. */
function kernelsOf(body: string, fields: readonly Field[], target = "label", optimizer = "sgd lr=0.1"): number {
  const inputs = fields[0]!.classes === undefined ? "image: [16, 16, 8]" : "text: [T] of V";
  const program = `model net(${inputs}) { ${body} }
train net on d { loss cross_entropy(net(${fields[0]!.name}), ${target}); optimizer ${optimizer}; batch 32 }`;
  const train = compileText(program, fields, 320).entries.find((e) => e.name === "train")!;
  return train.parts.reduce((n, p) => n + kernelCount(p.lowered.steps), 0);
}

test("a dense layer costs its product, its input's gradient, and one kernel for the gradients and updates of both parameters", () => {
  const one = kernelsOf("flatten; dense 10", image);
  expect(kernelsOf("flatten; dense 64; relu; dense 10", image) - one).toBe(3);
  expect(kernelsOf("flatten; dense 64; relu; dense 64; relu; dense 10", image) - one).toBe(6);
  expect(kernelsOf("flatten; dense 64; gelu; dense 10", image, "label", "adam lr=0.1") - one).toBeLessThanOrEqual(5);
});

test("batch norm with relu costs two sums and one map forwards, one sum and one map backwards, and its parameters' update", () => {
  const bare = kernelsOf("conv 3x3 8 p1 nobias; relu; flatten; dense 10", image);
  expect(kernelsOf("conv 3x3 8 p1 nobias; batchnorm; relu; flatten; dense 10", image) - bare).toBeLessThanOrEqual(6);
});

test("all time steps of a cell are one kernel each way, whatever the cell", () => {
  const regions = (body: string): number => {
    const program = `model net(text: [T] of V) { ${body} }
train net on d { loss cross_entropy(net(text), next); batch 32 }`;
    const train = compileText(program, text, 320).entries.find((e) => e.name === "train")!;
    const loops = train.parts.flatMap((p) => p.lowered.steps).filter((s) => s.kind === "loop" && s.time !== "once");
    expect(kernelCount(loops)).toBe(loops.length);
    return loops.length;
  };
  expect(regions("embed 8; lstm 16; dense V")).toBe(2);
  expect(regions("embed 8; lstm_peephole 16; gru 16; dense V")).toBe(4);
  const more = kernelsOf("embed 8; lstm 16; lstm 16; dense V", text, "next");
  expect(more - kernelsOf("embed 8; lstm 16; dense V", text, "next")).toBeLessThanOrEqual(10);
});

test("LeNet's step is at most 24 kernels", async () => {
  expect(await countsOf("lenet")).toMatch(/^train (1\d|2[0-4]), /);
  // On the processor the batch's fetching, the packing of weights and the log are among what is launched.
  const { entries, sizes, training } = await prepareExample("lenet", 1, []);
  const plan = planWasm(entries, sizes, training.batch, true);
  expect(plan.entries.find((e) => e.name === "train")!.launches).toBeLessThanOrEqual(24);
});

async function countsOf(name: string): Promise<string> {
  const { entries } = await prepareExample(name, 1, []);
  const count = (e: (typeof entries)[number]): string => e.parts.map((p) => kernelCount(p.lowered.steps)).join(" + ");
  const counted = entries.filter((e) => e.name !== "initialise").map((e) => `${e.name} ${count(e)}`);
  return counted.join(", ");
}

test("every example becomes as many kernels as kernels.txt says", async () => {
  const lines: string[] = [];
  for (const name of Object.keys(TARGETS).sort()) lines.push(`${name}: ${await countsOf(name)}\n`);
  const file = new URL("kernels.txt", import.meta.url);
  if (process.env.UPDATE) writeFileSync(file, lines.join(""));
  expect(lines.join("")).toBe(readFileSync(file, "utf8"));
}, 120_000);

// ---------------------------------------------------------------- what must not be joined

const at = (name: string, offset = 0): Extract<Value, { kind: "load" }>["address"] => ({ terms: [[name, 1]], offset });
const load = (buffer: string, address = at("i")): Value => ({ kind: "load", buffer, address, dtype: "f32" });
const plus = (...inputs: Value[]): Value => ({ kind: "apply", scalar: "add", inputs });

function map(buffer: string, value: Value, extent = 16, address = at("i")): Step {
  const stores = [{ buffer, address, dtype: "f32" as const, value }];
  const nest: Nest = {
    label: "map",
    span: undefined,
    loops: [{ name: "i", extent }],
    reduces: [],
    accumulators: [],
    stores,
  };
  return { kind: "nest", nest };
}

test("nests over one space join where nothing comes out otherwise, and only there", () => {
  const count = (...steps: Step[]): number => fuse(steps).length;
  expect(count(map("a", load("x")), map("b", plus(load("a"), load("y"))))).toBe(1);
  // Another point of what the first makes is not there yet.
  expect(count(map("a", load("x")), map("b", load("a", at("i", 1))))).toBe(2);
  expect(count(map("a", load("x")), map("b", load("a", literal(0))))).toBe(2);
  // Places that the first nest reads must not have been overwritten by the second.
  expect(count(map("a", load("x", literal(3))), map("x", load("y")))).toBe(2);
  expect(count(map("a", load("x")), map("x", load("y")))).toBe(1);
  // Two results in one buffer keep their order; another space is another kernel.
  expect(count(map("a", load("x")), map("a", load("y")))).toBe(2);
  expect(count(map("a", load("x")), map("b", load("x"), 8))).toBe(2);
  // A step does not move before what it reads.
  expect(count(map("a", load("x")), map("c", load("x"), 8), map("b", load("c", literal(0))))).toBe(3);
  // Large tensors that have nothing in common stay apart; what is made for another is at hand there.
  expect(count(map("a", load("x"), 1e6), map("b", load("y"), 1e6))).toBe(2);
  expect(count(map("a", load("x"), 1e6), map("b", load("a"), 1e6))).toBe(1);
});

test("what a joined nest hands on as a value is not stored, unless someone else reads it", () => {
  const stores = (...steps: Step[]): string[] =>
    dropUnreadStores(fuse(steps), (b) => b === "b").flatMap((s) =>
      (s.kind === "nest" ? s.nest.stores : []).map((x) => x.buffer),
    );
  expect(stores(map("a", load("x")), map("b", load("a")))).toEqual(["b"]);
  expect(stores(map("a", load("x")), map("b", load("a", at("i", 1))))).toEqual(["a", "b"]);
});

test("a loop of which nothing is read is left out whole", () => {
  const axis = { name: "i0", extent: 4 };
  const nest: Nest = {
    label: "copy",
    span: undefined,
    loops: [axis],
    reduces: [],
    accumulators: [],
    stores: [{ buffer: "unread", address: axisIndex("i0"), dtype: "f32", value: { kind: "number", value: 1 } }],
  };
  const loop: Step = { kind: "loop", time: "once", length: 1, reverse: false, body: [{ kind: "nest", nest }] };
  expect(dropUnreadStores([loop], () => false)).toEqual([]);
  expect(dropUnreadStores([loop], () => true)).toEqual([loop]);
});
