// Proves that a difference between two engines is judged by what rounding does to a tensor: what Adam makes of a gradient that is zero but
// for rounding is not called wrong, and what is wrong is.

import { expect, test } from "vitest";
import { differenceOf, roundedOff, type Tensors } from "../../bench/gpu/rounding.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { Random } from "../../runtime/data/random.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { compileText } from "../support/engine.ts";

const TEXT = `model net(text: [T] of V) { embed 8; residual { attention 2 causal }; dense V }
train net on d { loss cross_entropy(net(text), next); optimizer adam lr=0.01; batch 4 }`;
const FIELDS = ["text", "next"].map((name) => ({ name, shape: [9], classes: 7 }));
const ALLOWED = 1e-3;

/** Learned in three steps, from first values that are off by rounding where a seed is given. */
async function learned(seed?: number): Promise<Map<string, ArrayLike<number>>> {
  const { entries } = compileText(TEXT, FIELDS, 4);
  const bare = entries.map((e) => ({ ...e, parts: e.parts.map((p) => ({ ...p, fields: [] })) }));
  const plan = wasmTarget.plan({ entries: bare, batch: 4 }, { shared: false });
  const engine = await WasmEngine.start(plan, 1);
  engine.set("seed", 3);
  engine.set("batch", 4);
  await engine.run("initialise");
  const random = new Random(7);
  for (const { name, classes } of FIELDS)
    await engine.write(
      name,
      Int32Array.from({ length: 36 }, () => random.integer(classes)),
    );
  const names = plan.buffers.filter((b) => b.role === "parameter" || b.role === "state").map((b) => b.name);
  const own = new Random(seed ?? 0);
  if (seed !== undefined) for (const name of names) await engine.write(name, roundedOff(await engine.read(name), own));
  await engine.run("train", 3);
  const all = new Map<string, ArrayLike<number>>();
  for (const name of names) all.set(name, await engine.read(name));
  await engine.stop();
  return all;
}

test("a tensor that rounding alone moves is not called wrong, and one that is wrong is", async () => {
  const [here, rounded, there] = [await learned(), await learned(5), await learned(6)];
  expect(differenceOf(here, [rounded], there, ALLOWED).worst).toBeLessThan(ALLOWED);
  // By sizes alone it would be: the bias of keys, among those of queries, keys and values.
  const { worst, tensor } = differenceOf(here, [here], there, ALLOWED);
  expect(worst).toBeGreaterThan(10 * ALLOWED);
  expect(tensor).toContain("bias");
  const wrong = (name: string): Tensors =>
    new Map(there).set(
      name,
      Array.from(there.get(name)!, (x) => 1.02 * x),
    );
  for (const name of [...there.keys()].filter((n) => n.endsWith("weight") && !n.includes("~")))
    expect(differenceOf(here, [rounded], wrong(name), ALLOWED)).toMatchObject({ tensor: name });
  const [first, values] = [...there][0]!;
  const lost = new Map(there).set(
    first,
    Array.from(values, (x, i) => (i === 0 ? Number.NaN : x)),
  );
  expect(differenceOf(here, [rounded], lost, ALLOWED)).toEqual({ worst: Number.NaN, tensor: first });
});

test("what rounding leaves over of a running sum is held against the sum, and a wrong one is found", () => {
  const of = (sum: number, rest: number): Tensors =>
    new Map([
      ["mean", [sum]],
      ["mean~rest", [rest]],
    ]);
  const here = of(0.5, 1.5e-8);
  expect(differenceOf(here, [here], of(0.5, -1.4e-8), ALLOWED).worst).toBeLessThan(1e-7);
  expect(differenceOf(here, [here], of(0.5, 0.01), ALLOWED)).toMatchObject({
    tensor: "mean~rest",
    worst: expect.closeTo(0.02),
  });
  expect(differenceOf(here, [here], of(0.51, 1.5e-8), ALLOWED).tensor).toBe("mean");
});
