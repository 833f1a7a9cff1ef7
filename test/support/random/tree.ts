// Random expressions of the language: trees whose every node is a rule with its operands. A rule says how a value of a given
// shape is made of others, how that is written, and what it is in plain arrays, which is the meaning that the compiler is held to.

import type { Random } from "../../../runtime/data/random.ts";
import type { Array64 } from "./arrays.ts";

/** A body that a rule runs by itself, such as a step of a cell, over names of its own. */
export interface BodyPlan {
  readonly names: Readonly<Record<string, readonly number[]>>;
  readonly shape: readonly number[];
  /** Whether names from outside may be read in it. */
  readonly captures: boolean;
}

export interface Plan {
  readonly kids: readonly (readonly number[])[];
  readonly bodies?: readonly BodyPlan[];
  readonly data?: unknown;
}

export type Names = Readonly<Record<string, Array64>>;

export interface Evaluation {
  readonly data: unknown;
  readonly shape: readonly number[];
  /** The value of a body with these names. */
  readonly run: (body: number, names: Names) => Array64;
  /** The value of a name where the expression stands. */
  readonly named: (name: string) => Array64;
}

export interface Writing {
  readonly data: unknown;
  readonly shape: readonly number[];
  readonly bodies: readonly string[];
  /** Adds a definition to the file; gives the name that it has there. */
  readonly define: (text: (name: string) => string) => string;
}

export interface Rule {
  readonly name: string;
  /** How often it is chosen. */
  readonly weight?: number;
  /** The inputs for a value of a shape; undefined where it makes none of it. */
  readonly plan: (shape: readonly number[], random: Random, scope: Scope) => Plan | undefined;
  readonly text: (kids: readonly string[], w: Writing) => string;
  readonly value: (kids: readonly Array64[], e: Evaluation) => Array64;
  /** Looks across the batch, or stops gradients: its operand is evaluated in its own way, and it stands in no body. */
  readonly special?: "batch" | "stop";
}

/** Names that an expression may read. */
export interface Scope {
  readonly names: Readonly<Record<string, { readonly shape: readonly number[]; readonly batched: boolean }>>;
  readonly inBody: boolean;
}

export interface Tree {
  readonly rule: Rule;
  readonly shape: readonly number[];
  readonly data: unknown;
  readonly kids: readonly Tree[];
  readonly bodies: readonly Tree[];
}

const pick = <T>(list: readonly T[], random: Random): T => list[random.integer(list.length)]!;

export function grow(
  shape: readonly number[],
  depth: number,
  scope: Scope,
  rules: { readonly inner: readonly Rule[]; readonly leaves: readonly Rule[] },
  random: Random,
): Tree {
  const from = depth <= 0 || (depth === 1 && random.integer(2) === 0) ? rules.leaves : rules.inner;
  const weighted = from.flatMap((r) => new Array<Rule>(r.weight ?? 1).fill(r));
  for (;;) {
    const rule = pick(weighted, random);
    if (rule.special && scope.inBody) continue;
    const plan = rule.plan(shape, random, scope);
    if (!plan) continue;
    const kids = plan.kids.map((s) => grow(s, depth - 1 - random.integer(2), scope, rules, random));
    const bodies = (plan.bodies ?? []).map(({ names, shape: inner, captures }) => {
      const own = Object.fromEntries(Object.entries(names).map(([n, s]) => [n, { shape: s, batched: true }]));
      const inside: Scope = { names: { ...(captures ? scope.names : {}), ...own }, inBody: true };
      return grow(inner, Math.min(2, depth - 1), inside, rules, random);
    });
    return { rule, shape, data: plan.data, kids, bodies };
  }
}

export function write(tree: Tree, define: Writing["define"]): string {
  const kids = tree.kids.map((k) => write(k, define));
  const bodies = tree.bodies.map((b) => write(b, define));
  return tree.rule.text(kids, { data: tree.data, shape: tree.shape, bodies, define });
}

/** Values of names, by example of the batch; `still` are those that gradients are not taken by. */
export interface World {
  readonly batch: number;
  readonly named: (name: string, example: number) => Array64;
  readonly still: (name: string, example: number) => Array64;
}

export function evaluate(tree: Tree, world: World, example: number, inner: Names = {}): Array64 {
  const { rule } = tree;
  if (rule.special === "stop") return evaluate(tree.kids[0]!, { ...world, named: world.still }, example, inner);
  if (rule.special === "batch") {
    const rows = Array.from({ length: world.batch }, (_, b) => evaluate(tree.kids[0]!, world, b, inner));
    const data = rows[0]!.data.map((_, i) => rows.reduce((s, r) => s + r.data[i]!, 0) / world.batch);
    return { shape: tree.shape, data };
  }
  const named = (name: string): Array64 => inner[name] ?? world.named(name, example);
  const kids = tree.kids.map((k) => evaluate(k, world, example, inner));
  const run = (body: number, names: Names): Array64 =>
    evaluate(tree.bodies[body]!, world, example, { ...inner, ...names });
  return rule.value(kids, { data: tree.data, shape: tree.shape, run, named });
}

/** Whether a value differs from example to example. */
export function isBatched(tree: Tree, scope: Scope): boolean {
  if (tree.rule.special === "batch") return false;
  const name = (tree.data as { name?: string } | undefined)?.name;
  if (tree.rule.name === "name" && name !== undefined) return scope.names[name]?.batched ?? false;
  return [...tree.kids, ...tree.bodies].some((t) => isBatched(t, scope));
}

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i]);

/** Smaller trees of the same shape: an operand in place of the whole, a constant, or the same with a smaller operand. */
export function* smaller(tree: Tree, constant: Rule): Generator<Tree> {
  if (tree.rule !== constant) yield { rule: constant, shape: tree.shape, data: 0.5, kids: [], bodies: [] };
  for (const kid of tree.kids) if (same(kid.shape, tree.shape)) yield kid;
  for (const list of ["kids", "bodies"] as const)
    for (const [i, part] of tree[list].entries())
      for (const less of smaller(part, constant)) yield { ...tree, [list]: tree[list].with(i, less) };
}
