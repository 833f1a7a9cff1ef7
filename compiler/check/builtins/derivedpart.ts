// The part of a graph that a derivative is taken of. In: a value and what it is derived by. Out: what lies between the two, and the
// same with all derivatives below it cut off. Invariant: nodes from before, such as those of a
// loop's earlier turns, are not visited again; each visit counts as a step of the checker.

import { lengthsOf } from "../../graph/lengths.ts";
import type { Node } from "../../graph/node.ts";
import { earliestOf, operand, reachedFrom, topological } from "../../graph/node.ts";
import { isBatched } from "../../passes/batch.ts";
import type { Count } from "../../passes/differentiate.ts";
import { isGradient, needsGradient } from "../../passes/gradientnodes.ts";
import { remake } from "../../passes/rewrite.ts";
import { slopedInputs } from "../advice/flatloss.ts";
import { local } from "../frame/stepstates.ts";

/** The inputs through which a node is looked at. */
type Inputs = (node: Node) => readonly Node[];
const allInputs: Inputs = ({ inputs }) => inputs;

/** Lists what a value is made from that is made from a source itself, sources included; inputs before users. */
export function between(y: Node, sources: readonly Node[], count: Count, inputs: Inputs = slopedInputs): Node[] {
  const order = topological([y], earliestOf(sources));
  count(order.length);
  const found = new Set(sources);
  for (const n of order) if (inputs(n).some((i) => found.has(i))) found.add(n);
  if (!found.has(y)) return [];
  const onTheWay = reachedFrom([y], (n) => inputs(n).filter((i) => found.has(i)));
  return order.filter((n) => onTheWay.has(n));
}

/** Lists what is between, whether a small change passes through it or none. */
export const structureBetween = (y: Node, x: Node, count: Count): Node[] => between(y, [x], count, allInputs);

/** Puts leaves in the place of what is below a value and what it is derived by, and has derivatives in it. */
export function cutBelow(y: Node, x: Node, count: Count): readonly [y: Node, x: Node] {
  const part = withInnerSources(y, x, count);
  const inside = new Set(part);
  const cut = new Map<Node, Node>();
  const below = (n: Node): Node => {
    const known = cut.get(n);
    if (known) return known;
    const canStay = !needsGradient(n) || lengthsOf(n) !== undefined;
    const leaf = canStay ? n : local("below", n.shape, n.dtype, isBatched(n));
    cut.set(n, leaf);
    return leaf;
  };
  for (const n of part) cut.set(n, n.inputs.some((i) => inside.has(i)) ? remake(n, n.inputs.map(below)) : below(n));
  return [below(y), below(x)];
}

/** Lists what is between a value and x, and between it and what its own derivatives are by: these change with x by way of that, too. */
function withInnerSources(y: Node, x: Node, count: Count): readonly Node[] {
  const sources = new Set([x]);
  for (;;) {
    const part = between(y, [...sources], count, allInputs);
    const inner = part.filter(isGradient).map((n) => operand(n, 1));
    if (inner.every((n) => sources.has(n))) return part;
    for (const n of inner) sources.add(n);
  }
}
