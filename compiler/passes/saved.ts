// Values that a scan keeps for its gradient. In: the results of the reverse body, made of values of the forward one. Out: which of these
// each step keeps, and the forward scan that keeps them.

import { RECOMPUTE, scalars } from "../arithmetic/scalar.ts";
import { make, scanOf } from "../graph/build.ts";
import type { Graph, Node } from "../graph/node.ts";
import { topological } from "../graph/node.ts";
import { opOf } from "../graph/table.ts";

export interface Saved {
  /** Forward nodes whose value each step keeps. */
  readonly values: readonly Node[];
  /** Body parameters that are read again: sequences and constants of the forward scan. */
  readonly sequences: readonly number[];
  readonly constants: readonly number[];
}

/** Values of the forward body that the reverse one needs: states and dear results are kept, cheap maps and views are computed again. */
export function savedFor(results: readonly Node[], body: Graph, states: number, sequenceCount: number): Saved {
  const forward = new Set(topological(body.results));
  const values: Node[] = [];
  const sequences = new Set<number>();
  const constants = new Set<number>();
  const seen = new Set<Node>();
  const visit = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    const at = body.parameters.indexOf(node);
    if (at >= 0) {
      if (at < states) values.push(node);
      else if (at < states + sequenceCount) sequences.add(at);
      else constants.add(at);
      return;
    }
    if (forward.has(node) && isDear(node)) {
      values.push(node);
      return;
    }
    node.inputs.forEach(visit);
  };
  results.forEach(visit);
  return { values, sequences: [...sequences].sort((a, b) => a - b), constants: [...constants].sort((a, b) => a - b) };
}

/** Whether a value is stored rather than computed again: a gate is as large as what it is made of, and its derivative needs no more. */
function isDear(node: Node): boolean {
  const { lowering } = opOf(node.op);
  if (lowering.class === "map") return scalars[lowering.scalar].cost >= RECOMPUTE;
  return !["view", "generate", "same", "leaf"].includes(lowering.class);
}

/** Adds stacked results to a scan. */
export function extendScan(node: Node, values: readonly Node[]): { node: Node; indices: number[] } {
  const attributes = scanOf(node);
  const results = [...attributes.body.results];
  const indices = values.map((v) => {
    const at = results.indexOf(v, attributes.states);
    return at >= 0 ? at : results.push(v) - 1;
  });
  const body: Graph = { kind: "graph", parameters: attributes.body.parameters, results };
  const added = results.length - attributes.body.results.length;
  const extended = make("scan", node.inputs, {
    ...node.attributes,
    body,
    timeAxes: [...attributes.timeAxes, ...new Array<number>(added).fill(0)],
  });
  return { node: extended, indices };
}
