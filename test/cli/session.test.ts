// The session against an engine that only counts: which rows a step sees, in which order, and what is made of its figures.

import { expect, test } from "vitest";
import type { Progress, SessionEvent } from "../../runtime/train/events.ts";
import { Session, type SessionPlan } from "../../runtime/train/session.ts";
import { LoggingEngine, meanOf } from "../support/arrayengine.ts";

/** Logs the mean of the row numbers it is given; its one parameter counts the steps. */
class CountingEngine extends LoggingEngine {
  readonly seen: number[][] = [];
  readonly draws: string[] = [];
  /** From this training step on, its figures are no numbers. */
  breaksAt = Number.POSITIVE_INFINITY;
  /** From this training step on, its parameter holds this. */
  holds: { from: number; value: number } = { from: Number.POSITIVE_INFINITY, value: 0 };

  protected step(entry: string, rows: number[]): number {
    if (entry === "train") this.seen.push(rows);
    if (this.seen.length >= this.holds.from) this.buffers.get("w")![0] = this.holds.value;
    this.draws.push(`${entry} ${this.words.step}`);
    return this.seen.length < this.breaksAt ? meanOf(rows) : Number.NaN;
  }
}

const plan: SessionPlan = {
  batch: 4,
  epochs: 3,
  examples: 10,
  heldout: 5,
  unitsPerExample: 1,
  seed: 7,
  batches: 1,
  logged: [{ name: "loss0", loss: { step: "m", sign: 1 } }],
  evaluated: ["loss"],
  tensors: ["w"],
};
const columns = [{ name: "x", train: new Float32Array(10), heldout: new Float32Array(5) }];

async function all(engine: CountingEngine, changed: Partial<SessionPlan> = {}, progress?: Progress) {
  const session = await Session.open(engine, { ...plan, ...changed }, columns, progress ? { progress } : {});
  const events: SessionEvent[] = [];
  for await (const event of session.run()) events.push(event);
  return { events, session };
}

test("an epoch takes every example once, in an order of its own, its last batch the rest", async () => {
  const engine = new CountingEngine();
  await all(engine);
  expect(engine.seen.map((rows) => rows.length)).toEqual([4, 4, 2, 4, 4, 2, 4, 4, 2]);
  const epochs = [0, 3, 6].map((i) => engine.seen.slice(i, i + 3).flat());
  for (const rows of epochs) expect(rows.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(new Set(epochs.map(String)).size).toBe(3);
});

test("figures are means by rows: of the training part 4.5, of the held-out rows 12", async () => {
  const { events } = await all(new CountingEngine());
  for (const e of events) {
    if (e.kind !== "epoch") continue;
    expect(e.train.loss).toBeCloseTo(4.5, 6);
    expect(e.heldout?.loss).toBeCloseTo(12, 6);
  }
  expect(events.filter((e) => e.kind === "epoch").length).toBe(3);
});

test("held-out draws are the same after every epoch and training's go on as if there were none", async () => {
  const engine = new CountingEngine();
  await all(engine);
  expect(engine.draws.filter((d) => d.startsWith("train"))).toEqual(Array.from({ length: 9 }, (_, i) => `train ${i}`));
  const heldout = engine.draws.filter((d) => d.startsWith("evaluate"));
  expect(heldout).toEqual(["evaluate 0", "evaluate 1", "evaluate 0", "evaluate 1", "evaluate 0", "evaluate 1"]);
});

test("going on from any stretch sees the rows and gives the figures of a run that never stopped", async () => {
  const whole = new CountingEngine();
  const { session: last } = await all(whole);
  for (let stop = 1; stop < 9; stop++) {
    const engine = new CountingEngine();
    const { session } = await all(engine, { steps: stop });
    expect(session.progress.step).toBe(stop);
    const { session: resumed } = await all(engine, {}, JSON.parse(JSON.stringify(session.progress)));
    expect(engine.seen).toEqual(whole.seen);
    expect(resumed.progress).toEqual(last.progress);
  }
});

test("a step that takes two minibatches leaves out only rows that do not fill both", async () => {
  const engine = new CountingEngine();
  const { session } = await all(engine, { batches: 2, epochs: 1, batch: 2, examples: 7 });
  expect(session.progress).toMatchObject({ epoch: 1, step: 2 });
});

test("a metric that is no number ends nothing, in training or held out", async () => {
  const engine = new CountingEngine();
  engine.breaksAt = 2;
  const { events, session } = await all(engine, {
    logged: [{ name: "share" }],
    evaluated: ["share"],
  });
  expect(events.at(-1)).toEqual({ kind: "end", reason: "epochs" });
  expect(session.progress).toMatchObject({ epoch: 3, train: { share: Number.NaN }, heldout: { share: Number.NaN } });
});

test("a loss that is no number ends the run, and the progress is still that of the last good stretch", async () => {
  const engine = new CountingEngine();
  engine.breaksAt = 5;
  const { events, session } = await all(engine);
  expect(events.at(-1)).toMatchObject({ kind: "diverged", step: 5, name: "loss" });
  const stretches = events.filter((e) => e.kind === "stretch");
  expect(session.progress.step).toBe(stretches.reduce((n, e) => n + e.count, 0));
  expect(session.progress.step).toBeLessThan(5);
});

test("a parameter that is no number ends the run in the epoch in which it became so, though the loss is one", async () => {
  for (const value of [Number.NaN, Number.NEGATIVE_INFINITY]) {
    const engine = new CountingEngine();
    engine.holds = { from: 4, value };
    const { events } = await all(engine);
    expect(events.filter((e) => e.kind === "epoch").length).toBe(1);
    const holder = { tensor: "w", value };
    expect(events.at(-1)).toEqual({ kind: "diverged", step: 6, name: "w", value, holder });
  }
});

test("it is named where the loss is none too, and where a limit of steps ends the run", async () => {
  const engine = new CountingEngine();
  engine.holds = { from: 4, value: Number.NaN };
  engine.breaksAt = 5;
  const { events } = await all(engine);
  expect(events.at(-1)).toMatchObject({ kind: "diverged", step: 5, name: "loss", holder: { tensor: "w" } });
  const short = new CountingEngine();
  short.holds = { from: 4, value: Number.NaN };
  expect((await all(short, { steps: 4 })).events.at(-1)).toMatchObject({ kind: "diverged", step: 4, name: "w" });
});

test("what begins infinite may stay so, but not become NaN", async () => {
  const engine = new CountingEngine();
  engine.buffers.get("w")![0] = Number.POSITIVE_INFINITY;
  expect((await all(engine)).events.at(-1)).toMatchObject({ kind: "end" });
  engine.holds = { from: 4, value: Number.NaN };
  expect((await all(engine)).events.at(-1)).toMatchObject({ kind: "diverged", name: "w" });
});
