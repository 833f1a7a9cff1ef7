// Judges what the compiler writes for a GPU: `node bench/gpu.ts --static [WORKLOAD...] [--json]`. No adapter is needed: the figures
// are of the dispatches themselves, see `gpu/figures.ts`.

import { parseArgs } from "node:util";
import { GPU } from "../compiler/targets/wgsl/tuning.ts";
import type { Figures } from "./gpu/figures.ts";
import { figuresOf } from "./gpu/figures.ts";
import { workloadEntries } from "./plans.ts";
import { workloads } from "./workloads.ts";

const { values, positionals } = parseArgs({
  options: { static: { type: "boolean" }, json: { type: "boolean" } },
  allowPositionals: true,
});
if (!values.static) {
  console.error("usage: node bench/gpu.ts --static [WORKLOAD...] [--json]");
  process.exit(2);
}

const percent = (share: number): string => `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)}%`;

function table(lines: readonly (readonly [string, Figures])[]): string {
  const head =
    "| workload | dispatches | levels | results of a thread: share of operations | uncoalesced | MB moved | MB at least | barriers |";
  const rows = lines.map(([name, f]) => {
    const blocks = Object.entries(f.blocks).map(([size, share]) => `${size}: ${percent(share)}`);
    const mb = (bytes: number): string => (bytes / 1e6).toFixed(1);
    const cells = [
      name,
      f.dispatches,
      f.levels,
      blocks.join(", "),
      percent(f.uncoalesced),
      mb(f.bytes.moved),
      mb(f.bytes.least),
      f.barriers.join(", "),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [head, `|${" --- |".repeat(8)}`, ...rows].join("\n");
}

const names = positionals.length > 0 ? positionals : Object.keys(workloads);
const figures = names.map((name) => {
  const { workload, entries } = workloadEntries(name);
  return [name, figuresOf({ entries, batch: workload.batch }, GPU)] as const;
});
console.log(values.json ? JSON.stringify(Object.fromEntries(figures), null, 2) : table(figures));
