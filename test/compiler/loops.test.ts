// Proves that loops which stay loops compute what the same loops written out compute, gradients and draws included, and that
// a PixelCNN painted by such a loop sees no pixel before its turn.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { workloadEntries } from "../../bench/plans.ts";
import { topological } from "../../compiler/graph/node.ts";
import type { Step } from "../../compiler/loops/step.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { wgslTarget } from "../../compiler/targets/wgsl/program.ts";
import { type Compiled, compileText, startEngine } from "../support/engine.ts";

const fields = [{ name: "x", shape: [4] }];

/** The value of `m.w` after a step without a loss. */
async function trainedByRules(text: string): Promise<{ w: number[] }> {
  const engine = await startEngine(compileText(text, fields, 3));
  await engine.run("initialise");
  (engine.view("x") as Float32Array).set(Float32Array.from({ length: 12 }, (_, i) => Math.sin(i * 1.3)));
  await engine.run("train");
  return { w: [...engine.view("m.w")] };
}

/** The first step's loss and what the parameter `m.w` has become. */
async function trained(text: string): Promise<{ compiled: Compiled; loss: number; w: Float32Array }> {
  const compiled = compileText(text, fields, 3);
  const engine = await startEngine(compiled);
  engine.set("seed", 5);
  await engine.run("initialise");
  (engine.view("x") as Float32Array).set(Float32Array.from({ length: 12 }, (_, i) => Math.sin(i * 1.3)));
  await engine.run("train");
  const [loss] = await engine.logged(1);
  return { compiled, loss: loss!, w: Float32Array.from(engine.view("m.w") as Float32Array) };
}

const scans = ({ training }: Compiled): number =>
  topological(training.steps[0]!.results.map((r) => r.node)).filter((n) => n.op === "scan").length;

const rest = "batch 3; optimizer sgd lr=0.5";

/** The same body 16 times as one loop, and as two loops of eight, which are written out. */
function both(before: string, body: string, after: string, header = "repeat 16"): [string, string] {
  const model = (loops: string): string =>
    `model m(x: [4]) { param w: [4] = 0.7; it * w\n${before}\n${loops}\n${after} }\ntrain m on d { loss mean(m(x)^2); ${rest} }`;
  const half = header.startsWith("for")
    ? [header.replace("0..16", "0..8"), header.replace("0..16", "8..16")]
    : ["repeat 8", "repeat 8"];
  return [model(`${header} { ${body} }`), model(half.map((h) => `${h} { ${body} }`).join("\n"))];
}

test.each([
  ["the value that flows", both("", "tanh(1.1 * it + 0.05 * x)", "")],
  ["a name that is bound again", both("total = 0 * it", "total = 0.9 * total + it; sin", "it + total")],
  ["a value that is one for all examples", both("", "tanh(w)", "it * x")],
  ["the number of the turn", both("", "it * (1 - 0.001 * i) + 0.01 * i", "", "for i in 0..16")],
  [
    "a place that the turn chooses",
    both("", "put(it, i - 4 * floor(i / 4), 0.5 * it[i - 4 * floor(i / 4)])", "", "for i in 0..16"),
  ],
])("a loop of many turns is one scan and gives what its turns give: %s", async (_, [loop, written]) => {
  const [a, b] = [await trained(loop), await trained(written)];
  expect([scans(a.compiled), scans(b.compiled)]).toEqual([1, 0]);
  expect(Math.abs(a.loss - b.loss)).toBeLessThan(1e-6);
  a.w.forEach((v, i) => {
    expect(Math.abs(v - b.w[i]!), `w[${i}]`).toBeLessThan(1e-6);
  });
  expect(a.w.some((v) => Math.abs(v - 0.7) > 1e-4)).toBe(true);
});

test("a state of which only the last value is read has two places, one that a gradient reads has one for each turn", () => {
  const sizes = (step: string): number[] => {
    const text = `fn settle(v) { repeat 40 { v = tanh(1.1 * v) }; v }
model m(x: [4]) { param w: [300] = 0.7; w }
train m on d { ${step}; batch 3; optimizer sgd lr=0.1 }`;
    const { entries } = compileText(text, fields, 3);
    const buffers = entries.flatMap((e) => e.parts.flatMap((p) => [...p.lowered.buffers.values()]));
    return buffers.filter((b) => b.name.startsWith("state")).map((b) => b.size / 300);
  };
  expect(sizes("step { update m.w = settle(m.w) }")).toEqual([2]);
  // Of the cotangents, which go the other way, only the last ones are read, and an evaluation has no gradient.
  expect(sizes("loss mean(settle(m(x)) ^ 2)")).toEqual([41, 2, 2]);
});

test("equations of a hundred unknowns fit a hundred thousand numbers, on the processor and on a GPU", () => {
  const text = `model m(x: [4]) { param a: [100, 100] = eye(100); param b: [100] = 1; b }
train m on d { step { update m.b = solve(m.a, m.b) }; batch 3 }`;
  const { entries } = compileText(text, fields, 3);
  const program = {
    entries: entries.map((e) => ({ ...e, parts: e.parts.map((p) => ({ ...p, fields: [] })) })),
    batch: 3,
  };
  const kibibytes = 64 * wasmTarget.plan(program, { shared: false }).pages;
  const { arenas } = wgslTarget.plan(program, {});
  const work = arenas.find((a) => a.name === "work")!.bytes;
  // The states of all steps would be four million bytes.
  expect(kibibytes).toBeLessThan(700);
  expect(work).toBeLessThan(4e5);
});

test("what a cell gives at each step is computed where the sequence of it lies, and where a joined sequence has it", () => {
  const copied = (all: readonly Step[]): string[] =>
    all.flatMap((s) =>
      s.kind === "loop"
        ? copied(s.body)
        : s.nest.stores.flatMap(({ value }) => (value.kind === "load" ? [value.buffer] : [])),
    );
  // Backwards, two gates of this cell stand in two joined sequences each.
  for (const [name, copies] of Object.entries({ charlstm: [0, 0, 0, 0], chargru: [0, 0, 2, 2] })) {
    const train = workloadEntries(name).entries.find((e) => e.name === "train")!;
    const steps = train.parts.flatMap((p) => p.lowered.steps);
    const loops = steps.flatMap((s) => (s.kind === "loop" && s.length > 1 ? [s.body] : []));
    expect(
      loops.map((body) => copied(body).length),
      name,
    ).toEqual(copies);
    // Nothing copies a sequence after its loop.
    const around = steps.filter((s) => s.kind === "nest" || s.length === 1);
    expect(copied(around).filter((buffer) => buffer.includes("history"))).toEqual([]);
  }
});

test("put writes one place and no other, known or not", async () => {
  const text = `model m(x: [4]) { param w: [3, 4] = 1; w }
train m on d { step {
  place = argmax(x)
  update m.w = mean(put(put(ones([3, 4]), [1, place], 7), 0, 5 * ones([4])), over=batch)
}; batch 3 }`;
  const { w } = await trainedByRules(text);
  expect(w.slice(0, 4)).toEqual([5, 5, 5, 5]);
  // Of three examples each puts a 7 where its own largest number is.
  const largest = [0, 1, 2].map((row) => {
    const x = Array.from({ length: 4 }, (_, i) => Math.sin((4 * row + i) * 1.3));
    return x.indexOf(Math.max(...x));
  });
  const wanted = [0, 1, 2, 3].map((i) => 1 + 2 * largest.filter((l) => l === i).length);
  w.slice(4, 8).forEach((v, i) => {
    expect(v).toBeCloseTo(wanted[i]!, 5);
  });
  expect(w.slice(8)).toEqual([1, 1, 1, 1]);
});

test("loops that stand in each other are one, the inner turning fastest", async () => {
  const text = (loops: string): string =>
    `model m(x: [4]) { param w: [4] = 1; it * w; ${loops} }\ntrain m on d { loss mean(m(x)^2); ${rest} }`;
  const nested = await trained(text("for a in 0..4 { for b in 0..5 { 0.9 * it + 0.1 * sin(5 * a + b) } }"));
  const flat = await trained(text("for k in 0..20 { 0.9 * it + 0.1 * sin(k) }"));
  expect([scans(nested.compiled), scans(flat.compiled)]).toEqual([1, 1]);
  expect(Math.abs(nested.loss - flat.loss)).toBeLessThan(1e-6);
});

test("a body with parameters, or one that needs its turn as a size, is written out", () => {
  const withLayers = compileText(
    `model m(x: [4]) { repeat 16 { dense 4 } }\ntrain m on d { loss mean(m(x)^2); ${rest} }`,
    fields,
    3,
  );
  expect(scans(withLayers)).toBe(0);
  const names = withLayers.training.learned.map((l) => l.path).filter((p) => p.endsWith("weight"));
  expect(names[0]).toBe("m.dense1.weight");
  expect(names).toHaveLength(16);
  const sizes = compileText(
    `model m(x: [4]) { param w: [4] = 1; it * w; for i in 1..18 { it + mean(ones([i])) } }\ntrain m on d { loss mean(m(x)^2); ${rest} }`,
    fields,
    3,
  );
  expect(scans(sizes)).toBe(0);
});

test("every turn of a loop and every step of a cell has draws of its own", async () => {
  const sum = await trained(
    `model m(x: [4]) { param w: [4] = 1; 0 * it * w; repeat 400 { it + normal([4]) } }\ntrain m on d { loss mean(m(x)^2); ${rest} }`,
  );
  // The sum of 400 normal draws has a variance of 400; one draw 400 times would have 160,000.
  expect(sum.loss).toBeGreaterThan(100);
  expect(sum.loss).toBeLessThan(1200);
  const walk = await trained(
    `cell walk(n) { state h: [n]; h = h + normal([n]); h }
model m(x: [4]) { param w: [4] = 1; y = walk(4)(none, steps=400); it * w * 0 + y[-1] }\ntrain m on d { loss mean(m(x)^2); ${rest} }`,
  );
  expect(walk.loss).toBeGreaterThan(100);
  expect(walk.loss).toBeLessThan(1200);
});

test("no pixel of the PixelCNN sees itself or a later one", async () => {
  const example = readFileSync(new URL("../../examples/pixelcnn.dnn", import.meta.url), "utf8");
  const model = example.slice(0, example.indexOf("# Pixel by pixel"));
  for (const [y, x] of [
    [9, 13],
    [0, 4],
    [27, 0],
  ] as const) {
    const text = `${model}
model canvas(d: [1]) { param picture: [28, 28, 1] = normal; picture }
train canvas on d { loss sum(pixelcnn(canvas(d))[${y}, ${x}]); freeze pixelcnn; batch 1; optimizer sgd lr=1 }`;
    const engine = await startEngine(compileText(text, [{ name: "d", shape: [1] }], 1));
    engine.set("seed", 3);
    await engine.run("initialise");
    const before = Float32Array.from(engine.view("canvas.picture") as Float32Array);
    await engine.run("train");
    const seen = [...(engine.view("canvas.picture") as Float32Array)].map((v, i) => v !== before[i]!);
    const own = 28 * y + x;
    expect(seen.slice(own).some(Boolean), `from ${y}, ${x} on`).toBe(false);
    // It sees the one before it in its row, or the row above.
    expect(seen[x > 0 ? own - 1 : own - 28]).toBe(true);
  }
}, 60_000);
