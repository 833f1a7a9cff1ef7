// The curve of a range test: loss against rate, for the terminal and as SVG. Rates are drawn by their logarithms.

import { itemAt } from "../compiler/arithmetic/lists.ts";
import { numberText } from "../project/numbertext.ts";
import type { RateCurve, RatePoint } from "../runtime/train/rates.ts";

interface Frame {
  readonly rates: readonly [low: number, high: number];
  readonly losses: readonly [low: number, high: number];
}

/** The part of the plane that is drawn: a loss far above where it began would flatten everything else. */
function frameOf(points: readonly RatePoint[]): Frame | undefined {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || points.length < 2) return undefined;
  const smooth = points.map((p) => p.smooth);
  const low = Math.min(...smooth);
  const high = Math.min(Math.max(...smooth), first.smooth + 0.5 * Math.max(first.smooth - low, Number.EPSILON));
  return { rates: [first.rate, last.rate], losses: [low, Math.max(high, low + Number.EPSILON)] };
}

/** Places from 0 to 1: across by the logarithm of the rate, down from the highest loss. */
function placeOf({ rates, losses }: Frame, { rate, smooth }: RatePoint): { x: number; y: number } {
  const x = Math.log(rate / rates[0]) / Math.log(rates[1] / rates[0]);
  const y = (losses[1] - Math.min(smooth, losses[1])) / (losses[1] - losses[0]);
  return { x, y };
}

const WIDTH = 60;
const ROWS = 12;

export function curveText({ points, steepest }: RateCurve): string {
  const frame = frameOf(points);
  if (!frame) return "";
  const rows = Array.from({ length: ROWS }, () => new Array<string>(WIDTH).fill(" "));
  for (const p of points) {
    const { x, y } = placeOf(frame, p);
    itemAt(rows, Math.round(y * (ROWS - 1)))[Math.round(x * (WIDTH - 1))] = "*";
  }
  const [bottom, top] = [numberText(frame.losses[0]), numberText(frame.losses[1])];
  const wide = Math.max(bottom.length, top.length);
  const label = (i: number): string => (i === 0 ? top : i === ROWS - 1 ? bottom : "").padStart(wide);
  const lines = rows.map((r, i) => `${label(i)} | ${r.join("").trimEnd()}`);
  const [low, high] = frame.rates.map(numberText) as [string, string];
  const axis = `${" ".repeat(wide)} +${"-".repeat(WIDTH)}`;
  const ends = `${" ".repeat(wide + 3)}${low}${high.padStart(WIDTH - low.length)}`;
  if (steepest === undefined) return [...lines, axis, ends].join("\n");
  const { x } = placeOf(frame, { rate: steepest, loss: 0, smooth: frame.losses[0] });
  const mark = `${" ".repeat(wide + 3 + Math.round(x * (WIDTH - 1)))}^`;
  return [...lines, axis, mark, ends].join("\n");
}

const SIZE = { width: 640, height: 400, edge: 48 };

export function curveSvg({ points, steepest }: RateCurve): string {
  const { width, height, edge } = SIZE;
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`;
  const frame = frameOf(points);
  if (!frame) return `${head}</svg>\n`;
  const across = (x: number): string => (edge + x * (width - 2 * edge)).toFixed(1);
  const down = (y: number): string => (edge + y * (height - 2 * edge)).toFixed(1);
  const line = points.map((p) => placeOf(frame, p)).map(({ x, y }) => `${across(x)},${down(y)}`);
  const low = Math.ceil(Math.log10(frame.rates[0]) - 1e-9);
  const high = Math.floor(Math.log10(frame.rates[1]) + 1e-9);
  const ticks = Array.from({ length: Math.max(0, high - low + 1) }, (_, i) => 10 ** (low + i)).map((rate) => {
    const x = across(placeOf(frame, { rate, loss: 0, smooth: 0 }).x);
    return `<text x="${x}" y="${height - edge + 18}" text-anchor="middle">${rate.toExponential(0)}</text>`;
  });
  const mark =
    steepest === undefined
      ? ""
      : (() => {
          const x = across(placeOf(frame, { rate: steepest, loss: 0, smooth: 0 }).x);
          return `<line x1="${x}" x2="${x}" y1="${edge}" y2="${height - edge}" stroke="#c2410c" stroke-dasharray="4 3"/>`;
        })();
  return [
    head,
    "<title>loss against learning rate</title>",
    `<rect x="${edge}" y="${edge}" width="${width - 2 * edge}" height="${height - 2 * edge}" fill="none" stroke="#999"/>`,
    mark,
    `<polyline points="${line.join(" ")}" fill="none" stroke="#1d4ed8" stroke-width="2"/>`,
    ...ticks,
    ...frame.losses.map(
      (l, i) =>
        `<text x="${edge - 6}" y="${i === 0 ? height - edge : edge + 8}" text-anchor="end">${numberText(l)}</text>`,
    ),
    "</svg>\n",
  ].join("\n");
}
