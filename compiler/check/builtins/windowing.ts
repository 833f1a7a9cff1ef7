// The windows of a call: where they stand on the axes of a value, how many there are, and the lengths that they leave.

import type { Span } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { showShape } from "../../arithmetic/dim.ts";
import { itemAt, zip } from "../../arithmetic/lists.ts";
import type { Window } from "../../graph/build.ts";
import type { Lengths } from "../../graph/lengths.ts";
import type { Node } from "../../graph/node.ts";
import { sizeAlong } from "../../graph/node.ts";
import type { PerAxis } from "../sizes/domains.ts";
import { lengthOf, windowsWithin } from "../sizes/lengths.ts";
import type { Padding } from "../sizes/padding.ts";
import { places, showWindow, type WindowRequest, withArticle } from "../sizes/windows.ts";
import { misfit } from "../values/mistakes.ts";
import type { Call } from "./call.ts";

/** The windows of a call as its arguments say them. */
export interface WindowOptions {
  readonly size: readonly number[];
  readonly stride: PerAxis;
  readonly padding: Padding;
  readonly dilation: PerAxis;
  readonly floor: boolean;
  readonly ceil: boolean;
}

export const AXES = ["slices", "rows", "columns"];

/** Which axis a window's first stands on; axes before it are carried. */
export function firstOfWindow(x: Node, size: readonly number[], span: Span): number {
  const first = x.shape.length - 1 - size.length;
  if (first >= 0) return first;
  const message = `${withArticle(`${showWindow(size)} window`)} needs ${size.length} axes before depth, and the input is ${showShape(x.shape)}`;
  throw misfit("shapes/too-few-axes", span, [x], message, {
    hint: `a picture is [height, width, depth], a sequence [time, depth]: \`reshape\` brings ${showShape(x.shape)} to one of them`,
  });
}

export type WindowCheck = (w: WindowRequest, count: Dim) => void;

type AxisWindow = Pick<WindowRequest, "input" | "size" | "stride" | "dilation">;

/** A window on each of its axes, the first of which stands at `first`. */
export function alongAxes(
  x: Node,
  first: number,
  o: Pick<WindowOptions, "size" | "stride" | "dilation">,
): AxisWindow[] {
  const axes = o.size.length;
  return zip(o.size, o.stride.for(axes), o.dilation.for(axes)).map(([size, stride, dilation], i) => ({
    input: sizeAlong(x, first + i),
    size,
    stride,
    dilation,
  }));
}

export function windowsOver(x: Node, o: WindowOptions, c: Call, check?: WindowCheck): Window[] {
  const { span } = c;
  const { size } = o;
  const first = firstOfWindow(x, size, span);
  const written = o.ceil ? "ceil" : o.floor ? "floor" : "exact";
  const axes = alongAxes(x, first, o);
  const isLong = (i: number): boolean => lengthOf(x, first + i) !== undefined;
  return zip(axes, o.padding.for(axes, isLong)).map(([w, sides], i) => {
    // For sequences of different lengths, divisibility of the padded size says nothing about each one.
    const rounding = written === "exact" && isLong(i) ? "floor" : written;
    const request = { ...w, ...sides, rounding } as const;
    const count = places(request, {
      x,
      span,
      window: showWindow(size),
      axis: size.length > 1 ? itemAt(AXES, i - size.length) : "steps",
    });
    check?.(request, count);
    c.explain(request);
    const { size: own, stride, dilation } = w;
    return { size: own, stride, ...sides, dilation, places: count };
  });
}

/** The lengths of axes that windows moved along, the others as they were. */
export function afterWindows(x: Node, windows: readonly Window[], ceil: boolean): Lengths {
  const first = x.shape.length - 1 - windows.length;
  return x.shape.map((_, i) => {
    const length = lengthOf(x, i);
    const w = windows[i - first];
    return length && w ? windowsWithin(length, w, ceil ? "ceil" : "floor") : length;
  });
}
