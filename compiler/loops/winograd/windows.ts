// Convolutions among nests: sums of products in which one factor is read at the sum of two axes, one of results and one of terms.
// The gradients of a convolution are such sums too: that of the weights goes along the window's places and has its taps as results.

import { coefficient } from "../../arithmetic/affine.ts";
import { extent, isNumber } from "../../arithmetic/dim.ts";
import { itemAt, onlyOf } from "../../arithmetic/lists.ts";
import type { Load } from "../axes.ts";
import { splitAxis } from "../axes.ts";
import type { Axis, Nest } from "../nest.ts";
import { hasTransforms } from "./transforms.ts";

/** An axis of results and one of terms, in blocks of `results` by `terms` places. */
export interface Window {
  readonly result: Axis;
  readonly term: Axis;
  readonly results: number;
  readonly terms: number;
  /** Numbers from a place of the data to the next. */
  readonly step: number;
  /** Whether the data are read at the result's place less the term's. */
  readonly isReversed: boolean;
}

export interface Convolution {
  /** The factor that is read at the sum of both axes. */
  readonly data: Load;
  readonly kernel: Load;
  readonly windows: readonly Window[];
}

/** The work of a convolution in blocks. */
export interface Effort {
  readonly products: number;
  /** Numbers of the blocks of data, of kernels and of results, which are written to memory and read again. */
  readonly moved: readonly number[];
}

/** Windows along more axes would have hundreds of numbers in a block. */
const MOST_WINDOWS = 2;

/** A nest whose accumulator is the sum of products of two loads, and both. */
interface Products {
  readonly nest: Nest;
  readonly factors: readonly [Load, Load];
}

function productsIn(nest: Nest): Products | undefined {
  const accumulator = onlyOf(nest.accumulators);
  if (accumulator?.combine !== "sum" || nest.split || nest.time !== undefined) return undefined;
  const { body } = accumulator;
  if (body.kind !== "apply" || body.scalar !== "mul" || nest.stores.some((s) => s.once)) return undefined;
  const [a, b] = body.inputs;
  if (a?.kind !== "load" || b?.kind !== "load" || !isPlain(a) || !isPlain(b)) return undefined;
  return { nest, factors: [a, b] };
}

/** A nest as it is computed in blocks, and how. */
export interface Way {
  readonly nest: Nest;
  readonly convolution: Convolution;
}

/** The ways in which a nest can be computed in blocks of windows. */
export function waysOf(nest: Nest): Way[] {
  const products = productsIn(nest);
  if (!products) return [];
  const stepping = withoutStrides(products);
  return (stepping ? [products, stepping] : [products]).flatMap((p) =>
    convolutionsIn(p).map((convolution) => ({ nest: p.nest, convolution })),
  );
}

/**
 * A window that moves by s places and is a multiple of s long is s windows beside each other that move by one, each with every s-th
 * place: its axis becomes two. For the gradient of such a window's weights it is the axis of results. Places that lie apart in a window
 * allow it only if their distance divides s, or s it.
 */
function withoutStrides({ nest, factors }: Products): Products | undefined {
  for (const factor of factors)
    for (const loop of nest.loops)
      for (const reduce of nest.reduces) {
        const [along, over] = [coefficient(factor.address, loop.name), coefficient(factor.address, reduce.name)];
        if (!along || !over) continue;
        const [far, near] = [Math.max(Math.abs(along), Math.abs(over)), Math.min(Math.abs(along), Math.abs(over))];
        const axis = Math.abs(along) < far ? loop : reduce;
        const step = far / near;
        if (step === 1 || !Number.isInteger(step) || !isNumber(axis.extent)) continue;
        if (axis.extent % step !== 0 || axis.extent === step) continue;
        const list = axis === loop ? "loops" : "reduces";
        const split = productsIn(splitAxis(nest, list, nest[list].indexOf(axis), step));
        return split && (withoutStrides(split) ?? split);
      }
  return undefined;
}

function convolutionsIn({ nest, factors: [a, b] }: Products): Convolution[] {
  const blocked = [
    [a, b],
    [b, a],
  ] as const;
  return blocked.flatMap(([data, kernel]) => {
    const windows = windowsOf(nest, data, kernel);
    const ways = windows.slice(0, MOST_WINDOWS).map(blocksOf);
    if (ways.length === 0) return [];
    return ways
      .reduce<Window[][]>((before, more) => before.flatMap((list) => more.map((w) => [...list, w])), [[]])
      .map((list) => ({ data, kernel, windows: list }));
  });
}

const isPlain = ({ dtype, row, address }: Load): boolean =>
  dtype === "f32" && !row && address.terms.every(([atom]) => typeof atom === "string");

type Pair = Pick<Window, "result" | "term" | "step" | "isReversed">;

function windowsOf(nest: Nest, data: Load, kernel: Load): Pair[] {
  const along = (load: Load, axis: Axis): number => coefficient(load.address, axis.name) ?? 0;
  const pairs: Pair[] = [];
  for (const term of nest.reduces) {
    const result = nest.loops.find(
      (l) =>
        along(data, l) > 0 &&
        Math.abs(along(data, term)) === along(data, l) &&
        along(kernel, term) !== 0 &&
        along(kernel, l) === 0 &&
        pairs.every((p) => p.result !== l),
    );
    if (!result || !isNumber(result.extent) || !isNumber(term.extent)) continue;
    pairs.push({ result, term, step: along(data, result), isReversed: along(data, term) < 0 });
  }
  return pairs;
}

/** Blocks of a window that hold all of one of its axes, and divide the other. */
function blocksOf(pair: Pair): Window[] {
  const [results, terms] = [pair.result.extent as number, pair.term.extent as number];
  const found: Window[] = [];
  for (let m = 2; m <= results; m++)
    for (let r = 2; hasTransforms(m, r) && r <= terms; r++)
      if (results % m === 0 && terms % r === 0 && (m === results || r === terms))
        found.push({ ...pair, results: m, terms: r });
  return found;
}

export const planesOf = ({ windows }: Convolution): number =>
  windows.reduce((n, w) => n * (w.results + w.terms - 1), 1);

const count = (axes: readonly Axis[], batch: number): number => axes.reduce((n, a) => n * extent(a.extent, batch), 1);

/** Products of the nest as it stands. */
export const productsOf = (nest: Nest, batch: number): number => count([...nest.loops, ...nest.reduces], batch);

export function effortOf(nest: Nest, convolution: Convolution, batch: number): Effort {
  const { data, kernel, windows } = convolution;
  const planes = planesOf(convolution);
  const places = windows.reduce((n, w) => n * w.results * w.terms, 1);
  const has = (load: Load) => (a: Axis) => coefficient(load.address, a.name) !== 0;
  const axes = [...nest.loops, ...nest.reduces];
  const [perResult, perTerm] = [windows.reduce((n, w) => n * w.results, 1), windows.reduce((n, w) => n * w.terms, 1)];
  const of = (list: readonly Axis[], per: number): number => (planes * count(list, batch)) / per;
  return {
    products: of(axes, places),
    moved: [of(axes.filter(has(data)), places), of(axes.filter(has(kernel)), perTerm), of(nest.loops, perResult)],
  };
}

/** The axis whose neighbours lie side by side in a factor, and which is no window's. */
export function lanesOf(nest: Nest, load: Load, windows: readonly Window[]): Axis | undefined {
  return [...nest.loops, ...nest.reduces].find(
    (a) => coefficient(load.address, a.name) === 1 && !windows.some((w) => w.result === a || w.term === a),
  );
}

export const lastLoop = (nest: Nest): Axis => itemAt(nest.loops, -1);

/** Whether its results are the places of a window, which is a whole block of them: the gradient of a window's weights. */
export const isGradientOfWindow = ({ reduces }: Nest, { kernel, windows }: Convolution): boolean =>
  windows.every((w) => w.result.extent === w.results) &&
  (windows.every((w) => w.term.extent !== w.terms) ||
    reduces.some((r) => !isNumber(r.extent) && coefficient(kernel.address, r.name) !== 0));
