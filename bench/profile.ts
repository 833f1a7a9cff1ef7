// Where a training step's time goes, kernel by kernel, on one thread: `node bench/profile.ts WORKLOAD [COUNT]`. Each record is timed
// twice: by itself, many times over, its data in the cache; and within the step, between the records before and after it, the median of
// 60 steps. Where the second is much longer, it waits for memory. The bound is the time of a step whose records all reach the rate of the best one, or copy
// their bytes as fast as the machine does. Records of a loop are timed one by one, at the first of its time steps.

import { itemAt } from "../compiler/arithmetic/lists.ts";
import type { Work } from "../compiler/loops/stage.ts";
import { copyBandwidths } from "../project/cost/kerneltimes.node.ts";
import { LAYOUT } from "../runtime/plan.ts";
import { instantiate } from "../runtime/wasm/memory.ts";
import { enableRevectorize } from "../runtime/wasm/node.ts";
import { planWorkload } from "./plans.ts";
import { medianOf } from "./statistics.ts";

const STRETCH_MS = 4;
const STEPS = 60;
/** Words of a record: its kind (1: a loop), its bytes; and the bytes of a loop's head. */
const [KIND, BYTES, HEAD] = [0, 6, 32];

interface Timed {
  readonly what: string;
  readonly work: Work;
  /** How often it runs in a step. */
  readonly times: number;
  readonly start: number;
  readonly end: number;
  alone: number;
  within: number;
}

enableRevectorize();
const [name = "lenet", count = "30"] = process.argv.slice(2);
const { plan, works, fill } = planWorkload(name, false);
const memory = new WebAssembly.Memory({ initial: plan.pages, maximum: plan.pages, shared: plan.shared });
new Uint8Array(memory.buffer).set(plan.records, plan.recordsAddress);
const instance = await instantiate(plan.module, memory);
const words = new Int32Array(memory.buffer);
words[(LAYOUT.step + 8) >> 2] = plan.batch;
const entry = (wanted: string) => plan.entries.find((e) => e.name === wanted)!;
const run = (from: number, to: number, times: number): void => {
  words[LAYOUT.cursor / 4] = 0;
  words[LAYOUT.ringPosition / 4] = 0;
  instance.run(from, to, times, 0, 1);
};
run(entry("initialise").start, entry("initialise").end, 1);
fill(memory);
const { start, end } = entry("train");
for (let i = 0; i < 3; i++) run(start, end, 1);

const schedules = new Map(plan.kernels.map((k) => [k.name, k.schedule]));
const groups = groupsOf(start, works);
const timed = groups.flat();
const wholes: number[] = [];
const withins = new Map(timed.map((t) => [t, [] as number[]]));
for (let step = 0; step < STEPS; step++) {
  wholes.push(timeOf(() => run(start, end, 1)));
  for (const group of groups) {
    const took = new Map<Timed, number>();
    for (let i = 0; i < group[0]!.times; i++)
      for (const t of group) took.set(t, (took.get(t) ?? 0) + timeOf(() => run(t.start, t.end, 1)));
    for (const [t, ms] of took) withins.get(t)!.push(ms);
  }
}
const whole = medianOf(wholes);
for (const t of timed) {
  t.within = medianOf(withins.get(t)!);
  t.alone = t.times * shortest(() => run(t.start, t.end, 1));
}

/** The records of a table, alone or together with the others of their loop. */
function groupsOf(from: number, works: readonly Work[]): Timed[][] {
  let at = from;
  return works.map((work) => {
    const isLoop = words[at / 4 + KIND] === 1;
    const next = at + words[at / 4 + BYTES]!;
    const group = isLoop ? recordsOf(at + HEAD, work.loop!.body, work.loop!.length) : recordsOf(at, [work], 1);
    at = next;
    return group;
  });
}

function recordsOf(from: number, works: readonly Work[], times: number): Timed[] {
  let at = from;
  return works.map((work) => {
    const began = at;
    at += words[at / 4 + BYTES]!;
    const schedule = schedules.get(work.name);
    const what = `${work.name}${schedule ? `: ${schedule}` : ""}${times > 1 ? ` (${times} times)` : ""}`;
    return { what, work, times, start: began, end: at, alone: 0, within: 0 };
  });
}

function timeOf(work: () => void): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

/** Milliseconds of one run: the least of several stretches, since other programs only ever make them longer. */
function shortest(work: () => void): number {
  const stretch = (times: number): number => timeOf(() => Array.from({ length: times }).forEach(work));
  work();
  const times = Math.ceil(STRETCH_MS / Math.max(1e-4, stretch(3) / 3));
  return Math.min(...Array.from({ length: 5 }, () => stretch(times))) / times;
}

const sum = (of: (t: Timed) => number): number => timed.reduce((n, t) => n + of(t), 0);
/** Operations in a millisecond: those of the best record, of the ones that count. */
const fastest = Math.max(
  ...timed
    .filter((t) => t.alone > 0.01 * whole)
    .map((t) => (t.times * t.work.operations) / Math.min(t.alone, t.within)),
);
const copies = copyBandwidths(20);
const bytesIn = ({ work }: Timed): number =>
  1e6 * (copies.find((c) => c.bytes >= work.bytes) ?? itemAt(copies, -1)).gbs;
const arithmetic = sum((t) => (t.times * t.work.operations) / fastest);
const bound = sum((t) => t.times * Math.max(t.work.operations / fastest, t.work.bytes / bytesIn(t)));
console.log(
  `${name}: a step ${whole.toFixed(3)} ms; its ${timed.length} records by themselves ${sum((t) => t.alone).toFixed(3)} ms, within the step ${sum((t) => t.within).toFixed(3)} ms`,
);
console.log(
  `bound ${bound.toFixed(3)} ms (arithmetic ${arithmetic.toFixed(3)} ms): at the ${(fastest / 1e6).toFixed(0)} GFLOP/s of the best record, or as fast as its bytes are copied`,
);
console.log("  alone  within  GFLOP/s    GB/s  (within)");
for (const t of timed.toSorted((a, b) => b.within - a.within).slice(0, Number(count))) {
  const rate = (amount: number): string => ((t.times * amount) / t.within / 1e6).toFixed(1).padStart(7);
  const [alone, within] = [t.alone, t.within].map((ms) => ms.toFixed(3).padStart(7));
  console.log(`${alone} ${within}  ${rate(t.work.operations)} ${rate(t.work.bytes)}  ${t.what}`);
}
