// Proves that a layer that a training leaves as it is stays so altogether: its parameters and its running figures, however it
// is left out; and that a frozen or fixed layer is used by those figures, as in evaluation, while draws go on.

import { expect, test } from "vitest";
import { compileText, startEngine } from "../support/engine.ts";

const FIELDS = [
  { name: "x", shape: [3] },
  { name: "label", shape: [], classes: 3 },
];
const ROWS = 6;
const TRUNK = "model trunk(x: [3]) { dense 4 nobias; batchnorm }\n";
const NET = "model net(x: [3]) { trunk; relu; dense 3 }\n";
const LOSS = "loss cross_entropy(net(x), label)";

/** Three steps of a training; gives what changed and what the engine holds. */
async function trained(text: string) {
  const compiled = compileText(text, FIELDS, ROWS);
  const engine = await startEngine(compiled);
  engine.set("seed", 1);
  await engine.run("initialise");
  await engine.write(
    "x",
    Float32Array.from({ length: 3 * ROWS }, (_, i) => 2 + Math.sin(i * 1.7) * 3),
  );
  await engine.write(
    "label",
    Int32Array.from({ length: ROWS }, (_, i) => i % 3),
  );
  const names = compiled.training.learned.map((l) => l.path).filter((path) => !path.includes("~"));
  const before = new Map(names.map((name) => [name, Array.from(engine.view(name))]));
  await engine.run("train", 3);
  const moved = names.filter((name) => String(Array.from(engine.view(name))) !== String(before.get(name)));
  return { engine, moved };
}

const HEAD = ["net.dense1.weight", "net.dense1.bias"];
const train = (body: string): string => `train net on d { ${body}; optimizer sgd lr=0.1; batch ${ROWS} }\n`;

test("what is trained moves, running figures and all", async () => {
  const { moved } = await trained(TRUNK + NET + train(LOSS));
  const figures = ["mean", "variance"].map((name) => `trunk.batchnorm1.${name}`);
  const parameters = ["trunk.dense1.weight", "trunk.batchnorm1.scale", "trunk.batchnorm1.bias"];
  expect(moved.sort()).toEqual([...HEAD, ...figures, ...parameters].sort());
});

const LEFT: readonly [string, string][] = [
  ["`freeze` above the loss", TRUNK + NET + train(`freeze trunk; ${LOSS}`)],
  ["`freeze` below the loss", TRUNK + NET + train(`${LOSS}; freeze trunk`)],
  ["`freeze` in a loop", TRUNK + NET + train(`${LOSS}; for m in [trunk] { freeze m }`)],
  ["`freeze` of a name that a line gives", TRUNK + NET + train(`t = trunk; ${LOSS}; freeze t`)],
  ["`freeze` under a condition", TRUNK + NET + train(`${LOSS}; if 1 < 2 { freeze trunk }`)],
  ["a step that trains another model", TRUNK + NET + train(`step net { minimize cross_entropy(net(x), label) }`)],
  ["`fixed` before the model", TRUNK + NET.replace("trunk;", "fixed trunk;") + train(LOSS)],
];

for (const [how, text] of LEFT)
  test(`${how} keeps running figures as they are`, async () => {
    expect((await trained(text)).moved.sort()).toEqual([...HEAD].sort());
  });

test("`fixed batchnorm` keeps its figures, and the layers around it are trained", async () => {
  const { moved } = await trained(NET.replace("trunk", "dense 4 nobias; fixed batchnorm") + train(LOSS));
  expect(moved.sort()).toEqual(["net.dense1.weight", "net.dense2.bias", "net.dense2.weight"]);
});

test("a bound layer can be frozen, in a block too", async () => {
  const text = `norm = batchnorm()
block around(body) { body(it) }
model net(x: [3]) { dense 4 nobias; around { norm }; relu; dense 3 }
`;
  const { moved } = await trained(text + train(`${LOSS}; freeze norm`));
  expect(moved.sort()).toEqual(["net.dense1.weight", "net.dense2.bias", "net.dense2.weight"]);
});

test("a definition of one's own that keeps figures is left as it is, too", async () => {
  const own = `block centred() {
  state middle: [depth(it)] = 0
  m = if training then mean(it, over=batch) else middle
  if training { middle = 0.5 * middle + 0.5 * m }
  it - m
}
model trunk(x: [3]) { dense 4 nobias; centred }
`;
  expect((await trained(own + NET + train(LOSS))).moved).toContain("trunk.centred1.middle");
  expect((await trained(own + NET + train(`${LOSS}; freeze trunk`))).moved.sort()).toEqual([...HEAD].sort());
});

/** The mean square of a layer's output in a training that freezes it, with running figures that are not the batch's. */
async function output(layers: string, frozen: boolean): Promise<number> {
  const text = `model trunk(x: [3]) { ${layers} }
model kept(x: [3]) { param y: [] = 0; y }
train t on d {
  ${frozen ? "freeze trunk" : ""}
  step { update kept.y = mean(mean(trunk(x)^2), over=batch) }
  batch ${ROWS}
}
`;
  const engine = await startEngine(compileText(text, FIELDS, ROWS));
  await engine.run("initialise");
  await engine.write(
    "x",
    Float32Array.from({ length: 3 * ROWS }, (_, i) => (i % 3) + 1),
  );
  await engine.run("train");
  return engine.view("kept.y")[0]!;
}

test("a frozen batchnorm normalises by its running figures, as it will in evaluation", async () => {
  // Every row is 1, 2, 3: by the batch's own figures all become 0, by those it starts with (0 and 1) they stay.
  expect(await output("batchnorm", false)).toBeCloseTo(0, 5);
  expect(await output("batchnorm", true)).toBeCloseTo((1 + 4 + 9) / 3, 3);
});

test("a frozen dropout still draws", async () => {
  // Half of the numbers are doubled, the others are zero.
  expect(await output("dropout 0.5", true)).not.toBeCloseTo((1 + 4 + 9) / 3, 2);
});
