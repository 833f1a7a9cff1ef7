// Gradients of several batches as if they were of one (`accumulate 4`). In: the gradients of a step. Out: their mean over the examples
// of the batches since the last move, whether the optimizer moves now, and the sums, which start again once it has moved.
// Invariant: batches of different size count by their examples, and an epoch ends with a move, so that four batches of 16 are one of 64.

import type { Span } from "../../../grammar/syntax/span.ts";
import { BATCH } from "../../arithmetic/dim.ts";
import { zip } from "../../arithmetic/lists.ts";
import { add, broadcast, constant, div, extentOf, make, mul, select, sub } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import { stateLeaf } from "../frame/accumulate.ts";
import type { Learned } from "../values/instance.ts";

export interface Accumulation {
  /** For each of the trained tensors. */
  readonly means: readonly Node[];
  /** 1 where the optimizer moves after this batch, else 0. */
  readonly isDue: Node;
  /** How often the optimizer has moved. */
  readonly moves: Node;
  readonly states: readonly { readonly learned: Learned; readonly node: Node }[];
}

export interface Accumulated {
  readonly trained: readonly Learned[];
  readonly gradients: readonly Node[];
  /** Batches before each move. */
  readonly count: Node;
  /** Whether this batch is the last of an epoch, 1 or 0. */
  readonly endsEpoch: Node;
  /** Of the step; a part of the names of its states. */
  readonly name: string;
  readonly span: Span;
}

export function accumulateGradients({ trained, gradients, count, endsEpoch, name, span }: Accumulated): Accumulation {
  const state = (path: string, shape: Node["shape"]): Learned => {
    const start = broadcast(constant(0), shape);
    return { path, node: stateLeaf(path, shape), role: "state", fixed: true, start, span };
  };
  const batches = state(`${name}~batches`, []);
  const examples = state(`${name}~examples`, []);
  const moves = state(`${name}~moves`, []);
  const sums = trained.map((l) => state(`${l.path}~${name}~sum`, l.node.shape));
  const size = extentOf(BATCH);
  const summed = zip(sums, gradients).map(([s, g]) => add(s.node, mul(g, size)));
  const seen = add(examples.node, size);
  const taken = add(batches.node, constant(1));
  const isFull = make("le", [count, taken]);
  const isDue = select(isFull, constant(1), endsEpoch);
  const again = (value: Node): Node => select(isDue, broadcast(constant(0), value.shape), value);
  return {
    means: summed.map((s) => div(s, seen)),
    isDue,
    moves: moves.node,
    states: [
      ...zip(sums, summed).map(([learned, node]) => ({ learned, node: again(node) })),
      { learned: batches, node: again(taken) },
      { learned: examples, node: again(seen) },
      { learned: moves, node: add(moves.node, isDue) },
    ],
  };
}

/** Whether the batch that makes step t + 1 is the last of an epoch, 1 or 0. The half keeps a quotient of whole numbers off the edge. */
export function isEndOfEpoch(t: Node, perEpoch: number): Node {
  const epochs = epochsBefore(t, perEpoch);
  const place = sub(t, mul(epochs, constant(perEpoch)));
  return make("le", [constant(perEpoch - 1.5), place]);
}

/** How many whole epochs step t + 1 comes after. */
export const epochsBefore = (t: Node, perEpoch: number): Node =>
  make("floor", [div(add(t, constant(0.5)), constant(perEpoch))]);
