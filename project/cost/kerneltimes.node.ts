// The kernels of a training step on this machine: each timed by itself on one thread, beside what the machine reaches at all.
// In: a prepared training. Out: times with the work that each has to do, and the ceilings.

import { planWasm } from "../../compiler/compilewasm.ts";
import type { Work } from "../../compiler/loops/stage.ts";
import type { Span } from "../../grammar/syntax/span.ts";
import { enableRevectorize } from "../../runtime/wasm/node.ts";
import { type RecordData, timeRecords } from "../../runtime/wasm/recordtimes.ts";
import type { Prepared } from "../train/job.ts";

export interface TimedRecord {
  readonly name: string;
  readonly schedule: string;
  readonly span: Span | undefined;
  readonly ms: number;
  readonly operations: number;
  readonly bytes: number;
}

export interface TimedStep {
  readonly records: readonly TimedRecord[];
  readonly ms: number;
}

const now = (): number => performance.now();

/** `milliseconds`: about how long each kernel is run. */
export async function timeStep(
  { entries, sizes, session, columns }: Pick<Prepared, "entries" | "sizes" | "session" | "columns">,
  milliseconds: number,
): Promise<TimedStep> {
  enableRevectorize();
  let works: readonly Work[] = [];
  const plan = planWasm(entries, sizes, session.batch, false, {
    works: (entry, found) => {
      if (entry === "train") works = found;
    },
  });
  const order = { name: "order", values: Array.from({ length: sizes.train }, (_, i) => i) };
  const data: RecordData[] = [order, ...columns.map((c) => ({ name: `data:${c.name}`, values: Array.from(c.train) }))];
  const changes = works.map((w) => w.writes);
  const times = await timeRecords(plan, "train", data, { milliseconds, now, changes });
  const schedules = new Map(plan.kernels.map((k) => [k.name, k.schedule]));
  const records = works.map(({ name, span, operations, bytes }, i) => ({
    name,
    schedule: schedules.get(name) ?? "",
    span,
    ms: times.records[i] ?? 0,
    operations,
    bytes,
  }));
  return { records, ms: times.whole };
}

const SIZES = [32 * 2 ** 10, 256 * 2 ** 10, 2 * 2 ** 20, 16 * 2 ** 20, 64 * 2 ** 20];

/** Bytes a second, read and written, of copies whose both sides are so many bytes together. */
export function copyBandwidths(milliseconds: number): { bytes: number; gbs: number }[] {
  return SIZES.map((bytes) => {
    const from = new Float32Array(bytes / 8).fill(1);
    const to = new Float32Array(bytes / 8);
    to.set(from);
    return { bytes, gbs: bytes / leastTime(() => to.set(from), milliseconds) / 1e6 };
  });
}

const ROUNDS = 8;

/** Milliseconds that `run` takes: in the fastest of several rounds, since a pause of the machine in one of them is no work. */
export function leastTime(run: () => void, milliseconds: number, clock = now): number {
  let [least, rounds] = [Number.POSITIVE_INFINITY, 0];
  for (let times = 1; rounds < ROUNDS; ) {
    const began = clock();
    for (let i = 0; i < times; i++) run();
    const took = clock() - began;
    if (took < milliseconds / ROUNDS) times *= 2;
    else {
      rounds++;
      least = Math.min(least, took / times);
    }
  }
  return least;
}
