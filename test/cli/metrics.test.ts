// Proves that the means of a metric go over the whole epoch before anything else is done with them, whatever the batch, in
// training, on held-out examples, in `dnn eval` and across a resume; and that a model's own means stay those of an example.

import { afterAll, expect, test } from "vitest";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const PROGRAM = `fn share(a, b) = mean(a * b) / mean(a)
model m(x: [2]) { dense 6; tanh }
model pooled(x: [2]) { mean(m(x), over=depth); 2 * it }
data points = spirals(n=137, noise=0.1)
train m on points {
  right = x[0] > 0.1
  up = x[1] > 0.3
  loss mean(m(x)^2)
  doubled = 2 * mean(abs(x))
  lone = mean(x[0])
  metric a = mean(right)
  metric b = mean(right * up)
  metric ratio = b_of_a
  metric precision = share(right, up)
  metric perplexity = exp(mean(abs(x)))
  metric size = mean(abs(x))
  metric scaled = exp(2 * mean(abs(x)))
  metric most = max(2 * mean(reshape(x, [1, 2]), over=0) - 1)
  metric crossed = max(mean(reshape(x, [1, 2]), over=0) * mean(right))
  metric nested = mean(mean(reshape(x, [1, 2]), over=0)^2)
  metric squares = mean(x^2)
  metric near = sum(mean(x, over=batch)^2)
  metric first = mean(x[0])
  metric second = mean(x[1])
  metric power = x[0]^2
  metric energy = mean(x[0]^2)
  metric named = exp(doubled)
  metric square = x[0]^2 + 0 * lone
  metric inner = sum(pooled(x)^2)
  metric outer = mean((sum(m(x)) / 3)^2)
  optimizer sgd lr=0
  epochs 2
}
`.replace("b_of_a", "mean(right * up) / mean(right)");

type Figures = Readonly<Record<string, number>>;

function checked(f: Figures): void {
  const near = (name: string, wanted: number): void =>
    expect(Math.abs(f[name]! - wanted), name).toBeLessThan(1e-5 * Math.max(1, Math.abs(wanted)));
  near("ratio", f.b! / f.a!);
  near("precision", f.b! / f.a!);
  near("perplexity", Math.exp(f.size!));
  near("scaled", Math.exp(2 * f.size!));
  near("most", 2 * Math.max(f.first!, f.second!) - 1);
  near("crossed", Math.max(f.first!, f.second!) * f.a!);
  // A mean of means is one mean: what is inside is that of an example.
  near("nested", f.squares!);
  near("near", f.first! ** 2 + f.second! ** 2);
  // One number is not its mean because another metric is.
  near("power", f.energy!);
  near("named", f.scaled!);
  near("square", f.energy!);
  // Twice the mean of six numbers, squared for each example.
  near("inner", f.outer!);
}

async function ends(...flags: string[]): Promise<{ train: Figures; heldout: Figures; dir: string }> {
  place.write("m.dnn", PROGRAM);
  const { code, err, events } = await place.run("train", "m.dnn", "--json", ...flags);
  expect([code, err]).toEqual([0, expect.anything()]);
  return events.at(-1) as never;
}

test("ratios, powers and functions of means are those of the epoch, for any batch", async () => {
  const [few, all] = [await ends("--set", "batch=7"), await ends("--set", "batch=all")];
  for (const { train, heldout } of [few, all]) for (const figures of [train, heldout]) checked(figures);
  for (const name of Object.keys(few.heldout))
    expect(Math.abs(few.heldout[name]! - all.heldout[name]!), name).toBeLessThan(1e-5);
  const { events } = await place.run("eval", "m.dnn", "--weights", few.dir, "--json");
  expect(events).toEqual([few.heldout]);
});

test("a run that goes on in the middle of an epoch has the figures of one that never stopped", async () => {
  const whole = await ends("--set", "batch=7");
  const part = await ends("--set", "batch=7", "--steps", "19");
  const { events } = await place.run("train", "m.dnn", "--json", "--resume", part.dir, "--epochs", "2");
  expect((events.at(-1) as { train: Figures }).train).toEqual(whole.train);
});

test("a ratio that is none yet does not stop a training", async () => {
  place.write("rare.dnn", PROGRAM.replace("x[0] > 0.1", "x[0] > 0.6"));
  const { code, events } = await place.run("train", "rare.dnn", "--json", "--set", "batch=1");
  expect(code).toBe(0);
  checked((events.at(-1) as { train: Figures }).train);
});
