// Proves `moved`: a layer whose parameters are moved down the gradient of one example is what plain descent on that example alone
// makes of it, for every kind of layer and for two steps in a row; derivatives go through the step; wrong lists are refused.

import { expect, test } from "vitest";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { Random } from "../../runtime/data/random.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { checkText } from "../support/checked.ts";
import { compileText } from "../support/engine.ts";

const ROWS = 3;
const SHAPE = [6, 4];
const SIZE = SHAPE[0]! * SHAPE[1]!;
const FIELDS = [{ name: "x", shape: SHAPE }];

/** Bodies over [6, 4] whose parameters become values of each example. */
const BODIES: Readonly<Record<string, string>> = {
  dense: "flatten; dense 5; tanh; dense 2",
  conv: "reshape(it, [3, 2, 4]); conv 2x2 3 p1; tanh; flatten; dense 2",
  upconv: "reshape(it, [3, 2, 4]); upconv 2x2 3 s2; tanh; flatten; dense 2",
  embed: "argmax(it); embed 3; tanh; flatten; dense 2",
  lstm: "lstm 3; last",
  bidirectional: "bidirectional { gru 2 }; last",
  attention: "residual { attention 2 }; layernorm; mean(it, over=time)",
  "a cell": "own(3); last",
  "a frozen part": "flatten; fixed dense 5; tanh; dense 2",
};

const CELL = "cell own(n) { state h: [n] = 0.1; param w: [n] = 0.5; h = tanh(dense(n)(it) + w * h) }";

const program = (body: string, lines: string, batch: number): string => `
${CELL}
model net(x: [${SHAPE.join(", ")}]) { ${body} }
model seen(x: [1]) { param mean: [] = 0; it * mean }
fn misfit(f, x) = mean((f(x) - 0.3)^2)
train net on d {
${lines}
optimizer sgd lr=0.2; batch ${batch}
}`;

/** An engine with a batch in it, before the first step. */
async function begin(text: string, x: Float32Array, batch: number): Promise<WasmEngine> {
  const { training, entries } = compileText(text, FIELDS, 9);
  const kept = entries.map((e) => ({ ...e, parts: e.parts.map((p) => ({ ...p, fields: [] })) }));
  const engine = await WasmEngine.start(
    wasmTarget.plan({ entries: kept, batch: training.batch }, { shared: false }),
    1,
  );
  engine.set("seed", 7);
  engine.set("batch", batch);
  await engine.run("initialise");
  await engine.write("x", x);
  return engine;
}

/** A batch's mean of what is fed to `seen`, after so many training steps. */
async function meanAfter(text: string, x: Float32Array, batch: number, steps: number): Promise<number> {
  const engine = await begin(text, x, batch);
  for (let i = 0; i < steps; i++) await engine.run("train");
  const found = engine.view("seen.mean")[0]!;
  await engine.stop();
  return found;
}

const drawn = new Random(11);
const examples = Float32Array.from({ length: ROWS * SIZE }, () => drawn.normal());

for (const [name, body] of Object.entries(BODIES))
  test(`${name}: two steps by value are two steps of descent on each example alone`, async () => {
    const byValue = program(
      body,
      `once = moved(net, grad(misfit(net, x), net), times=-0.2)
       twice = moved(once, grad(misfit(once, x), once), -0.2)
       step net { minimize misfit(twice, x) * 0 + 0 * sum(seen(zeros([1]))); update seen.mean = mean(misfit(twice, x), over=batch) }`,
      ROWS,
    );
    const found = await meanAfter(byValue, examples, ROWS, 1);
    const descended = program(
      body,
      "step net { minimize misfit(net, x) + 0 * sum(seen(zeros([1]))); update seen.mean = mean(misfit(net, x), over=batch) }",
      1,
    );
    const alone: number[] = [];
    for (let i = 0; i < ROWS; i++)
      alone.push(await meanAfter(descended, examples.subarray(i * SIZE, (i + 1) * SIZE), 1, 3));
    const mean = alone.reduce((a, b) => a + b, 0) / ROWS;
    expect(Math.abs(found - mean), `${found}, ${mean}`).toBeLessThan(1e-5 * Math.max(1, mean));
  });

test("a layer that is bound to a name is moved like a model, and its parameters are read where it went", async () => {
  const text = (lines: string): string => program("dense 2; last", lines, ROWS);
  const bound = text(`step net { head = { param w: [6, 2] = 0.5; transpose(it) @ w }
    y = mean(head(x)^2)
    after = moved(head, grad(y, head), times=-0.2)
    far = mean((after.w - head.w)^2) - 0.04 * mean(grad(y, head)[0]^2)
    minimize misfit(net, x) + 0 * y + 0 * sum(seen(zeros([1])))
    update seen.mean = mean(far, over=batch) + mean(mean((weights(after)[0] - after.w)^2), over=batch) }`);
  expect(await meanAfter(bound, examples, ROWS, 1)).toBeCloseTo(0, 6);
});

test("the derivative of a loss after a step, by the parameters before it, is that of central differences", async () => {
  const lines = `after = moved(net, grad(misfit(net, x), net), times=-0.2)
    step net { minimize misfit(after, x) + 0 * sum(seen(zeros([1]))); update seen.mean = mean(misfit(after, x), over=batch) }`;
  const text = program("flatten; dense 5; tanh; dense 2; tanh", lines, ROWS);
  const engine = await begin(text, examples, ROWS);
  const names = engine.plan.buffers
    .filter((b) => b.role === "parameter" && b.name.startsWith("net.dense"))
    .map((b) => b.name);
  const starts = new Map(names.map((name) => [name, engine.view(name).slice() as Float32Array]));
  const lossAt = async (moved: string, i: number, by: number): Promise<number> => {
    for (const [name, values] of starts) {
      const own = values.slice();
      if (name === moved) own[i]! += by;
      await engine.write(name, own);
    }
    await engine.run("train");
    return engine.view("seen.mean")[0]!;
  };
  await lossAt("", 0, 0);
  const slopes = new Map(names.map((n) => [n, engine.view(n).map((v, i) => (starts.get(n)![i]! - v) / 0.2)]));
  expect(names.length).toBe(4);
  for (const name of names)
    for (const i of [0, 3].filter((at) => at < starts.get(name)!.length)) {
      const measured = ((await lossAt(name, i, 0.01)) - (await lossAt(name, i, -0.01))) / 0.02;
      expect(Math.abs(slopes.get(name)![i]! - measured), `${name} ${i}`).toBeLessThan(
        2e-3 * Math.max(0.1, Math.abs(measured)),
      );
    }
  await engine.stop();
});

const body = (line: string): string => `model net(x: [4]) { dense 3; tanh; dense 1 }
model m(x: [4]) { y = sum(net(x)); ${line} }`;

for (const [line, says] of [
  [
    "moved(net, [1, 2])(x)",
    "'by' of `moved` is a list of values like the parameters, [4, 3], [3], [3, 1], [1], and its values are [], []",
  ],
  ["moved(net, y)(x)", "'by' of `moved` is a list"],
  ["moved(net, grad(y, net), times=x)(x)", "'times' of `moved` is one number, and this is a tensor [4]"],
  ["moved(x, grad(y, net))(x)", "'model' of `moved` is a model or a bound layer"],
  ["head = dense(2); moved(head, grad(y, net))(x)", "has no parameters yet"],
] as const)
  test(`${line} is refused`, () => {
    const found = checkText(body(line)).filter((d) => d.severity !== "warning");
    expect(found[0]?.message).toContain(says);
  });
