// Labels and names that a file binds and nobody reads.

import type { SourceFile } from "../../grammar/ast.ts";
import type { Diagnostic, Span } from "../../grammar/span.ts";
import type { Outside } from "./meanings.ts";
import { namesIn } from "./meanings.ts";

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
  return all.flatMap(({ meaning: { key, name, bound }, span, declares }): Diagnostic[] => {
    if (!declares || !bound || read.has(key) || fields.has(name) || name.startsWith("_")) return [];
    const what = bound === "label" ? "label" : "name";
    return [
      {
        code: "names/unused",
        severity: "warning",
        message: `the ${what} '${name}' is never read`,
        span,
        hint: bound === "label" ? "leave out the `->` and the label" : "leave out the line, or use the name",
        ...withoutLabel(file.text, span),
      },
    ];
  });
}
