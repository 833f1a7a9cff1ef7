// Proves what keeps parameters from being trained and what changes them without a gradient: `fixed`, `freeze`, `step`, `fresh`
// and `update`.

import { expect, test } from "vitest";
import type { WasmEngine } from "../../runtime/wasm/engine.ts";
import { compileText, startEngine } from "../support/engine.ts";

const fields = [
  { name: "x", shape: [3] },
  { name: "y", shape: [2] },
];

async function start(text: string): Promise<WasmEngine> {
  const engine = await startEngine(compileText(text, fields, 4));
  engine.set("seed", 2);
  await engine.run("initialise");
  engine.view("x").forEach((_, i, view) => {
    view[i] = Math.sin(i + 1);
  });
  if (engine.has("y")) engine.view("y").fill(0.5);
  return engine;
}

/** Names of those tensors that one step changes, of those asked for. */
async function changed(text: string, names: readonly string[]): Promise<string[]> {
  const engine = await start(text);
  const before = new Map(names.map((n) => [n, [...engine.view(n)]]));
  await engine.run("train");
  return names.filter((n) => [...engine.view(n)].some((v, i) => v !== before.get(n)![i]));
}

const rest = "batch 4; optimizer sgd lr=0.1";

test("a fixed layer and a fixed parameter stay as they began, what stands around them is trained", async () => {
  const text = `model m(x: [3]) { fixed dense 5; tanh; fixed param s: [5] = 2; it * s; dense 2 }
train m on d { loss mse(m(x), y); ${rest} }`;
  const names = ["m.dense1.weight", "m.dense1.bias", "m.s", "m.dense2.weight", "m.dense2.bias"];
  expect(await changed(text, names)).toEqual(["m.dense2.weight", "m.dense2.bias"]);
});

test("freeze leaves a model and a bound layer as they are", async () => {
  const text = `top = dense(2)
model a(x: [3]) { dense 3; tanh }
model b(x: [3]) { a; dense 2; top }
train b on d { loss mse(b(x), y); freeze a top; ${rest} }`;
  const names = ["a.dense1.weight", "b.dense1.weight", "dense1.weight"];
  expect(await changed(text, names)).toEqual(["b.dense1.weight"]);
});

test("a step trains what it names and nothing else that its loss calls", async () => {
  const text = `model a(x: [3]) { dense 3; tanh }
model b(x: [3]) { a; dense 2 }
train b on d { step b { minimize mse(b(x), y) }; ${rest} }`;
  expect(await changed(text, ["a.dense1.weight", "b.dense1.weight"])).toEqual(["b.dense1.weight"]);
});

test("a schedule is given the time and the length of a training as far as it has parameters for them", async () => {
  const text = (factor: string): string => `model m(x: [3]) { dense 2 }
schedule still(t, n=1) = 0 * t / n
schedule factor(n) = n
train m on d { loss mse(m(x), y); schedule ${factor}; ${rest} }`;
  expect(await changed(text("still(n=3)"), ["m.dense1.weight"])).toEqual([]);
  expect(await changed(text("factor 0"), ["m.dense1.weight"])).toEqual([]);
  expect(await changed(text("factor 1"), ["m.dense1.weight"])).toEqual(["m.dense1.weight"]);
});

test("fresh makes another with parameters of its own, a bound layer shares its own", async () => {
  const text = `model m(x: [3]) { first = dense(3); first; first; fresh(first)(it); dense 2 }
train m on d { loss mse(m(x), y); ${rest} }`;
  const engine = await start(text);
  const weights = [...engine.plan.buffers.values()].map((b) => b.name).filter((n) => /^m\.dense\d\.weight$/.test(n));
  expect(weights).toEqual(["m.dense1.weight", "m.dense2.weight", "m.dense3.weight"]);
  expect([...engine.view(weights[0]!)]).not.toEqual([...engine.view(weights[1]!)]);
});

test("a parameter is read, and derived by, under the name that a summary prints for it", async () => {
  const text = `inner = dense(5)
model m(x: [3]) { inner; tanh; repeat 2 { dense 4; tanh }; dense 2; param own: [] = 1; it * own }
model other(x: [3]) { param kept: [6] = 0; kept }
copied = fresh(m)
train m on d {
  step {
    l = mean(mse(m(x), y))
    c = mean(mse(copied(x), y))
    update other.kept += [
      mean(sum(inner.weight^2), over=batch), mean(sum(m.dense1.weight), over=batch), mean(sum(m.dense2.weight), over=batch),
      mean(sum(grad(l, m.dense2.weight)^2), over=batch), mean(sum(grad(l, m)[3]^2), over=batch),
      mean(sum(grad(c, copied.dense3.bias)), over=batch)
    ]
  }
  batch 4
}`;
  const engine = await start(text);
  await engine.run("train");
  const [inner, second, third, byName, inList, copy] = engine.view("other.kept");
  const total = (name: string, of: (x: number) => number): number =>
    [...engine.view(name)].reduce((sum, x) => sum + of(x), 0);
  expect(inner).toBeCloseTo(
    total("dense1.weight", (x) => x * x),
    4,
  );
  expect(second).toBeCloseTo(
    total("m.dense1.weight", (x) => x),
    4,
  );
  expect(third).toBeCloseTo(
    total("m.dense2.weight", (x) => x),
    4,
  );
  expect(byName).toBeCloseTo(inList!, 6);
  expect(copy).not.toBe(0);
});

test("updates read the values before any of them, add up, and see the whole batch", async () => {
  const text = `model m(x: [3]) { param a: [3] = 1, b: [3] = 10; it * a + b }
train m on d {
  step {
    update m.a += m.b
    update m.a -= mean(x, over=batch)
    update m.b = m.a
  }
  batch 4
}`;
  const engine = await start(text);
  await engine.run("train");
  const mean = [0, 1, 2].map((i) => [0, 1, 2, 3].reduce((s, row) => s + Math.sin(row * 3 + i + 1), 0) / 4);
  engine.view("m.a").forEach((v, i) => {
    expect(v).toBeCloseTo(11 - mean[i]!, 5);
  });
  expect([...engine.view("m.b")]).toEqual([1, 1, 1]);
});

test("an input that is left out is known to be, and its sizes are those of other calls", async () => {
  const text = `model m(x: [3], y: [K] = none) {
  dense(K)
  if given(y) { it + y } else { it * 2 }
}
train m on d { loss mse(m(x, y), y); metric alone = mean(m(x)); ${rest} }`;
  const engine = await start(text);
  await engine.run("train");
  expect(engine.view("m.dense1.weight")).toHaveLength(6);
  expect(Number.isFinite(engine.logged(2)[1])).toBe(true);
});
