// Proves that whole training steps mean the same on every level: the f64 reference of the graph, the interpreter of nests, and
// the WebAssembly engine, whose results are equal to the bit for one and two threads.

import { afterAll, expect, test } from "vitest";
import type { TrainStep } from "../../compiler/check/training/lines/types.ts";
import type { Node } from "../../compiler/graph/node.ts";
import { interpret } from "../../compiler/graph/reference.ts";
import type { Tensor } from "../../compiler/graph/tensor.ts";
import { allocate, runSteps } from "../../compiler/loops/reference.ts";
import { runPasses } from "../../compiler/passes/list.ts";
import type { WasmEngine } from "../../runtime/wasm/engine.ts";
import { compileText } from "../support/engine.ts";
import { CASES, leavesOf, partOf } from "../support/programs.ts";
import { trainPart } from "../support/trainpart.ts";

const engines: WasmEngine[] = [];
afterAll(() => Promise.all(engines.map((e) => e.stop())));

async function runEngine(
  step: TrainStep,
  nodes: readonly Node[],
  leaves: ReadonlyMap<Node, Tensor>,
  planned: number,
  batch: number,
  threads: number,
) {
  const { engine } = await trainPart({ step, nodes, leaves, planned, batch, threads });
  engines.push(engine);
  return engine;
}

for (const { name, program, fields } of CASES) {
  test(name, async () => {
    const batch = 5;
    const step = compileText(program, fields, 20).training.steps[0]!;
    const nodes = runPasses(step.results.map((r) => r.node));
    const leaves = leavesOf(nodes, batch, fields);
    const reference = interpret(nodes, leaves, batch);
    const { lowered } = partOf(step, nodes, batch);
    const memory = allocate(lowered);
    for (const [leaf, value] of leaves) memory.get(leaf.attributes.name as string)?.set(value.data);
    runSteps(lowered.steps, memory, batch, { seed: 0, step: 0 });
    const one = await runEngine(step, nodes, leaves, batch, batch, 1);
    const two = await runEngine(step, nodes, leaves, batch, batch, 2);
    const wider = await runEngine(step, nodes, leaves, batch + 3, batch, 1);
    expect(one.logged(1)[0]).toBeCloseTo(reference[0]!.data[0]!, 4);
    step.results.forEach(({ into }, i) => {
      if (into === undefined) return;
      const wanted = reference[i]!.data;
      const [nests, mine, other, planned] = [memory.get(into)!, one.view(into), two.view(into), wider.view(into)];
      wanted.forEach((value, k) => {
        expect(Math.abs(nests[k]! - value), `${into}[${k}] of the nests`).toBeLessThan(1e-9 * (1 + Math.abs(value)));
        expect(Math.abs(mine[k]! - value), `${into}[${k}] of the engine`).toBeLessThan(2e-3 * (0.01 + Math.abs(value)));
      });
      expect(other, `${into} on two threads`).toEqual(mine);
      expect(planned, `${into} with a smaller batch than planned`).toEqual(mine);
    });
  });
}
