// Proves that what a plan computes of weights beforehand is, to the bit, what it would compute in every run, and that it is computed
// again for other weights.

import { afterAll, expect, test } from "vitest";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { PREPARE } from "../../runtime/plan.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { spawnWorker } from "../../runtime/wasm/node.ts";
import { compileText } from "../support/engine.ts";

const engines: WasmEngine[] = [];
afterAll(() => Promise.all(engines.map((e) => e.stop())));

const MODELS = {
  "convolutions in blocks": {
    shape: [8, 8, 3],
    model: "conv 3x3 32 p1; relu; conv 3x3 32 p1; batchnorm; flatten; dense 3",
  },
  "dense layers": { shape: [40], model: "dense 50; tanh; dense 3" },
  "a cell": { shape: [6, 5], model: "lstm 17; last; dense 3" },
  "draws and a weight that stands alone": {
    shape: [12],
    model: "param scale: [12] = normal; it * exp(scale) + 0.1 * normal([12]); dense 20; relu; dense 3",
  },
};

for (const [name, { shape, model }] of Object.entries(MODELS))
  test(`${name}: the loss is the same, for first and other weights`, async () => {
    const fields = [
      { name: "x", shape },
      { name: "label", shape: [], classes: 3 },
    ];
    const program = `model net(x: [${shape.join(", ")}]) { ${model} }
train run on d { loss cross_entropy(net(x), label); optimizer sgd lr=0.1; batch 5 }`;
    const { training, entries } = compileText(program, fields, 20);
    const start = async (hasFixedWeights: boolean, threads: number): Promise<WasmEngine> => {
      const own = entries
        .filter((e) => ["initialise", "evaluate"].includes(e.name))
        .map((e) => ({ ...e, parts: e.parts.map((p) => ({ ...p, fields: [] })) }))
        .map((e) => (hasFixedWeights && e.name === "evaluate" ? { ...e, hasFixedWeights: true as const } : e));
      const plan = wasmTarget.plan({ entries: own, batch: 5 }, { shared: threads > 1 }, { verify: true });
      expect(plan.entries.some((e) => e.name === PREPARE)).toBe(hasFixedWeights);
      const engine = await WasmEngine.start(plan, threads, spawnWorker);
      engines.push(engine);
      engine.set("batch", 5);
      await engine.run("initialise");
      engine.view("x").forEach((_, i, all) => void (all[i] = Math.sin(i)));
      engine.view("label").forEach((_, i, all) => void (all[i] = i % 3));
      return engine;
    };
    const [plain, ...prepared] = [await start(false, 1), await start(true, 1), await start(true, 2)] as const;
    const lossOf = async (engine: WasmEngine): Promise<number> => {
      engine.set("step", 0);
      await engine.run("evaluate");
      return engine.logged(1)[0]!;
    };
    const first = await lossOf(plain);
    for (const engine of prepared) {
      await engine.prepareWeights();
      expect(await lossOf(engine)).toBe(first);
      expect(await lossOf(engine)).toBe(first);
    }
    const change = (engine: WasmEngine): void => {
      for (const { path } of training.learned)
        engine.view(path).forEach((v, i, all) => void (all[i] = v + 0.1 * Math.cos(i)));
    };
    change(plain);
    const other = await lossOf(plain);
    expect(other).not.toBe(first);
    for (const engine of prepared) {
      change(engine);
      await engine.prepareWeights();
      expect(await lossOf(engine)).toBe(other);
    }
  });
