// Proves that convolutions in blocks with fewer products mean what the direct ones do: layers, the gradients of their inputs and of
// their weights, wherever blocks fit, whether or not they would pay.

import { afterAll, describe, expect, test } from "vitest";
import { interpret } from "../../compiler/graph/reference.ts";
import { allocate, runSteps } from "../../compiler/loops/reference.ts";
import type { Lowered } from "../../compiler/loops/step.ts";
import { verifyLowered } from "../../compiler/loops/verify.ts";
import { transformsOf } from "../../compiler/loops/winograd/transforms.ts";
import { withFewerProducts } from "../../compiler/loops/winograd/winograd.ts";
import { runPasses } from "../../compiler/passes/list.ts";
import { CPU } from "../../compiler/targets/wasm/schedule/tuning.ts";
import type { WasmEngine } from "../../runtime/wasm/engine.ts";
import { compileText } from "../support/engine.ts";
import { leavesOf, partOf } from "../support/programs.ts";
import { trainPart } from "../support/trainpart.ts";

const engines: WasmEngine[] = [];
afterAll(() => Promise.all(engines.map((e) => e.stop())));

/** Blocks wherever there are any. */
const ALWAYS = { ...CPU.winograd, perNumber: 0, perNearNumber: 0, mostTime: 2, fewestLanes: 1 };

const blocksIn = ({ steps }: Lowered): string[] =>
  steps.flatMap((s) => (s.kind === "nest" && s.nest.label.endsWith("product") ? [s.nest.label] : []));

const image = (height: number, width: number, depth: number) => [
  { name: "image", shape: [height, width, depth] },
  { name: "label", shape: [], classes: 3 },
];
const sequence = (steps: number, depth: number) => [
  { name: "image", shape: [steps, depth] },
  { name: "label", shape: [], classes: 3 },
];

interface Case {
  readonly model: string;
  readonly fields: ReturnType<typeof image> | ReturnType<typeof sequence>;
  /** Convolutions that have blocks, their gradients counted. */
  readonly blocks: number;
}

const CASES: Readonly<Record<string, Case>> = {
  "two channels": { model: "conv 3x3 2 p1; tanh; flatten; dense 3", fields: image(4, 4, 2), blocks: 2 },
  "a second layer, bias and relu": {
    model: "conv 3x3 3 p1; relu; conv 3x3 5 p1; flatten; dense 3",
    fields: image(8, 4, 3),
    blocks: 5,
  },
  "17 channels beside 65, without padding": {
    model: "conv 3x3 17; tanh; conv 3x3 65; avgpool global; dense 3",
    fields: image(8, 10, 3),
    blocks: 4,
  },
  "panels of 16 channels": {
    model: "conv 3x3 32 p1; relu; conv 3x3 48 p1; avgpool global; dense 3",
    fields: image(4, 8, 2),
    blocks: 4,
  },
  "windows of 5 places": { model: "conv 5x5 3 p2; tanh; flatten; dense 3", fields: image(4, 6, 2), blocks: 2 },
  "a window of two sizes": { model: "conv 3x2 4 p1; tanh; flatten; dense 3", fields: image(6, 5, 3), blocks: 2 },
  sequences: { model: "conv 3 4 p1; tanh; conv 3 4 p1; flatten; dense 3", fields: sequence(8, 3), blocks: 5 },
  "windows of 4 places that move by two": {
    model: "conv 4x4 3 s2 p1; tanh; flatten; dense 3",
    fields: image(14, 10, 2),
    blocks: 2,
  },
  "windows of two layers that move, panels of 16 channels": {
    model: "conv 4x4 16 s2 p1; tanh; conv 4x4 32 s2 p1; avgpool global; dense 3",
    fields: image(28, 12, 1),
    blocks: 7,
  },
  "transposed windows": { model: "upconv 4x4 3 s2 p1; tanh; flatten; dense 3", fields: image(7, 5, 2), blocks: 5 },
  "a transposed window after a layer, whose gradient and that of its weights read the same blocks": {
    model: "conv 1x1 3; tanh; upconv 4x2 5 s2 p1; tanh; flatten; dense 3",
    fields: image(6, 5, 2),
    blocks: 2,
  },
  "windows of 6 places that move by three": {
    model: "conv 6 4 s3; tanh; flatten; dense 3",
    fields: sequence(24, 3),
    blocks: 2,
  },
  "windows of places two apart that move by three": {
    model: "conv 6x6 3 s3 d2; tanh; flatten; dense 3",
    fields: image(20, 14, 2),
    blocks: 0,
  },
  "windows of places three apart that move by two": {
    model: "conv 3 4 s2 d3; tanh; flatten; dense 3",
    fields: sequence(17, 3),
    blocks: 0,
  },
  "windows that move by all of their places": {
    model: "conv 3x3 4 s3; tanh; flatten; dense 3",
    fields: image(6, 9, 2),
    blocks: 0,
  },
  "batch norm and a residual branch": {
    model:
      "conv 3x3 4 p1 nobias; batchnorm; relu; residual { conv 3x3 4 p1 nobias; batchnorm }; avgpool global; dense 3",
    fields: image(8, 8, 2),
    blocks: 5,
  },
};

for (const [name, { model, fields, blocks }] of Object.entries(CASES))
  describe(name, () => {
    const batch = 5;
    const program = `model net(image: [${fields[0]!.shape.join(", ")}]) { ${model} }
train run on d { loss cross_entropy(net(image), label); optimizer sgd lr=0.1 momentum=0.9; batch 5 }`;
    const step = compileText(program, fields, 20).training.steps[0]!;
    const nodes = runPasses(step.results.map((r) => r.node));
    const leaves = leavesOf(nodes, batch, fields);
    const reference = interpret(nodes, leaves, batch);
    const updated = step.results.flatMap(({ into }, i) =>
      into === undefined ? [] : [[into, reference[i]!.data] as const],
    );

    test("blocks of nests give what the graph does", () => {
      const lowered = withFewerProducts(partOf(step, nodes, batch).lowered, batch, ALWAYS);
      verifyLowered(lowered, batch);
      expect(blocksIn(lowered)).toHaveLength(blocks);
      const memory = allocate(lowered);
      for (const [leaf, value] of leaves) memory.get(leaf.attributes.name as string)?.set(value.data);
      runSteps(lowered.steps, memory, batch, { seed: 0, step: 0 });
      for (const [into, wanted] of updated)
        wanted.forEach((value, k) => {
          expect(Math.abs(memory.get(into)![k]! - value), `${into}[${k}]`).toBeLessThan(1e-9 * (1 + Math.abs(value)));
        });
    });

    test("the engine comes near it, and the bits do not depend on the threads or on what the plan was made for", async () => {
      const run = async (threads: number, planned: number) => {
        const tuning = { ...CPU, winograd: ALWAYS };
        const { engine } = await trainPart({ step, nodes, leaves, planned, batch, threads, tuning });
        engines.push(engine);
        return engine;
      };
      const one = await run(1, batch);
      const others = [await run(2, batch), await run(4, batch), await run(1, batch + 3)];
      for (const [into, wanted] of updated) {
        const mine = one.view(into);
        wanted.forEach((value, k) => {
          expect(Math.abs(mine[k]! - value), `${into}[${k}]`).toBeLessThan(5e-6 * (1 + Math.abs(value)));
        });
        for (const other of others) expect(other.view(into), into).toEqual(mine);
      }
    });
  });

test.each([
  [2, 2],
  [2, 3],
  [3, 2],
  [4, 3],
  [3, 4],
  [2, 5],
  [5, 2],
  [6, 3],
  [3, 6],
  [7, 2],
  [2, 7],
])("%i results of %i terms take one product for each number of data", (results, terms) => {
  const { data, kernel, result } = transformsOf(results, terms);
  const times = (m: readonly (readonly number[])[], v: readonly number[]): number[] =>
    m.map((row) => row.reduce((sum, c, i) => sum + c * v[i]!, 0));
  const numbers = Array.from({ length: results + terms - 1 }, (_, i) => Math.sin(3 * i + 1));
  const taps = Array.from({ length: terms }, (_, i) => Math.cos(5 * i + 2));
  const [d, k] = [times(data, numbers), times(kernel, taps)];
  expect(d).toHaveLength(results + terms - 1);
  const found = times(
    result,
    d.map((x, i) => x * k[i]!),
  );
  for (let i = 0; i < results; i++)
    expect(found[i]).toBeCloseTo(
      taps.reduce((sum, t, j) => sum + t * numbers[i + j]!, 0),
      12,
    );
});
