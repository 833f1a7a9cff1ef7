// Definitions in; those that later passes can walk by recursion out, and a diagnostic for each that is nested too deeply.

import type { TopLevel } from "../syntax/ast.ts";
import type { Diagnostic, Span } from "../syntax/span.ts";

/** Greatest number of nodes from a definition to a leaf. */
const greatestDepth = 1000;

export function tooDeepParts(definitions: readonly TopLevel[]): { kept: TopLevel[]; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const kept = definitions.filter((definition) => {
    // Levels are made of characters: a short definition, as most are, needs no walk.
    const { start, end } = definition.span;
    const place = end - start > greatestDepth ? firstTooDeep(definition) : undefined;
    if (place !== undefined) diagnostics.push(tooDeep(place));
    return place === undefined;
  });
  return { kept, diagnostics };
}

/** Walks with a stack of its own, so that depth costs memory and not frames. */
function firstTooDeep(root: object): Span | undefined {
  const nodes: object[] = [root];
  const depths = [0];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    const depth = depths.pop()!;
    if (depth > greatestDepth && "span" in node) return node.span as Span;
    for (const child of Array.isArray(node) ? node : partsOf(node)) {
      if (typeof child !== "object" || child === null) continue;
      const below = "kind" in child ? depth + 1 : depth;
      if (isShort(child, greatestDepth - below)) continue;
      nodes.push(child);
      depths.push(below);
    }
  }
  return undefined;
}

function* partsOf(node: object): Generator<unknown> {
  for (const key in node) if (key !== "span") yield node[key as keyof typeof node];
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
    message: `more than ${greatestDepth} operators, calls and brackets inside one another`,
    span,
    hint: "give inner parts names, or move them to a block or fn of their own",
  };
}
