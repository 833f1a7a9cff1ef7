// `dnn lr-find`: rates grow by one factor, the test ends where the loss breaks off, and the suggestion lies where a training
// in fact falls fastest.

import { readFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { hasBrokenOff, rateCurve } from "../../runtime/train/rates.ts";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

/** The loss is (w - 3)^2 and nothing else: gradient steps with a rate above 1 diverge. */
const bowl = `model bowl(x: [2]) { param w: [] = 0; w }
data points = xor(n=64)
train fit on points { loss (bowl(x) - 3)^2; batch 64; optimizer sgd lr=0.1; schedule cosine() }
train rule on points { step { update bowl.w += 1 } }
`;

interface Found {
  readonly suggestion: number;
  readonly lowest: number;
  readonly curve: readonly { readonly rate: number; readonly loss: number }[];
}

test("the rate sweeps its range in place of the schedule, and each loss follows from the rates before it", async () => {
  place.write("bowl.dnn", bowl);
  const flags = ["--only", "fit", "--from", "0.001", "--to", "10", "--steps", "100", "--json"];
  const { code, events } = await place.run("lr-find", "bowl.dnn", ...flags);
  expect(code).toBe(0);
  const { curve, suggestion, lowest } = events[0] as unknown as Found;
  let w = 0;
  for (const { rate, loss } of curve) {
    // From here on the parameter is 3 to the last bit.
    if (loss < 1e-6) break;
    expect(Math.abs(loss - (w - 3) ** 2)).toBeLessThan(1e-3 * (1 + loss));
    w -= rate * 2 * (w - 3);
  }
  expect(curve[1]!.rate / curve[0]!.rate).toBeCloseTo(10000 ** 0.01, 6);
  expect(w).toBeCloseTo(3, 2);
  expect(suggestion).toBeLessThan(1);
  expect(suggestion).toBeLessThan(lowest);
});

test("it draws the curve, says what to write, and saves no run", async () => {
  const { code, out } = await place.run("lr-find", "bowl.dnn", "--only", "fit", "--out", "curves/c.svg");
  expect([code, out]).toEqual([0, expect.stringMatching(/try lr=0\.\d+: --set optimizer\.lr=0\.\d+/)]);
  expect(readFileSync(place.path("curves/c.svg"), "utf8")).toContain("<polyline");
  const png = await place.run("lr-find", "bowl.dnn", "--only", "fit", "--out", "curves/c.png");
  expect([png.code, png.err]).toEqual([2, expect.stringContaining("FILE.svg takes the curve")]);
});

test("a training of rules alone has no rate to find, and rates must grow", async () => {
  const rule = await place.run("lr-find", "bowl.dnn", "--only", "rule");
  expect([rule.code, rule.err]).toEqual([1, expect.stringContaining("error[train/no-loss]")]);
  const back = await place.run("lr-find", "bowl.dnn", "--from", "1", "--to", "0.1");
  expect(back.code).toBe(2);
});

test("a loss that never falls speaks for no rate", () => {
  const steps = Array.from({ length: 40 }, (_, i) => ({ rate: 1.1 ** i, loss: 1 + i }));
  expect(rateCurve(steps).steepest).toBeUndefined();
});

test("a test ends where its loss is far above the best of it, and goes on through noise", () => {
  const falling = Array.from({ length: 30 }, (_, i) => ({ loss: 2 - i / 20 + (i % 2) / 10 }));
  expect(falling.some((_, i) => hasBrokenOff(falling.slice(0, i + 1)))).toBe(false);
  expect(hasBrokenOff([...falling, { loss: 9 }])).toBe(true);
});
