// Loops that stay loops: a body of many turns that makes no parameters becomes a scan, whose states are `it` and the names
// that the body rebinds. Whether it can be one is found by trying; a body that needs its turn's number as a size, or that
// makes something new at every turn, is written out instead.

import type { Name, Statement } from "../../../grammar/syntax/ast.ts";
import { type Diagnostic, positionKey } from "../../../grammar/syntax/span.ts";
import { zip } from "../../arithmetic/lists.ts";
import { add, constant, div, indexAlong, make, mul, sub } from "../../graph/build.ts";
import { lengthsOf } from "../../graph/lengths.ts";
import type { Node } from "../../graph/node.ts";
import { rewrite } from "../../passes/rewrite.ts";
import { CallMemo } from "../frame/callmemo.ts";
import type { Frame } from "../frame/frame.ts";
import { local } from "../frame/stepstates.ts";
import type { TensorValue, Value } from "../values/values.ts";
import { Scope, tensorValue } from "../values/values.ts";
import { overTime } from "./scanbody.ts";

/** Fewer turns are written out: they fuse with what stands around them. */
const ROLLED = 16;

/** The elaborator as far as rolling needs it. */
export interface Roller {
  readonly diagnostics: Diagnostic[];
  trying(): () => void;
  body(statements: readonly Statement[], f: Frame): void;
  turns(s: LoopStatement, f: Frame): readonly Value[];
}

export type LoopStatement = Extract<Statement, { kind: "for" | "repeat" }>;

/** Loops that stand directly in each other, as one: `for y in 0..28 { for x in 0..28 { ... } }`. */
interface Nest {
  readonly axes: readonly { readonly name: Name | undefined; readonly first: number; readonly count: number }[];
  readonly body: readonly Statement[];
}

interface Carried {
  readonly name: string | undefined;
  readonly before: TensorValue;
  readonly leaf: Node;
}

/** Runs the loop as a scan; false where it cannot be one. */
export function runAsScan(e: Roller, s: LoopStatement, turns: readonly Value[], f: Frame): boolean {
  if (f.context.step || f.context.timed > 0) return false;
  const nest = nestOf(e, s, turns, f);
  const count = nest?.axes.reduce((n, a) => n * a.count, 1) ?? 0;
  if (!nest || count < ROLLED) return false;
  // Parameters of their own in each turn are found by trying once: many turns of a loop around this one would all find them again.
  if (f.instance.loopsThatLearn.has(s.span)) return false;
  const [said, unsay] = [e.diagnostics.length, e.trying()];
  const undo = f.instance.mark();
  const made = attempt(e, nest, positionKey(s.span), count, f);
  if (made && e.diagnostics.length === said && !f.instance.grewSince(undo)) {
    for (const { name, value } of made) {
      if (name === undefined) f.it = value;
      else f.scope.set(name, value);
    }
    return true;
  }
  unsay();
  if (f.instance.grewSince(undo)) f.instance.loopsThatLearn.add(s.span);
  f.instance.restore(undo);
  return false;
}

function nestOf(e: Roller, s: LoopStatement, turns: readonly Value[], f: Frame): Nest | undefined {
  const first = progression(turns);
  if (first === undefined) return undefined;
  const axis = { name: s.kind === "for" ? s.name : undefined, first, count: turns.length };
  const [only] = s.body;
  if (s.body.length !== 1 || !only || (only.kind !== "for" && only.kind !== "repeat"))
    return { axes: [axis], body: s.body };
  const unsay = e.trying();
  const inner = innerTurns(e, only, f);
  unsay();
  const nest = inner && nestOf(e, only, inner, f);
  return nest ? { axes: [axis, ...nest.axes], body: nest.body } : { axes: [axis], body: s.body };
}

function innerTurns(e: Roller, s: LoopStatement, f: Frame): readonly Value[] | undefined {
  try {
    return e.turns(s, f);
  } catch {
    // It depends on the loop around it.
    return undefined;
  }
}

/** The first of numbers that go up by one. */
function progression(turns: readonly Value[]): number | undefined {
  const numbers = turns.map((t) => (t.kind === "number" ? t.value : undefined));
  const [first] = numbers;
  if (typeof first !== "number") return undefined;
  return numbers.every((n, i) => n === first + i) ? first : undefined;
}

/** The result of the loop; undefined where the body is no step. */
function attempt(
  e: Roller,
  nest: Nest,
  place: string,
  count: number,
  f: Frame,
): { name: string | undefined; value: Value }[] | undefined {
  const carried = carriedInto(nest.body, f);
  if (!carried) return undefined;
  const turn = local("turn", [], "f32", false);
  const context = { ...f.context, timed: 1, stateUpdates: new Map<string, Node>(), memo: new CallMemo() };
  const scope = new Scope(f.scope);
  const key = `${f.key}${place}#each/`;
  const inner: Frame = { ...f, scope, key, context, branches: [] };
  placesOf(nest, turn, scope);
  for (const c of carried) {
    const value = { ...c.before, node: c.leaf };
    if (c.name === undefined) inner.it = value;
    else scope.set(c.name, value);
  }
  e.body(nest.body, inner);
  if (context.stateUpdates.size > 0 || inner.branches.length > 0) return undefined;
  const results = carried.map((c) => (c.name === undefined ? inner.it : scope.get(c.name)));
  return scanLoop(carried, results, turn, count);
}

function scanLoop(
  carried: readonly Carried[],
  results: readonly (Value | undefined)[],
  turn: Node,
  count: number,
): { name: string | undefined; value: Value }[] | undefined {
  const kept: (Carried & { readonly end: TensorValue })[] = [];
  for (const [c, end] of zip(carried, results)) {
    if (end?.kind !== "tensor" || end.node.dtype !== c.leaf.dtype || !sameShape(end.node, c.leaf)) return undefined;
    kept.push({ ...c, end });
  }
  if (kept.some(({ end }) => lengthsOf(end.node))) return undefined;
  // Values that the body leaves alone come from outside.
  const constant = new Map(kept.flatMap((c) => (c.end.node === c.leaf ? [[c.leaf, c.before.node] as const] : [])));
  const moving = kept.filter((c) => !constant.has(c.leaf));
  const settled = rewrite(
    moving.map((c) => c.end.node),
    (n) => constant.get(n),
  );
  const { ends } = overTime({
    states: zip(moving, settled).map(([c, result]) => ({ leaf: c.leaf, start: c.before.node, result })),
    elements: [{ leaf: turn, sequence: indexAlong([count], -1) }],
    outputs: [],
    length: count,
    depth: 1,
  });
  return zip(moving, ends).map(([c, node]) => ({ name: c.name, value: { ...c.end, node } }));
}

/** `it` and the names that the body rebinds, with leaves in their place; undefined where one is no tensor. */
function carriedInto(body: readonly Statement[], f: Frame): Carried[] | undefined {
  const found: Carried[] = [];
  const names = [...new Set(bound(body))].filter((n) => f.scope.get(n) !== undefined);
  for (const name of [undefined, ...names]) {
    const value = name === undefined ? f.it : f.scope.get(name);
    if (name === undefined && value === undefined) continue;
    const before: Value | undefined =
      value?.kind === "number" && typeof value.value === "number"
        ? tensorValue(value.length ?? constant(value.value))
        : value;
    if (before?.kind !== "tensor" || lengthsOf(before.node)) return undefined;
    found.push({ name, before, leaf: local("loop", before.node.shape, before.node.dtype, false) });
  }
  return found;
}

function bound(body: readonly Statement[]): string[] {
  return body.flatMap((s): string[] => {
    switch (s.kind) {
      case "line":
        return s.labels.map((l) => l.text);
      case "assign":
        return s.targets.map((t) => t.text);
      case "for":
      case "repeat":
        return bound(s.body);
      case "if-statement":
        return bound([...s.then, ...(s.else ?? [])]);
      default:
        return [];
    }
  });
}

/** The loops' variables, from the number of the turn. */
function placesOf({ axes }: Nest, turn: Node, scope: Scope): void {
  let rest = turn;
  for (const { name, first, count } of axes.toReversed()) {
    const outer = make("floor", [div(rest, constant(count))]);
    if (name) scope.set(name.text, tensorValue(add(sub(rest, mul(outer, constant(count))), constant(first))));
    rest = outer;
  }
}

const sameShape = (a: Node, b: Node): boolean =>
  a.shape.length === b.shape.length && a.shape.every((d, i) => d === b.shape[i]);
