// Proves what the course says of pairs of small nets that are written here: of two ways to do one thing, which one succeeds.

import { afterAll, expect, test } from "vitest";
import { Place } from "../cli/dnn.ts";
import type { Event } from "./run.ts";

const place = new Place();
afterAll(() => place.remove());

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
  const { heldout } = run.events.at(-1) as unknown as Event;
  // Equal but for the last bit: what is fused differs.
  expect(heldout.apart).toBeLessThan(1e-6);
  expect(heldout.size).toBeGreaterThan(0.1);
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
  return (run.events.at(-1) as unknown as Event).heldout;
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
