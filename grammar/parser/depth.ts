// Drops definitions that are nested too deeply for later passes to walk by recursion, with a diagnostic for each.

import type { TopLevel } from "../syntax/ast.ts";
import type { Diagnostic, Span } from "../syntax/span.ts";

/** Greatest number of nodes from a definition to a leaf. */
const MAX_DEPTH = 1000;

export function dropTooDeep(definitions: readonly TopLevel[]): { kept: TopLevel[]; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const kept = definitions.filter((definition) => {
    // Each level takes at least one character, so a short definition, as most are, needs no walk.
    const { start, end } = definition.span;
    const place = end - start > MAX_DEPTH ? findTooDeep(definition) : undefined;
    if (place !== undefined) diagnostics.push(tooDeep(place));
    return place === undefined;
  });
  return { kept, diagnostics };
}

/** Walks with an explicit stack, so that depth costs memory and not frames. */
function findTooDeep(root: object): Span | undefined {
  const pending = [{ node: root, depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, depth } = next;
    if (depth > MAX_DEPTH && "span" in node) return node.span as Span;
    for (const child of Array.isArray(node) ? (node as unknown[]) : partsOf(node)) {
      if (typeof child !== "object" || child === null) continue;
      const below = "kind" in child ? depth + 1 : depth;
      if (isShort(child, MAX_DEPTH - below)) continue;
      pending.push({ node: child, depth: below });
    }
  }
  return undefined;
}

function partsOf({ span: _, ...parts }: { readonly span?: unknown }): readonly unknown[] {
  return Object.values(parts);
}

/** Whether a part has too few characters for so many levels. */
function isShort(part: object, levels: number): boolean {
  if (!("span" in part)) return false;
  const { start, end } = part.span as Span;
  return end - start < levels;
}

function tooDeep(span: Span): Diagnostic {
  return {
    code: "syntax/too-deep",
    severity: "error",
    message: `more than ${MAX_DEPTH} operators, calls and brackets inside one another`,
    span,
    hint: "give inner parts names, or move them to a block or fn of their own",
  };
}
