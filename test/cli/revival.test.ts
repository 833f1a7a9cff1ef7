// Proves that a training whose device fails goes on, on another engine, as if nothing had happened: whatever was being done when it
// failed, every event, every row and every number of the weights is that of a training that nothing befell.

import { expect, test } from "vitest";
import type { Numbers, Started } from "../../runtime/engine.ts";
import type { SessionEvent } from "../../runtime/train/events.ts";
import type { Reopen, Steps } from "../../runtime/train/revival.ts";
import { Session, type SessionPlan } from "../../runtime/train/session.ts";
import { GpuError } from "../../runtime/webgpu/device.ts";
import { ArrayEngine } from "../support/arrayengine.ts";

/** Calls until the device fails, over all engines that share it. */
interface Fate {
  left: number;
}

/** Its weight depends on all rows that it has seen in their order, on the counter, on a rate and on a state that is carried. */
class LosableEngine extends ArrayEngine {
  private log: number[] = [];
  private isLost = false;
  private readonly fate: Fate;

  constructor(fate: Fate) {
    const [order, data] = [new Int32Array(32), new Float32Array(32)];
    const one = (): Float32Array => new Float32Array(1);
    super({ order, "data:x": data, w: one(), carried: one(), rate: one(), mean: one(), "mean~heldout": one() });
    this.fate = fate;
  }

  private use(): void {
    if (this.fate.left-- === 0) this.isLost = true;
    if (this.isLost) throw new GpuError("the GPU was lost");
  }

  private at(name: string): number {
    return this.buffers.get(name)![0]!;
  }
  private put(name: string, value: number): void {
    this.buffers.get(name)![0] = value;
  }

  async run(entry: string, steps = 1): Promise<void> {
    this.use();
    this.log = [];
    if (entry === "initialise") {
      this.put("w", 1);
      return this.put("rate", 1);
    }
    for (let i = 0; i < steps; i++) {
      const rows = this.nextRows().map((row) => this.buffers.get("data:x")![row]!);
      const sum = rows.reduce((a, b, k) => a + b * (k + 1), 0);
      if (entry === "train") {
        this.put("carried", this.at("carried") / 2 + sum);
        this.put("mean", this.at("mean") + 1);
        this.put("w", 0.9 * this.at("w") + this.at("rate") * (sum + this.at("carried")) + 0.01 * this.words.step);
      } else this.put("mean~heldout", this.at("mean~heldout") + sum);
      this.log.push(this.at("w") + sum, ...(entry === "train" ? [this.at("mean")] : []));
      this.advance();
    }
  }
  logged(count: number): Float32Array {
    return Float32Array.from(this.log.slice(0, count));
  }
  async start(entry: string, steps: number, count: number): Promise<Started> {
    await this.run(entry, steps);
    const scalars = this.logged(count);
    const logged = Promise.resolve().then(() => {
      this.use();
      return scalars;
    });
    logged.catch(() => undefined);
    return { logged };
  }
  override async read(name: string): Promise<Numbers> {
    this.use();
    return super.read(name);
  }
  override async write(name: string, values: Numbers, at = 0): Promise<void> {
    this.use();
    return super.write(name, values, at);
  }
}

const plan: SessionPlan = {
  batch: 4,
  epochs: 4,
  examples: 14,
  heldout: 6,
  unitsPerExample: 1,
  seed: 7,
  batches: 1,
  // The figure grows, so that no epoch is better than the first.
  settings: { plateau: 1, patience: 3 },
  plateau: "rate",
  logged: [{ name: "loss0", loss: { step: "m", sign: 1 } }, { name: "mean" }],
  evaluated: ["loss"],
  tensors: ["w", "carried", "rate", "mean"],
  carried: ["carried"],
  running: { metrics: ["mean"], training: ["mean"], heldout: ["mean~heldout"] },
};
const train = Float32Array.from({ length: 14 }, (_, i) => Math.sin(i) + 2);
const columns = [{ name: "x", train, heldout: Float32Array.of(1, 2, 3, 4, 5, 6) }];

interface Ended {
  readonly events: readonly object[];
  readonly tensors: ReadonlyMap<string, Numbers>;
  readonly reopened: readonly Steps[];
  /** Tensors as a host found them after events, by steps. */
  readonly saved: ReadonlyMap<number, ReadonlyMap<string, Numbers>>;
}

/** `fates`: after how many calls the first device fails, and each that takes its place. */
async function trained(
  fates: readonly number[],
  isAhead: boolean,
  changed: Partial<SessionPlan>,
  longest = 2,
): Promise<Ended> {
  const fate: Fate = { left: Number.POSITIVE_INFINITY };
  const rest = [...fates];
  const next = (): void => {
    fate.left = rest.shift() ?? Number.POSITIVE_INFINITY;
  };
  const reopened: Steps[] = [];
  const reopen: Reopen = async (_, steps) => {
    reopened.push(steps);
    next();
    return new LosableEngine(fate);
  };
  const session = await Session.open(new LosableEngine(fate), { ...plan, ...changed }, columns, {}, reopen);
  session.goesAhead = () => isAhead;
  session.longest = longest;
  next();
  const events: object[] = [];
  const saved = new Map<number, ReadonlyMap<string, Numbers>>();
  for await (const event of session.run()) {
    events.push({ ...(event as SessionEvent), examplesPerSecond: 0, waiting: 0 });
    if (event.kind === "stretch" && session.isSettled) saved.set(session.progress.step, await session.tensors());
  }
  return { events, tensors: await session.tensors(), reopened, saved };
}

/** Stretches are cut by the clock: their steps one by one. */
const stepsOf = ({ events, tensors }: Ended): object => ({
  others: events.filter((e) => (e as SessionEvent).kind !== "stretch"),
  losses: events.flatMap((e) => ("losses" in e ? (e.losses as number[][]) : [])),
  tensors,
});

for (const isAhead of [false, true])
  for (const changed of [{}, { steps: 6 }, { carried: [], batches: 2 }])
    test(`wherever it fails, once or twice: ${isAhead ? "ahead" : "waiting"}, ${JSON.stringify(changed)}`, async () => {
      const whole = await trained([], isAhead, changed);
      expect(whole.reopened).toEqual([]);
      let failures = 0;
      for (let at = 0; ; at++) {
        const once = await trained([at], isAhead, changed);
        if (once.reopened.length === 0) break;
        expect(stepsOf(once), `call ${at}`).toEqual(stepsOf(whole));
        const again = await trained([at, at % 17], isAhead, changed);
        expect(stepsOf(again), `call ${at}, and again`).toEqual(stepsOf(whole));
        failures++;
      }
      expect(failures).toBeGreaterThan(30);
    });

test("a host that saves after an event finds the state of that event, though the device fails while it is read", async () => {
  const whole = await trained([], false, {}, 1);
  let failures = 0;
  for (let at = 0; ; at++) {
    const { saved, reopened } = await trained([at], false, {});
    if (reopened.length === 0) break;
    for (const [step, tensors] of saved) expect(tensors, `call ${at}, step ${step}`).toEqual(whole.saved.get(step));
    failures++;
  }
  expect(failures).toBeGreaterThan(30);
});

test("the failure is the session's where there is no other engine", async () => {
  const fate: Fate = { left: Number.POSITIVE_INFINITY };
  const session = await Session.open(new LosableEngine(fate), plan, columns);
  fate.left = 9;
  const all = async (): Promise<void> => {
    for await (const _ of session.run());
  };
  await expect(all()).rejects.toThrow("the GPU was lost");
});
