// Products of few steps and many results, such as the scores of attention, are computed again where they are used instead of stored: what
// would take the square of a length in memory takes none. In: nests. Out: nests with the same results, some with sums within their
// values. A buffer goes where all that read it are maps of it, sums along one of its axes, or products along one with something that
// does not depend on the other.
//
//     s[m, n] = sum over k of q[m, k] k[n, k]          l[m] = sum over n of exp(sum over k of q[m, k] k[n, k])
//     e[m, n] = exp(s[m, n])                     ->    o[m, c] = sum over n of exp(sum over k ...) v[n, c]
//     l[m] = sum over n of e[m, n]
//     o[m, c] = sum over n of e[m, n] v[n, c]

import { axisIndex, coefficient } from "../../../arithmetic/affine.ts";
import { extent, showDim } from "../../../arithmetic/dim.ts";
import { append, itemAt, onlyOf, zip } from "../../../arithmetic/lists.ts";
import { lookUp } from "../../../arithmetic/lookup.ts";
import { dependsOn, dropUnit, indicesOf, loadsOf, replaceAxes } from "../../../loops/axes.ts";
import type { Axis, Nest, Store, Value } from "../../../loops/nest.ts";
import { rewriteNest, rootsOf, valuesIn } from "../../../loops/nest.ts";
import type { Lowered, Step } from "../../../loops/step.ts";
import type { WgslTuning } from "../tuning.ts";

/** A buffer that need not be stored, as a value over axes that are named by their strides in it. */
interface Again {
  readonly value: Value;
  readonly axes: readonly Axis[];
  /** The names of its two long axes. */
  readonly pair: ReadonlySet<string>;
}

/** How a nest reads such buffers: by its own axes, the names of theirs. */
interface Reading {
  readonly names: ReadonlyMap<string, string>;
  readonly of: Again;
}

export function recompute(lowered: Lowered, batch: number, { chain }: WgslTuning): Lowered {
  const stored = new Set([...lowered.results.values()].map((r) => r.buffer));
  const writers = new Map<string, Step[]>();
  for (const step of lowered.steps) for (const name of writtenBy(step)) append(writers, name, step);
  const mayGo = (name: string): boolean =>
    lookUp(lowered.buffers, name).role === "temporary" && writers.get(name)?.length === 1 && !stored.has(name);
  for (;;) {
    const { steps, refused } = attempt(lowered.steps, (nest) => scoresOf(nest, batch, chain), mayGo);
    if (refused.length === 0) return { ...lowered, steps };
    for (const name of refused) stored.add(name);
  }
}

/** The steps without the buffers that may go, and those of them that must be stored after all. */
function attempt(
  all: readonly Step[],
  scores: (nest: Nest) => Again | undefined,
  mayGo: (buffer: string) => boolean,
): { readonly steps: Step[]; readonly refused: readonly string[] } {
  const again = new Map<string, Again & { readonly at: number }>();
  const steps: Step[] = [];
  const refused: string[] = [];
  const lastWrite = new Map<string, number>();
  const isFresh = (name: string): boolean => {
    const { value, at } = lookUp(again, name);
    return loadsOf([value]).every((l) => (lastWrite.get(l.buffer) ?? -1) < at);
  };
  /** Values of a product of few steps, which may depend on others at the same point. */
  const scoresAfter = (nest: Nest, read: readonly string[], reading: Reading | undefined): Again | undefined => {
    if (read.length === 0) return scores(nest);
    if (!reading || loadsOf(nest.accumulators.map((a) => a.body)).some((l) => again.has(l.buffer))) return undefined;
    const score = scores(expand(nest, reading, again));
    return score && haveSameShape(score, reading.of) ? score : undefined;
  };
  for (const [at, step] of all.entries()) {
    const read = readBy(step).filter((name) => again.has(name));
    const nest = step.kind === "nest" ? dropUnit(step.nest, false) : undefined;
    const areStores = nest?.stores.every((s) => mayGo(s.buffer)) ?? false;
    const reading = nest && read.length > 0 && read.every(isFresh) ? readingOf(nest, read, again) : undefined;
    const score = nest && areStores ? scoresAfter(nest, read, reading) : undefined;
    if (nest && score) again.set(itemAt(nest.stores, 0).buffer, { ...score, at });
    else if (read.length === 0) steps.push(step);
    else if (nest && reading && areStores && isMapOver(nest, reading)) {
      const { stores } = replaceAxes(
        expand(nest, reading, again),
        new Map([...reading.names].map(([own, name]) => [own, axisIndex(name)] as const)),
        new Map(),
      );
      for (const { buffer, value } of stores) again.set(buffer, { ...reading.of, value, at });
    } else if (nest && reading && (isSumAlong(nest, reading) || isProductAlong(nest, reading, again)))
      steps.push({ kind: "nest", nest: expand(nest, reading, again) });
    else refused.push(...read);
    for (const name of writtenBy(step)) lastWrite.set(name, at);
  }
  return { steps, refused };
}

const nestsOf = (step: Step): readonly Nest[] => (step.kind === "nest" ? [step.nest] : step.body.flatMap(nestsOf));
const writtenBy = (step: Step): string[] => nestsOf(step).flatMap((n) => n.stores.map((s) => s.buffer));
const readBy = (step: Step): string[] => [
  ...new Set(nestsOf(step).flatMap((n) => loadsOf(rootsOf(n)).map((l) => l.buffer))),
];

/** Axes by their strides in an address that goes from one on all of them. */
function axesByStride({ address }: Pick<Store, "address">, axes: readonly Axis[]): Map<string, Axis> | undefined {
  const named = new Map<string, Axis>();
  for (const [atom, stride] of address.terms) {
    const axis = axes.find((a) => a.name === atom);
    if (!axis) return undefined;
    named.set(`at ${stride}`, axis);
  }
  return named.size === address.terms.length && address.offset === 0 ? named : undefined;
}

/** A product of few steps with many more results than operands, for each of some axes that both have; its two long axes are one each. */
function scoresOf(nest: Nest, batch: number, chain: WgslTuning["chain"]): Again | undefined {
  const [accumulator, store] = [onlyOf(nest.accumulators), onlyOf(nest.stores)];
  if (!store || store.dtype === "i32" || !isPlain(nest)) return undefined;
  if (accumulator?.combine !== "sum" || accumulator.body.kind !== "apply" || accumulator.body.scalar !== "mul")
    return undefined;
  const loops = nest.loops.filter((l) => l.extent !== 1);
  const [a, b] = accumulator.body.inputs as [Value, Value];
  const onlyIn = (x: Value, y: Value): Axis | undefined =>
    onlyOf(loops.filter((l) => dependsOn(x, l.name) && !dependsOn(y, l.name)));
  const [m, n] = [onlyIn(a, b), onlyIn(b, a)];
  const strides = axesByStride(store, loops);
  const isShared =
    loops.length > 2 && loops.every((l) => l === m || l === n || (dependsOn(a, l.name) && dependsOn(b, l.name)));
  if (!m || !n || strides?.size !== loops.length || !isShared) return undefined;
  const size = (axis: Axis): number => extent(axis.extent, batch);
  const steps = nest.reduces.reduce((k, r) => k * size(r), 1);
  const isMany = size(m) * size(n) >= chain.gain * (size(m) + size(n)) * steps;
  if (!isMany || Math.min(size(m), size(n)) < chain.shortest || steps > chain.mostSteps) return undefined;
  const inner = nest.reduces.map((r) => ({ ...r, name: `${r.name} of ${store.buffer}` }));
  const names = [...zip(nest.reduces, inner).map(([r, own]) => [r.name, axisIndex(own.name)] as const)];
  const own = [...strides].map(([name, axis]) => [axis.name, axisIndex(name)] as const);
  const renamed = replaceAxes(nest, new Map([...names, ...own]), new Map());
  const sum: Value = { kind: "inner", axes: inner, body: itemAt(renamed.accumulators, 0).body };
  const { stores } = rewriteNest(renamed, (v) => (v.kind === "accumulator" ? sum : v));
  const nameOf = (axis: Axis): string => [...strides].find(([, x]) => x === axis)?.[0] ?? axis.name;
  return {
    value: itemAt(stores, 0).value,
    axes: [...strides].map(([name, axis]) => ({ name, extent: axis.extent })),
    pair: new Set([nameOf(m), nameOf(n)]),
  };
}

/** Whether all that a nest reads and writes lies at sums of its axes. */
function isPlain(nest: Nest): boolean {
  if (nest.split || nest.time !== undefined || nest.stores.some((s) => s.once)) return false;
  const indices = [...nest.stores.map((s) => s.address), ...valuesIn(rootsOf(nest)).flatMap(indicesOf)];
  return indices.every((i) => i.terms.every(([atom]) => typeof atom === "string"));
}

function haveSameShape(a: Pick<Again, "axes" | "pair">, b: Pick<Again, "axes" | "pair">): boolean {
  const shape = ({ axes }: Pick<Again, "axes">): string =>
    axes
      .map((x) => `${x.name}<${showDim(x.extent)}`)
      .toSorted()
      .join();
  return shape(a) === shape(b) && a.pair.symmetricDifference(b.pair).size === 0;
}

/** Undefined where a nest reads them at two different points, or in another shape. */
function readingOf(nest: Nest, read: readonly string[], again: ReadonlyMap<string, Again>): Reading | undefined {
  const axes = [...nest.loops, ...nest.reduces].filter((a) => a.extent !== 1);
  const names = new Map<string, string>();
  const of = lookUp(again, itemAt(read, 0));
  for (const load of loadsOf(rootsOf(nest)).filter((l) => again.has(l.buffer))) {
    const own = lookUp(again, load.buffer);
    const strides = load.row ? undefined : axesByStride(load, axes);
    if (!strides) return undefined;
    const found = [...strides].map(([name, axis]) => ({ name, extent: axis.extent }));
    if (!haveSameShape({ ...of, axes: found }, of) || !haveSameShape(own, of)) return undefined;
    for (const [name, axis] of strides) {
      if ((names.get(axis.name) ?? name) !== name) return undefined;
      names.set(axis.name, name);
    }
  }
  return isPlain(nest) ? { names, of } : undefined;
}

/** Whether a nest makes more of them, each point from its own. */
function isMapOver({ loops, accumulators, stores }: Nest, { names }: Reading): boolean {
  if (accumulators.length > 0) return false;
  const isPlace = ({ address, dtype }: Store): boolean =>
    dtype !== "i32" &&
    address.offset === 0 &&
    address.terms.length === names.size &&
    [...names].every(([axis, name]) => `at ${coefficient(address, axis)}` === name);
  return loops.every((l) => l.extent === 1 || names.has(l.name)) && stores.every(isPlace);
}

/** The axis of the pair that a nest reduces, if that is all that it reduces. */
function stepOf({ reduces }: Nest, { names, of }: Reading): Axis | undefined {
  const step = onlyOf(reduces.filter((r) => r.extent !== 1));
  return step && of.pair.has(names.get(step.name) ?? "") ? step : undefined;
}

function isSumAlong(nest: Nest, reading: Reading): boolean {
  const isPlain = nest.accumulators.every((a) => a.combine !== "argmax") && nest.accumulators.length > 0;
  return isPlain && !!stepOf(nest, reading) && nest.loops.every((l) => l.extent === 1 || reading.names.has(l.name));
}

function isProductAlong(nest: Nest, reading: Reading, again: ReadonlyMap<string, Again>): boolean {
  const { names, of } = reading;
  const [only, step] = [onlyOf(nest.accumulators), stepOf(nest, reading)];
  if (!step || only?.combine !== "sum" || only.body.kind !== "apply" || only.body.scalar !== "mul") return false;
  const isAgain = (v: Value): boolean => loadsOf([v]).some((l) => again.has(l.buffer));
  const [score, other] = only.body.inputs.toSorted((a, b) => Number(isAgain(b)) - Number(isAgain(a))) as [Value, Value];
  const row = nest.loops.find((l) => of.pair.has(names.get(l.name) ?? ""));
  const columns = nest.loops.filter((l) => l.extent !== 1 && !names.has(l.name));
  if (!row || isAgain(other) || dependsOn(other, row.name) || columns.some((c) => dependsOn(score, c.name)))
    return false;
  return !nest.stores.some((s) => loadsOf([s.value]).some((l) => again.has(l.buffer)));
}

/** The nest with values in the place of what it reads of them. */
function expand(nest: Nest, { names }: Reading, again: ReadonlyMap<string, Again>): Nest {
  const read = [...new Set(loadsOf(rootsOf(nest)).map((l) => l.buffer))].filter((name) => again.has(name));
  const values: Nest = {
    ...nest,
    accumulators: read.map((name) => ({ combine: "sum", body: lookUp(again, name).value })),
    stores: [],
  };
  const own = new Map([...names].map(([axis, name]) => [name, axisIndex(axis)] as const));
  const { accumulators } = replaceAxes(values, own, new Map());
  const byName = new Map(zip(read, accumulators).map(([name, { body }]) => [name, body] as const));
  return rewriteNest(nest, (v) => (v.kind === "load" && byName.get(v.buffer)) || v);
}
