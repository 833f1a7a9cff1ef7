// A sum that a stored product holds already is taken from it, so that attention's gradient need not walk all pairs of places once more:
//
//     o[m, c] = sum over n of e[m, n] r[m] b[n, c]
//     r[m] sum over n of (sum over c of a[m, c] b[n, c]) e[m, n]     =     sum over c of a[m, c] o[m, c]
//
// In: nests after `recompute`. Out: nests with the same results, but for rounding; the sums on the left are sums over c.

import type { Index } from "../../../arithmetic/affine.ts";
import { axisIndex, substituteAxes } from "../../../arithmetic/affine.ts";
import { showDim } from "../../../arithmetic/dim.ts";
import { onlyOf, zip } from "../../../arithmetic/lists.ts";
import { dependsOn, loadsOf } from "../../../loops/axes.ts";
import type { Axis, Nest, Store, Value } from "../../../loops/nest.ts";
import { innerAxes, rewriteNest, rootsOf, valueKey, valuesIn } from "../../../loops/nest.ts";
import type { Lowered, Step } from "../../../loops/step.ts";
import { type Inner, isProduct } from "./chain.ts";

/** A product as it was stored, of factors that are summed along one axis. */
interface Stored {
  readonly nest: Nest;
  readonly store: Store;
  readonly step: Axis;
  readonly factors: readonly Value[];
}

export function exchangeSums(lowered: Lowered): Lowered {
  const stored: (Stored & { readonly at: number })[] = [];
  const lastWrite = new Map<string, number>();
  const steps = lowered.steps.map((step, at): Step => {
    const isStill = (p: Stored & { readonly at: number }): boolean =>
      lastWrite.get(p.store.buffer) === p.at &&
      loadsOf(rootsOf(p.nest)).every((l) => (lastWrite.get(l.buffer) ?? -1) < p.at);
    const made =
      step.kind === "nest"
        ? stored
            .filter(isStill)
            .flatMap((p) => exchanged(step.nest, p) ?? [])
            .at(0)
        : undefined;
    for (const name of writtenBy(step)) lastWrite.set(name, at);
    if (made) return { kind: "nest", nest: made };
    const product = step.kind === "nest" ? storedProduct(step.nest) : undefined;
    if (product) stored.push({ ...product, at });
    return step;
  });
  return { ...lowered, steps };
}

const writtenBy = (step: Step): string[] =>
  step.kind === "nest" ? step.nest.stores.map((s) => s.buffer) : step.body.flatMap(writtenBy);

const isSimple = (nest: Nest): boolean => !nest.split && nest.time === undefined && nest.stores.every((s) => !s.once);

/** Of a value that is one product of several. */
const factorsOf = (v: Value): Value[] => (isProduct(v) ? v.inputs.flatMap(factorsOf) : [v]);

/** Numbers of 16 bits have lost digits that the sum would have. */
function storedProduct(nest: Nest): Stored | undefined {
  const [sum, store, step] = [onlyOf(nest.accumulators), onlyOf(nest.stores), onlyOf(nest.reduces)];
  if (!isSimple(nest) || !step || sum?.combine !== "sum" || innerAxes(nest).length === 0) return undefined;
  if (store?.value.kind !== "accumulator" || store.dtype !== "f32") return undefined;
  return { nest, store, step, factors: factorsOf(sum.body) };
}

/** The nest with a sum over what a stored product holds, if that is the same. */
function exchanged(nest: Nest, product: Stored): Nest | undefined {
  const [sum, step] = [onlyOf(nest.accumulators), onlyOf(nest.reduces)];
  if (!isSimple(nest) || !step || sum?.combine !== "sum") return undefined;
  const factors = factorsOf(sum.body);
  for (const inner of factors.filter((f) => f.kind === "inner")) {
    const rest = factors.filter((f) => f !== inner);
    for (const [a, b] of pairsOf(inner))
      for (const other of product.factors) {
        const names = sameValue(other, b, new Map());
        const left = product.factors.filter((f) => f !== other);
        const found = !dependsOn(a, step.name) && names ? allSame(rest, left, names) : undefined;
        const made = found && replaced(nest, { product, inner, a, step }, found);
        if (made) return made;
      }
  }
  return undefined;
}

/** The two operands of a product within, either way round. */
function pairsOf({ body }: Inner): readonly (readonly [Value, Value])[] {
  if (!isProduct(body)) return [];
  const [x, y] = body.inputs as [Value, Value];
  return [
    [x, y],
    [y, x],
  ];
}

/** The axes of the product by those of the nest: each to its own. */
type Names = ReadonlyMap<string, string>;

interface Found {
  readonly names: Names;
  /** Factors of the product that the nest's sum does not have. */
  readonly more: readonly Value[];
}

/** Whether each value is one of the product's factors. */
function allSame(values: readonly Value[], factors: readonly Value[], names: Names): Found | undefined {
  const [first, ...others] = values;
  if (!first) return { names, more: factors };
  for (const factor of factors) {
    const more = sameValue(factor, first, names);
    const found =
      more &&
      allSame(
        others,
        factors.filter((f) => f !== factor),
        more,
      );
    if (found) return found;
  }
  return undefined;
}

interface Exchange {
  readonly product: Stored;
  readonly inner: Inner;
  readonly a: Value;
  readonly step: Axis;
}

function replaced(nest: Nest, { product, inner, a, step }: Exchange, { names, more }: Found): Nest | undefined {
  const [column, scale] = [onlyOf(inner.axes), onlyOf(more)];
  const own = [...nest.loops, ...nest.reduces, ...innerAxes(nest)];
  const theirs = [...product.nest.loops, ...product.nest.reduces, ...innerAxes(product.nest)];
  const size = (axes: readonly Axis[], name: string): string =>
    showDim(axes.find((x) => x.name === name)?.extent ?? Number.NaN);
  const areEqual = [...names].every(([x, y]) => size(theirs, x) === size(own, y));
  const places = product.nest.loops.map((l) => names.get(l.name));
  const known = [...nest.loops.map((l) => l.name), column?.name];
  if (!column || !areEqual || names.get(product.step.name) !== step.name) return undefined;
  if (more.length > 1 || !places.includes(column.name) || places.some((p) => !known.includes(p))) return undefined;
  const indices = new Map([...names].map(([x, y]) => [x, axisIndex(y)] as const));
  const { buffer, address, dtype } = product.store;
  const load: Value = { kind: "load", buffer, address: substituteAxes(address, indices, new Map()), dtype };
  const sum: Value = { kind: "apply", scalar: "mul", inputs: [a, load] };
  const scaled = scale === undefined ? nest : withoutScale(nest, scale, names, step);
  return scaled && { ...scaled, reduces: [column], accumulators: [{ combine: "sum", body: sum }] };
}

/** The nest with its sum in place of the sum times a factor of its row, if that is all that it does with it. */
function withoutScale(nest: Nest, scale: Value, names: Names, step: Axis): Nest | undefined {
  const isScaled = (v: Value): boolean =>
    isProduct(v) &&
    v.inputs.some((x) => x.kind === "accumulator") &&
    v.inputs.some((x) => !dependsOn(x, step.name) && sameValue(scale, x, names) !== undefined);
  const SUM: Value = { kind: "accumulator", index: 0 };
  const uses = valuesIn(nest.stores.map((s) => s.value)).filter((v) =>
    inputsOf(v).some((x) => x.kind === "accumulator"),
  );
  return uses.length > 0 && uses.every(isScaled) ? rewriteNest(nest, (v) => (isScaled(v) ? SUM : v)) : undefined;
}

const inputsOf = (v: Value): readonly Value[] => (v.kind === "apply" ? v.inputs : v.kind === "guard" ? [v.inside] : []);

/** The names that make one value the other, those given among them; undefined where none do. */
function sameValue(x: Value, y: Value, names: Names): Names | undefined {
  if (x.kind === "load" && y.kind === "load" && !x.row && !y.row)
    return x.buffer === y.buffer ? sameIndex(x.address, y.address, names) : undefined;
  if (x.kind === "coordinate" && y.kind === "coordinate") return sameIndex(x.index, y.index, names);
  if (x.kind === "apply" && y.kind === "apply" && x.scalar === y.scalar && x.inputs.length === y.inputs.length)
    return zip(x.inputs, y.inputs).reduce((n: Names | undefined, [a, b]) => n && sameValue(a, b, n), names);
  if (x.kind === "inner" && y.kind === "inner" && x.axes.length === y.axes.length)
    return sameValue(x.body, y.body, names);
  return (x.kind === "number" || x.kind === "extent") && valueKey(x) === valueKey(y) ? names : undefined;
}

/** Axes are told by their strides, where no two have the same. */
function sameIndex(x: Index, y: Index, names: Names): Names | undefined {
  if (x.offset !== y.offset || x.terms.length !== y.terms.length) return undefined;
  const all = new Map(names);
  for (const [atom, stride] of x.terms) {
    const like = onlyOf(y.terms.filter(([, c]) => c === stride))?.[0];
    if (typeof atom !== "string" || typeof like !== "string" || (all.get(atom) ?? like) !== like) return undefined;
    if (!all.has(atom) && [...all.values()].includes(like)) return undefined;
    all.set(atom, like);
  }
  return all;
}
