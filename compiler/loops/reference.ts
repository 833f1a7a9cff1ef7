// An interpreter of nests in f64: the kernels' meaning without a target, compared with the graph's reference in tests.

import type { Index } from "../arithmetic/affine.ts";
import { extent } from "../arithmetic/dim.ts";
import { itemAt, zip } from "../arithmetic/lists.ts";
import { lookUp } from "../arithmetic/lookup.ts";
import { scalars } from "../arithmetic/scalar.ts";
import { normalDraw, uniformDraw } from "../arithmetic/threefry.ts";
import type { Nest, Value } from "./nest.ts";
import type { Lowered, Step } from "./step.ts";

export type Memory = Map<string, Float64Array>;

export interface RandomKey {
  readonly seed: number;
  readonly step: number;
}

/** Memory for all buffers. Temporaries begin as NaN: what is read before it is written shows. */
export function allocate(lowered: Lowered): Memory {
  const start = (role: string): number => (role === "temporary" ? Number.NaN : 0);
  return new Map([...lowered.buffers.values()].map((b) => [b.name, new Float64Array(b.size).fill(start(b.role))]));
}

export function runSteps(
  steps: readonly Step[],
  memory: Memory,
  batch: number,
  key: RandomKey,
  axes = new Map<string, number>(),
): void {
  for (const step of steps) {
    if (step.kind === "nest") runNest(step.nest, memory, batch, key, axes);
    else
      for (let i = 0; i < step.length; i++) {
        axes.set(step.time, step.reverse ? step.length - 1 - i : i);
        runSteps(step.body, memory, batch, key, axes);
      }
  }
}

function runNest(nest: Nest, memory: Memory, batch: number, key: RandomKey, outer: ReadonlyMap<string, number>): void {
  const at = new Map(outer);
  const sizes = (list: Nest["loops"]): [string, number][] => list.map((a) => [a.name, extent(a.extent, batch)]);
  each(sizes(nest.loops), at, () => {
    const held = nest.accumulators.map((a) => (a.combine === "sum" ? 0 : -Infinity));
    const places = nest.accumulators.map(() => 0);
    let position = 0;
    each(sizes(nest.reduces), at, () => {
      nest.accumulators.forEach((a, i) => {
        const v = evaluate(a.body, at, memory, batch, key, held);
        const before = itemAt(held, i);
        if (a.combine === "sum") held[i] = before + v;
        else if (a.combine === "max") held[i] = Math.max(before, v);
        else if (v > before) {
          held[i] = v;
          places[i] = position;
        }
      });
      position++;
    });
    const results = zip(nest.accumulators, places, held).map(([{ combine }, place, value]) =>
      combine === "argmax" ? place : value,
    );
    const stores = nest.stores.filter((s) => (s.once ?? []).every((axis) => at.get(axis) === 0));
    const values = stores.map((s) => evaluate(s.value, at, memory, batch, key, results));
    for (const [s, value] of zip(stores, values))
      lookUp(memory, s.buffer)[placeOf(s.address, at)] = s.dtype === "f16" ? Math.f16round(Math.fround(value)) : value;
  });
}

function each(axes: readonly (readonly [string, number])[], at: Map<string, number>, visit: () => void): void {
  if (axes.length === 0) {
    visit();
    return;
  }
  const [[name, size], ...rest] = axes as [readonly [string, number], ...(readonly [string, number])[]];
  for (let i = 0; i < size; i++) {
    at.set(name, i);
    each(rest, at, visit);
  }
}

/** An index at one point. */
export function placeOf(index: Index, at: ReadonlyMap<string, number>): number {
  let sum = index.offset;
  for (const [atom, c] of index.terms) {
    if (typeof atom === "string") sum += c * (at.get(atom) ?? 0);
    else {
      const inner = placeOf(atom.of, at);
      sum += c * (atom.kind === "div" ? Math.floor(inner / atom.by) : ((inner % atom.by) + atom.by) % atom.by);
    }
  }
  return sum;
}

function evaluate(
  v: Value,
  at: ReadonlyMap<string, number>,
  memory: Memory,
  batch: number,
  key: RandomKey,
  held: readonly number[],
): number {
  const go = (x: Value): number => evaluate(x, at, memory, batch, key, held);
  switch (v.kind) {
    case "number":
      return v.value;
    case "extent":
      return extent(v.dim, batch);
    case "coordinate":
      return placeOf(v.index, at);
    case "accumulator":
      return itemAt(held, v.index);
    case "load": {
      const place = placeOf(v.address, at) + (v.row ? v.row.stride * go(v.row.of) : 0);
      const data = lookUp(memory, v.buffer);
      const value = data[place];
      if (value === undefined) throw new Error(`${v.buffer} is read at ${place} of ${data.length}`);
      return value;
    }
    case "guard":
      return v.bounds.every((b) => within(placeOf(b.index, at), b.extent)) ? go(v.inside) : v.outside;
    case "apply": {
      const [a = 0, b = 0, c = 0] = v.inputs.map(go);
      return scalars[v.scalar].evaluate(a, b, c);
    }
    case "inner": {
      const own = new Map(at);
      let sum = 0;
      const sizes = v.axes.map((a) => [a.name, extent(a.extent, batch)] as const);
      each(sizes, own, () => {
        sum += evaluate(v.body, own, memory, batch, key, held);
      });
      return sum;
    }
    case "random": {
      const draw = v.normal ? normalDraw : uniformDraw;
      return draw(key.seed, key.step, v.place, placeOf(v.element, at), placeOf(v.example, at), placeOf(v.time, at));
    }
  }
}

const within = (i: number, size: number): boolean => i >= 0 && i < size;
