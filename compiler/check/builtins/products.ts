// Matrix products and what windows do: convolutions, transposed ones, pools.

import type { Diagnostic, Span } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { divDims, isNumber, showDim, showShape } from "../../arithmetic/dim.ts";
import { itemAt, zip } from "../../arithmetic/lists.ts";
import type { ContractAttributes, Window } from "../../graph/build.ts";
import { contract, make, mul, reshape } from "../../graph/build.ts";
import type { Lengths } from "../../graph/lengths.ts";
import type { Node } from "../../graph/node.ts";
import { sizeAlong } from "../../graph/node.ts";
import { type Affine, affine, axis } from "../../graph/op.ts";
import { groupsDoNotDivide } from "../advice/groups.ts";
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
} from "../values/domains.ts";
import { finitePast, lengthOf, maskedAlong, widenedWithin, windowsWithin, withLengths } from "../values/lengths.ts";
import { misfit, mistake } from "../values/mistakes.ts";
import { noPadding, type Padding, paddingDomain } from "../values/padding.ts";
import type { Value } from "../values/values.ts";
import { describe, tensorValue } from "../values/values.ts";
import {
  places,
  refuseEmptyWindows,
  showWindow,
  transposedPlaces,
  type WindowRequest,
  withArticle,
} from "../values/windows.ts";
import { type Builtin, builtin, type Call } from "./call.ts";

/** The numbers of groups that are possible, as options: `g1, g2, g4`. */

/** NumPy's matrix product: the last axis of a with the last but one of b (or its only one); axes before are shared. */
export function matrixProduct(a: Node, b: Node, span: Span, rightSpan: Span): Node {
  const [ra, rb] = [a.shape.length, b.shape.length];
  if (ra === 0 || rb === 0)
    throw mistake("shapes/product-of-numbers", span, "`@` multiplies matrices and vectors, and one side is a number", {
      hint: "write `*` to multiply by a number",
    });
  const inner = sizeAlong(a, -1);
  const other = sizeAlong(b, rb === 1 ? -1 : -2);
  if (inner !== other)
    throw misfit(
      "shapes/product-mismatch",
      span,
      [a, b],
      `${showShape(a.shape)} @ ${showShape(b.shape)}: the inner sizes ${showDim(inner)} and ${showDim(other)} differ`,
      whatFits(inner, b, rightSpan),
    );
  const { out, left, right } = axesOfProduct(ra, rb);
  const sizeOf = (name: string): Dim => {
    const i = right.names.indexOf(name);
    return i < 0 ? sizeAlong(a, left.names.indexOf(name)) : sizeAlong(b, i);
  };
  const axes = [...out, "k"].map((n) => [n, sizeOf(n)] as const);
  return contract(a, b, { axes, out, a: left.places, b: right.places });
}

interface ProductAxes {
  readonly out: readonly string[];
  readonly left: OperandAxes;
  readonly right: OperandAxes;
}

interface OperandAxes {
  readonly names: readonly string[];
  readonly places: ContractAttributes["a"];
}

const productAxes = new Map<string, ProductAxes>();

/** The axes of a product and of its operands: the same for all products of as many axes. */
function axesOfProduct(ra: number, rb: number): ProductAxes {
  const key = `${ra} ${rb}`;
  const known = productAxes.get(key);
  if (known) return known;
  const lead = Math.max(0, Math.min(ra - 2, rb - 2));
  const numbered = (prefix: string, n: number): string[] => Array.from({ length: n }, (_, i) => `${prefix}${i}`);
  const shared = numbered("g", lead);
  const rows = numbered("m", ra - 1 - lead);
  const leadB = numbered("q", Math.max(0, rb - 2 - lead));
  const operand = (names: readonly string[]): OperandAxes => ({ names, places: names.map((n) => axis(n)) });
  const made: ProductAxes = {
    out: [...shared, ...leadB, ...rows, ...(rb === 1 ? [] : ["n"])],
    left: operand([...shared, ...rows, "k"]),
    right: operand(rb === 1 ? ["k"] : [...shared, ...leadB, "k", "n"]),
  };
  productAxes.set(key, made);
  return made;
}

/** The right side as it would fit, turned over where that does. */
function whatFits(inner: Dim, b: Node, right: Span): Pick<Diagnostic, "hint" | "fix"> {
  const { shape } = b;
  const fits = shape.length === 1 ? [inner] : [...shape.slice(0, -2), inner, sizeAlong(b, -1)];
  const other = shape.length === 1 ? "right side" : "one before the last of the right";
  const rule = `the last axis of the left side must be as long as the ${other}: ${showShape(fits)} would fit`;
  if (shape.length < 2 || shape.at(-1) !== inner) return { hint: rule };
  const turned = showShape([...shape.slice(0, -2), inner, sizeAlong(b, -2)]);
  const edits = [
    { span: { ...right, end: right.start }, text: "transpose(" },
    { span: { ...right, start: right.end }, text: ")" },
  ];
  return {
    hint: `${rule}; \`transpose(...)\` around the right side gives ${turned}, which fits too`,
    fix: { title: "transpose the right side", edits },
  };
}

const STRIDE = perAxis(whole({ from: 1 }));
const PADDING = optional(paddingDomain, noPadding, "0");
const OUTSIDE = optional(perAxis(whole({ from: 0 })), sameOnAll(0), "0");
const DILATION = optional(perAxis(whole({ from: 1 })), sameOnAll(1), "1");
const ROUNDING = { floor: optional(flag, false, "false"), ceil: optional(flag, false, "false") };

/** The windows of a call as its arguments say them. */
interface WindowOptions {
  readonly size: readonly number[];
  readonly stride: PerAxis;
  readonly padding: Padding;
  readonly dilation: PerAxis;
  readonly floor: boolean;
  readonly ceil: boolean;
}

const AXES = ["slices", "rows", "columns"];

/** Which axis a window's first stands on; axes before it are carried. */
function firstOfWindow(x: Node, size: readonly number[], span: Span): number {
  const first = x.shape.length - 1 - size.length;
  if (first >= 0) return first;
  const message = `${withArticle(`${showWindow(size)} window`)} needs ${size.length} axes before depth, and the input is ${showShape(x.shape)}`;
  throw misfit("shapes/too-few-axes", span, [x], message, {
    hint: `a picture is [height, width, depth], a sequence [time, depth]: \`reshape\` brings ${showShape(x.shape)} to one of them`,
  });
}

type WindowCheck = (w: WindowRequest, count: Dim) => void;

type AxisWindow = Pick<WindowRequest, "input" | "size" | "stride" | "dilation">;

/** A window on each of its axes, the first of which stands at `first`. */
function alongAxes(x: Node, first: number, o: Pick<WindowOptions, "size" | "stride" | "dilation">): AxisWindow[] {
  const axes = o.size.length;
  return zip(o.size, o.stride.for(axes), o.dilation.for(axes)).map(([size, stride, dilation], i) => ({
    input: sizeAlong(x, first + i),
    size,
    stride,
    dilation,
  }));
}

function windowsOver(x: Node, o: WindowOptions, c: Call, check?: WindowCheck): Window[] {
  const { span } = c;
  const { size } = o;
  const first = firstOfWindow(x, size, span);
  const written = o.ceil ? "ceil" : o.floor ? "floor" : "exact";
  const axes = alongAxes(x, first, o);
  const isLong = (i: number): boolean => lengthOf(x, first + i) !== undefined;
  return zip(axes, o.padding.for(axes, isLong)).map(([w, sides], i) => {
    // Whether a stride divides what is padded says nothing of sequences that differ in length.
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

/** How large the windows of a kernel are: its axes but the last two, which are channels and filters. */
function windowOf(w: Node, at: ArgumentPlace): readonly number[] {
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
function convolve(
  x: Node,
  w: Node,
  windows: readonly Window[],
  { groups, ceil }: { readonly groups: number; readonly ceil: boolean },
  at: (name: "w" | "groups") => ArgumentPlace,
): Value {
  const [depth, filters] = [sizeAlong(x, -1), sizeAlong(w, -1)];
  refuseGroups(depth, filters, groups, at("groups"));
  refuseChannels(x, w, divDims(depth, groups), at("w"));
  const lengths = afterWindows(x, windows, ceil);
  const read = maskedAlong(x, x.shape.length - 1 - windows.length, windows.length, 0);
  if (groups === 1) return tensorValue(withLengths(convolution(read, w, windows), lengths));
  const grouped = reshape(read, [...x.shape.slice(0, -1), groups, divDims(depth, groups)]);
  const weights = reshape(w, [...w.shape.slice(0, -1), groups, divDims(filters, groups)]);
  const y = convolution(grouped, weights, windows, true);
  return tensorValue(withLengths(reshape(y, [...y.shape.slice(0, -2), filters]), lengths));
}

/** The lengths of axes that windows moved along, the others as they were. */
function afterWindows(x: Node, windows: readonly Window[], ceil: boolean): Lengths {
  const first = x.shape.length - 1 - windows.length;
  return x.shape.map((_, i) => {
    const length = lengthOf(x, i);
    const w = windows[i - first];
    return length && w ? windowsWithin(length, w, ceil ? "ceil" : "floor") : length;
  });
}

function refuseGroups(depth: Dim, filters: Dim, groups: number, { span }: ArgumentPlace): void {
  if (groups === 1 || (isNumber(depth) && isNumber(filters) && depth % groups === 0 && filters % groups === 0)) return;
  const { code, message, ...rest } = groupsDoNotDivide(depth, filters, groups);
  throw mistake(code, span, message, rest);
}

/** The channels that a kernel reads are those that there are. */
function refuseChannels(x: Node, w: Node, channels: Dim, { span }: ArgumentPlace): void {
  const own = sizeAlong(w, -2);
  if (own === channels) return;
  const message = `a kernel ${showShape(w.shape)} reads ${showDim(own)} channels, and ${showShape(x.shape)} has ${showDim(channels)} for it`;
  const fits = showShape([...w.shape.slice(0, -2), channels, sizeAlong(w, -1)]);
  throw misfit("shapes/product-mismatch", span, [x, w], message, { hint: `a kernel ${fits} would fit` });
}

function convolution(x: Node, w: Node, windows: readonly Window[], grouped = false): Node {
  const k = windows.length;
  const tail = grouped ? 2 : 1;
  const lead = x.shape.slice(0, x.shape.length - k - tail).map((d, i) => [`l${i}`, d] as const);
  const out = windows.map((v, i) => [`y${i}`, v.places] as const);
  const offsets = windows.map((v, i) => [`i${i}`, v.size as Dim] as const);
  const group = grouped ? [["g", sizeAlong(x, -2)] as const] : [];
  const inner = ["c", sizeAlong(x, -1)] as const;
  const filters = ["o", sizeAlong(w, -1)] as const;
  const names = (list: readonly (readonly [string, Dim])[]): string[] => list.map(([n]) => n);
  return contract(x, w, {
    axes: [...lead, ...out, ...group, filters, ...offsets, inner],
    out: [...names(lead), ...names(out), ...names(group), "o"],
    a: [
      ...names(lead).map((n) => axis(n)),
      ...windows.map((v, i) =>
        affine(
          [
            [`y${i}`, v.stride],
            [`i${i}`, v.dilation],
          ],
          -v.padding,
        ),
      ),
      ...names(group).map((n) => axis(n)),
      axis("c"),
    ],
    b: [...names(offsets).map((n) => axis(n)), axis("c"), ...names(group).map((n) => axis(n)), axis("o")],
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
function deconvolve(
  x: Node,
  w: Node,
  o: TransposedOptions,
  c: Call,
  at: (name: "w" | "output_padding" | "groups") => ArgumentPlace,
): Value {
  const { groups } = o;
  firstOfWindow(x, o.size, c.span);
  const [depth, filters] = [sizeAlong(x, -1), sizeAlong(w, -1)];
  refuseGroups(depth, filters, groups, at("groups"));
  refuseChannels(x, w, divDims(depth, groups), at("w"));
  const requests = transposedWindows(x, o, c, at("output_padding"));
  const first = x.shape.length - 1 - requests.length;
  const lengths = x.shape.map((size, i) => {
    const [length, v] = [lengthOf(x, i), requests[i - first]];
    return length && v ? widenedWithin(length, v.stride, Number(v.places) - (Number(size) - 1) * v.stride) : length;
  });
  const read = maskedAlong(x, first, requests.length, 0);
  if (groups === 1) return tensorValue(withLengths(transposedConvolution(read, w, requests), lengths));
  const grouped = reshape(read, [...x.shape.slice(0, -1), groups, divDims(depth, groups)]);
  const weights = reshape(w, [...w.shape.slice(0, -1), groups, divDims(filters, groups)]);
  const y = transposedConvolution(grouped, weights, requests, true);
  return tensorValue(withLengths(reshape(y, [...y.shape.slice(0, -2), filters]), lengths));
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

function transposedConvolution(x: Node, w: Node, windows: readonly Window[], grouped = false): Node {
  const k = windows.length;
  const lead = x.shape.slice(0, x.shape.length - k - (grouped ? 2 : 1)).map((d, i) => [`l${i}`, d] as const);
  const out = windows.map((v, i) => [`y${i}`, v.places] as const);
  const offsets = windows.map((v, i) => [`i${i}`, v.size as Dim] as const);
  const group = grouped ? [["g", sizeAlong(x, -2)] as const] : [];
  const names = (list: readonly (readonly [string, Dim])[]): string[] => list.map(([n]) => n);
  const plain = (list: readonly (readonly [string, Dim])[]): Affine[] => names(list).map((n) => axis(n));
  // Place y of the output is reached by the point i of the window that stands at (y + P - D i)/S, where that is a place.
  const read = windows.map((v, i) =>
    affine(
      [
        [`y${i}`, 1],
        [`i${i}`, -v.dilation],
      ],
      v.padding,
      v.stride,
    ),
  );
  return contract(x, w, {
    axes: [...lead, ...out, ...group, ["o", sizeAlong(w, -1)], ...offsets, ["c", sizeAlong(x, -1)]],
    out: [...names(lead), ...names(out), ...names(group), "o"],
    a: [...plain(lead), ...read, ...plain(group), axis("c")],
    b: [...plain(offsets), axis("c"), ...plain(group), axis("o")],
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
