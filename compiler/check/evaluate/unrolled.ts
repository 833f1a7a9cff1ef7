// Recurrences that are written as loops, in which each turn makes layers of its own. In: a `for` before its turns are
// written out. Out: the warning that is due if they make parameters, where they are steps of one sequence.

import type { Statement } from "../../../grammar/syntax/ast.ts";
import { mayReadIt, namesRead } from "../../../grammar/syntax/queries.ts";
import { isBatched } from "../../passes/batch.ts";
import type { Frame, Warning } from "../frame/frame.ts";

type ForStatement = Extract<Statement, { kind: "for" }>;

/** Gives the warning that is due if the turns are found to make parameters. */
export function unsharedTurns(s: ForStatement, turns: number, f: Frame): Warning | undefined {
  if (turns < 2) return undefined;
  const names = s.body
    .flatMap((line) => (line.kind === "assign" ? line.targets.map(({ text }) => text) : []))
    .filter((name) => f.scope.get(name) !== undefined);
  const sequence = joined(s.body, s.name.text, names, f);
  if (sequence === undefined) return undefined;
  const i = s.name.text;
  return {
    code: "flow/unshared-turns",
    message: `each of the ${turns} turns makes layers of its own, so \`${sequence}[${i}]\` meets other weights at every step`,
    hint: "a layer that is bound above the loop is one for all turns: `turn = dense 16`, and `turn(...)` in it; a `cell` is written for one step and shares its layers",
  };
}

/** The sequence of which a call takes one step, beside what the turn before it has left. */
function joined(tree: unknown, turn: string, carried: readonly string[], f: Frame): string | undefined {
  if (Array.isArray(tree)) return first(tree, (part) => joined(part, turn, carried, f));
  if (typeof tree !== "object" || tree === null) return undefined;
  const isCall = "kind" in tree && tree.kind === "call";
  if (isCall && (namesRead(tree).some((n) => carried.includes(n)) || mayReadIt(tree as never))) {
    const sequence = stepOf(tree, turn, f);
    if (sequence !== undefined) return sequence;
  }
  return first(Object.entries(tree), ([key, part]) => (key === "span" ? undefined : joined(part, turn, carried, f)));
}

/** The name of a value of the example in `x[t]`. */
function stepOf(tree: unknown, turn: string, f: Frame): string | undefined {
  if (Array.isArray(tree)) return first(tree, (part) => stepOf(part, turn, f));
  if (typeof tree !== "object" || tree === null) return undefined;
  const { kind, target, items } = tree as { kind?: string; target?: { kind: string; name: string }; items?: unknown };
  if (kind === "index" && target?.kind === "name" && namesRead({ items }).includes(turn)) {
    const value = f.scope.get(target.name);
    if (value?.kind === "tensor" && isBatched(value.node)) return target.name;
  }
  return first(Object.entries(tree), ([key, part]) => (key === "span" ? undefined : stepOf(part, turn, f)));
}

function first<T, R>(all: readonly T[], find: (one: T) => R | undefined): R | undefined {
  for (const one of all) {
    const found = find(one);
    if (found !== undefined) return found;
  }
  return undefined;
}
