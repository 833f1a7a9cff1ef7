// The kernels of a training step as a page that needs nothing else: the roofline with a point for each kernel, and the tables.

import { escaped } from "./graph/svg.ts";
import {
  type BenchFigures,
  ceilingText,
  type KernelFigures,
  layerCells,
  percent,
  placeText,
  sourceText,
} from "./kernels.ts";
import { PALETTE } from "./palette.ts";

export function benchPage(figures: BenchFigures): string {
  const { training, batch, stepMs, kernels, layers, ceilings } = figures;
  const sum = kernels.reduce((n, k) => n + k.ms, 0);
  const sorted = kernels.toSorted((a, b) => b.ms - a.ms);
  const kernelRows = sorted.map((k) => [
    sourceText(k),
    k.ms.toFixed(3),
    percent(k.ms / sum),
    k.gflops.toFixed(1),
    k.gbs.toFixed(1),
    percent(k.share),
    k.bound,
    placeText(k),
    k.kernel,
    k.schedule,
  ]);
  const layerRows = layers.map((l) => {
    const cells = layerCells(l, sum);
    return [...cells.slice(-2, -1), ...cells.slice(0, -2), ...cells.slice(-1)];
  });
  const head = ["layer", "ms", "of step", "GFLOP/s", "GB/s", "of roofline"];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(training)}: kernels</title>
<style>${STYLE}</style></head><body>
<h1>${escaped(training)}: a step by its kernels</h1>
<p>Batch ${batch}, one thread: ${stepMs.toFixed(3)} ms a step, ${sum.toFixed(3)} ms in ${kernels.length} kernels by themselves.
This machine, one thread: ${escaped(ceilingText(ceilings))}.</p>
<div class="wide">${roofline(figures)}</div>
<h2>By layer</h2>
${tableOf([...head, "kernels", "line"], layerRows, 6)}
<h2>By kernel</h2>
${tableOf([...head, "bound by", "line", "kernel", "schedule"], kernelRows, 5)}
</body></html>
`;
}

/** Signs of a text that goes on below. */
const LONG = 90;

/** Behind the layer stand so many columns of numbers. */
function tableOf(head: readonly string[], rows: readonly (readonly string[])[], numbers: number): string {
  const cell = (tag: string) => (text: string, i: number) =>
    `<${tag}${i >= 1 && i <= numbers ? ' class="n"' : text.length > LONG ? ' class="l"' : ""}>${escaped(text)}</${tag}>`;
  const line = (cells: readonly string[], tag: string): string => `<tr>${cells.map(cell(tag)).join("")}</tr>`;
  return `<div class="wide"><table><thead>${line(head, "th")}</thead><tbody>${rows.map((r) => line(r, "td")).join("\n")}</tbody></table></div>`;
}

const [W, H, LEFT, RIGHT, BOTTOM, TOP] = [760, 340, 56, 26, 40, 14];

/** Both axes by tens: operations for each byte, and operations a second; larger points take more of the step. */
function roofline({ kernels, ceilings }: BenchFigures): string {
  const shown = kernels.filter((k) => k.operations > 0 && k.bytes > 0);
  const intensity = (k: KernelFigures): number => k.operations / k.bytes;
  const slowest = Math.min(...ceilings.copies.map((c) => c.gbs));
  const fastest = Math.max(...ceilings.copies.map((c) => c.gbs));
  const low = Math.floor(Math.log10(Math.min(0.1, ...shown.map(intensity))));
  const high = Math.ceil(Math.log10(Math.max((2 * ceilings.gflops) / slowest, ...shown.map(intensity))));
  const bottom = Math.floor(Math.log10(Math.min(1, ...shown.map((k) => k.gflops))));
  const top = Math.ceil(Math.log10(Math.max(ceilings.gflops, ...shown.map((k) => k.gflops)) * 1.2));
  const x = (v: number): number => LEFT + ((Math.log10(v) - low) / (high - low)) * (W - LEFT - RIGHT);
  const y = (v: number): number => H - BOTTOM - ((Math.log10(v) - bottom) / (top - bottom)) * (H - BOTTOM - TOP);
  const tens = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const text = (e: number): string => (e < 0 ? (10 ** e).toFixed(-e) : String(10 ** e));
  const grid = [
    ...tens(low, high).map((e) => {
      const at = x(10 ** e).toFixed(1);
      return `<path class="grid" d="M${at} ${TOP}V${H - BOTTOM}"/><text x="${at}" y="${H - BOTTOM + 15}" text-anchor="middle">${text(e)}</text>`;
    }),
    ...tens(bottom, top).map((e) => {
      const at = y(10 ** e).toFixed(1);
      return `<path class="grid" d="M${LEFT} ${at}H${W - RIGHT}"/><text x="${LEFT - 6}" y="${Number(at) + 4}" text-anchor="end">${text(e)}</text>`;
    }),
  ];
  const roof = (gbs: number): string => {
    const from = Math.max(10 ** low, 10 ** bottom / gbs);
    const knee = ceilings.gflops / gbs;
    const [a, b] = [
      `${x(from).toFixed(1)} ${y(from * gbs).toFixed(1)}`,
      `${x(knee).toFixed(1)} ${y(ceilings.gflops).toFixed(1)}`,
    ];
    return `<path class="roof" d="M${a}L${b}H${W - RIGHT}"/>`;
  };
  const longest = Math.max(...kernels.map((k) => k.ms));
  const points = shown.map((k) => {
    const label = `${sourceText(k)} (${placeText(k)}), ${k.kernel}: ${k.ms.toFixed(3)} ms, ${k.gflops.toFixed(1)} GFLOP/s, ${percent(k.share)} of the roofline`;
    const r = (2 + 7 * Math.sqrt(k.ms / longest)).toFixed(1);
    return `<circle class="${k.bound}" cx="${x(intensity(k)).toFixed(1)}" cy="${y(k.gflops).toFixed(1)}" r="${r}"><title>${escaped(label)}</title></circle>`;
  });
  return `<svg viewBox="0 0 ${W} ${H}" width="${W}" height="${H}" role="img" aria-label="roofline: operations a second by operations for each byte, a point for each kernel">
${grid.join("")}${roof(slowest)}${roof(fastest)}${points.join("")}
<text x="${(W - RIGHT + LEFT) / 2}" y="${H - 6}" text-anchor="middle">operations for each byte (the roofs: copies in memory and in caches, and a product of matrices)</text>
<text x="14" y="${H / 2}" text-anchor="middle" transform="rotate(-90 14 ${H / 2})">GFLOP/s</text></svg>`;
}

const STYLE = `${PALETTE}
body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem;color:var(--ink);background:var(--paper)}
h1{font-size:1.25rem}h2{font-size:1rem;margin-top:2rem}.wide{overflow-x:auto}table{border-collapse:collapse;font-size:13px}
th,td{padding:.15rem .6rem;text-align:left;border-bottom:1px solid var(--line);white-space:nowrap}.n{text-align:right;font-variant-numeric:tabular-nums}.l{white-space:normal;min-width:40rem}
svg{max-width:100%;height:auto}svg text{font:11px system-ui,sans-serif;fill:var(--dim)}.grid{stroke:var(--line);fill:none}
.roof{stroke:var(--dim);fill:none;stroke-width:1.5}@media(max-width:46rem){svg{max-width:none}}.arithmetic{fill:#2f81f7;fill-opacity:.65}.memory{fill:#d9822b;fill-opacity:.65}`;
