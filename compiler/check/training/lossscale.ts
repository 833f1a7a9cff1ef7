// The scale of a loss whose gradients are kept in 16 bits. In: the loss of a step and its gradients. Out: the loss times the scale,
// the gradients without it, whether they are sound, and the scale of the next step. Small gradients would be nothing in 16 bits, so
// they are as much larger as is possible: the scale doubles after many steps that went well, and where a gradient is infinite or no
// number the step changes nothing and the scale is halved (Micikevicius et al., "Mixed Precision Training", 2018, section 3.2).
// Scales are powers of two, by which numbers are multiplied exactly. They are states of the training, saved with all others.

import type { Span } from "../../../grammar/syntax/span.ts";
import { add, broadcast, constant, div, make, mul, select, sub, sum } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import { stateLeaf } from "../frame/accumulate.ts";
import type { Learned } from "../values/instance.ts";
import type { Result } from "./lines/types.ts";

const FIRST = 2 ** 16;
const LARGEST = 2 ** 24;
/** At this scale a gradient that is not finite would not be so without it either: the step is made, and its numbers show it. */
const LEAST = 1;
/** Steps that went well before the scale doubles. */
const PATIENCE = 2000;

export class LossScale {
  readonly states: readonly [scale: Learned, good: Learned];

  /** `name` is a part of the names of its states. */
  constructor(name: string, span: Span) {
    const state = (path: string, start: number): Learned => ({
      path,
      node: stateLeaf(path, []),
      role: "state",
      fixed: true,
      start: constant(start),
      span,
    });
    this.states = [state(`${name}~scale`, FIRST), state(`${name}~good`, 0)];
  }

  scaled(loss: Node): Node {
    return mul(loss, this.states[0].node);
  }

  unscaled(gradients: readonly Node[]): Node[] {
    const back = div(constant(1), this.states[0].node);
    return gradients.map((g) => mul(g, broadcast(back, g.shape)));
  }

  /** 1 where a step with these gradients may be made, else 0; and the scale and its count after it. */
  judged(gradients: readonly Node[]): { readonly isSound: Node; readonly results: Result[] } {
    const [scale, good] = this.states;
    const wrong = gradients.map((g) => {
      const marks = sub(constant(1), make("finite", [g]));
      return sum(
        marks,
        g.shape.map((_, i) => i - g.shape.length),
      );
    });
    const allFinite = make("eq", [wrong.reduce((a, b) => add(a, b)), constant(0)]);
    const isLeast = make("le", [scale.node, constant(LEAST)]);
    const count = add(good.node, constant(1));
    const isDue = make("le", [constant(PATIENCE), count]);
    const larger = make("min", [constant(LARGEST), mul(scale.node, constant(2))]);
    const smaller = make("max", [constant(LEAST), mul(scale.node, constant(0.5))]);
    const next = (state: Learned, node: Node): Result => ({ name: `new ${state.path}`, node, into: state.path });
    return {
      isSound: make("max", [allFinite, isLeast]),
      results: [
        next(scale, select(allFinite, select(isDue, larger, scale.node), smaller)),
        next(good, select(allFinite, select(isDue, constant(0), count), constant(0))),
      ],
    };
  }
}
