// A drawing of a graph as plain data: boxes within boxes, and what flows into each.

export interface GraphBox {
  readonly id: string;
  readonly kind: "input" | "weight" | "state" | "layer" | "expression" | "backward" | "group";
  readonly title: string;
  /** Further lines of its text: what it gives, what it learns. */
  readonly notes: readonly string[];
  /** Where the program says so. */
  readonly place?: { readonly file: string; readonly line: number };
  readonly children: readonly GraphBox[];
  /** Ids of the boxes whose values it takes: of a group those that are not lines of the boxes within. */
  readonly inputs: readonly string[];
}

export interface GraphData {
  readonly name: string;
  readonly roots: readonly GraphBox[];
}

/** Every box with the group that it stands in, from outside to inside. */
export function parentsOf(roots: readonly GraphBox[]): Map<string, GraphBox | undefined> {
  const parents = new Map<string, GraphBox | undefined>();
  const visit = (boxes: readonly GraphBox[], parent: GraphBox | undefined): void => {
    for (const box of boxes) {
      parents.set(box.id, parent);
      visit(box.children, box);
    }
  };
  visit(roots, undefined);
  return parents;
}

/** How many boxes there are that are no groups. */
export const leavesOf = (boxes: readonly GraphBox[]): number =>
  boxes.reduce((n, b) => n + (b.kind === "group" ? leavesOf(b.children) : 1), 0);
