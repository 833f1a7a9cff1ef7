// Proves that a session whose engine takes more while it runs has the next stretch under way while the results of the last are still
// on their way, and that nothing else differs: neither events nor rows nor what a host finds where it stops.

import { expect, test } from "vitest";
import type { Started } from "../../runtime/engine.ts";
import type { Progress, SessionEvent } from "../../runtime/train/events.ts";
import { Session, type SessionPlan } from "../../runtime/train/session.ts";
import { LoggingEngine, meanOf } from "../support/arrayengine.ts";

/** Its parameter counts steps, and it logs the mean of its rows; of what it was given, it says when that is begun and when it is told. */
class QueuedEngine extends LoggingEngine {
  readonly trace: string[] = [];
  readonly seen: number[][] = [];
  private given = 0;
  private told = 0;
  /** Stretches that are under way, at most. */
  most = 0;

  protected step(entry: string, rows: number[]): number {
    this.seen.push(rows);
    if (entry === "train") this.buffers.get("w")![0]!++;
    return meanOf(rows);
  }

  async start(entry: string, steps: number, count: number): Promise<Started> {
    await this.run(entry, steps);
    const scalars = this.logged(count);
    const number = ++this.given;
    this.most = Math.max(this.most, this.given - this.told);
    this.trace.push(`given ${number}`);
    const logged = new Promise<Float32Array>((resolve) => {
      setTimeout(() => {
        this.told++;
        this.trace.push(`told ${number}`);
        resolve(scalars);
      }, 2);
    });
    return { logged };
  }
}

const plan: SessionPlan = {
  batch: 2,
  epochs: 2,
  examples: 11,
  heldout: 7,
  unitsPerExample: 1,
  seed: 7,
  batches: 1,
  logged: [{ name: "loss0", loss: { step: "m", sign: 1 } }],
  evaluated: ["loss"],
  tensors: ["w"],
};
const columns = [{ name: "x", train: new Float32Array(11), heldout: new Float32Array(7) }];

async function opened(engine: QueuedEngine, isAhead: () => boolean, changed: Partial<SessionPlan> = {}) {
  const session = await Session.open(engine, { ...plan, ...changed }, columns);
  session.longest = 1;
  session.goesAhead = isAhead;
  return session;
}

/** Rates depend on the clock. */
const withoutRates = (event: SessionEvent): object => ({ ...event, examplesPerSecond: 0, waiting: 0 });

async function all(isAhead: boolean, changed: Partial<SessionPlan> = {}) {
  const engine = new QueuedEngine();
  const session = await opened(engine, () => isAhead, changed);
  const events: object[] = [];
  for await (const event of session.run()) events.push(withoutRates(event));
  return { engine, events, progress: session.progress };
}

test("while the results of a stretch are on their way the next one is under way, and never more than that", async () => {
  const { engine } = await all(true);
  expect(engine.trace.slice(0, 5)).toEqual(["given 1", "given 2", "told 1", "given 3", "told 2"]);
  expect(engine.most).toBe(2);
  expect((await all(false)).engine.trace.slice(0, 4)).toEqual(["given 1", "told 1", "given 2", "told 2"]);
});

for (const changed of [{}, { steps: 4 }, { steps: 8 }, { batches: 2 }, { settings: { patience: 1 }, epochs: 9 }])
  test(`events, rows and progress are those of a session that waits: ${JSON.stringify(changed)}`, async () => {
    const [ahead, waiting] = [await all(true, changed), await all(false, changed)];
    expect(ahead.events).toEqual(waiting.events);
    expect(ahead.progress).toEqual(waiting.progress);
    expect(ahead.engine.seen).toEqual(waiting.engine.seen);
    expect(ahead.engine.buffers.get("w")).toEqual(Float32Array.of(ahead.progress.step));
  });

test("a host that wants to stop finds the engine at an event's step at the latest after one more, and goes on from there", async () => {
  const whole = await all(true);
  for (let stop = 1; stop <= 12; stop++) {
    const engine = new QueuedEngine();
    let isAsked = false;
    const session = await opened(engine, () => !isAsked);
    let events = 0;
    let later = 0;
    for await (const event of session.run()) {
      if (++events >= stop) isAsked = true;
      if (!isAsked || event.kind === "end") continue;
      if (session.isSettled) break;
      later++;
    }
    expect(later).toBeLessThanOrEqual(1);
    const progress = JSON.parse(JSON.stringify(session.progress)) as Progress;
    const tensors = await session.tensors();
    expect(tensors.get("w")).toEqual(Float32Array.of(progress.step));
    const next = new QueuedEngine();
    const resumed = await Session.open(next, plan, columns, { progress, tensors });
    for await (const _ of resumed.run());
    expect(resumed.progress).toEqual(whole.progress);
    expect((await resumed.tensors()).get("w")).toEqual(Float32Array.of(12));
  }
});

test("a host that allows nothing finds the engine at each event's step", async () => {
  const engine = new QueuedEngine();
  const session = await Session.open(engine, plan, columns);
  for await (const event of session.run()) {
    if (event.kind === "end") continue;
    expect(session.isSettled).toBe(true);
    expect(engine.buffers.get("w")![0]).toBe(session.progress.step);
  }
});
