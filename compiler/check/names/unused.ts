// Finds unused names: labels and names that a file binds, and definitions, in which mistakes of names are found all the same.

import type { SourceFile, TopLevel } from "../../../grammar/syntax/ast.ts";
import { namesRead } from "../../../grammar/syntax/queries.ts";
import type { Diagnostic, Span } from "../../../grammar/syntax/span.ts";
import { suggestion, unboundHint } from "./didyoumean.ts";
import type { Outside } from "./meanings.ts";
import { namesIn } from "./resolve.ts";

/** `-> name` left out, where it is the only label. */
function withoutLabel(text: string, span: Span): Pick<Diagnostic, "fix"> {
  const arrow = /[ \t]*->\s*$/.exec(text.slice(0, span.start));
  if (!arrow || /^\s*,/.test(text.slice(span.end))) return {};
  return {
    fix: { title: "leave out the label", edits: [{ span: { ...span, start: arrow.index }, text: "" }] },
  };
}

/** A warning for each. A name that begins with `_` is meant so; one that is read as a field of anything may be meant. */
export function unusedNames(file: SourceFile, outside: Outside): readonly Diagnostic[] {
  const { all } = namesIn(file, outside);
  const read = new Set(all.filter((o) => !o.writes).map((o) => o.meaning.key));
  const fields = new Set([...file.text.matchAll(/\.([A-Za-z_]\w*)/g)].map(([, name]) => name));
  const idle = all.filter(
    ({ declares, meaning: { key, name, bound } }) =>
      declares && bound && !read.has(key) && !fields.has(name) && !name.startsWith("_"),
  );
  const lost = overwritten(file);
  return lost.concat(
    idle.map(({ meaning: { name, bound, madeBy }, span }): Diagnostic => {
      const what = bound === "label" ? "label" : "name";
      return {
        code: "names/unused",
        severity: "warning",
        message: `the ${what} '${name}' is never read`,
        span,
        hint:
          bound === "label"
            ? outside(name) !== undefined
              ? `a layer or function is applied by a line of its own: write \`; ${name}\` in place of \`-> ${name}\``
              : "leave out the `->` and the label"
            : madeBy?.kind === "block-definition" || madeBy?.kind === "cell"
              ? `\`${name} = ...\` names a layer and does not apply it: a line \`... -> ${name}\` applies it and names its value`
              : "leave out the line, or use the name",
        ...withoutLabel(file.text, span),
      };
    }),
  );
}

/** Finds names that are given to something else before anything has read what they were given. */
function overwritten({ definitions }: SourceFile): readonly Diagnostic[] {
  return definitions.flatMap((d) => {
    if (!("body" in d)) return [];
    const unread = new Map<string, Span>();
    return d.body.flatMap((s): Diagnostic[] => {
      // Loops and choices bind and read by the turn.
      if ((s.kind !== "assign" && s.kind !== "line") || s.value.kind === "bad") unread.clear();
      for (const name of namesRead(s)) unread.delete(name);
      const bound = s.kind === "assign" ? s.targets : [];
      return bound.flatMap(({ text, span }) => {
        const before = unread.get(text);
        unread.set(text, span);
        return before ? [neverRead(text, before, span)] : [];
      });
    });
  });
}

const neverRead = (name: string, span: Span, again: Span): Diagnostic => ({
  code: "names/unused",
  severity: "warning",
  message: `nothing reads this '${name}' before it is given to something else`,
  span,
  hint: "leave the line out, or read the name between the two; a layer is applied by a line of its own, without `=`",
  related: [{ span: again, text: "given again here" }],
});

/** Definitions that are run only where something calls them. */
const CALLED: ReadonlySet<TopLevel["kind"]> = new Set(["block-definition", "cell", "fn"]);

/** Names that stand for nothing, in definitions that nothing runs: whatever runs says it itself. `known`: all names there are. */
export function unknownNames(file: SourceFile, outside: Outside, known: readonly string[]): readonly Diagnostic[] {
  const { unknown } = namesIn(file, outside);
  if (unknown.length === 0) return [];
  const idle = idleIn(file);
  return unknown
    .filter(({ span }) => idle.some((d) => d.span.start <= span.start && span.end <= d.span.end))
    .map(({ text, span }) => ({
      code: "names/unknown",
      severity: "error",
      message: `nothing is called '${text}' here`,
      span,
      hint: unboundHint(text),
      ...suggestion(text, span, known),
    }));
}

/** Definitions whose names stand in nothing that runs. */
function idleIn({ definitions, text }: SourceFile): readonly TopLevel[] {
  const wordsOf = (d: TopLevel): Set<string> => new Set(text.slice(d.span.start, d.span.end).match(/[A-Za-z_]\w*/g));
  const running = new Set(definitions.filter((d) => !CALLED.has(d.kind)));
  for (const d of running) {
    const words = wordsOf(d);
    for (const other of definitions) if ("name" in other && words.has(other.name.text)) running.add(other);
  }
  return definitions.filter((d) => !running.has(d));
}
