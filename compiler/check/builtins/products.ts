// Functions of windows: convolutions, transposed ones, and windows by themselves, of which pools are made; and the outer product.

import type { Window } from "../../graph/build.ts";
import { make, mul, reshape } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import {
  type ArgumentPlace,
  constantNumber,
  flag,
  optional,
  type PerAxis,
  perAxis,
  refuse,
  sameOnAll,
  tensor,
  vector,
  whole,
} from "../sizes/domains.ts";
import { finitePast, maskedAlong, withLengths } from "../sizes/lengths.ts";
import { noPadding, paddingDomain } from "../sizes/padding.ts";
import { refuseEmptyWindows } from "../sizes/windows.ts";
import { mistake } from "../values/mistakes.ts";
import type { Value } from "../values/values.ts";
import { tensorValue } from "../values/values.ts";
import { type Builtin, builtin, type Call } from "./call.ts";
import { convolve, deconvolve, windowOf } from "./convolutions.ts";
import { AXES, afterWindows, type WindowCheck, type WindowOptions, windowsOver } from "./windowing.ts";

const STRIDE = perAxis(whole({ from: 1 }));
const PADDING = optional(paddingDomain, noPadding, "0");
const OUTSIDE = optional(perAxis(whole({ from: 0 })), sameOnAll(0), "0");
const DILATION = optional(perAxis(whole({ from: 1 })), sameOnAll(1), "1");
const ROUNDING = { floor: optional(flag, false, "false"), ceil: optional(flag, false, "false") };

/** windows(x, size): every window of x as new last axes: [..., H', W', C, KH, KW]. */
function windowed(x: Node, o: WindowOptions, fill: number, windows: readonly Window[]): Value {
  const first = x.shape.length - 1 - o.size.length;
  const attributes = { windows, fill, sizes: x.shape.slice(first, first + o.size.length) };
  const read = maskedAlong(x, first, o.size.length, fill);
  const y = make("window", [read], attributes);
  const long = withLengths(y, [...afterWindows(x, windows, o.ceil), ...o.size.map(() => undefined)]);
  return tensorValue(Number.isFinite(fill) ? long : finitePast(long));
}

/** Over how many axes windows go: as many as sizes are listed, else two of a picture and one of a sequence. */
function windowSize(x: Node, size: PerAxis, at: ArgumentPlace, c: Call): readonly number[] {
  const rank = size.listed ?? Math.min(2, x.shape.length - 1);
  if (rank < 1)
    throw mistake("shapes/too-few-axes", c.span, "a window needs an axis before depth, and this has none", {
      hint: "a picture is [height, width, depth], a sequence [T, depth]",
    });
  if (rank > AXES.length) throw refuse(at, "a size for one to three axes", `this has ${rank}`);
  return size.for(rank);
}

export const PRODUCTS: Readonly<Record<string, Builtin>> = {
  outer: builtin("all products of two vectors: y[i, j] = a[i] b[j]", { a: vector, b: vector }, ({ a, b }) =>
    tensorValue(mul(reshape(a, [...a.shape, 1]), b)),
  ),
  convolve: builtin(
    "the convolution of x [..., H, W, C] with w [KH, KW, C / groups, N]: [..., H', W', N]",
    {
      x: tensor,
      w: tensor,
      stride: optional(STRIDE, sameOnAll(1), "1"),
      padding: PADDING,
      dilation: DILATION,
      groups: optional(whole({ from: 1 }), 1, "1"),
      ...ROUNDING,
    },
    ({ x, w, groups, ...o }, c, at) => {
      const windows = windowsOver(x, { ...o, size: windowOf(w, at("w")) }, c);
      return convolve(x, w, windows, { groups, ceil: o.ceil }, at);
    },
  ),
  deconvolve: builtin(
    "the transposed convolution of x [..., H, W, C] with w [KH, KW, C / groups, N]",
    {
      x: tensor,
      w: tensor,
      stride: optional(STRIDE, sameOnAll(1), "1"),
      padding: OUTSIDE,
      output_padding: OUTSIDE,
      dilation: DILATION,
      groups: optional(whole({ from: 1 }), 1, "1"),
    },
    ({ x, w, ...o }, c, at) => deconvolve(x, w, { ...o, size: windowOf(w, at("w")) }, c, at),
  ),
  windows: builtin(
    "what each window of x covers, the axes inside the windows last; `fill` stands in the padding, and with `covered` each window must cover something of x",
    {
      x: tensor,
      size: perAxis(whole({ from: 1 })),
      stride: optional(STRIDE, undefined, "size"),
      padding: PADDING,
      dilation: DILATION,
      fill: optional(constantNumber, 0, "0"),
      ...ROUNDING,
      covered: optional(flag, false, "false"),
    },
    ({ x, fill, covered, ...given }, c, at) => {
      const size = windowSize(x, given.size, at("size"), c);
      const own: PerAxis = { listed: size.length, for: () => size };
      const o: WindowOptions = { ...given, size, stride: given.stride ?? own };
      // An infinite fill is the start of a largest: a window of it alone would have no value.
      const refuseEmpty: WindowCheck = (w, count) => refuseEmptyWindows(w, count, size, at("padding"));
      return windowed(x, o, fill, windowsOver(x, o, c, covered || !Number.isFinite(fill) ? refuseEmpty : undefined));
    },
  ),
};
