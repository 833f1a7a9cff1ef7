// Invariants of loop nests between stages: every axis is declared once and used only where it runs, every address lies within its
// buffer at every point, every value that is read was written before or comes from outside, accumulators exist where they are used.
// In: steps with their buffers. Out: nothing, or a NestFault that names the nest and what is wrong. Addresses are bounded by interval
// arithmetic, which never misses a violation; the bounds of a guard narrow the addresses that it protects. What intervals cannot tell
// is looked at point by point.

import type { Extents, Index } from "../arithmetic/affine.ts";
import { axesIn, combine, indexKey, range } from "../arithmetic/affine.ts";
import { extent, isNumber } from "../arithmetic/dim.ts";
import type { HeldType } from "../arithmetic/dtype.ts";
import type { Bound, Nest, Store, Value } from "./nest.ts";
import { rootsOf, showNest, valuesIn } from "./nest.ts";
import { placeOf } from "./reference.ts";
import type { Lowered, Step } from "./step.ts";
import type { Buffer } from "./storage.ts";

/** A nest that breaks an invariant: a fault of the compiler. */
export class NestFault extends Error {
  constructor(nest: Nest, problem: string) {
    super(`${problem}, in\n${showNest(nest)}`);
  }
}

/** Context that nests are checked against. */
export interface NestContext {
  readonly buffers: ReadonlyMap<string, Buffer>;
  readonly batch: number;
  /** Steps of the loops around, by the names of their time axes. */
  readonly times: Extents;
}

/** NestFault where a step of a lowered graph breaks an invariant. */
export function verifyLowered({ steps, buffers, results }: Lowered, batch: number): void {
  const initialised = [...buffers.values()].filter((b) => b.role !== "temporary" && b.role !== "result");
  const written = new Set(initialised.map((b) => b.name));
  verifySteps(steps, { buffers, batch, times: new Map() }, written);
  for (const [name, { buffer }] of results)
    if (!written.has(buffer)) throw new Error(`nothing writes ${buffer}, which holds ${name}`);
}

/** `written` holds the buffers with values so far; the steps add theirs. */
function verifySteps(steps: readonly Step[], context: NestContext, written: Set<string>): void {
  for (const step of steps) {
    if (step.kind === "loop") {
      if (context.times.has(step.time)) throw new Error(`the time axis ${step.time} is declared twice`);
      const times = new Map([...context.times, [step.time, step.length] as const]);
      verifySteps(step.body, { ...context, times }, written);
      continue;
    }
    const { nest } = step;
    verifyNest(nest, context);
    for (const v of valuesIn(rootsOf(nest)))
      if (v.kind === "load" && !written.has(v.buffer))
        throw new NestFault(nest, `${v.buffer} is read before it is written`);
    for (const { buffer } of nest.stores) written.add(buffer);
  }
}

/** NestFault where one nest, by itself, breaks an invariant. */
export function verifyNest(nest: Nest, context: NestContext): void {
  const { loops, reduces, split } = nest;
  const extents = new Map(context.times);
  for (const axis of [...loops, ...reduces]) {
    if (extents.has(axis.name)) throw new NestFault(nest, `the axis ${axis.name} is declared twice`);
    const size = extent(axis.extent, context.batch);
    if (!Number.isInteger(size)) throw new NestFault(nest, `the axis ${axis.name} runs over ${size} places`);
    extents.set(axis.name, size);
  }
  if (nest.time !== undefined && !context.times.has(nest.time))
    throw new NestFault(nest, `no loop around runs the time axis ${nest.time}`);
  if (split && (loops[0]?.extent !== split.parts || reduces.length === 0))
    throw new NestFault(
      nest,
      `a reduction split into ${split.parts} parts needs a first axis of ${split.parts} and one to cut`,
    );
  if (reduces.length > 0 && nest.accumulators.length === 0)
    throw new NestFault(nest, "there are axes to reduce and no accumulator");
  for (const name of nest.hidden ? [nest.hidden.column, nest.hidden.row] : [])
    if (!extents.has(name)) throw new NestFault(nest, `points are hidden along ${name}, which does not run`);
  // A nest without points computes nothing.
  if (loops.some((axis) => extents.get(axis.name) === 0)) return;
  const sumsNothing = reduces.some((axis) => extents.get(axis.name) === 0);
  const at: Place = { nest, buffers: context.buffers, extents };
  if (!sumsNothing) for (const { body } of nest.accumulators) verifyValue(body, at, [], "reduction");
  const outside = new Map(extents);
  for (const axis of reduces) outside.delete(axis.name);
  for (const store of nest.stores) verifyStore(store, { ...at, extents: outside });
}

/** Where an expression stands: its nest, and the axes that run there. */
interface Place {
  readonly nest: Nest;
  readonly buffers: ReadonlyMap<string, Buffer>;
  readonly extents: Extents;
}

function verifyStore(store: Store, at: Place): void {
  const { nest } = at;
  const extents = new Map(at.extents);
  for (const name of store.once ?? []) {
    if (!nest.loops.some((axis) => axis.name === name)) throw new NestFault(nest, `once for ${name}, which is no loop`);
    extents.set(name, 1);
  }
  const place = { ...at, extents };
  verifyAccess(store.buffer, store.address, store.dtype, place, []);
  const used = axesIn(store.address);
  for (const { name } of nest.loops)
    if ((extents.get(name) ?? 1) > 1 && !used.has(name))
      throw new NestFault(nest, `every point of ${name} writes the same place of ${store.buffer}`);
  verifyValue(store.value, place, [], "store");
}

/** A value and those below it; `bounds` are those of the guards around it. */
function verifyValue(value: Value, at: Place, bounds: readonly Bound[], within: "reduction" | "store"): void {
  // An expression is a graph: each value is visited once for the guards around it.
  const seen = new Set<Value>();
  const visit = (v: Value): void => {
    if (seen.has(v)) return;
    seen.add(v);
    switch (v.kind) {
      case "load":
        verifyAccess(v.buffer, v.address, v.dtype, at, bounds);
        if (v.row) visit(v.row.of);
        return;
      case "coordinate":
        verifyAxes(v.index, at);
        return;
      case "random":
        for (const index of [v.element, v.example, v.time]) verifyAxes(index, at);
        return;
      case "apply":
        v.inputs.forEach(visit);
        return;
      case "guard":
        for (const { index } of v.bounds) verifyAxes(index, at);
        verifyValue(v.inside, at, [...bounds, ...v.bounds], within);
        return;
      case "inner": {
        const extents = new Map(at.extents);
        for (const axis of v.axes) {
          if (extents.has(axis.name)) throw new NestFault(at.nest, `the axis ${axis.name} is declared twice`);
          extents.set(axis.name, isNumber(axis.extent) ? axis.extent : Number.POSITIVE_INFINITY);
        }
        verifyValue(v.body, { ...at, extents }, bounds, within);
        return;
      }
      case "accumulator":
        if (within === "reduction") throw new NestFault(at.nest, `a reduction reads accumulator ${v.index}`);
        if (!at.nest.accumulators[v.index]) throw new NestFault(at.nest, `there is no accumulator ${v.index}`);
    }
  };
  visit(value);
}

function verifyAxes(index: Index, { nest, extents }: Place): void {
  for (const name of axesIn(index))
    if (!extents.has(name))
      throw new NestFault(nest, `the axis ${name} is used in ${indexKey(index)}, where it does not run`);
}

function verifyAccess(name: string, address: Index, dtype: HeldType, at: Place, bounds: readonly Bound[]): void {
  const buffer = at.buffers.get(name);
  if (!buffer) throw new NestFault(at.nest, `there is no buffer ${name}`);
  if (buffer.dtype !== dtype) throw new NestFault(at.nest, `${name} holds ${buffer.dtype} and is used as ${dtype}`);
  verifyAxes(address, at);
  const [low, high] = guardedRange(address, at.extents, bounds);
  // Nothing is computed where no point is within the bounds.
  if (low > high) return;
  if (low < 0 || high >= buffer.size) {
    if (isWithinAtAllPoints(address, buffer.size, at.extents, bounds)) return;
    throw new NestFault(at.nest, `${name}[${indexKey(address)}] reaches from ${low} to ${high} of ${buffer.size}`);
  }
}

/** Points that are looked at one by one. */
const MOST_POINTS = 2 ** 22;

/**
 * Whether an address that intervals cannot bound is within its buffer after all: a bounded coordinate may stand inside of a division.
 * Looks at every point, where there are not too many.
 */
function isWithinAtAllPoints(address: Index, size: number, extents: Extents, bounds: readonly Bound[]): boolean {
  const axes = [...new Set([address, ...bounds.map((b) => b.index)].flatMap((index) => [...axesIn(index)]))];
  const sizes = axes.map((name) => extents.get(name) ?? 0);
  const count = sizes.reduce((a, b) => a * b, 1);
  if (count > MOST_POINTS) return false;
  const at = new Map<string, number>();
  for (let point = 0; point < count; point++) {
    let rest = point;
    for (const [i, name] of axes.entries()) {
      const extent = sizes[i] ?? 1;
      at.set(name, rest % extent);
      rest = Math.floor(rest / extent);
    }
    const isInside = bounds.every(({ index, extent }) => {
      const value = placeOf(index, at);
      return value >= 0 && value < extent;
    });
    if (!isInside) continue;
    const place = placeOf(address, at);
    if (place < 0 || place >= size) return false;
  }
  return true;
}

/**
 * Smallest and largest value of an address where all bounds hold. An address is a sum of coordinates times strides: where it holds a
 * multiple of a bounded coordinate, that part lies in the bound's interval, which may be narrower than its axes'.
 */
function guardedRange(address: Index, extents: Extents, bounds: readonly Bound[]): readonly [number, number] {
  let best = range(address, extents);
  let rest = address;
  let [low, high] = [0, 0];
  for (const bound of bounds) {
    const stride = strideOf(bound.index, rest);
    if (stride === undefined) continue;
    rest = combine([
      [rest, 1],
      [bound.index, -stride],
    ]);
    const [from, to] = range(bound.index, extents);
    const ends = [Math.max(0, from) * stride, Math.min(bound.extent - 1, to) * stride] as const;
    low += Math.min(...ends);
    high += Math.max(...ends);
    const [l, h] = range(rest, extents);
    best = [Math.max(best[0], l + low), Math.min(best[1], h + high)];
  }
  return best;
}

/** How often an index stands in an address, by the first of its terms. */
function strideOf({ terms: [first] }: Index, address: Index): number | undefined {
  if (!first) return undefined;
  const [atom, coefficient] = first;
  const key = indexKey({ terms: [[atom, 1]], offset: 0 });
  const found = address.terms.find(([a]) => indexKey({ terms: [[a, 1]], offset: 0 }) === key);
  return found && found[1] / coefficient;
}
