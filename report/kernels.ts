// Figures of the kernels of a training step beside the machine's ceilings. In: times and work of records, and measured
// ceilings. Out: figures by kernel and by layer, as a table.

import { itemAt } from "../compiler/arithmetic/lists.ts";
import { table } from "./tables.ts";

/** Ceilings of one thread of this machine. */
export interface Ceilings {
  /** In a large product of matrices, in 10^9 operations a second. */
  readonly gflops: number;
  /** In copies of so many bytes, read and written, in 10^9 bytes a second. */
  readonly copies: readonly { readonly bytes: number; readonly gbs: number }[];
}

export interface KernelTime {
  readonly kernel: string;
  readonly schedule: string;
  readonly file: string | undefined;
  readonly line: number | undefined;
  /** The layer or expression. */
  readonly source: string;
  readonly ms: number;
  readonly operations: number;
  readonly bytes: number;
}

export interface KernelFigures extends KernelTime {
  readonly gflops: number;
  readonly gbs: number;
  /** The time that the ceilings allow, as a part of the time that was taken. */
  readonly share: number;
  /** Which ceiling is the lower one. */
  readonly bound: "arithmetic" | "memory";
}

export interface LayerFigures extends Pick<KernelFigures, "file" | "line" | "source" | "ms" | "share"> {
  readonly kernels: number;
  readonly gflops: number;
  readonly gbs: number;
}

export interface BenchFigures {
  readonly training: string;
  readonly batch: number;
  readonly ceilings: Ceilings;
  /** The step as a whole, on one thread. */
  readonly stepMs: number;
  readonly kernels: readonly KernelFigures[];
  readonly layers: readonly LayerFigures[];
}

/** The bandwidth of copies that are as large. */
const bandwidthAt = ({ copies }: Ceilings, bytes: number): number =>
  (copies.find((c) => c.bytes >= bytes) ?? itemAt(copies, -1)).gbs;

export function figuresOf(kernel: KernelTime, ceilings: Ceilings): KernelFigures {
  const { ms, operations, bytes } = kernel;
  const arithmetic = operations / (ceilings.gflops * 1e6);
  const memory = bytes / (bandwidthAt(ceilings, bytes) * 1e6);
  return {
    ...kernel,
    gflops: operations / ms / 1e6,
    gbs: bytes / ms / 1e6,
    share: Math.max(arithmetic, memory) / ms,
    bound: arithmetic >= memory ? "arithmetic" : "memory",
  };
}

/** Kernels that are for one place of the program, together; the most time first. */
export function layersOf(kernels: readonly KernelFigures[]): LayerFigures[] {
  const groups = Map.groupBy(kernels, (k) => `${k.file}:${k.line}:${k.source}`);
  const layers = [...groups.values()].map((group): LayerFigures => {
    const { file, line, source } = itemAt(group, 0);
    const total = (of: (k: KernelFigures) => number): number => group.reduce((n, k) => n + of(k), 0);
    const ms = total((k) => k.ms);
    return {
      file,
      line,
      source,
      ms,
      kernels: group.length,
      gflops: total((k) => k.operations) / ms / 1e6,
      gbs: total((k) => k.bytes) / ms / 1e6,
      share: total((k) => k.share * k.ms) / ms,
    };
  });
  return layers.toSorted((a, b) => b.ms - a.ms);
}

export const placeText = ({ file, line }: Pick<KernelTime, "file" | "line">): string =>
  file === undefined ? "" : `${file}:${line}`;

/** The layer or expression; what stands at no place of the program is the training's own, such as taking a batch. */
export const sourceText = ({ source }: Pick<KernelTime, "source">): string =>
  source === "" ? "the training's own" : source;

export const percent = (share: number): string => `${(100 * share).toFixed(0)}%`;

/** The figures of a layer as text, of kernels that take `sum` milliseconds together. */
export const layerCells = (l: BenchFigures["layers"][number], sum: number): string[] => [
  l.ms.toFixed(3),
  percent(l.ms / sum),
  l.gflops.toFixed(1),
  l.gbs.toFixed(1),
  percent(l.share),
  String(l.kernels),
  sourceText(l),
  placeText(l),
];

export function benchTable(figures: BenchFigures, most: number): string {
  const { training, batch, stepMs, kernels, layers, ceilings } = figures;
  const sum = kernels.reduce((n, k) => n + k.ms, 0);
  const sorted = kernels.toSorted((a, b) => b.ms - a.ms);
  const rows = sorted
    .slice(0, most)
    .map((k) => [
      k.ms.toFixed(3),
      percent(k.ms / sum),
      k.gflops.toFixed(1),
      k.gbs.toFixed(1),
      `${percent(k.share)} ${k.bound}`,
      k.kernel,
      sourceText(k),
      placeText(k),
    ]);
  const layerRows = layers.slice(0, most).map((l) => layerCells(l, sum));
  const right = [0, 1, 2, 3];
  return [
    `${training}, batch ${batch}, one thread: ${stepMs.toFixed(3)} ms a step, ${sum.toFixed(3)} ms in ${kernels.length} kernels by themselves`,
    `this machine, one thread: ${ceilingText(ceilings)}`,
    "",
    table([["ms", "of step", "GFLOP/s", "GB/s", "of roofline", "kernel", "for", "line"], ...rows], right),
    ...(sorted.length > most ? [`and ${sorted.length - most} more, which --json and --out have`] : []),
    "",
    table(
      [["ms", "of step", "GFLOP/s", "GB/s", "of roofline", "kernels", "layer", "line"], ...layerRows],
      [...right, 5],
    ),
  ].join("\n");
}

export const ceilingText = ({ gflops, copies }: Ceilings): string =>
  `${gflops.toFixed(0)} GFLOP/s in a product; copies of ${copies.map((c) => `${sizeText(c.bytes)} at ${c.gbs.toFixed(0)} GB/s`).join(", ")}`;

const sizeText = (bytes: number): string => (bytes >= 2 ** 20 ? `${bytes / 2 ** 20} MiB` : `${bytes / 2 ** 10} KiB`);
