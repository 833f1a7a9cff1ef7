// The axes of a nest: their extents when it runs, what depends on them, and merging those that every address walks as one.

import type { PlanExtent } from "../../runtime/plan.ts";
import type { Index } from "../arithmetic/affine.ts";
import { axesIn, axisIndex, coefficient, combine, literal, substituteAxes } from "../arithmetic/affine.ts";
import type { Dim } from "../arithmetic/dim.ts";
import { extent, isNumber, mulDims } from "../arithmetic/dim.ts";
import { itemAt } from "../arithmetic/lists.ts";
import type { Axis, Nest, Value } from "./nest.ts";
import { allValues, mapNest, valuesIn } from "./nest.ts";

export type Load = Extract<Value, { kind: "load" }>;

/** Extent of an axis when it runs. */
export function runExtent(dim: Dim): PlanExtent {
  const at0 = extent(dim, 0);
  return { constant: at0, perBatch: extent(dim, 1) - at0 };
}

export const loadsOf = (roots: readonly Value[]): Load[] => valuesIn(roots).filter((v): v is Load => v.kind === "load");

export function dependsOn(root: Value, name: string): boolean {
  return valuesIn([root]).some((v) => indicesOf(v).some((i) => axesIn(i).has(name)));
}

export function indicesOf(v: Value): readonly Index[] {
  if (v.kind === "load") return [v.address];
  if (v.kind === "coordinate") return [v.index];
  if (v.kind === "guard") return v.bounds.map((b) => b.index);
  return v.kind === "random" ? [v.element, v.example, v.time] : [];
}

/** Steps that a loop counts in 32 bits, with room for a block past its end. */
export const MOST_STEPS = 2 ** 30;

/** Neighbouring axes that every address walks as one become one; axes of size 1 go; those that addresses divide are two. */
export function mergeAxes(nest: Nest, region: boolean): Nest {
  let current = withoutLost(dropUnit(splitDivided(nest, region), region));
  for (let changed = true; changed; ) {
    changed = false;
    for (const list of ["loops", "reduces"] as const) {
      const axes = current[list];
      for (let i = axes.length - 2; i >= (region && list === "loops" ? 1 : 0); i--) {
        const joined = joinAxes(current, list, i);
        if (!joined) continue;
        current = joined;
        changed = true;
        break;
      }
    }
  }
  return current;
}

/** The nest without its hidden points if an axis of theirs has become others. */
function withoutLost(nest: Nest): Nest {
  const { hidden, ...rest } = nest;
  const isThere = (name: string): boolean => [...nest.loops, ...nest.reduces].some((a) => a.name === name);
  return hidden && !(isThere(hidden.column) && isThere(hidden.row)) ? rest : nest;
}

/** An axis that some address divides by a number becomes a quotient and a remainder, so that addresses are sums again. */
function splitDivided(nest: Nest, region: boolean): Nest {
  const indices = [...nest.stores.map((s) => s.address), ...allValues(nest).flatMap(indicesOf)];
  for (const list of ["loops", "reduces"] as const) {
    for (const [i, axis] of nest[list].entries()) {
      const by = region && list === "loops" && i === 0 ? undefined : divisorOf(axis, indices);
      if (by !== undefined) return splitDivided(splitAxis(nest, list, i, by), region);
    }
  }
  return nest;
}

/** The number that addresses divide an axis by, if it is one number that divides its extent. */
function divisorOf({ name, extent: size }: Axis, indices: readonly Index[]): number | undefined {
  if (!isNumber(size)) return undefined;
  const divided = indices.flatMap((i) => i.terms.flatMap(([atom]) => (typeof atom === "string" ? [] : [atom])));
  const own = divided.filter((atom) => axesIn(atom.of).has(name));
  const by = own[0]?.by;
  const alone = own.every((atom) => atom.by === by && atom.of.offset === 0 && coefficient(atom.of, name) === 1);
  return by !== undefined && alone && size > by && size % by === 0 ? by : undefined;
}

/** An axis as two, the inner one of `by` places, which divides its extent. */
export function splitAxis(nest: Nest, list: "loops" | "reduces", at: number, by: number): Nest {
  const { name, extent: size } = itemAt(nest[list], at);
  const [outer, inner] = [
    { name: `${name}_by`, extent: (size as number) / by },
    { name: `${name}_of`, extent: by },
  ];
  const whole = combine([
    [axisIndex(outer.name), by],
    [axisIndex(inner.name), 1],
  ]);
  const axes = [...nest[list].slice(0, at), outer, inner, ...nest[list].slice(at + 1)];
  const both = (names: readonly string[]): string[] =>
    names.flatMap((n) => (n === name ? [outer.name, inner.name] : [n]));
  const stores = nest.stores.map((s) => (s.once ? { ...s, once: both(s.once) } : s));
  const extents = new Map([outer, inner].map((a) => [a.name, a.extent] as const));
  return replaceAxes({ ...nest, stores, [list]: axes }, new Map([[name, whole]]), extents);
}

export function dropUnit(nest: Nest, region: boolean): Nest {
  const unit = (a: Axis, i: number, loops: boolean): boolean => a.extent === 1 && !(region && loops && i === 0);
  const gone = new Map<string, Index>();
  const loops = nest.loops.filter((a, i) => !unit(a, i, true) || !gone.set(a.name, literal(0)));
  const reduces = nest.reduces.filter((a, i) => !unit(a, i, false) || !gone.set(a.name, literal(0)));
  if (gone.size === 0) return nest;
  const stores = nest.stores.map((s) => (s.once ? { ...s, once: s.once.filter((name) => !gone.has(name)) } : s));
  return replaceAxes({ ...nest, loops, reduces, stores }, gone, new Map());
}

function joinAxes(nest: Nest, list: "loops" | "reduces", at: number): Nest | undefined {
  const [outer, inner] = [itemAt(nest[list], at), itemAt(nest[list], at + 1)];
  const { hidden } = nest;
  if (!isNumber(inner.extent)) return undefined;
  if (hidden && [outer.name, inner.name].some((name) => name === hidden.column || name === hidden.row))
    return undefined;
  const size = inner.extent;
  if (isNumber(outer.extent) && outer.extent * size > MOST_STEPS) return undefined;
  const indices = [...nest.stores.map((s) => s.address), ...allValues(nest).flatMap(indicesOf)];
  const fits = indices.every((i) => {
    const [o, n] = [coefficient(i, outer.name), coefficient(i, inner.name)];
    return o !== undefined && n !== undefined && o === n * size;
  });
  if (!fits || nest.stores.some((s) => s.once?.includes(outer.name) !== s.once?.includes(inner.name))) return undefined;
  const stores = nest.stores.map((s) => (s.once ? { ...s, once: s.once.filter((name) => name !== outer.name) } : s));
  const joined: Axis = { name: inner.name, extent: mulDims(outer.extent, inner.extent) };
  const axes = [...nest[list].slice(0, at), joined, ...nest[list].slice(at + 2)];
  return replaceAxes({ ...nest, stores, [list]: axes }, new Map([[outer.name, literal(0)]]), new Map());
}

/** The nest with other index expressions for some axes. */
export function replaceAxes(
  nest: Nest,
  values: ReadonlyMap<string, Index>,
  extents: ReadonlyMap<string, number>,
): Nest {
  return mapNest(nest, { index: (i) => substituteAxes(i, values, extents) });
}
