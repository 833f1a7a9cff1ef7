// The axes of a nest: their extents when it runs, what depends on them, and merging those that every address walks as one.

import type { PlanExtent } from "../../runtime/plan.ts";
import type { Dim } from "../graph/dim.ts";
import { extent, isNumber, mulDims } from "../graph/dim.ts";
import type { Index } from "./index.ts";
import { axesIn, coefficient, literal, substituteAxes } from "./index.ts";
import type { Axis, Nest, Value } from "./nest.ts";
import { valuesIn } from "./nest.ts";

export type Load = Extract<Value, { kind: "load" }>;

/** Extent of an axis when it runs. */
export function runExtent(dim: Dim): PlanExtent {
  const at0 = extent(dim, 0);
  return { constant: at0, perBatch: extent(dim, 1) - at0 };
}

export const allValues = (nest: Nest): Value[] =>
  valuesIn([...nest.accumulators.map((a) => a.body), ...nest.stores.map((s) => s.value)]);
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

/** Neighbouring axes that every address walks as one become one; axes of size 1 go. */
export function mergeAxes(nest: Nest, region: boolean): Nest {
  let current = dropUnit(nest, region);
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

function dropUnit(nest: Nest, region: boolean): Nest {
  const unit = (a: Axis, i: number, loops: boolean): boolean => a.extent === 1 && !(region && loops && i === 0);
  const gone = new Map<string, Index>();
  const loops = nest.loops.filter((a, i) => !unit(a, i, true) || !gone.set(a.name, literal(0)));
  const reduces = nest.reduces.filter((a, i) => !unit(a, i, false) || !gone.set(a.name, literal(0)));
  return gone.size === 0 ? nest : replaceAxes({ ...nest, loops, reduces }, gone, new Map());
}

function joinAxes(nest: Nest, list: "loops" | "reduces", at: number): Nest | undefined {
  const [outer, inner] = [nest[list][at]!, nest[list][at + 1]!];
  if (!isNumber(inner.extent)) return undefined;
  const size = inner.extent;
  const indices = [...nest.stores.map((s) => s.address), ...allValues(nest).flatMap(indicesOf)];
  const fits = indices.every((i) => {
    const [o, n] = [coefficient(i, outer.name), coefficient(i, inner.name)];
    return o !== undefined && n !== undefined && o === n * size;
  });
  if (!fits) return undefined;
  const joined: Axis = { name: inner.name, extent: mulDims(outer.extent, inner.extent) };
  const axes = [...nest[list].slice(0, at), joined, ...nest[list].slice(at + 2)];
  return replaceAxes({ ...nest, [list]: axes }, new Map([[outer.name, literal(0)]]), new Map());
}

/** The nest with other index expressions for some axes. */
export function replaceAxes(
  nest: Nest,
  values: ReadonlyMap<string, Index>,
  extents: ReadonlyMap<string, number>,
): Nest {
  const memo = new Map<Value, Value>();
  const index = (i: Index): Index => substituteAxes(i, values, extents);
  const go = (v: Value): Value => {
    const known = memo.get(v);
    if (known) return known;
    const made = mapValue(v, index, go);
    memo.set(v, made);
    return made;
  };
  return {
    ...nest,
    accumulators: nest.accumulators.map((a) => ({ ...a, body: go(a.body) })),
    stores: nest.stores.map((s) => ({ ...s, address: index(s.address), value: go(s.value) })),
  };
}

function mapValue(v: Value, index: (i: Index) => Index, go: (v: Value) => Value): Value {
  switch (v.kind) {
    case "load":
      return { ...v, address: index(v.address), ...(v.row ? { row: { of: go(v.row.of), stride: v.row.stride } } : {}) };
    case "coordinate":
      return { ...v, index: index(v.index) };
    case "apply":
      return { ...v, inputs: v.inputs.map(go) };
    case "guard":
      return { ...v, bounds: v.bounds.map((b) => ({ ...b, index: index(b.index) })), inside: go(v.inside) };
    case "random":
      return { ...v, element: index(v.element), example: index(v.example), time: index(v.time) };
    default:
      return v;
  }
}
