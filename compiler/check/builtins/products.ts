// Matrix products and what windows do: convolutions, transposed ones, pools.

import type { Diagnostic, Span } from "../../../grammar/span.ts";
import type { Dim } from "../../graph/dim.ts";
import { addDims, isNumber, mulDims, showDim, showShape, subDims } from "../../graph/dim.ts";
import type { Attributes, Node } from "../../graph/node.ts";
import type { ContractAttributes, Window } from "../../ops/build.ts";
import { contract, make, reshape } from "../../ops/build.ts";
import { affine, axis } from "../../ops/define.ts";
import { filledPast } from "../lengths.ts";
import type { Value } from "../values.ts";
import { asNode, asSize, misfit, mistake, tensorValue } from "../values.ts";
import { places, showWindow } from "../windows.ts";
import type { Call } from "./call.ts";
import { arg, flag, need, nodeArg, sizes, sizesPerAxis } from "./call.ts";

/** The numbers of groups that are possible, as options: `g1, g2, g4`. */
function commonDivisors(a: number, b: number): string {
  const divisors = Array.from({ length: Math.min(a, b, 4096) }, (_, i) => i + 1).filter(
    (g) => a % g === 0 && b % g === 0,
  );
  return divisors
    .slice(0, 8)
    .map((g) => `g${g}`)
    .join(", ");
}

/** NumPy's matrix product: the last axis of a with the last but one of b (or its only one); axes before are shared. */
export function matrixProduct(a: Node, b: Node, span: Span, rightSpan: Span): Node {
  const [ra, rb] = [a.shape.length, b.shape.length];
  if (ra === 0 || rb === 0)
    throw mistake("shapes/product-of-numbers", span, "`@` multiplies matrices and vectors, and one side is a number", {
      hint: "write `*` to multiply by a number",
    });
  const inner = a.shape[ra - 1]!;
  const other = rb === 1 ? b.shape[0]! : b.shape[rb - 2]!;
  if (inner !== other)
    throw misfit(
      "shapes/product-mismatch",
      span,
      [a, b],
      `${showShape(a.shape)} @ ${showShape(b.shape)}: the inner sizes ${showDim(inner)} and ${showDim(other)} differ`,
      whatFits(inner, b, rightSpan),
    );
  const lead = Math.max(0, Math.min(ra - 2, rb - 2));
  const names = (prefix: string, n: number): string[] => Array.from({ length: n }, (_, i) => `${prefix}${i}`);
  const shared = names("g", lead);
  const rowsA = names("m", ra - 1 - lead);
  const leadB = names("q", Math.max(0, rb - 2 - lead));
  const columns = rb === 1 ? [] : ["n"];
  const aNames = [...shared, ...rowsA, "k"];
  const bNames = rb === 1 ? ["k"] : [...shared, ...leadB, "k", "n"];
  const sizeOf = new Map<string, Dim>([
    ...aNames.map((n, i) => [n, a.shape[i]!] as const),
    ...bNames.map((n, i) => [n, b.shape[i]!] as const),
  ]);
  const out = [...shared, ...leadB, ...rowsA, ...columns];
  // Sums over the steps of a sequence are over its real ones.
  const right = rb <= 2 ? filledPast(b, 0) : b;
  const left = rb > 2 && ra === 1 ? filledPast(a, 0) : a;
  const space: ContractAttributes = {
    axes: [...out, "k"].map((n) => [n, sizeOf.get(n)!] as const),
    out,
    a: aNames.map((n) => axis(n)),
    b: bNames.map((n) => axis(n)),
  };
  return contract(left, right, space);
}

/** The right side as it would fit, turned over where that does. */
function whatFits(inner: Dim, { shape }: Node, right: Span): Pick<Diagnostic, "hint" | "fix"> {
  const fits = shape.length === 1 ? [inner] : [...shape.slice(0, -2), inner, shape.at(-1)!];
  const other = shape.length === 1 ? "right side" : "one before the last of the right";
  const rule = `the last axis of the left side must be as long as the ${other}: ${showShape(fits)} would fit`;
  if (shape.length < 2 || shape.at(-1) !== inner) return { hint: rule };
  const turned = showShape([...shape.slice(0, -2), inner, shape.at(-2)!]);
  const edits = [
    { span: { ...right, end: right.start }, text: "transpose(" },
    { span: { ...right, start: right.end }, text: ")" },
  ];
  return {
    hint: `${rule}; \`transpose(...)\` around the right side gives ${turned}, which fits too`,
    fix: { title: "transpose the right side", edits },
  };
}

interface WindowOptions {
  readonly stride: number[];
  readonly padding: number[];
  readonly dilation: number[];
  readonly rounding: "exact" | "floor" | "ceil";
}

function windowOptions(c: Call, rank: number, stride: number[]): WindowOptions {
  const rounding = flag(c, "ceil") ? "ceil" : flag(c, "floor") ? "floor" : "exact";
  const given = arg(c, 99, "stride");
  return {
    stride: given === undefined || given.kind === "none" ? stride : sizesPerAxis(given, rank, 1, c.span, "a stride"),
    padding: sizesPerAxis(arg(c, 99, "padding"), rank, 0, c.span, "a padding"),
    dilation: sizesPerAxis(arg(c, 99, "dilation"), rank, 1, c.span, "a dilation"),
    rounding,
  };
}

const AXES = ["rows", "columns", "slices"];

/** Which axis a window's first stands on; axes before it are carried. */
function firstOfWindow(x: Node, size: readonly number[], span: Span): number {
  const first = x.shape.length - 1 - size.length;
  if (first >= 0) return first;
  const message = `a ${showWindow(size)} window needs ${size.length} axes before depth, and the input is ${showShape(x.shape)}`;
  throw misfit("shapes/too-few-axes", span, [x], message, {
    hint: `a picture is [height, width, depth], a sequence [time, depth]: \`reshape\` brings ${showShape(x.shape)} to one of them`,
  });
}

function windowsOver(x: Node, size: readonly number[], o: WindowOptions, c: Call): Window[] {
  const { span } = c;
  const first = firstOfWindow(x, size, span);
  return size.map((f, i) => {
    const w = { size: f, stride: o.stride[i]!, padding: o.padding[i]!, dilation: o.dilation[i]! };
    if (w.stride < 1 || !Number.isInteger(w.stride))
      throw mistake("shapes/bad-stride", span, `a stride is a whole number from 1, and this is ${w.stride}`, {
        hint: "`s1` takes every place, `s2` every other one",
      });
    const request = { ...w, input: x.shape[first + i]!, rounding: o.rounding };
    const count = places(request, { x, span, window: showWindow(size), axis: size.length > 1 ? AXES[i]! : "steps" });
    c.explain(request);
    return { ...w, places: count };
  });
}

/** convolve(x, w): x [..., H, W, C], w [KH, KW, C/groups, N] gives [..., H', W', N]. */
export function convolve(c: Call): Value {
  const [x, w] = [nodeArg(c, 0, "x"), nodeArg(c, 1, "w")];
  const k = w.shape.length - 2;
  const o = windowOptions(c, k, new Array<number>(k).fill(1));
  const windows = windowsOver(x, w.shape.slice(0, k) as number[], o, c);
  const groupsValue = arg(c, 99, "groups");
  const groups = groupsValue === undefined ? 1 : asSize(groupsValue, c.span, "groups");
  const [depth, filters] = [x.shape.at(-1)!, w.shape.at(-1)!];
  if (groups === 1) return tensorValue(convolution(x, w, windows));
  if (!isNumber(depth) || !isNumber(filters) || depth % groups !== 0 || filters % groups !== 0)
    throw mistake(
      "shapes/groups-do-not-divide",
      c.span,
      `${groups} groups must divide the depth ${showDim(depth)} and the filters ${showDim(filters)}`,
      isNumber(depth) && isNumber(filters) ? { hint: `${commonDivisors(depth, filters)} divide both` } : {},
    );
  const grouped = reshape(x, [...x.shape.slice(0, -1), groups, depth / groups]);
  const weights = reshape(w, [...w.shape.slice(0, -1), groups, filters / groups]);
  const y = convolution(grouped, weights, windows, true);
  return tensorValue(reshape(y, [...y.shape.slice(0, -2), filters]));
}

function convolution(x: Node, w: Node, windows: readonly Window[], grouped = false): Node {
  const k = windows.length;
  const tail = grouped ? 2 : 1;
  const lead = x.shape.slice(0, x.shape.length - k - tail).map((d, i) => [`l${i}`, d] as const);
  const out = windows.map((v, i) => [`y${i}`, v.places] as const);
  const offsets = windows.map((v, i) => [`i${i}`, v.size as Dim] as const);
  const group = grouped ? [["g", x.shape.at(-2)!] as const] : [];
  const inner = ["c", x.shape.at(-1)!] as const;
  const filters = ["o", w.shape.at(-1)!] as const;
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

/** deconvolve(x, w): the adjoint of a convolution; x [..., H, W, C], w [KH, KW, C, N] gives [..., (H-1)S + F - 2P, ..., N]. */
export function deconvolve(c: Call): Value {
  const [x, w] = [nodeArg(c, 0, "x"), nodeArg(c, 1, "w")];
  const k = w.shape.length - 2;
  const o = windowOptions(c, k, new Array<number>(k).fill(1));
  const first = firstOfWindow(x, w.shape.slice(0, k) as number[], c.span);
  const lead = x.shape.slice(0, first).map((d, i) => [`l${i}`, d] as const);
  const out = w.shape.slice(0, k).map((f, i) => {
    const reach = o.dilation[i]! * ((f as number) - 1) + 1;
    return [
      `y${i}`,
      addDims(mulDims(subDims(x.shape[first + i]!, 1), o.stride[i]!), reach - 2 * o.padding[i]!),
    ] as const;
  });
  const offsets = w.shape.slice(0, k).map((f, i) => [`i${i}`, f] as const);
  const names = (list: readonly (readonly [string, Dim])[]): string[] => list.map(([n]) => n);
  return tensorValue(
    contract(x, w, {
      axes: [...lead, ...out, ["o", w.shape.at(-1)!], ...offsets, ["c", x.shape.at(-1)!]],
      out: [...names(lead), ...names(out), "o"],
      a: [
        ...names(lead).map((n) => axis(n)),
        ...out.map((_, i) =>
          affine(
            [
              [`y${i}`, 1],
              [`i${i}`, -o.dilation[i]!],
            ],
            o.padding[i]!,
            o.stride[i]!,
          ),
        ),
        axis("c"),
      ],
      b: [...names(offsets).map((n) => axis(n)), axis("c"), axis("o")],
    }),
  );
}

/** windows(x, size): every window of x as new last axes: [..., H', W', C, KH, KW]. */
export function windowed(c: Call): Value {
  const x = nodeArg(c, 0, "x");
  const sizeValue = need(c, 1, "size");
  const rank = sizeValue.kind === "list" ? sizeValue.items.length : Math.min(2, x.shape.length - 1);
  if (rank < 1)
    throw mistake("shapes/too-few-axes", c.span, "a window needs an axis before depth, and this has none", {
      hint: "a picture is [height, width, depth], a sequence [T, depth]",
    });
  const size = sizes(sizeValue, rank, 1, c.span, "a window size");
  const o = windowOptions(c, rank, size);
  const fill = arg(c, 99, "fill");
  const windows = windowsOver(x, size, o, c);
  const first = x.shape.length - 1 - rank;
  const attributes = {
    windows,
    fill: fill === undefined ? 0 : (asNode(fill, c.span).attributes.value as number),
    sizes: x.shape.slice(first, first + rank),
  };
  return tensorValue(make("window", [x], attributes as unknown as Attributes));
}
