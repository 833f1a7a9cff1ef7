// A convolution as four nests: its data and its kernel in blocks, transformed; a product of both for each place of a block; and its
// results, transformed back, with what the nest made of them.

import type { Index } from "../../arithmetic/affine.ts";
import { coefficient, combine, literal } from "../../arithmetic/affine.ts";
import { extent, isNumber } from "../../arithmetic/dim.ts";
import { itemAt, zip } from "../../arithmetic/lists.ts";
import { lookUp } from "../../arithmetic/lookup.ts";
import { rowMajor } from "../../arithmetic/strides.ts";
import type { Load } from "../axes.ts";
import { replaceAxes, splitAxis } from "../axes.ts";
import type { Axis, Nest, Store, Value } from "../nest.ts";
import { rewriteNest } from "../nest.ts";
import { maker, timesBoth } from "./apply.ts";
import { transformsOf } from "./transforms.ts";
import type { Way, Window } from "./windows.ts";
import { lastLoop, planesOf } from "./windows.ts";

/** Blocked numbers, a plane for each place of a block. */
export interface Blocked {
  readonly buffer: string;
  readonly plane: number;
  /** Of each axis within a plane. */
  readonly strides: ReadonlyMap<string, number>;
  readonly size: number;
}

/** An axis of a factor, after blocks are cut, with its distance there. */
interface Walk extends Axis {
  readonly stride: number;
}

export interface Factor {
  /** Writes the blocks. Its axes have names that say nothing of the nest they came from, so that equal blocks are equal nests. */
  readonly nest: Nest;
  readonly blocked: Blocked;
  /** The buffer that the nest reads. */
  readonly source: string;
}

const blockAxis = ({ name }: Axis): string => `${name}_block`;

/** The axes that are left of a window's when blocks are cut, by the axis. */
function blockAxes(windows: readonly Window[]): Map<string, Axis> {
  return new Map(
    windows.flatMap(({ result, term, results, terms }) =>
      (
        [
          [result, results],
          [term, terms],
        ] as const
      ).map(([axis, size]) => [axis.name, { name: blockAxis(axis), extent: (axis.extent as number) / size }] as const),
    ),
  );
}

const sizesOf = (windows: readonly Window[]): ReadonlyMap<string, number> =>
  new Map(windows.flatMap((w) => [[w.result.name, w.results] as const, [w.term.name, w.terms] as const]));

/** An axis as panels of so many neighbours and the neighbours in them, where panels are full. */
function inPanels(axis: Axis, width: number): readonly [panel: Axis, lane: Axis] | undefined {
  const { name, extent: size } = axis;
  if (!isNumber(size) || size % width !== 0 || size === width) return undefined;
  return [
    { name: `${name}_panel`, extent: size / width },
    { name: `${name}_lane`, extent: width },
  ];
}

/** The factor's axes, the farthest neighbours first; of the last, where it has it, panels come first and lanes last. */
function walksOf({ nest, convolution: { windows }, width }: Convolving, load: Load): Walk[] {
  const last = lastLoop(nest);
  const [blocks, sizes] = [blockAxes(windows), sizesOf(windows)];
  const walks = [...nest.loops, ...nest.reduces].flatMap((axis): Walk[] => {
    const stride = coefficient(load.address, axis.name) ?? 0;
    const walk = { ...(blocks.get(axis.name) ?? axis), stride: stride * (sizes.get(axis.name) ?? 1) };
    return stride === 0 || walk.extent === 1 ? [] : [walk];
  });
  const far = walks.toSorted((a, b) => Math.abs(b.stride) - Math.abs(a.stride));
  const others = far.filter((w) => w.name !== last.name);
  const own = far.find((w) => w.name === last.name);
  if (!own) return others;
  const [panel, lane] = inPanels(own, width) ?? [];
  if (!panel || !lane) return [...others, own];
  return [{ ...panel, stride: own.stride * width }, ...others, { ...lane, stride: own.stride }];
}

/** Every combination of one number below each size, the last moving first. */
const combinations = (sizes: readonly number[]): number[][] =>
  sizes.reduce<number[][]>(
    (before, size) => before.flatMap((list) => Array.from({ length: size }, (_, i) => [...list, i])),
    [[]],
  );

/** Planes at a distance that is no multiple of a page: neighbours in all of them would take the same lines of a cache. */
const LINE = 16;

const planeOf = (sizes: readonly number[]): number => {
  const size = sizes.reduce((a, b) => a * b, 1);
  return Math.ceil(size / LINE) * LINE + LINE;
};

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** A nest that is a convolution, for a largest batch. */
export interface Convolving extends Way {
  readonly batch: number;
  /** Of a panel. */
  readonly width: number;
}

/** The blocks of one factor, into `buffer`. */
export function blocksOf(convolving: Convolving, which: "data" | "kernel", buffer: string): Factor {
  const { nest, convolution, batch } = convolving;
  const { windows } = convolution;
  const load = convolution[which];
  const walks = walksOf(convolving, load);
  const sizes = walks.map((w) => extent(w.extent, batch));
  const strides = rowMajor(sizes);
  const plane = planeOf(sizes);
  const loops = walks.map((w, i) => ({ name: `b${i}`, extent: w.extent }));
  const address = (offset: number, by: readonly number[]): Index => ({
    terms: zip(loops, by).map(([l, s]) => [l.name, s] as const),
    offset,
  });
  const make = maker();
  const read = (at: readonly number[]): Value => {
    const offset = sum(zip(windows, at).map(([w, place]) => placeIn(load, w, which, place)));
    return make({
      ...load,
      address: address(
        load.address.offset + offset,
        walks.map((w) => w.stride),
      ),
    });
  };
  const matrices = windows.map((w) => transformsOf(w.results, w.terms)[which]);
  const values = timesBoth(make, matrices, combinations(matrices.map((m) => itemAt(m, 0).length)).map(read));
  const stores = values.map(
    (value, i): Store => ({ buffer, address: address(i * plane, strides), dtype: "f32", value }),
  );
  return {
    nest: inStretches(
      { label: `${nest.label} ${which}`, span: nest.span, loops, reduces: [], accumulators: [], stores },
      walks,
    ),
    blocked: {
      buffer,
      plane,
      strides: new Map(zip(walks, strides).map(([w, s]) => [w.name, s])),
      size: plane * values.length,
    },
    source: load.buffer,
  };
}

/**
 * Steps of a kernel's farther axis that are walked for one panel after the other, within a few pages of memory: kernels of 512 channels are
 * transformed in 0.85 of the time.
 */
const STRETCH = 16;

/** A nest over panels, an axis that lies farther apart than they do, and lanes, in stretches of that axis. */
function inStretches(nest: Nest, walks: readonly Walk[]): Nest {
  const [panel, far, lanes, more] = walks;
  const isFar = panel && far && lanes && !more && Math.abs(far.stride) > Math.abs(panel.stride);
  if (!isFar || !isNumber(far.extent) || far.extent % STRETCH !== 0) return nest;
  const split = splitAxis(nest, "loops", 1, STRETCH);
  const [panels, stretch, ...inner] = split.loops as [Axis, Axis, Axis, Axis];
  return { ...split, loops: [stretch, panels, ...inner] };
}

/** Distance of a place of a block from the block's first, in a factor. */
function placeIn({ address }: Load, w: Window, which: "data" | "kernel", place: number): number {
  if (which === "data") return w.step * (w.isReversed ? place - (w.terms - 1) : place);
  return (coefficient(address, w.term.name) ?? 0) * (w.isReversed ? w.terms - 1 - place : place);
}

const PLANE = "plane";

function addressIn({ plane, strides }: Blocked, axes: readonly Axis[]): Index {
  const terms = axes.flatMap(({ name }) => (strides.has(name) ? [[name, lookUp(strides, name)] as const] : []));
  return { terms: [[PLANE, plane], ...terms], offset: 0 };
}

/** The product of both factors, plane by plane, into `buffer`, which has this size; and the nest's results from it. */
export function productOf(
  { nest, convolution, batch, width }: Convolving,
  factors: readonly Blocked[],
  buffer: string,
): { readonly nests: readonly Nest[]; readonly size: number } {
  const { windows } = convolution;
  const blocks = blockAxes(windows);
  const cut = (axes: readonly Axis[]): Axis[] => axes.map((a) => blocks.get(a.name) ?? a).filter((a) => a.extent !== 1);
  const [loops, reduces] = [cut(nest.loops), cut(nest.reduces)];
  const sizes = loops.map((l) => extent(l.extent, batch));
  const plane = planeOf(sizes);
  const planes = planesOf(convolution);
  const strides = new Map(zip(loops, rowMajor(sizes)).map(([l, s]) => [l.name, s]));
  const results: Blocked = { buffer, plane, strides, size: plane * planes };
  const last = lastLoop(nest);
  const [panel, lane] = inPanels(last, width) ?? [];
  // Panels come before rows, as they lie.
  const walked = panel && lane ? [panel, ...loops.filter((l) => l.name !== last.name), lane] : loops;
  if (panel && lane) strides.set(panel.name, width).set(lane.name, 1);
  const inputs = factors.map((b): Value => {
    const address = addressIn(b, [...walked, ...reduces]);
    if (address.terms.length !== b.strides.size + 1)
      throw new Error(`blocks of ${b.buffer} walk axes that their product does not have`);
    return { kind: "load", buffer: b.buffer, address, dtype: "f32" };
  });
  const product: Nest = {
    label: `${nest.label} product`,
    span: nest.span,
    loops: [{ name: PLANE, extent: planes }, ...walked],
    reduces,
    accumulators: [{ combine: "sum", body: { kind: "apply", scalar: "mul", inputs } }],
    stores: [{ buffer, address: addressIn(results, walked), dtype: "f32", value: { kind: "accumulator", index: 0 } }],
  };
  return { nests: [product, resultsOf(nest, windows, loops, results)], size: results.size };
}

function resultsOf(nest: Nest, windows: readonly Window[], loops: readonly Axis[], from: Blocked): Nest {
  const make = maker();
  const matrices = windows.map((w) => transformsOf(w.results, w.terms).result);
  const read = (_: unknown, plane: number): Value => {
    const { terms } = addressIn(from, loops);
    const address = { terms: terms.slice(1), offset: plane * from.plane };
    return make({ kind: "load", buffer: from.buffer, address, dtype: "f32" });
  };
  const sums = timesBoth(make, matrices, combinations(matrices.map((m) => itemAt(m, 0).length)).map(read));
  const extents = new Map(loops.flatMap((l) => (isNumber(l.extent) ? [[l.name, l.extent] as const] : [])));
  const single = nest.loops.filter((l) => l.extent === 1).map((l) => [l.name, literal(0)] as const);
  const stores = zip(combinations(windows.map((w) => w.results)), sums).flatMap(([at, result]) => {
    const ofWindows = zip(windows, at).map(([w, place]) => [w.result.name, placeOf(w, place)] as const);
    const places = new Map([...single, ...ofWindows]);
    const moved = replaceAxes({ ...nest, accumulators: [] }, places, extents);
    return rewriteNest(moved, (v) => (v.kind === "accumulator" ? result : make(v))).stores;
  });
  return { label: `${nest.label} result`, span: nest.span, loops, reduces: [], accumulators: [], stores };
}

/** The index of a place of a block along the axis of results. */
function placeOf({ result, results }: Window, place: number): Index {
  if (result.extent === results) return literal(place);
  return combine([
    [{ terms: [[blockAxis(result), results]], offset: 0 }, 1],
    [literal(place), 1],
  ]);
}
