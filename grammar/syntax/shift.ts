// Shifts the spans of a tree or of diagnostics whose text has moved. Invariant: a shift by zero returns the same object.

import type { Span } from "./span.ts";

/** `bodies`: replacements for lists of statements of the tree; a replaced list is not visited. */
export function shiftSpans<T>(tree: T, by: number, bodies?: ReadonlyMap<unknown, unknown>): T {
  return by === 0 && !bodies?.size ? tree : (copyShifted(tree, by, bodies) as T);
}

function copyShifted(tree: unknown, by: number, bodies: ReadonlyMap<unknown, unknown> | undefined): unknown {
  if (typeof tree !== "object" || tree === null) return tree;
  if (Array.isArray(tree)) return bodies?.get(tree) ?? tree.map((part) => copyShifted(part, by, bodies));
  const copy: Record<string, unknown> = {};
  for (const key in tree) {
    const part = (tree as Record<string, unknown>)[key];
    copy[key] = key === "span" ? shiftSpan(part as Span, by) : copyShifted(part, by, bodies);
  }
  return copy;
}

const shiftSpan = ({ file, start, end }: Span, by: number): Span => ({ file, start: start + by, end: end + by });
