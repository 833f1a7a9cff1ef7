// Proves that a number which is written where a model takes a class is that class, and that one which is no class of it is refused.

import { expect, test } from "vitest";
import { checkText } from "../support/checked.ts";
import { compileText, startEngine } from "../support/engine.ts";

const fields = [{ name: "x", shape: [2] }];
const program = (call: string): string => `
model u(x: [2], c: class 3) { x * [10, 20, 30][c] }
model keep(x: [2]) { param y: [2] = 0; y }
train keep on d { step { update keep.y = mean(${call}, over=batch) }; batch 1 }`;

test.each([0, 1, 2])("class %i", async (c) => {
  const engine = await startEngine(compileText(program(`u(x, ${c})`), fields, 1));
  await engine.run("initialise");
  await engine.write("x", Float32Array.of(1, -2));
  await engine.run("train");
  expect([...engine.view("keep.y")]).toEqual([10 * (c + 1), -20 * (c + 1)]);
});

test.each(["3", "-1", "1.5"])("%s is no class of three", (given) => {
  const errors = checkText(program(`u(x, ${given})`), fields).filter((d) => d.severity === "error");
  expect(errors.map((d) => d.code)).toEqual(["shapes/input-mismatch"]);
});
