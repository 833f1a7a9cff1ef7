// Proves cross-validation: the folds of a run hold every example out exactly once, eval and a resumed run hold out what the run
// did, and a sweep's mean is that of its folds.

import { afterAll, beforeAll, expect, test } from "vitest";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const ROWS = 23;
// Each row has a number of its own, so that a mean over the held-out rows says which they are.
beforeAll(() => {
  const rows = Array.from({ length: ROWS }, (_, i) => `${i / ROWS},${2 ** -i},${i}`);
  place.write("rows.csv", ["x,mark,y", ...rows].join("\n"));
  place.write(
    "m.dnn",
    `model m(x: [2]) { dense 4; tanh; dense 1 }
data d = csv("rows.csv", label="y")
train t on d { loss mse(m(x), y / ${ROWS}); metric row = y; optimizer adam 0.05; batch 8; epochs 3 }
`,
  );
});

interface Held {
  readonly loss: number;
  readonly row: number;
}

test("each example is held out once, and eval holds out what its run did", async () => {
  let sum = 0;
  for (const k of [1, 2, 3]) {
    const { code, err, events } = await place.run("train", "m.dnn", "--fold", `${k}/3`, "--out", `f${k}`, "--json");
    expect([code, err]).toEqual([0, ""]);
    const held = events.at(-1)!.heldout as Held;
    // The k-th part ends at the rounded k-th third.
    sum += held.row * (Math.round((ROWS * k) / 3) - Math.round((ROWS * (k - 1)) / 3));
    const { events: evaluated } = await place.run("eval", "m.dnn", "--weights", `f${k}`, "--json");
    expect(evaluated[0]!.row).toBeCloseTo(held.row, 4);
    expect(evaluated[0]!.loss).toBeCloseTo(held.loss, 5);
  }
  expect(sum).toBeCloseTo((ROWS * (ROWS - 1)) / 2, 3);
  const both = await place.run("eval", "m.dnn", "--weights", "f1,f2");
  expect(both.err).toContain("--fold 1/3, and --split-seed 0 --fold 2/3");
});

test("a run that goes on keeps its fold, and takes no other", async () => {
  const other = await place.run("train", "m.dnn", "--resume", "f1", "--fold", "2/3");
  expect([other.code, other.err]).toEqual([2, expect.stringContaining("the run was started with fold 1/3")]);
  const { code, err } = await place.run("train", "m.dnn", "--resume", "f1", "--epochs", "4", "--json");
  expect([code, err]).toEqual([0, ""]);
});

test("a sweep over folds is their runs, and its mean is theirs", async () => {
  const { code, out } = await place.run("sweep", "m.dnn", "--folds", "3", "--out", "s", "--json");
  expect(code).toBe(0);
  const losses = await Promise.all(
    [1, 2, 3].map(async (k) => {
      const { events } = await place.run("runs", `s/cell-1/seed-1-fold-${k}`, "--json");
      return (events[0]!.result as { heldout: Held }).heldout.loss;
    }),
  );
  const mean = losses.reduce((a, b) => a + b) / 3;
  const deviation = Math.sqrt(losses.reduce((s, l) => s + (l - mean) ** 2, 0) / 2);
  const { figures, runs } = JSON.parse(out) as { figures: { loss: object }; runs: number };
  expect(runs).toBe(3);
  expect(figures.loss).toEqual({ mean: expect.closeTo(mean, 9), deviation: expect.closeTo(deviation, 9) });
});

test("too many folds and no folds are one clear error", async () => {
  const many = await place.run("train", "m.dnn", "--fold", "1/24");
  expect([many.code, many.err]).toEqual([expect.any(Number), expect.stringContaining("too few for 24 folds")]);
  for (const word of ["3/2", "0/3", "2", "1/1"]) {
    const { code, err } = await place.run("train", "m.dnn", "--fold", word);
    expect([code, err]).toEqual([2, expect.stringContaining("a part of several, such as 1/5")]);
  }
});
