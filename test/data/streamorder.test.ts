// The order of streamed records and the ring that holds them: every record once an epoch, whatever the chunks and shards, and a
// session that goes on from any step sees what one that never stopped has seen.

import { expect, test } from "vitest";
import { Random } from "../../runtime/data/random.ts";
import type { Decoding, RecordPart } from "../../runtime/data/records.ts";
import type { Numbers } from "../../runtime/engine.ts";
import { DataError } from "../../runtime/files/dataerror.ts";
import { chunksOf } from "../../runtime/stream/order.ts";
import type { Progress, SessionEvent } from "../../runtime/train/events.ts";
import { Ring } from "../../runtime/train/ring.ts";
import { Session, type SessionPlan } from "../../runtime/train/session.ts";
import { GpuError } from "../../runtime/webgpu/device.ts";
import { ArrayEngine } from "../support/arrayengine.ts";

const single = (length: number, first = 0): RecordPart => ({ kind: "single", length, item: (row) => first + row });

/** A task is the numbers of its records. */
function sharded(sizes: readonly number[], first = 0): RecordPart {
  const starts = sizes.map((_, i) => first + sizes.slice(0, i).reduce((a, b) => a + b, 0));
  return {
    kind: "sharded",
    length: sizes.reduce((a, b) => a + b, 0),
    sizes: Int32Array.from(sizes),
    task: (shard, from, to) => Array.from({ length: to - from }, (_, i) => starts[shard]! + from + i),
  };
}

/** The records of a chunk in the order in which they are taken. */
function taken({ tasks, order, count }: ReturnType<ReturnType<typeof chunksOf>["chunk"]>): number[] {
  const read = tasks.flatMap(({ task }) => task as number[]);
  expect(tasks.reduce((sum, t) => sum + t.count, 0)).toBe(count);
  return Array.from({ length: count }, (_, i) => read[order?.[i] ?? i]!);
}

const random = new Random(5);
/** Parts with one shard and many, empty shards among them. */
const parts = Array.from({ length: 40 }, (_, i): RecordPart => {
  if (i % 4 === 0) return single(1 + random.integer(90));
  return sharded([...Array.from({ length: random.integer(9) }, () => random.integer(20)), 1 + random.integer(9)]);
});
const everyOne = (length: number): number[] => Array.from({ length }, (_, i) => i);
const sorted = (rows: readonly number[]): number[] => rows.toSorted((a, b) => a - b);

test("chunks hold every record once, all but the last are full, and each is the same by itself as after those before it", () => {
  for (const part of parts)
    for (const capacity of [1, 3, 8, 64, 200])
      for (const shuffle of [undefined, { seed: 3, epoch: 2 }]) {
        const { chunks, chunk } = chunksOf(part, capacity, shuffle);
        const all = everyOne(chunks).map((k) => taken(chunk(k)));
        expect(sorted(all.flat())).toEqual(everyOne(part.length));
        for (const rows of all.slice(0, -1)) expect(rows.length).toBe(capacity);
        for (const k of everyOne(chunks).toReversed())
          expect(taken(chunksOf(part, capacity, shuffle).chunk(k))).toEqual(all[k]);
        if (!shuffle) expect(all.flat()).toEqual(everyOne(part.length));
      }
});

test("records by themselves, and shards that one chunk holds, are taken as a training in memory takes them", () => {
  const inMemory = (length: number) => [...new Random(3, 0x0e90c000 + 2).shuffle(length)];
  const shuffle = { seed: 3, epoch: 2 };
  for (const part of parts) {
    const { chunks, chunk } = chunksOf(part, part.kind === "single" ? 7 : part.length, shuffle);
    expect(everyOne(chunks).flatMap((k) => taken(chunk(k)))).toEqual(inMemory(part.length));
  }
});

test("shards change their places from epoch to epoch, and records theirs within a chunk", () => {
  const part = sharded([10, 10, 10, 10, 10, 10]);
  const epochs = [0, 1, 2].map((epoch) => {
    const { chunks, chunk } = chunksOf(part, 20, { seed: 1, epoch });
    return everyOne(chunks).map((k) => taken(chunk(k)));
  });
  expect(new Set(epochs.map((chunks) => String(chunks.map(sorted)))).size).toBe(3);
  for (const chunks of epochs) for (const rows of chunks) expect(rows).not.toEqual(sorted(rows));
});

// ---------------------------------------------------------------- the ring

/** Logs which records a step has seen, as it reads them by the order; refuses a batch that is not there. */
class SeeingEngine extends ArrayEngine {
  readonly seen: string[] = [];
  private readonly batches: number;

  constructor(capacity: number, batches: number) {
    super({
      order: new Int32Array(2 * capacity).fill(-1),
      "data:x": new Float32Array(2 * 2 * capacity).fill(-1),
      w: new Float32Array(1),
    });
    this.batches = batches;
  }

  async run(entry: string, steps = 1): Promise<void> {
    if (entry === "initialise") return;
    const parts = entry === "train" ? this.batches : 1;
    for (let i = 0; i < steps * parts; i++) {
      // Rows that are written while a step runs must not be its own.
      await new Promise((resolve) => setImmediate(resolve));
      const rows = this.nextRows();
      expect(rows.length).toBe(this.words.batch);
      const values = rows.map((row) => this.buffers.get("data:x")!.slice(2 * row, 2 * row + 2));
      for (const [first, second] of values) expect(second).toBe(first! + 0.5);
      this.seen.push(`${entry} ${values.map(([first]) => first)}`);
      this.advance();
    }
  }
  logged(count: number): Float32Array {
    return new Float32Array(count);
  }
}

/** Record r is r and r + 0.5; those of `gone` are not there. Answers come late and out of order. */
function decoding(gone: ReadonlySet<number> = new Set()): Decoding {
  const late = new Random(9);
  return {
    async read(task) {
      const rows = task as number[];
      for (let i = late.integer(4); i > 0; i--) await new Promise((resolve) => setImmediate(resolve));
      if (rows.some((row) => gone.has(row))) throw new DataError("data/file-not-found", "there is no file");
      return [Float32Array.from(rows.flatMap((row) => [row, row + 0.5]))];
    },
    end: () => undefined,
  };
}

interface Case {
  readonly plan: SessionPlan;
  readonly capacity: number;
  readonly train: RecordPart;
  readonly heldout: RecordPart;
}

const cases = Array.from({ length: 12 }, (_, i): Case => {
  const train = parts[3 * i]!;
  const heldout = i % 3 === 0 ? single(0) : i % 3 === 1 ? single(1 + i, 1000) : sharded([2, i], 1000);
  const [batch, batches] = [1 + random.integer(6), 1 + (i % 2)];
  return {
    plan: {
      batch,
      batches,
      epochs: 3,
      examples: train.length,
      heldout: heldout.length,
      unitsPerExample: 1,
      seed: i,
      logged: [{ name: "loss", loss: { step: "m", sign: 1 } }],
      evaluated: ["loss"],
      tensors: ["w"],
      measures:
        i % 2 === 0
          ? [
              { entry: "mean", fills: [] },
              { entry: "variance", fills: [] },
            ]
          : [],
    },
    capacity: batch * batches * (1 + random.integer(4)),
    train,
    heldout,
  };
});

async function opened({ plan, capacity, train, heldout }: Case, reading: Decoding, progress?: Progress) {
  const engine = new SeeingEngine(capacity, plan.batches);
  const stepRows = plan.batch * plan.batches;
  const columns = [{ name: "x", width: 2 }];
  const ring = { records: { train, heldout }, capacity, stepRows, seed: plan.seed, columns };
  const session = await Session.open(engine, plan, new Ring(engine, ring, reading), progress ? { progress } : {});
  session.longest = 2;
  return { engine, session };
}

test("a session takes a stream's rows in the order of its chunks, and measures and holds out in the order of the data", async () => {
  for (const each of cases) {
    const { engine, session } = await opened(each, decoding());
    for await (const _ of session.run());
    const rowsOf = (entry: string) =>
      engine.seen
        .flatMap((line) => (line.startsWith(`${entry} `) ? line.slice(entry.length + 1).split(",") : []))
        .map(Number);
    for (const { entry } of each.plan.measures ?? []) expect(rowsOf(entry)).toEqual(everyOne(each.train.length));
    const held = everyOne(each.heldout.length).map((row) => 1000 + row);
    expect(rowsOf("evaluate")).toEqual([...held, ...held, ...held]);
    const epochs = [0, 1, 2].map((epoch) => {
      const { chunks, chunk } = chunksOf(each.train, each.capacity, { seed: each.plan.seed, epoch });
      const rows = everyOne(chunks).flatMap((k) => taken(chunk(k)));
      // Where a step takes several batches, these are of one size.
      return rows.slice(0, rows.length - (rows.length % each.plan.batches));
    });
    expect(rowsOf("train")).toEqual(epochs.flat());
  }
});

test("going on from any event sees what a session that never stopped has seen", async () => {
  for (const each of cases.slice(0, 6)) {
    const whole = await opened(each, decoding());
    const stops: { progress: Progress; seen: number }[] = [];
    for await (const _ of whole.session.run())
      stops.push({ progress: whole.session.progress, seen: whole.engine.seen.length });
    for (const { progress, seen } of stops) {
      const rest = await opened(each, decoding(), progress);
      for await (const _ of rest.session.run());
      expect(rest.engine.seen).toEqual(whole.engine.seen.slice(seen));
    }
  }
});

test("held-out figures in the middle of an epoch change nothing of it", async () => {
  const each = cases[1]!;
  const [plain, asked] = [await opened(each, decoding()), await opened(each, decoding())];
  for await (const _ of plain.session.run());
  for await (const _ of asked.session.run()) await asked.session.evaluate();
  const training = (engine: SeeingEngine) => engine.seen.filter((line) => line.startsWith("train"));
  expect(training(asked.engine)).toEqual(training(plain.engine));
});

test("a record that is gone is an error when its chunk is wanted, not before, and the progress until then stands", async () => {
  const each = {
    ...cases[1]!,
    train: single(40),
    plan: { ...cases[1]!.plan, measures: [], examples: 40, batch: 4, batches: 1 },
    capacity: 8,
  };
  const whole = await opened(each, decoding());
  for await (const _ of whole.session.run());
  const { chunk } = chunksOf(each.train, 8, { seed: each.plan.seed, epoch: 0 });
  const [lost] = taken(chunk(3));
  const { engine, session } = await opened(each, decoding(new Set([lost!])));
  const run = async () => {
    for await (const _ of session.run());
  };
  await expect(run()).rejects.toThrow("there is no file");
  expect([session.progress.step, session.progress.cursor]).toEqual([6, 24]);
  const rest = await opened(each, decoding(), session.progress);
  for await (const _ of rest.session.run());
  expect([...engine.seen, ...rest.engine.seen]).toEqual(whole.engine.seen);
});

test("rows that stand by themselves are taken while later ones of their chunk are read; those of shards, shuffled, when all are there", async () => {
  for (const [train, before] of [
    [single(64), 8],
    [sharded([20, 30, 14]), 0],
  ] as const) {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const plain = decoding();
    let asked = 0;
    const reading: Decoding = {
      ...plain,
      async read(task) {
        if (asked++ >= 2) await released;
        return plain.read(task);
      },
    };
    const plan = { ...cases[1]!.plan, measures: [], examples: 64, heldout: 0, epochs: 1, batch: 4, batches: 1 };
    const each = { plan, capacity: 64, train, heldout: single(0) };
    const { engine, session } = await opened(each, reading);
    const run = (async () => {
      for await (const _ of session.run());
    })();
    for (let i = 0; i < 200; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(engine.seen.length).toBe(before);
    release();
    await run;
    expect(engine.seen.length).toBe(16);
  }
});

/** Its weight depends on the order of all rows; after so many runs, over all engines that share `fate`, the device fails. */
class LosableEngine extends SeeingEngine {
  private readonly fate: { left: number };
  private isLost = false;
  constructor(capacity: number, batches: number, fate: { left: number }) {
    super(capacity, batches);
    this.fate = fate;
  }
  override async run(entry: string, steps = 1): Promise<void> {
    this.use(this.fate.left-- === 0);
    const before = this.seen.length;
    await super.run(entry, steps);
    const w = this.buffers.get("w")!;
    if (entry === "initialise") w[0] = 1;
    if (entry !== "train") return;
    for (const line of this.seen.slice(before))
      for (const row of line.slice("train ".length).split(",")) w[0] = w[0]! / 2 + Number(row);
  }
  override async write(name: string, values: Numbers, at = 0): Promise<void> {
    this.use(false);
    return super.write(name, values, at);
  }
  private use(isEnd: boolean): void {
    this.isLost ||= isEnd;
    if (this.isLost) throw new GpuError("the GPU was lost");
  }
}

test("a stream whose engine is lost is read again where it is needed, and the training ends with the weights of one that was not", async () => {
  for (const { plan, capacity, train, heldout } of cases.slice(0, 4)) {
    const trained = async (left: number) => {
      const fate = { left: Number.POSITIVE_INFINITY };
      const start = (): LosableEngine => new LosableEngine(capacity, plan.batches, fate);
      const columns = [{ name: "x", width: 2 }];
      const ring = {
        records: { train, heldout },
        capacity,
        stepRows: plan.batch * plan.batches,
        seed: plan.seed,
        columns,
      };
      let reopened = 0;
      const reopen = async (): Promise<LosableEngine> => {
        reopened++;
        return start();
      };
      const engine = start();
      const session = await Session.open(engine, plan, new Ring(engine, ring, decoding()), {}, reopen);
      session.longest = 2;
      fate.left = left;
      const epochs: SessionEvent[] = [];
      for await (const event of session.run()) if (event.kind === "epoch") epochs.push(event);
      return { weights: await session.tensors(), epochs: epochs.length, reopened };
    };
    const whole = await trained(Number.POSITIVE_INFINITY);
    expect(whole).toMatchObject({ reopened: 0, epochs: 3 });
    for (let at = 0; ; at++) {
      const lost = await trained(at);
      if (lost.reopened === 0) break;
      expect(lost, `run ${at}`).toEqual({ ...whole, reopened: 1 });
    }
  }
});
