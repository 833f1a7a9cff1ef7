// The figures of `gpu.ts --static` as a table or as JSON: of the dispatches themselves, see `figures.ts`.

import { GPU } from "../../compiler/targets/wgsl/tuning.ts";
import { workloadEntries } from "../plans.ts";
import type { Figures } from "./figures.ts";
import { figuresOf } from "./figures.ts";

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

export function staticReport(names: readonly string[], isJson: boolean, times = 1): string {
  const figures = names.map((name) => {
    const { workload, entries } = workloadEntries(name, times);
    return [name, figuresOf({ entries, batch: workload.batch }, GPU)] as const;
  });
  return isJson ? JSON.stringify(Object.fromEntries(figures), null, 2) : table(figures);
}
