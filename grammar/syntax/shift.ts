// A tree or diagnostics in; the same as they are where their text was moved out. Invariant: what does not move is the same object.

import type { Span } from "./span.ts";

/** `bodies`: lists of statements that stand for those of the tree, which are not looked into. */
export function moved<T>(tree: T, by: number, bodies?: ReadonlyMap<unknown, unknown>): T {
  return by === 0 && !bodies?.size ? tree : (copied(tree, by, bodies) as T);
}

function copied(tree: unknown, by: number, bodies: ReadonlyMap<unknown, unknown> | undefined): unknown {
  if (typeof tree !== "object" || tree === null) return tree;
  if (Array.isArray(tree)) return bodies?.get(tree) ?? tree.map((part) => copied(part, by, bodies));
  const copy: Record<string, unknown> = {};
  for (const key in tree) {
    const part = (tree as Record<string, unknown>)[key];
    copy[key] = key === "span" ? movedSpan(part as Span, by) : copied(part, by, bodies);
  }
  return copy;
}

const movedSpan = ({ file, start, end }: Span, by: number): Span => ({ file, start: start + by, end: end + by });
