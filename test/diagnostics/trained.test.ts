// Proves that what `check` passes trains: examples and small programs with words changed at random are checked, and each that has no
// mistake takes three steps and a held-out batch on the CPU engine, without an exception and without a refusal that `check` has not
// given. What fails is shrunk line by line and shown. TRAINED=3000 asks for the long form, SEED=5 for another beginning.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Field, Training } from "../../compiler/check/training/lines/types.ts";
import { elaborateTraining } from "../../compiler/check/training/train.ts";
import { compileTraining } from "../../compiler/compile.ts";
import { forgetNodes } from "../../compiler/graph/node.ts";
import { MemoryExceeded } from "../../compiler/layout/budget.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { dataOf } from "../../project/data/declaration.ts";
import { tinyData } from "../../project/data/schema.ts";
import { asFailure } from "../../project/failure.ts";
import { hasErrors } from "../../project/source.ts";
import { Random } from "../../runtime/data/random.ts";
import { memoryFiles } from "../../runtime/files/files.ts";
import { startEngine } from "../support/engine.ts";
import { openText } from "../support/opened.ts";

const WANTED = Number(process.env.TRAINED ?? 40);
const SEED = Number(process.env.SEED ?? 1);
/** Numbers of parameters and of an example, above which a program is left to the larger tests. */
const LARGEST = 300_000;

const folder = new URL("../../examples/", import.meta.url);
const LARGE =
  /resnet|vgg|alexnet|googlenet|unet|densenet|captions|inverse|detection|dcgan|deconvnet|context|charlm|augmentation/;
const examples = readdirSync(folder)
  .filter((n) => n.endsWith(".dnn") && !LARGE.test(n))
  .map((n) => readFileSync(new URL(n, folder), "utf8"))
  .filter((text) => text.length < 1800);

/** Parts of the language that examples use seldom. */
const SMALL: readonly string[] = [
  `model net(x: [2]) { dense 6; tanh; dense 3 }
data d = blobs(n=16, classes=3)
train net on d {
  loss [1, 2, 5][label] * cross_entropy(net(x), label)
  metric accuracy(net(x), label)
  optimizer adam lr=0.01
  schedule cosine
  clip 1
  batch 4
  epochs 2
}`,
  `model net(x: [2]) { param w: [2, 3] = he, c: [3] = [1, 2, 3]; it @ w + c; relu; dense 1 }
data d = moons(n=16) { x = normalize(x) }
train net(rate=0.1) on d { loss bce(net(x)[0], label); optimizer sgd lr=rate momentum=0.9; ema 0.9; freeze net.dense1; batch 8 }`,
  `cell own(n) { state h: [n]; h = tanh(dense(n)(it, h)); h }
model net(x: [T, 1]) { bidirectional { own 4 }; mean(it, over=time); dense 1 }
data d = sequences(n=8)
train net on d { loss mse(net(x), 0.5); metric m = max(net(x)); batch 4 }`,
  `model net(image: [28, 28, 1]) { avgpool 4x4; conv 3x3 4 s2 p1; relu; upconv 3x3 2 s2 p1 output_padding=1; flatten; dense 10 }
data d = digits(n=8)
train net on d { loss cross_entropy(net(image), label); optimizer rmsprop lr=1e-3; patience 2; batch 4 }`,
  `model map(x: [2]) { param w: [4, 2] = normal; sum((x - w)^2, over=depth) }
data d = blobs(n=16)
train map on d { step { update map.w -= 0.1 * mean(outer(softmax(-map(x)), ones([2])) * (map.w - x), over=batch) }; metric mean(min(map(x))); batch 4 }`,
  `trunk = dense 4
model a(x: [2]) { trunk; relu; dense 2 }
model b(x: [2]) { trunk; for i in 0..3 { it * 0.5 + i }; if depth(it) == 4 { dense 2 } }
data d = xor()
train first on d { step a { minimize cross_entropy(a(x), label) }; step b { maximize mean(b(x)); optimizer sgd lr=0.01 }; epochs 2 }
train second on d { loss cross_entropy(b(x), label) + 0.1 * l2(b); freeze trunk; epochs 1 }`,
  `model net(name: [T] of V) { embed 4; lstm 6; last; dense 18 }
data people = names(n=16)
train net on people { loss cross_entropy(net(name), label); metric accuracy(net(name), label, top=2); batch 4 }`,
];

const WORDS =
  "relu tanh softmax flatten last dense conv lstm gru batchnorm layernorm dropout attention mean sum max it x label depth time batch 0 1 2 3 -1 0.5 s2 p1 d2 g2 + - * / @ ^ [1,2] 3x3".split(
    " ",
  );
const TOKEN = /"[^"\n]*"|#[^\n]*|\d+x\d+|\d+(?:\.\d+)?(?:e[+-]?\d+)?|\w+|[^\s\w]|\s+/g;

class Mutator {
  private readonly random: Random;
  constructor(seed: number) {
    this.random = new Random(seed);
  }
  below(n: number): number {
    return this.random.integer(n);
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
  mutated(text: string): string {
    let changed = text;
    for (let i = 1 + this.below(2); i > 0; i--) changed = this.changed(changed);
    return changed;
  }
  private changed(text: string): string {
    if (this.below(6) === 0) {
      const lines = text.split("\n");
      const at = this.below(lines.length);
      lines.splice(at, this.below(2), ...(this.below(2) ? [this.pick(lines)] : []));
      return lines.join("\n");
    }
    const tokens = text.match(TOKEN) ?? [];
    const places = tokens.flatMap((t, i) => (/^[\s#"]/.test(t) ? [] : [i]));
    const at = this.pick(places);
    const other = tokens[this.pick(places)]!;
    const isNumber = /^\d/.test(tokens[at]!);
    const kinds: readonly (() => string)[] = isNumber
      ? [() => String(this.below(6)), () => this.pick(["0.5", "7", "1e3", "2x3", "[2, 3]", "-1", other])]
      : [() => other, () => this.pick(WORDS), () => "", () => `${tokens[at]} ${this.pick(WORDS)}`];
    tokens[at] = this.pick(kinds)();
    return tokens.join("");
  }
}

/** Undefined where the program has mistakes or is no matter of this test; else what went wrong in its trainings, if anything. */
async function trained(text: string): Promise<string | undefined> {
  const place = { base: "/", files: memoryFiles({}), isEmpty: true };
  const opened = openText("test.dnn", text);
  let stage = "check";
  try {
    if (hasErrors(await checkOpened(opened)) || opened.program.trains.length === 0) return undefined;
    stage = "training";
    for (const definition of openText("test.dnn", text).program.trains) {
      const { program } = openText("test.dnn", text);
      const tiny = await tinyData(program, dataOf(program, definition), place);
      if (!tiny || tiny.guessed || hasErrors(tiny.diagnostics)) return undefined;
      const fields = tiny.fields;
      const training = elaborateTraining(program, definition, {
        fields,
        examples: 8,
        overrides: new Map(),
        heldout: 2,
      });
      if (!training) return `refused: ${program.diagnostics.find((d) => d.severity === "error")?.message}`;
      if (isLarge(training, fields)) return undefined;
      await threeSteps({ ...training, batch: Math.min(training.batch, 4) }, fields);
    }
    return "";
  } catch (error) {
    if (error instanceof MemoryExceeded) return undefined;
    if (stage === "check" && asFailure(error)) return undefined;
    return `${stage}: ${error instanceof Error ? error.stack?.split("\n").slice(0, 4).join("\n") : error}`;
  } finally {
    forgetNodes();
  }
}

function isLarge({ learned }: Training, fields: readonly Field[]): boolean {
  const shapes = [...learned.map((l) => l.node.shape.map(Number)), ...fields.map((f) => f.shape)];
  return shapes.reduce((n, s) => n + s.reduce((a, b) => a * b, 1), 0) > LARGEST;
}

async function threeSteps(training: Training, fields: readonly Field[]): Promise<void> {
  const entries = compileTraining(training, { batch: training.batch });
  const engine = await startEngine({ training, entries });
  const random = new Random(7);
  await engine.run("initialise");
  for (const { name, shape, classes } of fields) {
    if (!engine.has(name)) continue;
    const count = shape.reduce((a, b) => a * b, training.batch);
    const one = (): number => (classes === undefined ? random.uniform(-1, 1) : random.integer(classes));
    const values = Array.from({ length: count }, one);
    await engine.write(name, classes === undefined ? Float32Array.from(values) : Int32Array.from(values));
  }
  for (let i = 0; i < 3; i++) await engine.run("train");
  await engine.run("evaluate");
}

/** Fewer lines that fail alike. */
async function shrunk(text: string): Promise<string> {
  let lines = text.split("\n");
  for (let i = 0; i < lines.length; ) {
    const without = lines.toSpliced(i, 1);
    if (await trained(without.join("\n"))) lines = without;
    else i++;
  }
  return lines.join("\n");
}

test("a block that reads a name which came to stand for it is described to its end", async () => {
  const text = `model net(x: [2]) { dense 1 }
data d = moons(n=16) { x = normalize { x } }
train net on d { loss bce(net(x)[0], label) }`;
  expect(await trained(text)).toBeUndefined();
});

test("the programs themselves train", { timeout: 120_000 }, async () => {
  for (const text of SMALL) expect(await trained(text), text).toBe("");
});

test(`${WANTED} changed programs that pass check take three steps`, { timeout: 120_000 + 2000 * WANTED }, async () => {
  const mutator = new Mutator(SEED);
  const failures: string[] = [];
  let passed = 0;
  for (let tries = 0; passed < WANTED && tries < 200 * WANTED && failures.length < 5; tries++) {
    const text = mutator.mutated(mutator.pick(mutator.below(2) ? SMALL : examples));
    const outcome = await trained(text);
    if (outcome === undefined) continue;
    passed++;
    if (outcome !== "") failures.push(`${outcome}\n--- of\n${await shrunk(text)}`);
  }
  expect(failures.join("\n\n")).toBe("");
  expect(passed).toBeGreaterThanOrEqual(WANTED);
});
