// Values of a nest as WGSL expressions. A writer collects statements; what is used more than once is named where it is
// first met, and a value that is read under a condition stays within its braces.

import type { PlanExtent } from "../../../runtime/plan.ts";
import type { Index } from "../../arithmetic/affine.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { itemAt, onlyOf } from "../../arithmetic/lists.ts";
import { runExtent } from "../../loops/axes.ts";
import type { Axis, Store, Value } from "../../loops/nest.ts";
import type { SumBlock } from "../../loops/sums.ts";
import type { Element } from "./halves.ts";
import { readHalf, writeHalf } from "./halves.ts";
import { number, wgslScalars } from "./scalars.ts";

/** Names of one kernel: how its buffers are reached, and what it needs to be bound. */
export interface Names {
  /** Variable of the buffer's arena. */
  readonly variable: (buffer: string) => string;
  /** The buffer's first element in its arena. */
  readonly base: (buffer: string) => string;
  /** The way in which its numbers lie there. */
  readonly element: (buffer: string) => Element;
  readonly uses: { step: boolean; time: boolean; subgroup: boolean };
  /** Neighbouring threads that hand numbers to each other without memory, a power of two; 0 where none do. */
  readonly subgroup: number;
  counter: number;
}

export interface Scope {
  readonly names: Names;
  /** Coordinates by axis. */
  readonly axes: ReadonlyMap<string, string>;
  readonly accumulators: readonly string[];
  /** Accumulators that are positions, as integers: numbers hold whole ones up to 2^24 only. */
  readonly positions?: readonly (string | undefined)[];
  readonly known: Map<Value, string>;
  readonly uses: ReadonlyMap<Value, number>;
  readonly lines: string[];
}

/** A name of its own in its kernel, and none of the language's words: `i32` is a type. */
export const fresh = (names: Names, prefix: string): string => `${prefix}_${names.counter++}`;

export function extentText(names: Names, dim: Dim): string {
  return planExtentText(names, runExtent(dim));
}

export function planExtentText(names: Names, { constant, perBatch }: PlanExtent): string {
  if (perBatch === 0) return String(constant);
  names.uses.step = true;
  const product = perBatch === 1 ? "i32(step.batch)" : `(i32(step.batch) * ${perBatch})`;
  return constant === 0 ? product : `(${product} + ${constant})`;
}

function indexText(scope: Pick<Scope, "axes">, index: Index): string {
  const terms = index.terms.map(([atom, c]) => {
    const text = typeof atom === "string" ? axisText(scope, atom) : dividedText(scope, atom);
    return c === 1 ? text : `${text} * ${c}`;
  });
  if (index.offset !== 0 || terms.length === 0) terms.push(String(index.offset));
  return onlyOf(terms) ?? `(${terms.join(" + ").replaceAll("+ -", "- ")})`;
}

function axisText(scope: Pick<Scope, "axes">, name: string): string {
  const text = scope.axes.get(name);
  if (text === undefined) throw new Error(`axis ${name} has no coordinate`);
  return text;
}

function dividedText(scope: Pick<Scope, "axes">, atom: { kind: "div" | "mod"; of: Index; by: number }): string {
  return `(${indexText(scope, atom.of)} ${atom.kind === "div" ? "/" : "%"} ${atom.by})`;
}

/** The value as an expression; statements that it needs go before. */
export function valueText(scope: Scope, v: Value): string {
  const known = scope.known.get(v);
  if (known !== undefined) return known;
  const text = expression(scope, v);
  if ((scope.uses.get(v) ?? 0) < 2 || v.kind === "number" || v.kind === "accumulator" || v.kind === "guard") {
    if (v.kind === "guard") scope.known.set(v, text);
    return text;
  }
  const name = fresh(scope.names, "v");
  scope.lines.push(`let ${name} = ${text};`);
  scope.known.set(v, name);
  return name;
}

function expression(scope: Scope, v: Value): string {
  switch (v.kind) {
    case "number":
      return number(v.value);
    case "extent":
      return `f32(${extentText(scope.names, v.dim)})`;
    case "coordinate":
      return `f32(${indexText(scope, v.index)})`;
    case "accumulator":
      return itemAt(scope.accumulators, v.index);
    case "apply": {
      const [a = "", b = "", c = ""] = v.inputs.map((x) => valueText(scope, x));
      return wgslScalars[v.scalar](a, b, c);
    }
    case "load": {
      const element = loadText(scope, v);
      return v.dtype === "i32" ? `f32(${element})` : element;
    }
    case "guard":
      return guardText(scope, v);
    case "inner":
      throw new Error("a sum within a value has been computed where it is used");
    case "random": {
      scope.names.uses.step = true;
      const at = [v.element, v.example, v.time].map((i) => indexText(scope, i)).join(", ");
      return `${v.normal ? "normal_draw" : "uniform_draw"}(${v.place >>> 0}u, ${at})`;
    }
  }
}

function loadText(scope: Scope, v: Extract<Value, { kind: "load" }>): string {
  const row = v.row ? ` + ${rowText(scope, v.row.of)} * ${v.row.stride}` : "";
  const at = `${indexText(scope, v.address)}${row}`;
  const element = scope.names.element(v.buffer);
  if (element === "whole") return elementText(scope, v.buffer, at);
  return readHalf(element, scope.names.variable(v.buffer), placeText(scope, v.buffer, at));
}

/** A data-dependent row as an integer. */
function rowText(scope: Scope, of: Value): string {
  return of.kind === "load" && of.dtype === "i32" ? loadText(scope, of) : `i32(${valueText(scope, of)})`;
}

function elementText(scope: Scope, buffer: string, at: string): string {
  return `${scope.names.variable(buffer)}[${placeText(scope, buffer, at)}]`;
}

const placeText = ({ names }: Scope, buffer: string, at: string): string => `${names.base(buffer)} + ${at}`;

/** The statements that store a value that has a name. */
function writeLines(scope: Scope, { buffer, address }: Store, value: string): string[] {
  const at = indexText(scope, address);
  const element = scope.names.element(buffer);
  if (element === "whole") return [`${elementText(scope, buffer, at)} = ${value};`];
  return writeHalf(element, scope.names.variable(buffer), placeText(scope, buffer, at), value);
}

function guardText(scope: Scope, v: Extract<Value, { kind: "guard" }>): string {
  const name = fresh(scope.names, "g");
  // A literal below 0 has no value of `u32`, but an `i32` has.
  const conditions = v.bounds.map((b) => `u32(i32(${indexText(scope, b.index)})) < ${b.extent}u`);
  const inner: Scope = { ...scope, known: new Map(scope.known), lines: [] };
  const inside = valueText(inner, v.inside);
  scope.lines.push(`var ${name} = ${number(v.outside)};`, `if (${conditions.join(" && ")}) {`);
  scope.lines.push(...inner.lines.map((l) => `  ${l}`), `  ${name} = ${inside};`, "}");
  return name;
}

/** All stores of a point: first every value, then the writes. */
export function storeLines(scope: Scope, stores: readonly Store[]): void {
  const values = stores.map((s) => {
    const value = storedText(scope, s);
    const name = fresh(scope.names, "s");
    scope.lines.push(`let ${name} = ${value};`);
    return name;
  });
  stores.forEach((s, i) => {
    scope.lines.push(...writeLines(scope, s, itemAt(values, i)));
  });
}

/** An integer stays one where it is only handed on: numbers hold whole ones up to 2^24 only. */
function storedText(scope: Scope, { value, dtype }: Store): string {
  if (dtype !== "i32") return valueText(scope, value);
  if (value.kind === "load" && value.dtype === "i32") return loadText(scope, value);
  const position = value.kind === "accumulator" ? scope.positions?.[value.index] : undefined;
  return position ?? `i32(${valueText(scope, value)})`;
}

/** Coordinates of a row-major position over axes; the outermost needs no remainder. */
export function decode(names: Names, axes: readonly Axis[], position: string, into: Map<string, string>): string[] {
  const lines: string[] = [];
  let rest = position;
  for (const [i, axis] of [...axes.entries()].reverse()) {
    const name = fresh(names, "i");
    const size = extentText(names, axis.extent);
    lines.push(`let ${name} = ${i === 0 ? rest : `${rest} % ${size}`};`);
    into.set(axis.name, name);
    if (i > 0) rest = `(${rest} / ${size})`;
  }
  return lines;
}

/** A loop cut into blocks, the largest outermost: `run` gives the innermost loop between its bounds, `close` ends a block. */
export function blockedLines(
  names: Names,
  [block, ...smaller]: readonly SumBlock[],
  [from, to]: readonly [string, string],
  run: (from: string, to: string) => string[],
  close: (level: number) => string[],
): string[] {
  if (!block) return run(from, to);
  const [start, end] = [fresh(names, "from"), fresh(names, "to")];
  return [
    `for (var ${start} = ${from}; ${start} < ${to}; ${start} += ${block.size}) {`,
    `  let ${end} = min(${start} + ${block.size}, ${to});`,
    ...indented([...blockedLines(names, smaller, [start, end], run, close), ...close(block.level)]),
    "}",
  ];
}

/** The product of the axes' extents. */
export function countText(names: Names, axes: readonly Axis[]): string {
  const runs = axes.map((a) => runExtent(a.extent));
  const fixed = runs.filter((r) => r.perBatch === 0).reduce((n, r) => n * r.constant, 1);
  const rest = runs.filter((r) => r.perBatch !== 0).map((r) => planExtentText(names, r));
  return [...rest, ...(fixed !== 1 || rest.length === 0 ? [String(fixed)] : [])].join(" * ");
}

export const indented = (lines: readonly string[], depth = 1): string[] =>
  lines.map((l) => `${"  ".repeat(depth)}${l}`);
