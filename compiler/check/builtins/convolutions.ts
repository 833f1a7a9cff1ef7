// Convolutions and transposed ones as contractions: both are products of a kernel with the windows of a value, and differ in which
// element a point of a window meets.

import type { Span } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { divDims, isNumber, showDim, showShape } from "../../arithmetic/dim.ts";
import { zip } from "../../arithmetic/lists.ts";
import type { Window } from "../../graph/build.ts";
import { contract, reshape } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import { sizeAlong } from "../../graph/node.ts";
import { type Affine, affine, axis } from "../../graph/op.ts";
import { groupsDoNotDivide } from "../advice/groups.ts";
import { type ArgumentPlace, type PerAxis, refuse } from "../sizes/domains.ts";
import { lengthOf, maskedAlong, widenedWithin, withLengths } from "../sizes/lengths.ts";
import { transposedPlaces, type WindowRequest } from "../sizes/windows.ts";
import { misfit, mistake } from "../values/mistakes.ts";
import type { Value } from "../values/values.ts";
import { describe, tensorValue } from "../values/values.ts";
import type { Call } from "./call.ts";
import { AXES, afterWindows, alongAxes, firstOfWindow, type WindowOptions } from "./windowing.ts";

/** How large the windows of a kernel are: its axes but the last two, which are channels and filters. */
export function windowOf(w: Node, at: ArgumentPlace): readonly number[] {
  const size = w.shape.slice(0, -2);
  if (size.length === 0 || size.length > AXES.length)
    throw misfit(
      "shapes/too-few-axes",
      at.span,
      [w],
      `a kernel has one to three axes of a window, then channels and filters, and this is ${describe(tensorValue(w))}`,
      { hint: "a kernel of pictures is [height, width, channels, filters]" },
    );
  if (size.every(isNumber)) return size;
  throw mistake("shapes/unbound-dimension", at.span, `a window has a fixed size, and this is ${showShape(w.shape)}`, {
    hint: "write a number in its place",
  });
}

/** convolve(x, w): x [..., H, W, C], w [KH, KW, C/groups, N] gives [..., H', W', N]. */
export function convolve(
  x: Node,
  w: Node,
  windows: readonly Window[],
  { groups, ceil }: { readonly groups: number; readonly ceil: boolean },
  at: (name: "w" | "groups") => ArgumentPlace,
): Value {
  refuseGroups(x, w, groups, at("groups"));
  refuseChannels(x, w, groups, at("w"));
  const lengths = afterWindows(x, windows, ceil);
  const read = maskedAlong(x, x.shape.length - 1 - windows.length, windows.length, 0);
  const places = windows.map((v, i) =>
    affine(
      [
        [`y${i}`, v.stride],
        [`i${i}`, v.dilation],
      ],
      -v.padding,
    ),
  );
  return tensorValue(withLengths(inGroups(read, w, windows, places, groups), lengths));
}

function refuseGroups(x: Node, w: Node, groups: number, { span }: ArgumentPlace): void {
  const [depth, filters] = [sizeAlong(x, -1), sizeAlong(w, -1)];
  if (groups === 1 || (isNumber(depth) && isNumber(filters) && depth % groups === 0 && filters % groups === 0)) return;
  const { code, message, ...rest } = groupsDoNotDivide(depth, filters, groups);
  throw mistake(code, span, message, rest);
}

/** The channels that a kernel reads are those that there are. */
function refuseChannels(x: Node, w: Node, groups: number, { span }: ArgumentPlace): void {
  const channels = divDims(sizeAlong(x, -1), groups);
  const own = sizeAlong(w, -2);
  if (own === channels) return;
  const message = `a kernel ${showShape(w.shape)} reads ${showDim(own)} channels, and ${showShape(x.shape)} has ${showDim(channels)} for it`;
  const fits = showShape([...w.shape.slice(0, -2), channels, sizeAlong(w, -1)]);
  throw misfit("shapes/product-mismatch", span, [x, w], message, { hint: `a kernel ${fits} would fit` });
}

/** The products of a kernel with the windows of x, within groups of channels: each group has filters of its own. */
function inGroups(x: Node, w: Node, windows: readonly Window[], places: readonly Affine[], groups: number): Node {
  if (groups === 1) return windowProduct(x, w, windows, places, false);
  const [depth, filters] = [sizeAlong(x, -1), sizeAlong(w, -1)];
  const grouped = reshape(x, [...x.shape.slice(0, -1), groups, divDims(depth, groups)]);
  const weights = reshape(w, [...w.shape.slice(0, -1), groups, divDims(filters, groups)]);
  const y = windowProduct(grouped, weights, windows, places, true);
  return reshape(y, [...y.shape.slice(0, -2), filters]);
}

/** `places`: which element of x the point i of the window at place y meets, on each axis of the windows. */
function windowProduct(
  x: Node,
  w: Node,
  windows: readonly Window[],
  places: readonly Affine[],
  grouped: boolean,
): Node {
  const lead = x.shape
    .slice(0, x.shape.length - windows.length - (grouped ? 2 : 1))
    .map((d, i) => [`l${i}`, d] as const);
  const out = windows.map((v, i) => [`y${i}`, v.places] as const);
  const offsets = windows.map((v, i) => [`i${i}`, v.size] as const);
  const group = grouped ? [["g", sizeAlong(x, -2)] as const] : [];
  const names = (list: readonly (readonly [string, Dim])[]): string[] => list.map(([n]) => n);
  const plain = (list: readonly (readonly [string, Dim])[]): Affine[] => names(list).map((n) => axis(n));
  return contract(x, w, {
    axes: [...lead, ...out, ...group, ["o", sizeAlong(w, -1)], ...offsets, ["c", sizeAlong(x, -1)]],
    out: [...names(lead), ...names(out), ...names(group), "o"],
    a: [...plain(lead), ...places, ...plain(group), axis("c")],
    b: [...plain(offsets), axis("c"), ...plain(group), axis("o")],
  });
}

interface TransposedOptions extends Pick<WindowOptions, "size" | "stride" | "dilation"> {
  readonly padding: PerAxis;
  /** Places added at the end of each axis. */
  readonly output_padding: PerAxis;
  readonly groups: number;
}

/**
 * deconvolve(x, w): the adjoint of a convolution; x [..., H, W, C], w [KH, KW, C/groups, N] gives [..., (H-1)S + F - 2P + O, ..., N].
 */
export function deconvolve(
  x: Node,
  w: Node,
  o: TransposedOptions,
  c: Call,
  at: (name: "w" | "output_padding" | "groups") => ArgumentPlace,
): Value {
  firstOfWindow(x, o.size, c.span);
  refuseGroups(x, w, o.groups, at("groups"));
  refuseChannels(x, w, o.groups, at("w"));
  const windows = transposedWindows(x, o, c, at("output_padding"));
  const first = x.shape.length - 1 - windows.length;
  const lengths = x.shape.map((size, i) => {
    const [length, v] = [lengthOf(x, i), windows[i - first]];
    return length && v ? widenedWithin(length, v.stride, Number(v.places) - (Number(size) - 1) * v.stride) : length;
  });
  const read = maskedAlong(x, first, windows.length, 0);
  // Place y of the output is reached by the point i of the window that stands at (y + P - D i)/S, where that is a place.
  const places = windows.map((v, i) =>
    affine(
      [
        [`y${i}`, 1],
        [`i${i}`, -v.dilation],
      ],
      v.padding,
      v.stride,
    ),
  );
  return tensorValue(withLengths(inGroups(read, w, windows, places, o.groups), lengths));
}

/** A window of each axis and how many places it gives. */
function transposedWindows(x: Node, o: TransposedOptions, c: Call, extra: ArgumentPlace): readonly Window[] {
  const k = o.size.length;
  const first = firstOfWindow(x, o.size, c.span);
  const along = zip(alongAxes(x, first, o), o.padding.for(k), o.output_padding.for(k));
  return along.map(([w, padding, output]) => {
    const most = Math.max(w.stride, w.dilation);
    if (output >= most)
      throw refuse(extra, `a whole number below the stride or the dilation, here ${most}`, `this is ${output}`);
    const request: WindowRequest = {
      ...w,
      padding,
      rounding: "exact",
      transposed: { added: output },
    };
    const count = transposedPlaces(request, output);
    if (isNumber(count) && count < 1) throw nothingLeft(x, c.span, count, padding);
    c.explain(request);
    const { size, stride, dilation } = w;
    return { size, stride, padding, dilation, places: count };
  });
}

const nothingLeft = (x: Node, span: Span, size: number, padding: number): Error =>
  misfit(
    "shapes/window-larger-than-input",
    span,
    [x],
    `a padding of ${padding} takes away more than there is: the size would be ${size}`,
    { hint: "a transposed convolution has (W - 1)S + F - 2P places: write a smaller padding" },
  );
