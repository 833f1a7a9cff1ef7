// Window arithmetic: how many places a window has along an axis, by (W - F' + 2P)/S + 1 with F' = d(F - 1) + 1.

import type { Span } from "../../grammar/span.ts";
import type { Dim } from "../graph/dim.ts";
import { addDims, divDims, isNumber, showDim, subDims } from "../graph/dim.ts";
import { mistake } from "./values.ts";

export interface WindowRequest {
  readonly input: Dim;
  readonly size: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
  readonly rounding: "exact" | "floor" | "ceil";
}

export function places(w: WindowRequest, span: Span, sizes: string, axis: string): Dim {
  const reach = w.dilation * (w.size - 1) + 1;
  if (!isNumber(w.input)) {
    const total = subDims(addDims(w.input, 2 * w.padding), reach);
    return addDims(divDims(total, w.stride) as Dim, 1);
  }
  const total = w.input - reach + 2 * w.padding;
  if (total < 0) {
    throw mistake(
      "shapes/window-larger-than-input",
      span,
      `a ${sizes} window is larger than its input: ${w.input} ${axis}`,
      {
        detail: `${w.input} + 2*${w.padding} < ${reach}`,
        hint: `a padding of ${Math.ceil((reach - w.input) / 2)} or a smaller window fits`,
      },
    );
  }
  const rest = total % w.stride;
  const down = Math.floor(total / w.stride) + 1;
  if (rest === 0 || w.rounding === "floor") return down;
  if (w.rounding === "ceil") return ceilPlaces(w, total);
  // What falls off is padding, or the stride's own gap.
  if (rest - w.padding <= Math.max(0, w.stride - reach)) return down;
  throw doesNotFit(w, span, sizes, reach, total);
}

/** The last window must begin inside the input or its left padding. */
function ceilPlaces(w: WindowRequest, total: number): number {
  const up = Math.ceil(total / w.stride) + 1;
  return (up - 1) * w.stride >= (w.input as number) + w.padding ? up - 1 : up;
}

function doesNotFit(w: WindowRequest, span: Span, sizes: string, reach: number, total: number): Error {
  const input = w.input as number;
  const value = total / w.stride + 1;
  const shown = `(${input} - ${reach} + 2*${w.padding})/${w.stride} + 1 = ${value.toFixed(2)}`;
  const options: string[] = [];
  for (let p = w.padding + 1; p <= w.padding + reach && options.length === 0; p++) {
    const t = input - reach + 2 * p;
    const rest = t % w.stride;
    if (rest - p > Math.max(0, w.stride - reach)) continue;
    const exact = t / w.stride + 1;
    const gives = rest === 0 ? `${exact}` : `${Number(exact.toFixed(2))}, so ${Math.floor(exact)}`;
    options.push(`p${p} gives (${input} - ${reach} + ${2 * p})/${w.stride} + 1 = ${gives}`);
  }
  for (let s = w.stride - 1; s > 0 && options.length < 2; s--)
    if (total % s === 0) options.push(`s${s} gives ${total / s + 1}`);
  options.push(`\`floor\` accepts the loss and gives ${Math.floor(total / w.stride) + 1}`);
  const lost = (total % w.stride) - w.padding;
  const rows = lost === 1 ? "the last row and column of the input" : `the last ${lost} rows and columns of the input`;
  return mistake(
    "shapes/window-does-not-fit",
    span,
    `a ${sizes} window with stride ${w.stride} does not fit a ${input}x${input} input`,
    {
      detail: shown,
      notes: [`${rows} would be dropped`],
      hint: options.join(", "),
    },
  );
}

export const showWindow = (size: readonly number[]): string => size.join("x");

/** The arithmetic of one axis, as the course writes it: `(28 - 5 + 2*2)/1 + 1 = 28`. */
export function showPlaces({ input, size, stride, padding, dilation, rounding }: WindowRequest): string {
  const reach = dilation * (size - 1) + 1;
  const sum = `(${showDim(input)} - ${reach} + 2*${padding})/${stride} + 1`;
  if (!isNumber(input)) return sum;
  const value = (input - reach + 2 * padding) / stride + 1;
  if (Number.isInteger(value)) return `${sum} = ${value}`;
  const shown = `${sum} = ${Number(value.toFixed(2))}`;
  if (rounding === "ceil") return `${shown}, rounded up`;
  if (rounding === "floor") return `${shown}, so ${Math.floor(value)}: the rest of the input is dropped`;
  return `${shown}, so ${Math.floor(value)}: only padding is lost`;
}
