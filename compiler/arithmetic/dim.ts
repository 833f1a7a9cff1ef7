// Dimensions: a number, or a polynomial over named sizes with rational coefficients ("4*H*W", "(H + 2)/2").
// Polynomials are interned by their text, so `===` compares dimensions. The batch is the named size `BATCH`.

import { onlyOf } from "./lists.ts";

export interface Polynomial {
  readonly kind: "polynomial";
  readonly key: string;
  /** Monomial ("H*W", "" for the constant) to coefficient, over the common denominator. */
  readonly terms: ReadonlyMap<string, number>;
  readonly denominator: number;
}

export type Dim = number | Polynomial;

/** Longest text of a dimension: one that grows at every turn of a loop would soon fill any memory. */
const LONGEST = 1000;

/** A dimension became longer than any that a program can mean. */
export class DimExceeded extends Error {
  constructor() {
    super(`a size of more than ${LONGEST} characters, written out, comes up here`);
  }
}

const interned = new Map<string, Polynomial>();

export const BATCH: Dim = named("batch");

export function named(name: string): Dim {
  return make(new Map([[name, 1]]), 1);
}

/** A number, and where it is none of the whole ones, the fraction that it is: `64/5 = 12.8`. */
export function showFraction(value: number): string {
  if (Number.isInteger(value)) return String(value);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number (0/0)" : value > 0 ? "infinity" : "-infinity";
  const shown = Number(value.toFixed(4));
  // A number of few decimals was written so, or reads best so.
  if (value === Number(value.toFixed(2))) return String(value);
  for (let below = 2; below <= 64; below++)
    if (Math.abs(value * below - Math.round(value * below)) < 1e-9)
      return `${Math.round(value * below)}/${below} = ${shown}`;
  return String(shown);
}

export function isNumber(dim: Dim): dim is number {
  return typeof dim === "number";
}

export function addDims(a: Dim, b: Dim): Dim {
  if (isNumber(a) && isNumber(b)) return a + b;
  const [p, q] = [terms(a), terms(b)];
  const sum = new Map<string, number>();
  for (const [m, c] of p.terms) sum.set(m, c * q.denominator);
  for (const [m, c] of q.terms) sum.set(m, (sum.get(m) ?? 0) + c * p.denominator);
  return make(sum, p.denominator * q.denominator);
}

export function mulDims(a: Dim, b: Dim): Dim {
  if (isNumber(a) && isNumber(b)) return a * b;
  const [p, q] = [terms(a), terms(b)];
  const product = new Map<string, number>();
  for (const [m, c] of p.terms) {
    for (const [n, d] of q.terms) {
      const key = [...m.split("*"), ...n.split("*")].filter(Boolean).sort().join("*");
      product.set(key, (product.get(key) ?? 0) + c * d);
    }
  }
  return make(product, p.denominator * q.denominator);
}

export function subDims(a: Dim, b: Dim): Dim {
  return addDims(a, mulDims(b, -1));
}

/** `a / b`; undefined where the quotient is no polynomial. A polynomial can always be divided by a number other than 0. */
export function divDims(a: Dim, b: number): Dim;
export function divDims(a: Dim, b: Dim): Dim | undefined;
export function divDims(a: Dim, b: Dim): Dim | undefined {
  if (isNumber(a) && isNumber(b)) return a / b;
  const [p, q] = [terms(a), terms(b)];
  if (q.terms.size !== 1) return a === b ? 1 : undefined;
  const [[monomial, coefficient]] = [...q.terms] as [[string, number]];
  const factors = monomial.split("*").filter(Boolean);
  const quotient = new Map<string, number>();
  for (const [m, c] of p.terms) {
    const left = m.split("*").filter(Boolean);
    for (const f of factors) {
      const at = left.indexOf(f);
      if (at < 0) return undefined;
      left.splice(at, 1);
    }
    quotient.set(left.join("*"), c * q.denominator);
  }
  return make(quotient, p.denominator * coefficient);
}

export function product(dims: readonly Dim[]): Dim {
  return dims.reduce<Dim>((a, b) => mulDims(a, b), 1);
}

/** The value under given sizes; names without a size stay. */
export function substitute(dim: Dim, sizes: ReadonlyMap<string, Dim>): Dim {
  if (isNumber(dim)) return dim;
  let sum: Dim = 0;
  for (const [m, c] of dim.terms) {
    const factors = m.split("*").filter(Boolean);
    sum = addDims(
      sum,
      factors.reduce<Dim>((a, f) => mulDims(a, sizes.get(f) ?? named(f)), c),
    );
  }
  return divDims(sum, dim.denominator);
}

export function namesOf(dim: Dim): string[] {
  if (isNumber(dim)) return [];
  return [...new Set([...dim.terms.keys()].flatMap((m) => m.split("*").filter(Boolean)))];
}

/** Solves `dim == value` where dim is linear in exactly one name. */
export function solve(dim: Dim, value: Dim): { name: string; value: Dim } | undefined {
  const name = onlyOf(namesOf(dim));
  if (isNumber(dim) || name === undefined) return undefined;
  const slope = dim.terms.get(name);
  if (slope === undefined || [...dim.terms.keys()].some((m) => m !== name && m !== "")) return undefined;
  const rest = subDims(mulDims(value, dim.denominator), dim.terms.get("") ?? 0);
  return { name, value: divDims(rest, slope) };
}

export function showDim(dim: Dim): string {
  return isNumber(dim) ? String(dim) : dim.key;
}

/** The dimension that `showDim` wrote; undefined where the text is none. */
export function parseDim(text: string): Dim | undefined {
  const quotient = /^\((.*)\)\/(\d+)$/.exec(text) ?? /^([^()]*?)(?:\/(\d+))?$/.exec(text);
  const [, sum, bottom = "1"] = quotient ?? [];
  if (sum === undefined) return undefined;
  const terms = new Map<string, number>();
  for (const part of sum.replaceAll(" - ", " + -").split(" + ")) {
    const found = /^(-?)(\d+(?:\.\d+)?)?\*?((?:[A-Za-z_][\w.]*)(?:\*[A-Za-z_][\w.]*)*)?$/.exec(part);
    if (!found || part === "" || part === "-") return undefined;
    const [, sign, size = "1", monomial = ""] = found;
    terms.set(monomial, (terms.get(monomial) ?? 0) + Number(size) * (sign ? -1 : 1));
  }
  return make(terms, Number(bottom));
}

export function showShape(shape: readonly Dim[]): string {
  return `[${shape.map(showDim).join(", ")}]`;
}

/** The largest value with the batch at `batch`; throws where another name is left (a bug: models are instantiated first). */
export function extent(dim: Dim, batch: number): number {
  const value = substitute(dim, new Map([["batch", batch]]));
  if (!isNumber(value)) throw new Error(`dimension ${showDim(dim)} is not instantiated`);
  return value;
}

function terms(dim: Dim): { terms: ReadonlyMap<string, number>; denominator: number } {
  return isNumber(dim) ? rational(dim) : dim;
}

function rational(value: number): { terms: ReadonlyMap<string, number>; denominator: number } {
  if (Number.isInteger(value)) return { terms: new Map([["", value]]), denominator: 1 };
  for (let d = 2; d <= 4096; d++)
    if (Number.isInteger(value * d)) return { terms: new Map([["", value * d]]), denominator: d };
  return { terms: new Map([["", value]]), denominator: 1 };
}

function make(raw: Map<string, number>, denominator: number): Dim {
  const entries = [...raw].filter(([, c]) => c !== 0).sort(([a], [b]) => byDegree(a, b));
  if (entries.length === 0) return 0;
  let common = Math.abs(denominator);
  for (const [, c] of entries) common = gcd(common, Math.abs(c));
  const sign = denominator < 0 ? -1 : 1;
  const lowest = entries.map(([m, c]) => [m, (sign * c) / common] as const);
  const bottom = Math.abs(denominator) / common;
  const [monomial, factor] = onlyOf(lowest) ?? [];
  if (monomial === "" && factor !== undefined) return factor / bottom;
  const sum = lowest.map(([m, c], i) => monomialText(m, c, i === 0)).join("");
  const key = bottom === 1 ? sum : lowest.length === 1 ? `${sum}/${bottom}` : `(${sum})/${bottom}`;
  if (key.length > LONGEST) throw new DimExceeded();
  const known = interned.get(key);
  if (known) return known;
  const made: Polynomial = { kind: "polynomial", key, terms: new Map(lowest), denominator: bottom };
  interned.set(key, made);
  return made;
}

function monomialText(monomial: string, coefficient: number, first: boolean): string {
  const sign = coefficient < 0 ? (first ? "-" : " - ") : first ? "" : " + ";
  const size = Math.abs(coefficient);
  if (monomial === "") return `${sign}${size}`;
  return size === 1 ? `${sign}${monomial}` : `${sign}${size}*${monomial}`;
}

function byDegree(a: string, b: string): number {
  if (a === "" || b === "") return a === "" ? 1 : -1;
  return b.split("*").length - a.split("*").length || (a < b ? -1 : 1);
}

function gcd(a: number, b: number): number {
  return b === 0 || !Number.isInteger(a) || !Number.isInteger(b) ? a || 1 : gcd(b, a % b);
}
