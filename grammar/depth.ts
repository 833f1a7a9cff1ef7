// Definitions in; those that later passes can walk by recursion out, and a diagnostic for each that is nested too deeply.

import type { TopLevel } from "./ast.ts";
import type { Diagnostic, Span } from "./span.ts";

/** Greatest number of nodes from a definition to a leaf. */
const greatestDepth = 1000;

export function tooDeepParts(definitions: readonly TopLevel[]): { kept: TopLevel[]; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const kept = definitions.filter((definition) => {
    const place = firstTooDeep(definition);
    if (place !== undefined) diagnostics.push(tooDeep(place));
    return place === undefined;
  });
  return { kept, diagnostics };
}

/** Walks with a stack of its own, so that depth costs memory and not frames. */
function firstTooDeep(root: object): Span | undefined {
  const stack: { node: object; depth: number }[] = [{ node: root, depth: 0 }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { node, depth } = next;
    const span = "span" in node ? (node.span as Span) : undefined;
    if (span !== undefined && depth > greatestDepth) return span;
    for (const [key, child] of Object.entries(node)) {
      if (key === "span" || typeof child !== "object" || child === null) continue;
      stack.push({ node: child as object, depth: depth + ("kind" in child ? 1 : 0) });
    }
  }
  return undefined;
}

function tooDeep(span: Span): Diagnostic {
  return {
    code: "syntax/too-deep",
    severity: "error",
    message: `more than ${greatestDepth} operators, calls and brackets inside one another`,
    span,
    hint: "give inner parts names, or move them to a block or fn of their own",
  };
}
