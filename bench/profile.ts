// Where a training step's time goes, kernel by kernel, on one thread: `node bench/profile.ts WORKLOAD [COUNT]`. Each record of the
// table is run by itself many times over; figures are milliseconds of processor time, so that other programs disturb little.

import { LAYOUT } from "../runtime/plan.ts";
import { instantiate } from "../runtime/wasm/memory.ts";
import { enableRevectorize } from "../runtime/wasm/node.ts";
import { planWorkload } from "./plans.ts";

const SPECIAL = ["fetch", "log", "advance"];
const STRETCH_MS = 15;

interface Line {
  readonly ms: number;
  readonly what: string;
}

enableRevectorize();
const [name = "lenet", count = "30"] = process.argv.slice(2);
const { plan, fill } = planWorkload(name, false);
const memory = new WebAssembly.Memory({ initial: plan.pages, maximum: plan.pages, shared: plan.shared });
new Uint8Array(memory.buffer).set(plan.records, plan.recordsAddress);
const instance = await instantiate(plan.module, memory);
const words = new Int32Array(memory.buffer);
words[(LAYOUT.step + 8) >> 2] = plan.batch;
const entry = (wanted: string) => plan.entries.find((e) => e.name === wanted)!;
instance.run(entry("initialise").start, entry("initialise").end, 1, 0, 1);
fill(memory);
const { start, end } = entry("train");
instance.run(start, end, 3, 0, 1);

const now = (): number => process.cpuUsage().user / 1000;
const lines: Line[] = [];
for (let at = start; at < end; at += words[(at + 24) >> 2]!) {
  const next = at + words[(at + 24) >> 2]!;
  const kernel = words[(at + 4) >> 2]!;
  const known = plan.kernels[kernel - SPECIAL.length];
  const isLoop = words[at >> 2] === 1;
  const what = isLoop ? `loop of ${kernel}` : known ? `${known.name}: ${known.schedule}` : SPECIAL[kernel]!;
  if (what !== "advance" && what !== "log") lines.push({ ms: timeOf(at, next), what });
}

function timeOf(from: number, to: number): number {
  instance.run(from, to, 2, 0, 1);
  let runs = 1;
  for (;;) {
    const began = now();
    instance.run(from, to, runs, 0, 1);
    const took = now() - began;
    if (took >= STRETCH_MS) return took / runs;
    runs *= took < STRETCH_MS / 8 ? 8 : 2;
  }
}

console.log(`${lines.reduce((sum, l) => sum + l.ms, 0).toFixed(3)} ms in ${lines.length} records`);
for (const { ms, what } of lines.toSorted((a, b) => b.ms - a.ms).slice(0, Number(count)))
  console.log(`${ms.toFixed(4)}  ${what}`);
