// Proves what the course says of pairs: of two ways to do one thing, trained for as many steps, which one succeeds.

import { afterAll, expect, test } from "vitest";
import { Place } from "../cli/dnn.ts";

const place = new Place();
afterAll(() => place.remove());
const example = (name: string): string => new URL(`../../examples/${name}.dnn`, import.meta.url).pathname;

interface End {
  readonly event: string;
  readonly steps: number;
  readonly train: Readonly<Record<string, number>>;
  readonly heldout: Readonly<Record<string, number>>;
}

/** How each training of an example ended. */
async function ends(name: string, ...flags: string[]): Promise<End[]> {
  const run = await place.run("train", example(name), "--json", "--out", name, ...flags);
  expect([run.code, run.err]).toEqual([0, expect.anything()]);
  return (run.events as unknown as End[]).filter((e) => e.event === "end");
}

test("the plain cell forgets what the LSTM copies", async () => {
  const [plain, gated] = await ends("copy_task");
  expect(plain!.heldout.recalled).toBeLessThan(0.5);
  expect(gated!.heldout.recalled).toBeGreaterThan(0.95);
}, 120_000);

test("bottlenecks do with fewer weights what naive inception modules do", async () => {
  const run = await place.run("train", example("inception"), "--json", "--out", "inception");
  const events = run.events as unknown as (End & { readonly params: number })[];
  const [wide, slim] = events.filter((e) => e.event === "start").map((e) => e.params);
  const [naive, bottleneck] = events.filter((e) => e.event === "end").map((e) => e.heldout.accuracy!);
  expect(slim).toBeLessThan(0.6 * wide!);
  expect(bottleneck).toBeGreaterThan(naive! - 0.05);
}, 120_000);

test("twenty-four layers train with shortcuts and do not without", async () => {
  const [plain, residual] = await ends("plain_residual");
  expect(plain!.heldout.accuracy).toBeLessThan(0.2);
  expect(residual!.heldout.accuracy).toBeGreaterThan(0.45);
}, 120_000);

test("a penalty and dropout close part of the gap that overfitting opens", async () => {
  const [heart, penalised] = await ends("overfitting");
  expect(heart!.train.accuracy).toBeGreaterThan(0.99);
  expect(heart!.heldout.loss! - heart!.train.loss!).toBeGreaterThan(0.3);
  expect(penalised!.heldout.plain).toBeLessThan(heart!.heldout.loss!);
}, 120_000);

test("pictures that are varied teach more than pictures that are not", async () => {
  const [plain, varied] = await ends("augmentation");
  expect(varied!.heldout.accuracy).toBeGreaterThan(plain!.heldout.accuracy! + 0.03);
}, 120_000);

test("weights that begin too small let everything vanish, too big saturate it", async () => {
  const [right] = await ends("initialisation");
  expect(right!.heldout.vanished).toBeLessThan(1e-5);
  expect(right!.heldout.saturated).toBeGreaterThan(0.5);
  // How the fourth layer's spread stands to the first's.
  for (const start of ["he", "orthogonal"]) {
    expect(right!.heldout[start], start).toBeGreaterThan(0.4);
    expect(right!.heldout[start], start).toBeLessThan(2);
  }
}, 120_000);

test("a net made of a shallow one and layers that do nothing yet starts where the shallow one is", async () => {
  // The constructive argument of He et al. (2015): with zero at the end of each branch, residual layers are the identity.
  place.write(
    "idle.dnn",
    `block still(n) { param w: [depth(it), n] = 0; it @ w }
first = dense 16
top = dense 2
model shallow(x: [2]) { first; tanh; top }
model deep(x: [2]) { first; tanh; repeat 5 { residual { dense 16; relu; still 16 } }; top }
data points = moons(n=200)
train deep on points {
  loss cross_entropy(deep(x), label)
  metric apart = mean(abs(deep(x) - shallow(x)))
  metric size = mean(abs(shallow(x)))
  epochs 1; optimizer sgd lr=0
}
`,
  );
  const run = await place.run("train", "idle.dnn", "--json", "--out", "idle");
  const { heldout } = run.events.at(-1) as unknown as End;
  // Equal but for the last bit: what is fused differs.
  expect(heldout.apart).toBeLessThan(1e-6);
  expect(heldout.size).toBeGreaterThan(0.1);
}, 60_000);

test("attention recalls what an LSTM of as many steps does not", async () => {
  const [recurrent, attentive] = await ends("recall");
  expect(attentive!.steps).toBe(recurrent!.steps);
  expect(recurrent!.heldout.loss).toBeGreaterThan(0.4);
  expect(attentive!.heldout.loss).toBeLessThan(0.02);
}, 120_000);

test("momentum arrives in a ravine in a third of the steps of plain descent, which stalls on a saddle", async () => {
  const run = await place.run("train", example("trajectories"), "--json", "--out", "trajectories");
  const events = run.events as unknown as End[];
  // An epoch is one step here.
  const ravine = events
    .slice(
      0,
      events.findIndex((e) => e.event === "end"),
    )
    .filter((e) => e.event === "epoch");
  /** The first step after which it is never again further away than this. */
  const arrives = (name: string): number => ravine.findLastIndex((e) => e.heldout[name]! > 0.25) + 1;
  const plain = arrives("sgd");
  expect(plain).toBeGreaterThan(60);
  for (const name of ["momentum", "nesterov", "adam", "adamw"]) expect(arrives(name), name).toBeLessThan(plain / 3);
  for (const name of ["adagrad", "rmsprop"]) expect(arrives(name), name).toBeLessThan(0.75 * plain);
  const { loss: _loss, sgd, ...others } = events.at(-1)!.heldout;
  expect(sgd).toBeLessThan(0.05);
  expect(Object.keys(others)).toHaveLength(6);
  for (const [name, distance] of Object.entries(others)) expect(distance, name).toBeGreaterThan(0.5);
}, 60_000);

test("at one rate weights go on shaking, under every decay they come to rest", async () => {
  const [steady, ...decayed] = (await ends("schedules")).map((e) => e.heldout.off!);
  expect(decayed).toHaveLength(5);
  for (const off of decayed) expect(off).toBeLessThan(steady! / 5);
}, 60_000);

test("every activation tells the spirals apart", async () => {
  const [{ heldout }] = (await ends("activations")) as [End];
  const { loss: _loss, all_right, ...each } = heldout;
  expect(Object.keys(each)).toHaveLength(9);
  for (const [name, accuracy] of Object.entries(each)) expect(accuracy, name).toBeGreaterThan(0.9);
  expect(all_right).toBeLessThanOrEqual(Math.min(...Object.values(each)));
}, 60_000);

test("every kind of gated cell adds the marked numbers", async () => {
  const [{ heldout }] = (await ends("lstm_variants")) as [End];
  const { loss: _loss, ...each } = heldout;
  expect(Object.keys(each)).toHaveLength(5);
  // Always answering the mean has an error of 1/6.
  for (const [name, error] of Object.entries(each)) expect(error, name).toBeLessThan(0.02);
}, 120_000);

test("a name passes through attention better than through a single vector", async () => {
  const [single] = await ends("seq2seq", "--epochs", "6");
  const [attentive] = await ends("translate", "--epochs", "6");
  expect(attentive!.steps).toBe(single!.steps);
  expect(attentive!.heldout.letters).toBeGreaterThan(single!.heldout.letters! + 0.1);
}, 120_000);

test("gaps in windows let as many weights see far enough", async () => {
  const run = await place.run("train", example("dilated"), "--json", "--out", "dilated");
  const events = run.events as unknown as (End & { readonly params: number })[];
  const [near, wide] = events.filter((e) => e.event === "start").map((e) => e.params);
  const [dense, dilated] = events.filter((e) => e.event === "end").map((e) => e.heldout.right!);
  expect(wide).toBe(near);
  expect(dilated).toBeGreaterThan(dense! + 0.3);
}, 120_000);

test("depthwise separable convolutions learn with a fifth of the weights", async () => {
  const run = await place.run("train", example("depthwise"), "--json", "--out", "depthwise");
  const events = run.events as unknown as (End & { readonly params: number })[];
  const [thick, thin] = events.filter((e) => e.event === "start").map((e) => e.params);
  const [ordinary, separable] = events.filter((e) => e.event === "end").map((e) => e.heldout.accuracy!);
  expect(thin).toBeLessThan(thick! / 5);
  expect(separable).toBeGreaterThan(ordinary! - 0.15);
}, 120_000);

test("batch norm trains what begins too small", async () => {
  const [bare, normed] = await ends("batch_norm");
  expect(bare!.heldout.accuracy).toBeLessThan(0.2);
  expect(normed!.heldout.accuracy).toBeGreaterThan(0.75);
}, 60_000);

test("normalised numbers teach faster than raw ones, whitened ones faster still", async () => {
  const [raw, scaled, white] = (await ends("preprocessing")).map((e) => e.heldout.loss!);
  expect(scaled).toBeLessThan(raw! / 2);
  expect(white).toBeLessThan(scaled! / 2);
}, 60_000);

test("both losses of the linear classifier find it", async () => {
  const [machine, softmax] = await ends("linear_classifier");
  for (const { heldout } of [machine!, softmax!]) expect(heldout.accuracy).toBeGreaterThan(0.83);
}, 60_000);

/** The sum of a small net's squared weights, and its shift, after a training with this penalty. */
async function penalised(line: string, { loss = "", decay = "" }): Promise<Readonly<Record<string, number>>> {
  place.write(
    "penalty.dnn",
    `model net(x: [2]) { ${line} }
data points = blobs(classes=2)
train net on points {
  loss bce(net(x)[0], label)${loss}
  metric size = l2(net)
  metric shift = net(zeros([2]))[0]
  optimizer sgd lr=0.1${decay}
  epochs 5
}
`,
  );
  const run = await place.run("train", "penalty.dnn", "--json", "--out", `penalty${penalties++}`);
  expect([run.code, run.err]).toEqual([0, expect.anything()]);
  return (run.events.at(-1) as unknown as End).heldout;
}

let penalties = 0;

test("decay is twice the course's penalty where there is no shift, and shrinks the shift where there is one", async () => {
  const [penalty, decay] = [{ loss: " + 0.05 * l2(net)" }, { decay: " decay=0.1" }];
  const bare = "param w: [2, 1] = normal; it @ w";
  const wanted = (await penalised(bare, penalty)).size!;
  expect(wanted).toBeLessThan(0.5 * (await penalised(bare, {})).size!);
  expect(Math.abs((await penalised(bare, decay)).size! - wanted)).toBeLessThan(1e-5 * wanted);
  const shifted = "param w: [2, 1] = normal, b: [1] = 3; it @ w + b";
  expect((await penalised(shifted, decay)).shift).toBeLessThan((await penalised(shifted, penalty)).shift! - 0.1);
}, 60_000);
