// Proves that convolutions whose patches are copied first, since rows of places are short, mean what they mean without: strides, dilation,
// paddings, results that go into the padding of the next layer, batches smaller than planned for, on any number of threads.

import { afterAll, describe, expect, test } from "vitest";
import { interpret } from "../../compiler/graph/reference.ts";
import { runPasses } from "../../compiler/passes/list.ts";
import { CPU } from "../../compiler/targets/wasm/schedule/tuning.ts";
import type { WasmEngine } from "../../runtime/wasm/engine.ts";
import { compileText } from "../support/engine.ts";
import { leavesOf } from "../support/programs.ts";
import { trainPart } from "../support/trainpart.ts";

const engines: WasmEngine[] = [];
afterAll(() => Promise.all(engines.map((e) => e.stop())));

/** Patches wherever tiles become any taller, and no blocks of windows. */
const OFTEN = {
  ...CPU,
  tile: { ...CPU.tile, fewestPatchLanes: 1, tallerPatches: 1.01 },
  winograd: { ...CPU.winograd, mostTime: 0 },
};

interface Case {
  readonly model: string;
  readonly shape: readonly number[];
  /** Kernels of a training step that copy patches. */
  readonly copies: number;
}

const CASES: Readonly<Record<string, Case>> = {
  "7 x 7 places": { model: "conv 3x3 17 p1; tanh; flatten; dense 3", shape: [7, 7, 3], copies: 1 },
  "a stride, without padding": { model: "conv 3x2 5 s2; tanh; flatten; dense 3", shape: [9, 8, 4], copies: 1 },
  "dilation, into the padding of a second layer": {
    model: "conv 3x3 6 d2 p2; relu; conv 3x3 4 p1; flatten; dense 3",
    shape: [4, 5, 2],
    copies: 3,
  },
  "one place": { model: "conv 3x3 5; flatten; dense 3", shape: [3, 3, 4], copies: 0 },
  "rows that are tall enough": { model: "conv 3x3 5 p1; flatten; dense 3", shape: [2, 12, 2], copies: 0 },
};

describe.each(Object.entries(CASES))("%s", (_, { model, shape, copies }) => {
  test.each([1, 5])("a batch of %i", async (batch) => {
    const fields = [
      { name: "image", shape: [...shape] },
      { name: "label", shape: [], classes: 3 },
    ];
    const text = `model net(image: [${shape.join(", ")}]) { ${model} }
train run on d { loss cross_entropy(net(image), label); optimizer sgd lr=0.1 momentum=0.9; batch ${batch} }`;
    const step = compileText(text, fields, 20).training.steps[0]!;
    const nodes = runPasses(step.results.map((r) => r.node));
    const leaves = leavesOf(nodes, batch, fields);
    const reference = interpret(nodes, leaves, batch);
    const updated = step.results.flatMap(({ into }, i) =>
      into === undefined ? [] : [{ into, wanted: reference[i]!.data }],
    );
    const run = async (threads: number, planned: number) => {
      const { engine, plan } = await trainPart({ step, nodes, leaves, planned, batch, threads, tuning: OFTEN });
      engines.push(engine);
      return { results: updated.map(({ into }) => engine.view(into).slice()), plan };
    };
    const one = await run(1, batch);
    if (batch === 5) expect(one.plan.kernels.filter((k) => k.name.endsWith("_patches"))).toHaveLength(copies);
    for (const [i, { into, wanted }] of updated.entries())
      wanted.forEach((value, k) => {
        expect(Math.abs(one.results[i]![k]! - value), `${into}[${k}]`).toBeLessThan(5e-6 * (1 + Math.abs(value)));
      });
    for (const other of [await run(2, batch), await run(4, batch), await run(2, batch + 2)])
      expect(other.results).toEqual(one.results);
  });
});
