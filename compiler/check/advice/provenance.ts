// Where a shape came from: back from a value through the lines that made it, to the input or name where it was born. Shown with
// every mistake of shapes, each step with its arithmetic.

import type { Expression, Statement } from "../../../grammar/syntax/ast.ts";
import { mayReadIt } from "../../../grammar/syntax/queries.ts";
import type { Diagnostic, Label, Span } from "../../../grammar/syntax/span.ts";
import { showShape } from "../../arithmetic/dim.ts";
import type { Node } from "../../graph/node.ts";
import type { Context, Frame, LineRecord } from "../values/frame.ts";
import type { WindowRequest } from "../values/windows.ts";
import { showPlaces } from "../values/windows.ts";

/** Steps of one way that are shown: the nearest ones, and where it began. */
const MOST = 5;
/** Values whose ways are shown: the branches of a `concat` are many. */
const MOST_WAYS = 4;

/** What gave a value: a line, or a layer or function that a line applied. */
export interface Origin {
  readonly span: Span;
  readonly name: string;
  readonly node: Node | undefined;
  readonly input: Node | undefined;
  readonly windows: readonly WindowRequest[];
}

/** The mistake with the ways that the values came which it is about. */
export function withPaths(d: Diagnostic, nodes: readonly Node[], context: Context): Diagnostic {
  if (!d.code.startsWith("shapes/")) return d;
  const steps = nodes.slice(0, MOST_WAYS).flatMap((n) => pathOf(n, context));
  const keyOf = (l: Label): string => `${l.span.start} ${l.text}`;
  const seen = new Set([`${d.span?.start} ${d.detail ?? ""}`, ...(d.related ?? []).map(keyOf)]);
  const fresh = steps.filter((l) => !seen.has(keyOf(l)) && seen.add(keyOf(l)));
  return fresh.length === 0 ? d : { ...d, related: [...(d.related ?? []), ...fresh] };
}

/** Tensors that a statement works on: those it names, and the value above it. */
export function valuesIn(s: Statement, f: Frame): readonly Node[] {
  const e = s.kind === "line" || s.kind === "assign" ? s.value : s.kind === "fixed" ? s.line.value : undefined;
  if (!e) return [];
  const named = namesIn(e).flatMap((name) => {
    const value = f.scope.get(name);
    return value?.kind === "tensor" ? [value.node] : [];
  });
  const above = (s.kind !== "assign" || mayReadIt(e)) && f.it?.kind === "tensor" ? [f.it.node] : [];
  return [...new Set(named.length > 0 && !mayReadIt(e) && isArithmetic(e) ? named : [...above, ...named])];
}

const isArithmetic = (e: Expression): boolean => e.kind === "binary" || e.kind === "unary" || e.kind === "index";

function namesIn(e: Expression): string[] {
  return e.kind === "name" ? [e.name] : parts(e).flatMap(namesIn);
}

function parts(e: Expression): readonly Expression[] {
  switch (e.kind) {
    case "binary":
      return [e.left, e.right];
    case "unary":
      return [e.operand];
    case "index":
    case "field":
      return [e.target];
    case "list":
      return e.items;
    case "if":
      return [e.condition, e.then, e.else];
    case "call":
      return [e.callee, ...e.arguments.flatMap((a) => (a.kind === "option" ? [] : [a.value]))];
    case "flow":
      return [e.head, ...e.arguments.flatMap((a) => (a.kind === "option" ? [] : [a.value]))];
    default:
      return [];
  }
}

/** Back from a value through all that gave it, the nearest first. */
export function originsOf(node: Node, context: Context): readonly Origin[] {
  const found: Origin[] = [];
  // A line that is a value above it, as the input again, would lead round in a circle.
  const seen = new Set<Node>();
  let at: Node | undefined = known(node, context);
  while (at && !seen.has(at)) {
    seen.add(at);
    const origin = originOf(at, context);
    if (!origin) break;
    found.push(origin);
    at = origin.input === at ? undefined : origin.input && known(origin.input, context);
  }
  return found;
}

/** The value itself, or the one of its shape that it was worked out from and that has a place in the program. */
function known(node: Node, context: Context): Node | undefined {
  for (let at: Node | undefined = node; at; at = alike(at))
    if (originOf(at, context) || context.births.has(at)) return at;
  return undefined;
}

const alike = (node: Node): Node | undefined =>
  node.inputs.find((i) => i.shape.length > 0 && showShape(i.shape) === showShape(node.shape));

/** The lines on the way to a value that changed its shape, the first of them where it was born. */
export function pathOf(node: Node, context: Context): readonly Label[] {
  const origins = originsOf(node, context);
  const last = origins.at(-1);
  const first = last ? last.input : node;
  const start = first && known(first, context);
  const birth = start && born(start, context);
  const changes = origins.filter((o) => !o.input || !o.node || showShape(o.input.shape) !== showShape(o.node.shape));
  return [...(birth ? [birth] : []), ...changes.slice(0, MOST).reverse().map(stepOf)];
}

interface Lines {
  readonly byNode: Map<Node, LineRecord>;
  count: number;
}

const indexed = new WeakMap<readonly LineRecord[], Lines>();

/** The program's own lines by what they gave, the last of each; records are only ever added to. */
function linesOf(records: readonly LineRecord[]): ReadonlyMap<Node, LineRecord> {
  const lines = indexed.get(records) ?? { byNode: new Map(), count: 0 };
  indexed.set(records, lines);
  for (const record of records.slice(lines.count))
    if (record.node && !record.span.file.startsWith("stdlib/")) lines.byNode.set(record.node, record);
  lines.count = records.length;
  return lines.byNode;
}

function originOf(node: Node, { records, made }: Context): Origin | undefined {
  const line = linesOf(records).get(node);
  if (line) return { ...line, name: line.kind };
  const call = made.get(node);
  return call && { ...call, node };
}

function stepOf({ span, node, windows }: Origin): Label {
  // Windows of several axes with the same arithmetic say it once; a layer of many windows would say too much.
  const sums = new Set(windows.map(showPlaces));
  const text = node ? showShape(node.shape) : "a list";
  return { span, text: sums.size === 1 ? `${text}: ${[...sums][0]}` : text };
}

function born(node: Node, { births }: Context): Label | undefined {
  const found = births.get(node);
  return found && !found.span.file.startsWith("stdlib/")
    ? { span: found.span, text: `'${found.text}' is ${showShape(node.shape)}`, value: found.text }
    : undefined;
}
