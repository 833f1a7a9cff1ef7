// Proves that nothing is allocated after the first steps: the heap at step 10,000 is within 1 MB of step 1,000, and the
// engine's memory has the size that the plan gave it.

import v8 from "node:v8";
import vm from "node:vm";
import { expect, test } from "vitest";
import { compileText, startEngine } from "../support/engine.ts";

const PROGRAM = `
model mlp(image: [64]) { dense 64; relu; dense 32; relu; dense 10 }
train mlp on d { loss cross_entropy(mlp(image), label); optimizer sgd lr=0.05 momentum=0.9; batch 32 }
`;

const FIELDS = [
  { name: "image", shape: [64] },
  { name: "label", shape: [], classes: 10 },
];

function collector(): () => void {
  v8.setFlagsFromString("--expose-gc");
  return vm.runInNewContext("gc") as () => void;
}

test("memory is flat from step 1,000 to step 10,000", async () => {
  const collect = collector();
  const engine = await startEngine(compileText(PROGRAM, FIELDS, 32));
  await engine.run("initialise");
  engine.view("image").fill(0.5);
  const heapAfter = async (steps: number): Promise<number> => {
    for (let done = 0; done < steps; done += 100) {
      await engine.run("train", 100);
      engine.logged(100);
    }
    collect();
    return process.memoryUsage().heapUsed;
  };
  const bytes = engine.memory.buffer.byteLength;
  const early = await heapAfter(1000);
  const late = await heapAfter(9000);
  expect(late - early).toBeLessThan(1 << 20);
  expect(engine.memory.buffer.byteLength).toBe(bytes);
  expect(engine.get("step")).toBe(10_001);
});
