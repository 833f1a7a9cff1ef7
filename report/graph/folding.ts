// Which blocks of a drawing are open to begin with: all of them where that stays readable, else the first of each kind, so that a
// network of thirty equal blocks shows one of them.

import { type GraphBox, leavesOf } from "./boxes.ts";

export type Folding = "auto" | "open" | "closed";

/** More boxes than this are not looked at one by one. */
const READABLE = 36;

/** Ids of the open groups. */
export function openGroups(roots: readonly GraphBox[], folding: Folding): Set<string> {
  const open = new Set<string>();
  const seen = new Set<string>();
  const isShort = leavesOf(roots) <= READABLE;
  const visit = (boxes: readonly GraphBox[], isRoot: boolean): void => {
    for (const box of boxes) {
      if (box.kind !== "group" || box.children.length === 0) continue;
      const kind = kindOf(box);
      const opens = folding === "auto" ? isShort || !seen.has(kind) : folding === "open";
      seen.add(kind);
      if (opens || isRoot) open.add(box.id);
      // A closed block has been seen inside, too: one of its kind is open.
      if (opens || isRoot) visit(box.children, false);
    }
  };
  visit(roots, true);
  return open;
}

/** The same for groups that are built alike, whatever their sizes; equal turns of a loop count once. So do blocks of very many. */
function kindOf(box: GraphBox): string {
  const word = box.title.replace(/ .*/s, "");
  if (box.kind !== "group" || box.children.length > READABLE) return word;
  const inside = box.children.map(kindOf);
  return `${word}(${inside.filter((kind, i) => kind !== inside[i - 1]).join(" ")})`;
}
