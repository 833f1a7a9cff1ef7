// One program trained on the processor and on a GPU, from the same start and on the same rows, to compare what both have learned.

import type { Field } from "../../compiler/check/training/lines/types.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { wgslTarget } from "../../compiler/targets/wgsl/program.ts";
import { Random } from "../../runtime/data/random.ts";
import type { Engine } from "../../runtime/engine.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import type { Found } from "../../runtime/webgpu/node.ts";
import { startGpu } from "../../runtime/webgpu/node.ts";
import { distance } from "../pytorch/fixtures.ts";
import { compileText } from "./engine.ts";

export interface Trial {
  readonly text: string;
  readonly fields: readonly Field[];
  /** Rows that are planned for, and rows of the batch. */
  readonly most: number;
  readonly batch: number;
  readonly steps: number;
}

/** How far each learned tensor of a GPU is from the processor's; its temporaries are no numbers before the first step. */
export async function distances(
  found: Found,
  { text, fields, most, batch, steps }: Trial,
): Promise<Map<string, number>> {
  const { entries } = compileText(text, fields, most);
  const bare = entries.map((e) => ({ ...e, parts: e.parts.map((p) => ({ ...p, fields: [] })) }));
  const plan = wgslTarget.plan({ entries: bare, batch: most }, {}, { verify: true });
  const cpu = await WasmEngine.start(wasmTarget.plan({ entries: bare, batch: most }, { shared: false }), 1);
  const gpu = await startGpu(found, plan);
  for (const b of plan.buffers.filter(({ role, dtype }) => role === "temporary" && dtype === "f32"))
    await gpu.write(b.name, new Float32Array(b.size).fill(Number.NaN));
  for (const engine of [cpu, gpu]) await train(engine, fields, batch, steps);
  const learned = plan.buffers.filter(({ role }) => role === "parameter" || role === "state");
  const pairs = learned.map(async ({ name }) => [name, distance(await gpu.read(name), await cpu.read(name))] as const);
  const all = new Map(await Promise.all(pairs));
  await gpu.stop();
  await cpu.stop();
  return all;
}

async function train(engine: Engine, fields: readonly Field[], batch: number, steps: number): Promise<void> {
  const random = new Random(7);
  engine.set("seed", 3);
  engine.set("batch", batch);
  await engine.run("initialise");
  for (const { name, shape, classes } of fields) {
    if (!engine.has(name)) continue;
    const size = batch * shape.reduce<number>((n, d) => n * Number(d), 1);
    const values = Array.from({ length: size }, () => (classes ? random.integer(classes) : random.uniform(-2, 2)));
    await engine.write(name, classes ? Int32Array.from(values) : Float32Array.from(values));
  }
  await engine.run("train", steps);
}
