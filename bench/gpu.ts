// The benchmark of the GPU engine: `node bench/gpu.ts [WORKLOAD...] [--out FOLDER]` on a machine with a GPU checks, measures and
// compares, each part within its time, and prints one short table last. `--quick` tries every part on a small program, on a driver that
// computes on the processor, too; `--static [--json]` judges what the compiler writes, without any adapter. Exit code 1 where a check fails.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findAdapter } from "../runtime/webgpu/node.ts";
import { FULL, measure, QUICK, tiny } from "./gpu/measure.ts";
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
if (values.static) {
  console.log(staticReport(names, values.json));
  process.exit(0);
}
const found = await findAdapter();
if (typeof found === "string") fail(`there is no GPU: ${found}`);
if (found.software && !values.quick) fail(`${found.name} computes on the processor: --quick tries all parts on it`);
const programs = values.quick ? [tiny()] : names.map((name) => ({ name, ...workloadEntries(name) }));
const measured = await measure(found, programs, values.quick ? QUICK : FULL);
if (values.out !== undefined) {
  mkdirSync(values.out, { recursive: true });
  writeFileSync(join(values.out, "gpu.json"), `${JSON.stringify(measured, null, 1)}\n`);
}
console.log(values.json ? JSON.stringify(measured, null, 1) : summary(measured));
const isRight = measured.check?.every((c) => c.isRight) === true;
process.exit(isRight && measured.parts.every((p) => p.error === undefined) ? 0 : 1);
