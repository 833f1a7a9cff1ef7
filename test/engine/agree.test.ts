// Proves that the engines agree: LeNet steps on the software GPU and on the processor end with the same parameters within
// 1e-4, two runs on the GPU with one seed have the same bits, and tiles of every size compute what they should.
//
// In `npm test` there are four steps; LONG_AGREE=1 asks for ten.

import { expect, test } from "vitest";
import { planWasm } from "../../compiler/compilewasm.ts";
import { planWgsl } from "../../compiler/compilewgsl.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { wgslTarget } from "../../compiler/targets/wgsl/program.ts";
import type { Prepared } from "../../project/train/job.ts";
import type { Engine } from "../../runtime/engine.ts";
import { Session } from "../../runtime/train/session.ts";
import type { Continuation } from "../../runtime/train/sessionplan.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { startGpu } from "../../runtime/webgpu/node.ts";
import { distance } from "../pytorch/fixtures.ts";
import { compileText } from "../support/engine.ts";
import { softwareGpu } from "../support/gpu.ts";
import { prepareExample } from "../support/prepared.ts";

const gpu = await softwareGpu();
const noGpu = typeof gpu === "string";
const STEPS = process.env.LONG_AGREE ? 10 : 4;

async function gpuEngine(plan: ReturnType<typeof planWgsl>): Promise<Engine> {
  if (typeof gpu === "string") throw new Error(gpu);
  return startGpu(await gpu.again(), plan);
}

/** Parameters and states after so many steps; goes on from `from` where it is given. */
async function trained(
  engine: Engine,
  { session, columns }: Prepared,
  steps: number,
  from?: Continuation,
): Promise<Continuation> {
  const opened = await Session.open(engine, { ...session, steps }, columns, from);
  for await (const event of opened.run()) expect(event.kind).not.toBe("diverged");
  return { progress: opened.progress, tensors: await opened.tensors() };
}

test.skipIf(noGpu)(
  `${STEPS} LeNet steps end within 1e-4 on both engines, and the first of them twice with the same bits on one`,
  async () => {
    // A software GPU takes as long as the batch is large: tiles of large ones have tests of their own below.
    const prepared = await prepareExample("lenet", STEPS, ["digits=digits(n=900)"], { batch: "16" });
    const { entries, sizes, session } = prepared;
    const cpu = await WasmEngine.start(planWasm(entries, sizes, session.batch, false), 1);
    const { tensors } = await trained(cpu, prepared, STEPS);
    const plan = planWgsl(entries, sizes, session.batch);
    const other = await gpuEngine(plan);
    // A difference of one bit in any kernel of a step is in the parameters after it. The rest of the steps is taken once.
    const begun = await trained(other, prepared, 1);
    const again = await trained(other, prepared, 1);
    const ended = await trained(other, prepared, STEPS, again);
    expect([again.progress.step, ended.progress.step]).toEqual([1, STEPS]);
    expect(tensors.size).toBeGreaterThan(8);
    for (const [name, values] of tensors) {
      expect(again.tensors.get(name), name).toEqual(begun.tensors.get(name));
      expect(distance(ended.tensors.get(name)!, values), name).toBeLessThan(1e-4);
    }
    for (const engine of [cpu, other]) await engine.stop();
  },
  300_000,
);

async function figuresOf(engine: Engine, { session, columns }: Prepared): Promise<number[]> {
  const opened = await Session.open(engine, { ...session, epochs: 1 }, columns);
  let figures: number[] = [];
  for await (const event of opened.run())
    if (event.kind === "epoch") figures = [event.train, event.heldout!].flatMap((f) => Object.values(f));
  await engine.stop();
  return figures;
}

test.skipIf(noGpu)(
  "figures of an epoch are the same on both engines, those that running means make among them",
  async () => {
    const prepared = await prepareExample("gan_line", 2, ["bell=line(n=2250)"]);
    const { entries, sizes, session } = prepared;
    expect(session.running!.metrics).toEqual(["distance", "mean_only"]);
    const few = { ...session, examples: 3 * session.batch, steps: undefined };
    const small = { ...prepared, session: few };
    const cpu = await figuresOf(await WasmEngine.start(planWasm(entries, sizes, session.batch, false), 1), small);
    const other = await figuresOf(await gpuEngine(planWgsl(entries, sizes, session.batch)), small);
    expect(cpu.length).toBeGreaterThan(6);
    cpu.forEach((v, i) => {
      expect(Math.abs(other[i]! - v)).toBeLessThan(1e-4 * Math.max(1, Math.abs(v)));
    });
  },
  120_000,
);

/** Widths and batches that need tiles of 32, 64 and 128 rows, with rests in every direction, and sums in parts. */
const SHAPES = [
  { input: 37, hidden: 19, batch: 9 },
  { input: 70, hidden: 45, batch: 33 },
  { input: 600, hidden: 530, batch: 515 },
  { input: 300, hidden: 1060, batch: 1030 },
];

for (const { input, hidden, batch } of SHAPES)
  test.skipIf(noGpu)(
    `a layer of ${input} to ${hidden} with a batch of ${batch} has one meaning`,
    async () => {
      const text = `model net(x: [${input}]) { dense ${hidden}; tanh; dense 3 }
train net on d { loss mse(net(x), 0.5); optimizer sgd lr=0.1; batch ${batch} }`;
      const { entries } = compileText(text, [{ name: "x", shape: [input] }], batch);
      const bare = entries.map((e) => ({ ...e, parts: e.parts.map((p) => ({ ...p, fields: [] })) }));
      const cpu = await WasmEngine.start(wasmTarget.plan({ entries: bare, batch }, { shared: false }), 1);
      const plan = wgslTarget.plan({ entries: bare, batch }, {});
      const other = await gpuEngine(plan);
      const x = Float32Array.from({ length: input * batch }, (_, i) => Math.sin(i * 1.7));
      for (const engine of [cpu, other]) {
        engine.set("seed", 3);
        engine.set("batch", batch);
        engine.set("step", 0);
        await engine.run("initialise");
        await engine.write("x", x);
        await engine.run("train");
      }
      const names = plan.buffers.filter((b) => b.role === "parameter").map((b) => b.name);
      expect(names.length).toBeGreaterThanOrEqual(4);
      for (const name of names) expect(distance(await other.read(name), await cpu.read(name)), name).toBeLessThan(1e-5);
      await other.stop();
    },
    300_000,
  );
