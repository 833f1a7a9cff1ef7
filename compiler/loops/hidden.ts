// Points of nests that a mask hides, which targets can skip: in causal attention the softmax is 0 where the column is past the row, and so
// is everything multiplied by it, forwards and backwards. In: lowered steps. Out: the same with `hidden` in the nests where such points are
// known. Nothing is assumed of the numbers that a nest reads: a term of a sum is hidden where it is 0, one of a maximum where it is minus
// infinity. A factor 0 makes a product 0 here, and a dividend 0 a quotient, whatever the other number is.

import type { Index } from "../arithmetic/affine.ts";
import { coefficient, combine, literal } from "../arithmetic/affine.ts";
import { showDim } from "../arithmetic/dim.ts";
import { itemAt, onlyOf } from "../arithmetic/lists.ts";
import type { Load } from "./axes.ts";
import { loadsOf } from "./axes.ts";
import type { Accumulator, Axis, Hidden, Nest, Store, Value } from "./nest.ts";
import { allValues, rootsOf, valuesIn } from "./nest.ts";
import type { Lowered, Step } from "./step.ts";

type Region = Omit<Hidden, "values">;

/** A region of a buffer; its axes are identified by their strides. */
interface Place {
  readonly layout: string;
  readonly column: number;
  readonly row: number;
  readonly offset: number;
}

/** The number in a buffer at all points of a region. */
interface Known extends Place {
  readonly value: number;
}

/** An exponential is 0 from here down, in 64 bits too. */
const NOTHING = -1000;

export function withHidden(lowered: Lowered): Lowered {
  const facts = new Facts(lowered);
  const forwards = lowered.steps.map((step) => (step.kind === "nest" ? nestStep(facts.annotate(step.nest)) : step));
  if (!facts.areAny) return lowered;
  const readers = new Map<string, Set<Nest>>();
  for (const nest of nestsIn(forwards))
    for (const { buffer } of loadsOf(rootsOf(nest))) readers.set(buffer, (readers.get(buffer) ?? new Set()).add(nest));
  const steps = forwards.map((step) => {
    if (step.kind !== "nest" || step.nest.hidden) return step;
    const hidden = facts.unread(step.nest, readers);
    return hidden ? nestStep({ ...step.nest, hidden }) : step;
  });
  return { ...lowered, steps };
}

/** The hidden points of a nest by its own values alone. */
export const hiddenIn = (nest: Nest): Hidden | undefined =>
  new Facts({ steps: [], buffers: new Map(), results: new Map() }).annotate(nest).hidden;

const nestStep = (nest: Nest): Step => ({ kind: "nest", nest });

class Facts {
  private readonly known = new Map<string, Known[]>();
  /** By region of a nest. */
  private readonly finders = new WeakMap<Region, (v: Value) => number | undefined>();
  /** Buffers that are written once, and for one run. */
  private readonly writtenOnce: ReadonlySet<string>;
  /** Buffers that hold what a run is for. */
  private readonly results: ReadonlySet<string>;

  constructor({ steps, buffers, results }: Lowered) {
    const written = nestsIn(steps).flatMap((nest) => nest.stores.map((s) => s.buffer));
    const again = written.filter((name, i) => written.indexOf(name) < i);
    const temporary = written.filter((name) => buffers.get(name)?.role === "temporary");
    this.writtenOnce = new Set(temporary).difference(new Set(again));
    this.results = new Set([...results.values()].map((r) => r.buffer));
  }

  /** Whether any number is known at hidden points. */
  get areAny(): boolean {
    return this.known.size > 0;
  }

  /** The nest with its hidden points; the numbers that it stores there are remembered. */
  annotate(nest: Nest): Nest {
    if (nest.split || nest.time !== undefined) return nest;
    const regions = this.regionsOf(nest);
    for (const store of nest.stores) {
      if (!this.writtenOnce.has(store.buffer) || store.once) continue;
      for (const region of regions.filter((r) => areLoops(nest, r))) {
        const value = this.valueAt(store.value, nest, region);
        if (value !== undefined) this.remember(store, nest, region, value);
      }
    }
    for (const region of regions) {
      const hidden = this.hiddenAt(nest, region);
      if (hidden) return { ...nest, hidden };
    }
    return nest;
  }

  /** Points of a nest whose sums every reader takes times 0, or not at all: with sums of 0 instead nothing is infinite that was not. */
  unread(nest: Nest, readersOf: ReadonlyMap<string, ReadonlySet<Nest>>): Hidden | undefined {
    const store = onlyOf(nest.stores);
    if (!store || nest.accumulators.length === 0 || nest.split || nest.time !== undefined) return undefined;
    if (!this.writtenOnce.has(store.buffer) || this.results.has(store.buffer)) return undefined;
    if (!isLinear(store.value, isSum, () => undefined)) return undefined;
    const readers = [...(readersOf.get(store.buffer) ?? [])];
    const [first] = readers;
    const layout = layoutOf(store.address, nest.loops);
    if (!first || layout === undefined || readers.some((n) => n.time !== undefined)) return undefined;
    const isHidden = (place: Place): boolean =>
      readers.every((reader) =>
        loadsIn(reader, store.buffer).every((load) => {
          const region = regionIn(load, reader, place);
          const at = (v: Value): number | undefined => region && this.valueAt(v, reader, region);
          return rootsWith(reader, load).every((v) => at(v) !== undefined && isLinear(v, (x) => x === load, at));
        }),
      );
    for (const region of this.regionsOf(first)) {
      const load = itemAt(loadsIn(first, store.buffer), 0);
      const at = { ...stepsOf(load.address, region), layout };
      const own = regionIn({ ...load, address: store.address }, nest, at);
      if (own && areLoops(nest, own) && isHidden(at)) return own;
    }
    return undefined;
  }

  private hiddenAt(nest: Nest, region: Region): Hidden | undefined {
    const at = (v: Value): number | undefined => this.valueAt(v, nest, region);
    if (areLoops(nest, region)) {
      const values = nest.stores.flatMap((s) => at(s.value) ?? []);
      return values.length === nest.stores.length && !nest.stores.some((s) => s.once)
        ? { ...region, values }
        : undefined;
    }
    const isLoop = (name: string): boolean => nest.loops.some((l) => l.name === name);
    if (!isLoop(region.column) && !isLoop(region.row)) return undefined;
    const addNothing = nest.accumulators.every(({ combine, body }) => at(body) === NEUTRAL[combine]);
    return addNothing && nest.accumulators.length > 0 ? region : undefined;
  }

  private remember({ buffer, address }: Store, nest: Nest, region: Region, value: number): void {
    const layout = layoutOf(address, nest.loops);
    const steps = stepsOf(address, region);
    if (layout === undefined || steps.column === 0 || steps.row === 0) return;
    this.known.set(buffer, [...(this.known.get(buffer) ?? []), { ...steps, layout, value }]);
  }

  /** Regions that a nest has to do with: those of its conditions, and of what it reads. */
  private regionsOf(nest: Nest): Region[] {
    const regions = allValues(nest).flatMap((v): Region[] => {
      if (v.kind === "apply") return [regionOf(v)].filter((r) => r !== undefined);
      if (v.kind !== "load") return [];
      return (this.known.get(v.buffer) ?? []).flatMap((known) => regionIn(v, nest, known) ?? []);
    });
    const axes = new Set([...nest.loops, ...nest.reduces].map((a) => a.name));
    const own = regions.filter((r) => axes.has(r.column) && axes.has(r.row));
    return [...new Map(own.map((r) => [JSON.stringify(r), r])).values()];
  }

  /** The number that a value of a nest is at all points of one of its regions, if it is one. */
  private valueAt(v: Value, nest: Nest, region: Region): number | undefined {
    const find = this.finders.get(region) ?? decidedOnce((x) => this.decideValue(x, nest, region));
    this.finders.set(region, find);
    return find(v);
  }

  private decideValue(v: Value, nest: Nest, region: Region): number | undefined {
    const at = (x: Value | undefined): number | undefined => x && this.valueAt(x, nest, region);
    if (v.kind === "number") return v.value;
    if (v.kind === "load")
      return this.known.get(v.buffer)?.find((known) => isWithin(region, regionIn(v, nest, known)))?.value;
    if (v.kind !== "apply") return undefined;
    const [a, b, c] = v.inputs;
    switch (v.scalar) {
      case "mul":
        return at(a) === 0 || at(b) === 0 ? 0 : undefined;
      case "div":
        return at(a) === 0 ? 0 : undefined;
      case "neg": {
        const x = at(a);
        return x === undefined ? undefined : -x;
      }
      case "add":
      case "sub":
        return at(a) === 0 && at(b) === 0 ? 0 : undefined;
      case "le":
      case "lt":
        return isWithin(region, regionOf(v)) ? 0 : undefined;
      case "select": {
        if (at(a) === 0) return at(c);
        const [x, y] = [at(b), at(c)];
        return x === y ? x : undefined;
      }
      case "exp":
        return (at(a) ?? 0) <= NOTHING ? 0 : undefined;
      default:
        return undefined;
    }
  }
}

/** The term that changes nothing. */
const NEUTRAL: Readonly<Record<Accumulator["combine"], number | undefined>> = {
  sum: 0,
  max: Number.NEGATIVE_INFINITY,
  argmax: undefined,
};

const isSum = (v: Value): boolean => v.kind === "accumulator";

/** Whether a value is linear in those that it takes, where it is not known to choose others: finite if they are. */
function isLinear(root: Value, isTaken: (v: Value) => boolean, at: (v: Value) => number | undefined): boolean {
  /** The inputs of a value without one that is not chosen. */
  const chosenOf = ({ scalar, inputs }: Apply): readonly Value[] => {
    const [condition, , otherwise] = inputs;
    const isFalse = scalar === "select" && condition !== undefined && at(condition) === 0;
    return isFalse && otherwise ? [condition, otherwise] : inputs;
  };
  const takesAny = decidedOnce((v): boolean => {
    if (isTaken(v)) return true;
    return v.kind === "apply" ? chosenOf(v).some(takesAny) : valuesIn([v]).some(isTaken);
  });
  const isSo = decidedOnce((v): boolean => {
    if (isTaken(v) || !takesAny(v)) return true;
    if (v.kind !== "apply") return false;
    const [first, ...rest] = chosenOf(v);
    switch (v.scalar) {
      case "add":
      case "mul":
      case "neg":
      case "sub":
        return v.inputs.every(isSo);
      case "div":
        return first !== undefined && isSo(first) && !rest.some(takesAny);
      case "select":
        return first !== undefined && !takesAny(first) && rest.every(isSo);
      default:
        return false;
    }
  });
  return isSo(root);
}

/** A function of values that is computed once for each: they are shared. */
function decidedOnce<T>(decide: (v: Value) => T): (v: Value) => T {
  const known = new Map<Value, { readonly result: T }>();
  return (v) => {
    const found = known.get(v) ?? { result: decide(v) };
    known.set(v, found);
    return found.result;
  };
}

type Apply = Extract<Value, { kind: "apply" }>;

const nestsIn = (steps: readonly Step[]): Nest[] =>
  steps.flatMap((s) => (s.kind === "nest" ? [s.nest] : nestsIn(s.body)));

const loadsIn = (nest: Nest, buffer: string): Load[] => loadsOf(rootsOf(nest)).filter((l) => l.buffer === buffer);

const rootsWith = (nest: Nest, load: Load): Value[] => rootsOf(nest).filter((v) => loadsOf([v]).includes(load));

const areLoops = ({ loops }: Nest, { column, row }: Region): boolean =>
  [column, row].every((name) => loops.some((l) => l.name === name));

/** Where a comparison of two axes is false. */
function regionOf({ scalar, inputs: [low, high] }: Apply): Region | undefined {
  if (scalar !== "le" && scalar !== "lt") return undefined;
  const [lower, upper] = [low && indexOf(low), high && indexOf(high)];
  const [column, row] = [onlyOf(lower?.terms ?? []), onlyOf(upper?.terms ?? [])];
  if (typeof column?.[0] !== "string" || typeof row?.[0] !== "string" || column[1] !== 1 || row[1] !== 1)
    return undefined;
  const offset = (upper?.offset ?? 0) - (lower?.offset ?? 0) - (scalar === "lt" ? 1 : 0);
  return column[0] === row[0] ? undefined : { column: column[0], row: row[0], offset };
}

/** A value as an index, if it is a coordinate more or less a whole number. */
function indexOf(v: Value): Index | undefined {
  if (v.kind === "coordinate") return v.index;
  if (v.kind === "number") return Number.isInteger(v.value) ? literal(v.value) : undefined;
  if (v.kind !== "apply" || (v.scalar !== "add" && v.scalar !== "sub")) return undefined;
  const [a, b] = v.inputs.map(indexOf);
  return a && b
    ? combine([
        [a, 1],
        [b, v.scalar === "add" ? 1 : -1],
      ])
    : undefined;
}

const isWithin = (inner: Region, outer: Region | undefined): boolean =>
  outer?.column === inner.column && outer.row === inner.row && outer.offset <= inner.offset;

/** Axes that an address walks, those of one place left out. */
const walked = (address: Index, axes: readonly Axis[]): Index["terms"] =>
  address.terms.filter(([atom]) => axes.find((a) => a.name === atom)?.extent !== 1);

/** Steps and sizes of all axes of an address, the largest first: equal ones walk the same numbers. */
function layoutOf(address: Index, axes: readonly Axis[]): string | undefined {
  const steps = walked(address, axes).map(([atom, step]) => {
    const axis = axes.find((a) => a.name === atom);
    return axis && step > 0 ? { step, text: `${step}*${showDim(axis.extent)}` } : undefined;
  });
  if (steps.some((w) => w === undefined) || new Set(steps.map((w) => w?.step)).size < steps.length) return undefined;
  const sorted = steps.flatMap((w) => w ?? []).toSorted((a, b) => b.step - a.step);
  return `${sorted.map((w) => w.text).join(" ")} + ${address.offset}`;
}

const stepsOf = (address: Index, { column, row, offset }: Region): Omit<Place, "layout"> => ({
  column: coefficient(address, column) ?? 0,
  row: coefficient(address, row) ?? 0,
  offset,
});

/** A region of a buffer as one of a nest that reads all of it. */
function regionIn(load: Load, nest: Nest, known: Place): Region | undefined {
  const axes = [...nest.loops, ...nest.reduces];
  if (load.row || layoutOf(load.address, axes) !== known.layout) return undefined;
  const axisOf = (step: number): string | undefined => {
    const atom = walked(load.address, axes).find(([, s]) => s === step)?.[0];
    return typeof atom === "string" ? atom : undefined;
  };
  const [column, row] = [axisOf(known.column), axisOf(known.row)];
  return column === undefined || row === undefined ? undefined : { column, row, offset: known.offset };
}
