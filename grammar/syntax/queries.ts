// Whether a piece of the syntax tree says something, wherever in it.

import type { Argument, Expression, Parameter, Statement } from "./ast.ts";
import type { Span } from "./span.ts";

/** Whether any part, the whole included, is as asked. */
export function some(tree: unknown, asked: (kind: string) => boolean): boolean {
  if (Array.isArray(tree)) return tree.some((t) => some(t, asked));
  if (typeof tree !== "object" || tree === null) return false;
  if ("kind" in tree && typeof tree.kind === "string" && asked(tree.kind)) return true;
  return Object.entries(tree).some(([name, part]) => name !== "span" && some(part, asked));
}

type Option = Extract<Argument, { kind: "option" }>;

/** The parameters of the short options of a layer: `p2` is padding=2. */
export const OPTIONS = { s: "stride", p: "padding", d: "dilation", g: "groups" } as const;

/** `p2` as the name of a value: what it is where no padding or stride can be meant. */
export const asName = ({ letter, value, span }: Option): Extract<Expression, { kind: "name" }> => ({
  kind: "name",
  name: `${letter}${value}`,
  span,
});

/** Whether a name is read anywhere in it. */
export function namesOne(tree: unknown, name: string): boolean {
  if (Array.isArray(tree)) return tree.some((t) => namesOne(t, name));
  if (typeof tree !== "object" || tree === null) return false;
  if ("kind" in tree && tree.kind === "name" && "name" in tree && tree.name === name) return true;
  if ("kind" in tree && tree.kind === "option" && asName(tree as Option).name === name) return true;
  return Object.entries(tree).some(([key, part]) => key !== "span" && namesOne(part, name));
}

/** The names that stand anywhere in it as values, each once. */
export function namesRead(tree: object): readonly string[] {
  const known = names.get(tree);
  if (known) return known;
  const found = new Set<string>();
  // Of the statements of a body that is typed in, most are those that they were.
  if (Array.isArray(tree)) for (const part of tree) for (const name of namesRead(part)) found.add(name);
  else collectNames(tree, found);
  const list = [...found];
  names.set(tree, list);
  return list;
}

function collectNames(tree: unknown, into: Set<string>): void {
  if (Array.isArray(tree)) for (const part of tree) collectNames(part, into);
  else if (typeof tree === "object" && tree !== null) {
    if ("kind" in tree && tree.kind === "name" && "name" in tree) into.add(String(tree.name));
    // Every block that is typed is gone through: without lists of its entries, which would have to be collected again.
    for (const key in tree) if (key !== "span") collectNames(tree[key as keyof typeof tree], into);
  }
}

/** The names by which derivatives are taken in it: `x` of `grad(y, x)`. */
/** Whether a body takes a gradient at a point of its own, as an optimizer does by `grad(param + v)`. */
export function callsGrad(tree: unknown): boolean {
  if (Array.isArray(tree)) return tree.some(callsGrad);
  if (typeof tree !== "object" || tree === null) return false;
  if ("kind" in tree && tree.kind === "call" && "callee" in tree && isGrad(tree.callee)) return true;
  return Object.values(tree).some(callsGrad);
}

export function differentiatedBy(tree: object): ReadonlySet<string> {
  const known = differentiated.get(tree);
  if (known) return known;
  const found = new Set<string>();
  if (namesRead(tree).includes("grad")) collectDifferentiated(tree, found);
  differentiated.set(tree, found);
  return found;
}

function collectDifferentiated(tree: unknown, into: Set<string>): void {
  if (Array.isArray(tree)) for (const part of tree) collectDifferentiated(part, into);
  else if (typeof tree === "object" && tree !== null) {
    if ("kind" in tree && tree.kind === "call" && "callee" in tree && "arguments" in tree && isGrad(tree.callee))
      (tree.arguments as readonly Argument[]).forEach((argument, i) => {
        if (argument.kind === "named" ? argument.name.text === "x" : i > 0) collectNames(argument, into);
      });
    for (const [key, part] of Object.entries(tree)) if (key !== "span") collectDifferentiated(part, into);
  }
}

const isGrad = (callee: unknown): boolean =>
  typeof callee === "object" && callee !== null && "name" in callee && callee.name === "grad";

/** The names that stand as values within a part of the text, each once. */
export function namesWithin(tree: unknown, part: Span): readonly string[] {
  if (Array.isArray(tree)) return [...new Set(tree.flatMap((t) => namesWithin(t, part)))];
  if (typeof tree !== "object" || tree === null) return [];
  if ("kind" in tree && tree.kind === "name" && "span" in tree && "name" in tree) {
    const { start, end } = tree.span as Span;
    return start >= part.start && end <= part.end ? [String(tree.name)] : [];
  }
  const parts = Object.entries(tree).filter(([key]) => key !== "span");
  return [...new Set(parts.flatMap(([, value]) => namesWithin(value, part)))];
}

/** Whether it may read the value above it: it says `it`, or has a body, whose first line takes it. */
export function mayReadIt(tree: Expression | Statement): boolean {
  const known = reads.get(tree);
  if (known !== undefined) return known;
  const found = some(tree, (k) => k === "it" || k === "block");
  reads.set(tree, found);
  return found;
}

/** A tree is asked every time it is run, and never changes. */
const reads = new WeakMap<object, boolean>();
const names = new WeakMap<object, readonly string[]>();
const differentiated = new WeakMap<object, ReadonlySet<string>>();

/** Whether parameters are all numbers or flags, so that a layer or a tensor among them stands in the wrong place. */
export const takesNumbersOnly = (parameters: readonly Parameter[]): boolean =>
  parameters.every((p) => p.domain !== undefined || p.default?.kind === "boolean");
