// The benchmark of the GPU engine: `node bench/gpu.ts [WORKLOAD...] [--out FOLDER]` on a machine with a GPU checks, measures and
// compares, each part within its time, and prints one short table last. `--parts check,steps` does some of it, `--times 4` all of it with
// batches so many times as large, `--minutes 9` what there is time for; with `--out` all that is known is written after each part. `--quick` tries every part on a small program, on a driver that
// computes on the processor, too; `--static [--json]` judges what the compiler writes, without any adapter. Exit code 1 where a check fails.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findAdapter } from "../runtime/webgpu/node.ts";
import { FULL, type Measured, measure, PARTS, type PartName, QUICK, tiny } from "./gpu/measure.ts";
import { summary } from "./gpu/report.ts";
import { staticReport } from "./gpu/static.ts";
import { workloadEntries } from "./plans.ts";
import { workloads } from "./workloads.ts";

const { values, positionals } = parseArgs({
  options: {
    static: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    out: { type: "string" },
    parts: { type: "string" },
    minutes: { type: "string" },
    times: { type: "string", default: "1" },
  },
  allowPositionals: true,
});

const names = positionals.length > 0 ? positionals : Object.keys(workloads);
const unknown = names.filter((name) => !(name in workloads));

function fail(text: string): never {
  console.error(text);
  process.exit(2);
}

if (unknown.length > 0)
  fail(`there is no workload ${unknown.join(", ")}; there are ${Object.keys(workloads).join(", ")}`);
const times = Number(values.times);
if (!(Number.isInteger(times) && times > 0))
  fail(`--times ${values.times}: batches are so many times as large, in whole numbers`);
if (values.static) {
  console.log(staticReport(names, values.json, times));
  process.exit(0);
}
const found = await findAdapter();
if (typeof found === "string") fail(`there is no GPU: ${found}`);
if (found.software && !values.quick) fail(`${found.name} computes on the processor: --quick tries all parts on it`);
const programs = values.quick ? [tiny()] : names.map((name) => ({ name, ...workloadEntries(name, times) }));
const parts = values.parts?.split(",") ?? [...PARTS];
const isPart = (name: string): name is PartName => (PARTS as readonly string[]).includes(name);
if (!parts.every(isPart)) fail(`--parts ${values.parts}: the parts are ${PARTS.join(", ")}`);
const minutes = Number(values.minutes ?? Number.POSITIVE_INFINITY);
if (!(minutes > 0)) fail(`--minutes ${values.minutes}: this is no number of minutes`);

/** Writes the figures so far, in case that the machine is taken away. */
function keep(sofar: Measured): void {
  if (values.out === undefined) return;
  mkdirSync(values.out, { recursive: true });
  writeFileSync(join(values.out, "gpu.json"), `${JSON.stringify(sofar, null, 1)}\n`);
  writeFileSync(join(values.out, "gpu.md"), `${summary(sofar)}\n`);
}

const measured = await measure(found, programs, values.quick ? QUICK : FULL, {
  parts,
  most: 60 * minutes,
  keep,
  times,
});
console.log(values.json ? JSON.stringify(measured, null, 1) : summary(measured));
const isRight = measured.check?.every((c) => c.isRight) ?? !parts.includes("check");
process.exit(isRight && measured.parts.every((p) => p.error === undefined) ? 0 : 1);
