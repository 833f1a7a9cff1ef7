// The value of an expression on one example, computed by the CPU engine through a training that stores it in a parameter.

import { compileText, startEngine } from "./engine.ts";

export async function computed(
  expression: string,
  shape: readonly number[],
  x: Float32Array,
  out: readonly number[],
): Promise<readonly number[]> {
  const text = `model keep(x: [${shape.join(", ")}]) { param y: [${out.join(", ")}] = 0; y }
train keep on d { step { update keep.y = mean(${expression}, over=batch) }; batch 1 }`;
  const engine = await startEngine(compileText(text, [{ name: "x", shape }], 1));
  await engine.run("initialise");
  if (engine.has("x")) await engine.write("x", x);
  await engine.run("train");
  return [...engine.view("keep.y")];
}

/** The first values of a parameter of this type and start. */
export async function startedAt(declared: string): Promise<readonly number[]> {
  const text = `model keep(x: [1]) { param y: ${declared}; sum(y) * x }
train keep on d { loss keep(x)[0]; batch 1 }`;
  const engine = await startEngine(compileText(text, [{ name: "x", shape: [1] }], 1));
  await engine.run("initialise");
  return [...engine.view("keep.y")];
}
