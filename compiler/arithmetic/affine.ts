// Quasi-affine index expressions: integer combinations of axes, and of floor-divisions and remainders by constants.
// `divide` and `remainder` normalise with the axes' extents, so that a reshape that splits and one that joins cancel.

import { itemAt } from "./lists.ts";

export type Atom =
  | string
  | { readonly kind: "div"; readonly of: Index; readonly by: number }
  | { readonly kind: "mod"; readonly of: Index; readonly by: number };

export interface Index {
  readonly terms: readonly (readonly [atom: Atom, coefficient: number])[];
  readonly offset: number;
}

/** Largest extent of each axis. */
export type Extents = ReadonlyMap<string, number>;

export const zero: Index = { terms: [], offset: 0 };
export const literal = (offset: number): Index => ({ terms: [], offset });
export const axisIndex = (name: string): Index => ({ terms: [[name, 1]], offset: 0 });

function atomKey(atom: Atom): string {
  return typeof atom === "string" ? atom : `${atom.kind}(${indexKey(atom.of)},${atom.by})`;
}

export function indexKey(index: Index): string {
  const terms = index.terms.map(([a, c]) => `${c === 1 ? "" : `${c}*`}${atomKey(a)}`);
  if (index.offset !== 0 || terms.length === 0) terms.push(String(index.offset));
  return terms.join(" + ");
}

export function combine(parts: readonly (readonly [Index, number])[]): Index {
  const sums = new Map<string, [Atom, number]>();
  let offset = 0;
  for (const [index, factor] of parts) {
    offset += index.offset * factor;
    for (const [atom, c] of index.terms) {
      const key = atomKey(atom);
      const known = sums.get(key);
      sums.set(key, [atom, (known?.[1] ?? 0) + c * factor]);
    }
  }
  return rejoin({ terms: [...sums.values()].filter(([, c]) => c !== 0), offset });
}

export const plus = (a: Index, b: Index): Index =>
  combine([
    [a, 1],
    [b, 1],
  ]);

/** k * (x div n) * n + k * (x mod n) = k * x */
function rejoin(index: Index): Index {
  for (const [atom, c] of index.terms) {
    if (typeof atom === "string" || atom.kind !== "mod") continue;
    const partner = index.terms.find(
      ([a, d]) =>
        typeof a !== "string" &&
        a.kind === "div" &&
        a.by === atom.by &&
        d === c * atom.by &&
        indexKey(a.of) === indexKey(atom.of),
    );
    if (!partner) continue;
    const rest = index.terms.filter((t) => t[0] !== atom && t !== partner);
    return combine([
      [{ terms: rest, offset: index.offset }, 1],
      [atom.of, c],
    ]);
  }
  return index;
}

/** Smallest and largest value. */
export function range(index: Index, extents: Extents): readonly [number, number] {
  let [low, high] = [index.offset, index.offset];
  for (const [atom, c] of index.terms) {
    const [l, h] = atomRange(atom, extents);
    low += c > 0 ? c * l : c * h;
    high += c > 0 ? c * h : c * l;
  }
  return [low, high];
}

function atomRange(atom: Atom, extents: Extents): readonly [number, number] {
  if (typeof atom === "string") return [0, Math.max(0, (extents.get(atom) ?? Number.POSITIVE_INFINITY) - 1)];
  const [l, h] = range(atom.of, extents);
  if (atom.kind === "div") return [Math.floor(l / atom.by), Math.floor(h / atom.by)];
  return l >= 0 && h < atom.by ? [l, h] : [0, atom.by - 1];
}

interface Division {
  readonly quotient: Index;
  readonly rest: Index;
  /** The rest stays below the divisor. */
  readonly whole: boolean;
}

/** The part that `by` divides, over `by`, and the rest, where that is never negative. */
function divisible(index: Index, by: number, extents: Extents): Division | undefined {
  const whole = index.terms.filter(([, c]) => c % by === 0).map(([a, c]) => [a, c / by] as const);
  const left = index.terms.filter(([, c]) => c % by !== 0);
  const base = Math.floor(index.offset / by);
  const rest: Index = { terms: left, offset: index.offset - base * by };
  const [low, high] = range(rest, extents);
  if (low < 0) return undefined;
  return { quotient: { terms: whole, offset: base }, rest, whole: high < by };
}

function divide(index: Index, by: number, extents: Extents): Index {
  if (by === 1) return index;
  const split = divisible(index, by, extents);
  if (split?.whole) return split.quotient;
  const { quotient, rest } = split ?? { quotient: zero, rest: index };
  const inner: Index = { terms: [[{ kind: "div", of: rest, by }, 1]], offset: 0 };
  return plus(quotient, inner);
}

export function remainder(index: Index, by: number, extents: Extents): Index {
  if (by === 1) return zero;
  const split = divisible(index, by, extents);
  if (split?.whole) return split.rest;
  return { terms: [[{ kind: "mod", of: split?.rest ?? index, by }, 1]], offset: 0 };
}

/** Coordinates under `shape` (outermost first; its first size is never needed) of a row-major position. */
export function unflatten(linear: Index, shape: readonly number[], extents: Extents): Index[] {
  const out: Index[] = new Array(shape.length);
  let rest = linear;
  for (let d = shape.length - 1; d > 0; d--) {
    const size = itemAt(shape, d);
    out[d] = remainder(rest, size, extents);
    rest = divide(rest, size, extents);
  }
  if (shape.length > 0) out[0] = rest;
  return out;
}

export function axesIn(index: Index): Set<string> {
  const names = new Set<string>();
  for (const [atom] of index.terms) {
    if (typeof atom === "string") names.add(atom);
    else for (const n of axesIn(atom.of)) names.add(n);
  }
  return names;
}

/** The coefficient of an axis that stands in no division or remainder of the index. */
export function strideAlong(index: Index, name: string): number {
  const found = coefficient(index, name);
  if (found === undefined) throw new Error(`${name} is divided in ${indexKey(index)}`);
  return found;
}

/** Coefficient of an axis; undefined where it stands inside a division or remainder. */
export function coefficient(index: Index, name: string): number | undefined {
  let value = 0;
  for (const [atom, c] of index.terms) {
    if (atom === name) value = c;
    else if (typeof atom !== "string" && axesIn(atom.of).has(name)) return undefined;
  }
  return value;
}

/** Shorter runs between two jumps are none. */
const SHORTEST_RUN = 8;

/** How far an index goes from point to point of an axis, most of the time: a quotient stays, a remainder goes on. NaN where neither lasts. */
export function usualStep(index: Index, name: string): number {
  return index.terms.reduce((n, [atom, c]) => {
    if (typeof atom === "string") return n + (atom === name ? c : 0);
    const step = usualStep(atom.of, name);
    const isShort = step !== 0 && atom.by < SHORTEST_RUN * Math.abs(step);
    return n + c * (isShort ? Number.NaN : atom.kind === "mod" ? step : 0);
  }, 0);
}

export function substituteAxes(index: Index, values: ReadonlyMap<string, Index>, extents: Extents): Index {
  return combine([
    [{ terms: [], offset: index.offset }, 1],
    ...index.terms.map(([atom, c]) => {
      if (typeof atom === "string") return [values.get(atom) ?? axisIndex(atom), c] as const;
      const inner = substituteAxes(atom.of, values, extents);
      return [atom.kind === "div" ? divide(inner, atom.by, extents) : remainder(inner, atom.by, extents), c] as const;
    }),
  ]);
}
