// Where a shape came from: back from a value through the lines that made it, to the input or name where it was born. Shown with
// every mistake of shapes, each step with its arithmetic.

import type { Expression, Statement } from "../../grammar/ast.ts";
import type { Diagnostic, Label } from "../../grammar/span.ts";
import { showShape } from "../graph/dim.ts";
import type { Node } from "../graph/node.ts";
import type { Context, Frame, LineRecord } from "./frame.ts";
import { mayReadIt } from "./mentions.ts";

/** Steps of one way that are shown: the nearest ones, and where it began. */
const MOST = 5;

/** The mistake with the ways that the values of its statement came. */
export function withPaths(d: Diagnostic, s: Statement, f: Frame): Diagnostic {
  if (!d.code.startsWith("shapes/")) return d;
  const nodes = valuesIn(s, f);
  const steps = nodes.slice(0, 2).flatMap((n) => pathOf(n, f.context));
  const seen = new Set([d.span?.start, ...(d.related ?? []).map((r) => r.span.start)]);
  const fresh = steps.filter((l) => !seen.has(l.span.start) && seen.add(l.span.start));
  return fresh.length === 0 ? d : { ...d, related: [...(d.related ?? []), ...fresh] };
}

/** Tensors that a statement works on: those it names, and the value above it. */
function valuesIn(s: Statement, f: Frame): readonly Node[] {
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

/** The lines on the way to a value that changed its shape, the first of them where it was born. */
function pathOf(node: Node, context: Context): readonly Label[] {
  const steps: Label[] = [];
  let at: Node | undefined = node;
  let birth: Label | undefined;
  while (at) {
    const record = made(at, context.records);
    if (!record) {
      birth = born(at, context);
      break;
    }
    const before: Node | undefined = record.input;
    if (!before || showShape(before.shape) !== showShape(at.shape)) steps.push(stepOf(record));
    at = before === at ? undefined : before;
  }
  return [...(birth ? [birth] : []), ...steps.slice(0, MOST).reverse()];
}

/** The line of a program that gave the value; the library's own lines are not shown. */
const made = (node: Node, records: readonly LineRecord[]): LineRecord | undefined =>
  records.findLast((r) => r.node === node && !r.span.file.startsWith("stdlib/"));

function stepOf(record: LineRecord): Label {
  // Windows of several axes with the same arithmetic say it once; a layer of many windows would say too much.
  const sum = record.arithmetic.length === 1 ? `: ${record.arithmetic[0]}` : "";
  return { span: record.span, text: `${record.output}${sum}` };
}

function born(node: Node, { births }: Context): Label | undefined {
  const found = births.get(node);
  return found && !found.span.file.startsWith("stdlib/")
    ? { span: found.span, text: `'${found.text}' is ${showShape(node.shape)}` }
    : undefined;
}
