// Points of nests that a mask hides, which targets can skip: in causal attention the softmax is 0 where the column is past the row, and so
// is everything multiplied by it, forwards and backwards. In: lowered steps. Out: the same with `hidden` in the nests where such points are
// known. A factor 0 makes a product 0 here, and a dividend 0 a quotient, whatever the other number is.

import type { Index } from "../arithmetic/affine.ts";
import { axisIndex, coefficient, combine, literal } from "../arithmetic/affine.ts";
import { showDim } from "../arithmetic/dim.ts";
import { itemAt, onlyOf } from "../arithmetic/lists.ts";
import type { Load } from "./axes.ts";
import { loadsOf, replaceAxes } from "./axes.ts";
import type { Axis, Hidden, Nest, Store, Value } from "./nest.ts";
import { allValues, rootsOf, valueKey, valuesIn } from "./nest.ts";
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
  /** Whether every row also holds a number that no mask has replaced. */
  readonly isBesideOthers: boolean;
}

/** Scores at or below this are masks: next to any ordinary score their exponential is 0. */
const HIDDEN = -1e29;

export function withHidden(lowered: Lowered): Lowered {
  const facts = new Facts(lowered);
  const forwards = lowered.steps.map((step) => (step.kind === "nest" ? nestStep(facts.look(step.nest)) : step));
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

const nestStep = (nest: Nest): Step => ({ kind: "nest", nest });

class Facts {
  private readonly known = new Map<string, Known[]>();
  /** The nest that writes each buffer of row maxima. */
  private readonly largestIn = new Map<string, Nest>();
  /** The value stored in each buffer that is written once and for one run, and by which nest. */
  private readonly made = new Map<string, { readonly nest: Nest; readonly value: Value }>();

  constructor({ steps, buffers }: Lowered) {
    const again = new Set<string>();
    for (const nest of nestsIn(steps))
      for (const { buffer, value } of nest.stores) {
        if (this.made.has(buffer) || buffers.get(buffer)?.role !== "temporary") again.add(buffer);
        this.made.set(buffer, { nest, value });
      }
    for (const buffer of again) this.made.delete(buffer);
  }

  /** Whether any number is known at hidden points. */
  get areAny(): boolean {
    return this.known.size > 0;
  }

  /** The nest with its hidden points; what it stores there is kept in mind. */
  look(nest: Nest): Nest {
    if (nest.split || nest.time !== undefined) return nest;
    const largest = onlyOf(nest.accumulators);
    const regions = this.regionsOf(nest);
    for (const store of nest.stores) {
      if (!this.made.has(store.buffer) || store.once) continue;
      if (largest?.combine === "max" && store.value.kind === "accumulator") this.largestIn.set(store.buffer, nest);
      for (const region of regions.filter((r) => areLoops(nest, r))) {
        const value = this.valueAt(store.value, nest, region);
        if (value !== undefined) this.keep(store, nest, region, value);
      }
    }
    for (const region of regions) {
      const hidden = this.hiddenAt(nest, region);
      if (hidden) return { ...nest, hidden };
    }
    return nest;
  }

  /** Points of a nest whose sums every reader takes times 0. */
  unread(nest: Nest, readersOf: ReadonlyMap<string, ReadonlySet<Nest>>): Hidden | undefined {
    const store = onlyOf(nest.stores);
    if (!store || nest.accumulators.length === 0 || nest.split || !this.made.has(store.buffer)) return undefined;
    const readers = [...(readersOf.get(store.buffer) ?? [])];
    const [first] = readers;
    const layout = layoutOf(store.address, nest.loops);
    if (!first || layout === undefined || readers.some((n) => n.time !== undefined)) return undefined;
    const isHidden = (at: Place): boolean =>
      readers.every((reader) =>
        loadsIn(reader, store.buffer).every((load) => {
          const region = regionIn(load, reader, at);
          return region && rootsWith(reader, load).every((v) => this.valueAt(v, reader, region) !== undefined);
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
    const counts = nest.accumulators.some(({ combine, body }) => {
      const value = at(body);
      // The largest of a row is never a hidden number: its first column is not hidden.
      if (combine === "max")
        return !(value !== undefined && value <= HIDDEN && region.offset >= 0 && !isLoop(region.column));
      return combine !== "sum" || value !== 0;
    });
    return counts || nest.accumulators.length === 0 ? undefined : region;
  }

  private keep({ buffer, address, value: stored }: Store, nest: Nest, region: Region, value: number): void {
    const layout = layoutOf(address, nest.loops);
    const steps = stepsOf(address, region);
    if (layout === undefined || steps.column === 0 || steps.row === 0) return;
    const isBesideOthers = region.offset >= 0 && this.isMask(stored, region);
    this.known.set(buffer, [...(this.known.get(buffer) ?? []), { ...steps, layout, value, isBesideOthers }]);
  }

  /** Whether a value is a choice by a region alone, between a number and what no other mask has hidden. */
  private isMask(v: Value, region: Region): boolean {
    if (v.kind !== "apply" || v.scalar !== "select") return false;
    const [condition, chosen] = v.inputs;
    const own = condition?.kind === "apply" ? regionOf(condition) : undefined;
    return own?.offset === region.offset && isWithin(region, own) && chosen !== undefined && !this.mayBeMasked(chosen);
  }

  /** Whether a value, or what it is made of number by number, may be one that stands for what is hidden. Sums and data are taken as ordinary numbers. */
  private mayBeMasked(root: Value, seen = new Set<string>()): boolean {
    return valuesIn([root]).some((v) => {
      // A large number may be subtracted.
      if (v.kind === "number") return Math.abs(v.value) >= -HIDDEN;
      if (v.kind === "apply") return v.scalar === "log";
      const made = v.kind === "load" && !seen.has(v.buffer) ? this.made.get(v.buffer) : undefined;
      if (v.kind !== "load" || !made || made.nest.accumulators.length > 0) return false;
      return this.mayBeMasked(made.value, seen.add(v.buffer));
    });
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

  /** The number that a value is at all points of a region, if it is one. */
  private valueAt(v: Value, nest: Nest, region: Region): number | undefined {
    const at = (x: Value | undefined): number | undefined => x && this.valueAt(x, nest, region);
    if (v.kind === "number") return v.value;
    if (v.kind === "load") return this.knownAt(v, nest, region)?.value;
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
      case "select": {
        const isFalse = a?.kind === "apply" && isWithin(region, regionOf(a));
        if (isFalse) return at(c);
        const [x, y] = [at(b), at(c)];
        return x === y ? x : undefined;
      }
      case "exp":
        return a && this.isHiddenLess(a, nest, region) ? 0 : undefined;
      default:
        return undefined;
    }
  }

  private knownAt(load: Load, nest: Nest, region: Region): Known | undefined {
    return this.known.get(load.buffer)?.find((known) => isWithin(region, regionIn(load, nest, known)));
  }

  /** Whether a value is a number that stands for what is hidden, beside others in its row. */
  private isFarBelow(v: Value, nest: Nest, region: Region): boolean {
    if (v.kind === "load") {
      const known = this.knownAt(v, nest, region);
      return known?.isBesideOthers === true && known.value <= HIDDEN;
    }
    return region.offset >= 0 && this.isMask(v, region) && (this.valueAt(v, nest, region) ?? 0) <= HIDDEN;
  }

  /** Whether a value is a hidden number less the largest of its row. */
  private isHiddenLess(v: Value, nest: Nest, region: Region): boolean {
    if (v.kind !== "apply" || v.scalar !== "sub") return false;
    const [x, largest] = v.inputs;
    if (!x || largest?.kind !== "load" || !this.isFarBelow(x, nest, region)) return false;
    const maker = this.largestIn.get(largest.buffer);
    const rows = maker && rowsIn(maker, largest, region);
    return rows !== undefined && valueKey(rows) === valueKey(x);
  }
}

/** The numbers whose largest a nest makes, along the axes of what reads it and the columns of a region. */
function rowsIn({ loops, reduces, accumulators, stores }: Nest, largest: Load, { column }: Region): Value | undefined {
  const [store, along, accumulator] = [onlyOf(stores), onlyOf(reduces), onlyOf(accumulators)];
  if (!store || !along || !accumulator || store.address.offset !== largest.address.offset) return undefined;
  const names = new Map([[along.name, axisIndex(column)]]);
  for (const [axis, step] of walked(store.address, loops)) {
    const own = largest.address.terms.find(([, s]) => s === step)?.[0];
    if (typeof axis !== "string" || typeof own !== "string") return undefined;
    names.set(axis, axisIndex(own));
  }
  if (names.size !== loops.filter((l) => l.extent !== 1).length + 1) return undefined;
  const nest = { label: "", span: undefined, loops, reduces, accumulators, stores: [] };
  return itemAt(replaceAxes(nest, names, new Map()).accumulators, 0).body;
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
