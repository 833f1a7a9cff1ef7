// In: the runs of a benchmark. Out: its table and what it was measured with, as Markdown, and that text in its place in a page.

import type { Machine } from "./machine.ts";
import type { Kernels } from "./pytorch.ts";
import { type Spread, showSpread, spreadOf } from "./statistics.ts";

/** Milliseconds per step of one run; of PyTorch's threads the better. Undefined where PyTorch is absent or failed. */
export interface Run {
  readonly ours: number;
  readonly best: number | undefined;
  readonly avx2: number | undefined;
}

export interface Peer {
  readonly python: string;
  readonly best: Kernels;
  /** Value of OPENBLAS_CORETYPE, where it was faster than OpenBLAS's own choice. */
  readonly core: string | undefined;
  /** Held to 256 bits; undefined where the processor knows no such choice. */
  readonly avx2: Kernels | undefined;
}

export interface Report {
  readonly date: string;
  readonly machine: Machine;
  readonly threads: number;
  /** Variables that were set and that PyTorch was run without. */
  readonly cleared: readonly string[];
  readonly peer: Peer | undefined;
  readonly rows: readonly { readonly workload: string; readonly runs: readonly Run[] }[];
}

export interface Summary {
  readonly workload: string;
  readonly ours: Spread;
  readonly best: Spread | undefined;
  readonly avx2: Spread | undefined;
  /** Of each run's own two times. */
  readonly ratio: Spread | undefined;
  readonly ratioAvx2: Spread | undefined;
}

const present = (values: readonly (number | undefined)[]): Spread | undefined => {
  const known = values.filter((v) => v !== undefined);
  return known.length === 0 ? undefined : spreadOf(known);
};

export function summarise({ workload, runs }: Report["rows"][number]): Summary {
  const over = (peer: (r: Run) => number | undefined) =>
    present(runs.map((r) => (peer(r) === undefined ? undefined : r.ours / peer(r)!)));
  return {
    workload,
    ours: spreadOf(runs.map((r) => r.ours)),
    best: present(runs.map((r) => r.best)),
    avx2: present(runs.map((r) => r.avx2)),
    ratio: over((r) => r.best),
    ratioAvx2: over((r) => r.avx2),
  };
}

export const TABLE_HEAD = `| workload | ours, ms | PyTorch, ms | ours / PyTorch | PyTorch of 256 bits, ms | ours / PyTorch of 256 bits |
| --- | --- | --- | --- | --- | --- |`;

export function tableRow(summary: Summary): string {
  const { workload, ours, best, ratio, avx2, ratioAvx2 } = summary;
  const show = (s: Spread | undefined, digits: number): string => (s ? showSpread(s, digits) : "-");
  const cells = [show(ours, 2), show(best, 2), show(ratio, 2), show(avx2, 2), show(ratioAvx2, 2)];
  return `| ${[workload, ...cells].join(" | ")} |`;
}

/** The bits of the vectors of a kernel, as far as its name says so. */
function bitsOf(kernel: string): string {
  if (/avx-?512|skylakex|cooperlake|sapphirerapids|vector extensions 512/i.test(kernel)) return `${kernel}, 512 bits`;
  return /avx-?2|haswell|zen|vector extensions 2/i.test(kernel) ? `${kernel}, 256 bits` : kernel;
}

const showKernels = ({ openblas, mkl, onednn, aten }: Kernels): string =>
  Object.entries({ OpenBLAS: openblas, MKL: mkl, oneDNN: onednn, ATen: aten })
    .flatMap(([library, kernel]) => (kernel === null ? [] : [`${library} (${bitsOf(kernel)})`]))
    .join(", ");

/** The setup of the figures, one fact per line. */
export function describeReport({ date, machine, threads, cleared, peer, rows }: Report): string[] {
  const bits = machine.vectorBits === undefined ? "" : `, vectors of ${machine.vectorBits} bits`;
  const lines = [
    `${date}, ${machine.cores} cores of ${machine.processor}${bits}; runs: ${rows[0]?.runs.length ?? 0}, load before them: ${machine.load.toFixed(1)}`,
    `Ours: vectors of ${machine.ourVectorBits} bits, threads: ${threads}; Node ${machine.node}, V8 ${machine.v8}`,
  ];
  if (!peer) return [...lines, "PyTorch: not installed"];
  const told = peer.core === undefined ? "" : `; OPENBLAS_CORETYPE=${peer.core}, faster than its own choice`;
  lines.push(`PyTorch ${peer.best.version}: ${showKernels(peer.best)}${told}`);
  if (peer.avx2) lines.push(`PyTorch of 256 bits: ${showKernels(peer.avx2)}`);
  if (cleared.length > 0) lines.push(`PyTorch was run without ${cleared.join(", ")}`);
  const wrong = [peer.best, peer.avx2].filter((k) => k?.exact === false);
  if (wrong.length > 0)
    lines.push(`PyTorch's kernels compute wrong numbers here: ${wrong.map((k) => showKernels(k!))}`);
  return lines;
}

/** The table with its circumstances, as it stands in a page. */
export const page = (report: Report): string =>
  [
    ...describeReport(report).map((line) => `- ${line}`),
    "",
    TABLE_HEAD,
    ...report.rows.map((row) => tableRow(summarise(row))),
  ].join("\n");

const START = "<!-- npm run bench -- --write: start -->";
const END = "<!-- npm run bench -- --write: end -->";

/** The text with what stands between its two marks replaced. */
export function replaceBetweenMarks(text: string, replacement: string): string {
  const [from, to] = [text.indexOf(START), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`the page has no place for the table: '${START}' and '${END}'`);
  return `${text.slice(0, from + START.length)}\n${replacement}\n${text.slice(to)}`;
}
