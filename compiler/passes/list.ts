// Every pass, in order. A pass takes the results of one step as a graph and gives the same results as another graph.

import "../ops/all.ts";
import type { Node } from "../graph/node.ts";
import type { Stage } from "../loops/stage.ts";
import { batch } from "./batch.ts";
import { differentiate } from "./differentiate.ts";
import { hoist } from "./hoist.ts";
import { lengths } from "./lengths.ts";
import { merge } from "./merge.ts";
import { padReads } from "./padding.ts";
import { split } from "./split.ts";

export interface Pass extends Stage {
  readonly run: (results: readonly Node[]) => Node[];
}

export const passes: readonly Pass[] = [
  { name: "lengths", doc: "what lies past the end of sequences that differ in length is left out", run: lengths },
  { name: "split", doc: "products over concatenations in loops become sums of products", run: split },
  { name: "merge", doc: "products of one value with several others become one", run: merge },
  { name: "differentiate", doc: "gradients in place of their placeholders", run: differentiate },
  { name: "hoist", doc: "what is not part of a recurrence leaves its loop", run: hoist },
  { name: "batch", doc: "one example's graph becomes the batch's", run: batch },
  { name: "padding", doc: "what contractions read outside their operands becomes padding", run: padReads },
];

/** Runs all passes; `after` sees the graph when each is done. */
export function runPasses(results: readonly Node[], after?: (pass: Pass, results: readonly Node[]) => void): Node[] {
  let current = [...results];
  for (const pass of passes) {
    current = pass.run(current);
    after?.(pass, current);
  }
  return current;
}
