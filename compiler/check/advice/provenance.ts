// Where a shape came from: back from a value through the lines that made it, to the input or name where it was born. Shown with
// every mistake of shapes, each step with its arithmetic.

import type { Expression, Statement } from "../../../grammar/syntax/ast.ts";
import { mayReadIt } from "../../../grammar/syntax/queries.ts";
import type { Diagnostic, Label } from "../../../grammar/syntax/span.ts";
import { showShape } from "../../arithmetic/dim.ts";
import { onlyOf } from "../../arithmetic/lists.ts";
import type { Node } from "../../graph/node.ts";
import { type Application, arithmeticOf, outputNode } from "../frame/application.ts";
import type { Context, Frame } from "../frame/frame.ts";

/** Steps of one way that are shown: the nearest ones, and where it began. */
const MOST = 5;
/** Values whose ways are shown: the branches of a `concat` are many. */
const MOST_WAYS = 4;

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
export function originsOf(node: Node, context: Context): readonly Application[] {
  const found: Application[] = [];
  // A line that is a value above it, as the input again, would lead round in a circle.
  const seen = new Set<Node>();
  let at: Node | undefined = nearestKnown(node, context);
  while (at && !seen.has(at)) {
    seen.add(at);
    const origin = context.applications.originOf(at);
    if (!origin) break;
    found.push(origin);
    at = origin.input === at ? undefined : origin.input && nearestKnown(origin.input, context);
  }
  return found;
}

/** The value itself, or the one of its shape that it was worked out from and that has a place in the program. */
function nearestKnown(node: Node, context: Context): Node | undefined {
  for (let at: Node | undefined = node; at; at = alike(at))
    if (context.applications.originOf(at) || context.applications.nameOf(at)) return at;
  return undefined;
}

const alike = (node: Node): Node | undefined =>
  node.inputs.find((i) => i.shape.length > 0 && showShape(i.shape) === showShape(node.shape));

/** The lines on the way to a value that changed its shape, the first of them where it was born. */
export function pathOf(node: Node, context: Context): readonly Label[] {
  const origins = originsOf(node, context);
  const last = origins.at(-1);
  const first = last ? last.input : node;
  const start = first && nearestKnown(first, context);
  const birth = start && born(start, context);
  const changes = origins.filter((o) => {
    const given = outputNode(o);
    return !o.input || !given || showShape(o.input.shape) !== showShape(given.shape);
  });
  return [...(birth ? [birth] : []), ...changes.slice(0, MOST).reverse().map(stepOf)];
}

function stepOf(origin: Application): Label {
  // Windows of several axes with the same arithmetic say it once; a layer of many windows would say too much.
  const sum = onlyOf(arithmeticOf(origin));
  const node = outputNode(origin);
  const text = node ? showShape(node.shape) : "a list";
  return { span: origin.span, text: sum === undefined ? text : `${text}: ${sum}` };
}

function born(node: Node, { applications }: Context): Label | undefined {
  const found = applications.nameOf(node);
  return found && !found.span.file.startsWith("stdlib/")
    ? { span: found.span, text: `'${found.text}' is ${showShape(node.shape)}`, value: found.text }
    : undefined;
}
