// Finds states that keep nothing: of cells and optimizers that a program writes itself. In: its syntax. Out: a warning for each.

import type { DeclaredName, SourceFile, Statement } from "../../../grammar/syntax/ast.ts";
import { namesRead } from "../../../grammar/syntax/queries.ts";
import type { Diagnostic, Span } from "../../../grammar/syntax/span.ts";
import type { Outside } from "./meanings.ts";

const CODE = "states/no-memory";

export function forgetfulStates(file: SourceFile, outside: Outside): readonly Diagnostic[] {
  const isCell = (name: string): boolean => {
    const meant = outside(name);
    return typeof meant === "object" && meant.kind === "cell";
  };
  return file.definitions.flatMap((d) => {
    if (d.kind !== "cell" && d.kind !== "optimizer") return [];
    const states = statesIn(d.body);
    const constant = states.filter((s) => isNeverSet(s, d.body, file));
    if (constant.length > 0) return constant.map((s) => neverSet(s, d.kind));
    const renewed = states.map(({ name: { text } }) => renewedUnread(text, d.body));
    // One that only shows what a step came to is beside others that remember.
    const remembers = renewed.some((span) => !span) || namesRead(d.body).some(isCell);
    return remembers ? [] : renewed.flatMap((span) => (span ? [neverRead(span, d.kind)] : []));
  });
}

const statesIn = (body: readonly Statement[]): readonly DeclaredName[] =>
  body.flatMap((s) => {
    if (s.kind === "state") return s.entries;
    if (s.kind === "if-statement") return statesIn([...s.then, ...(s.else ?? [])]);
    return s.kind === "for" || s.kind === "repeat" ? statesIn(s.body) : [];
  });

/** Whether no line gives it a value, though some line reads it; one that begins with a draw, or that calls start, is a constant that is meant. */
function isNeverSet({ name: { text }, start }: DeclaredName, body: readonly Statement[], file: SourceFile): boolean {
  const isZero = !start || (start.kind === "number" && start.value === 0);
  return isZero && namesRead(body).includes(text) && !sets(body, text) && !isGivenIn(file.definitions, text);
}

/** Whether a line in it, however deep, binds the name. */
function sets(tree: unknown, name: string): boolean {
  if (Array.isArray(tree)) return tree.some((t) => sets(t, name));
  if (typeof tree !== "object" || tree === null) return false;
  const { kind, targets, labels, target } = tree as Record<string, unknown>;
  const bound = kind === "assign" ? targets : kind === "line" ? labels : kind === "update" ? [target] : [];
  if ((bound as readonly { text?: string; name?: string }[]).some((b) => b.text === name || b.name === name))
    return true;
  return Object.entries(tree).some(([key, part]) => key !== "span" && sets(part, name));
}

/** Whether some call gives an argument of this name: `decoder(32)(x, memory=y)` starts a state. */
function isGivenIn(tree: unknown, name: string): boolean {
  if (Array.isArray(tree)) return tree.some((t) => isGivenIn(t, name));
  if (typeof tree !== "object" || tree === null) return false;
  if ("kind" in tree && tree.kind === "named" && (tree as { name?: { text?: string } }).name?.text === name)
    return true;
  return Object.entries(tree).some(([key, part]) => key !== "span" && isGivenIn(part, name));
}

/** Where a line gives a state a new value before any line has read the old one. */
function renewedUnread(name: string, body: readonly Statement[]): Span | undefined {
  for (const s of body) {
    if (s.kind === "state") continue;
    if (namesRead([s]).includes(name)) return undefined;
    const bound = s.kind === "assign" ? s.targets : s.kind === "line" ? s.labels : [];
    const found = bound.find(({ text }) => text === name);
    if (found) return found.span;
    // Loops and choices bind by the turn.
    if (sets(s, name)) return undefined;
  }
  return undefined;
}

const neverSet = ({ name: { text, span } }: DeclaredName, kind: "cell" | "optimizer"): Diagnostic => ({
  code: CODE,
  severity: "warning",
  message: `no line gives the state '${text}' a new value, so it is 0 at every step`,
  span,
  hint: `let a line give it one, as in \`${text} = ...\`: ${kind === "cell" ? "the next step" : "the next update"} begins with it`,
});

const neverRead = (span: Span, kind: "cell" | "optimizer"): Diagnostic => ({
  code: CODE,
  severity: "warning",
  message: `nothing reads what a state was before this line gives it a new value, so no ${kind === "cell" ? "step" : "update"} sees the one before`,
  span,
  hint:
    kind === "cell"
      ? "let this line read it, too, as in `h = tanh(dense(n)(it, h))`; without a memory write `each { ... }` in place of a cell"
      : "let this line read it, too, as in `v = rho * v + grad`; without a memory leave the state out",
});
