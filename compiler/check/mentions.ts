// Whether a piece of the syntax tree says something, wherever in it.

import type { Argument, Expression, Statement } from "../../grammar/ast.ts";

/** Whether any part, the whole included, is as asked. */
export function some(tree: unknown, asked: (kind: string) => boolean): boolean {
  if (Array.isArray(tree)) return tree.some((t) => some(t, asked));
  if (typeof tree !== "object" || tree === null) return false;
  if ("kind" in tree && typeof tree.kind === "string" && asked(tree.kind)) return true;
  return Object.entries(tree).some(([name, part]) => name !== "span" && some(part, asked));
}

type Option = Extract<Argument, { kind: "option" }>;

/** What the short options of a layer stand for: `p2` is padding=2. */
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
