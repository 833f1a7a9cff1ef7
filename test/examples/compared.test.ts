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
