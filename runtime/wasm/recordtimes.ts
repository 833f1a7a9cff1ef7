// How long each record of an entry takes by itself, on one thread. In: a plan with its data. Out: milliseconds, record by record. A
// record is run many times over, and what it changed is put back, so that every record meets the values of a training's first steps.

import type { PlanBuffer, WasmPlan } from "../plan.ts";
import { LAYOUT } from "../plan.ts";
import { instantiate } from "./memory.ts";

export interface RecordData {
  readonly name: string;
  readonly values: ArrayLike<number>;
}

/** Words of a record: where its bytes stand. */
const BYTES = 6;
const SEED = 1;

export interface TimeOptions {
  /** About how long each record is run. */
  readonly milliseconds: number;
  readonly now: () => number;
  /** The buffers that each record changes, in order. */
  readonly changes: readonly (readonly string[])[];
}

/** Milliseconds of each record of `entry`, after `initialise` and some runs of it; then of the entry as a whole. */
export async function timeRecords(
  plan: WasmPlan,
  entry: string,
  data: readonly RecordData[],
  { milliseconds, now, changes }: TimeOptions,
): Promise<{ readonly records: readonly number[]; readonly whole: number }> {
  const memory = new WebAssembly.Memory({ initial: plan.pages, maximum: plan.pages, shared: plan.shared });
  new Uint8Array(memory.buffer).set(plan.records, plan.recordsAddress);
  const instance = await instantiate(plan.module, memory);
  const words = new Int32Array(memory.buffer);
  const buffers = new Map(plan.buffers.map((b) => [b.name, b]));
  fillData(memory, buffers, data);
  const step = LAYOUT.step / 4;
  words[step] = SEED;
  words[step + 2] = plan.batch;
  const run = (start: number, end: number, times: number): void => {
    words[LAYOUT.cursor / 4] = 0;
    words[LAYOUT.ringPosition / 4] = 0;
    instance.run(start, end, times, 0, 1);
  };
  const wanted = plan.entries.find((e) => e.name === entry);
  if (!wanted) throw new Error(`a plan without ${entry}`);
  const starts = plan.entries.find((e) => e.name === "initialise");
  if (starts) run(starts.start, starts.end, 1);
  const { start, end } = wanted;
  for (let i = 0; i < 3; i++) run(start, end, 1);
  const timed = (from: number, to: number, most: number): number => {
    run(from, to, 1);
    const stretch = (times: number): number => {
      const began = now();
      // Few at a time, since each takes another batch and another place in the ring.
      for (let left = times; left > 0; left -= most) run(from, to, Math.min(left, most));
      return now() - began;
    };
    let [times, took] = [1, stretch(1)];
    for (; took < milliseconds / STRETCHES; took = stretch(times)) times *= took < milliseconds / 16 ? 8 : 2;
    // The shortest of several: other programs only ever make it longer.
    for (let i = 1; i < STRETCHES; i++) took = Math.min(took, stretch(times));
    return took / times;
  };
  const records: number[] = [];
  for (let at = start; at < end; ) {
    const next = at + (words[at / 4 + BYTES] ?? 0);
    const kept = (changes[records.length] ?? []).flatMap((name) => copyOf(memory, buffers.get(name)));
    records.push(timed(at, next, FEW));
    for (const { address, bytes } of kept) new Uint8Array(memory.buffer).set(bytes, address);
    at = next;
  }
  return { records, whole: timed(start, end, 1) };
}

const FEW = 64;
const STRETCHES = 3;

const VIEWS = { f32: Float32Array, i32: Int32Array, f16: Uint16Array, u8: Uint8Array } as const;

function fillData(
  memory: WebAssembly.Memory,
  buffers: ReadonlyMap<string, PlanBuffer>,
  data: readonly RecordData[],
): void {
  for (const { name, values } of data) {
    const buffer = buffers.get(name);
    if (!buffer) continue;
    new VIEWS[buffer.dtype](memory.buffer, buffer.address, buffer.size).set(values);
  }
}

function copyOf(memory: WebAssembly.Memory, buffer: PlanBuffer | undefined) {
  // Temporaries are made again by every step; only what a training keeps would move away.
  if (buffer?.role !== "parameter" && buffer?.role !== "state") return [];
  const { address, size } = buffer;
  return [{ address, bytes: new Uint8Array(memory.buffer, address, 4 * size).slice() }];
}
