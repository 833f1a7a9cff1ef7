// Averages of the weights that held-out figures use in their place: `ema 0.999` and `swa 5`.

import { companionName } from "../../../runtime/plan.ts";
import { add, constant, div, make, mul, select, sub } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import type { Learned } from "../values/instance.ts";
import { epochsBefore, isEndOfEpoch } from "./accumulation.ts";
import type { TrainBody } from "./body.ts";
import type { Moved, TrainTime } from "./lines/types.ts";

/** A parameter's new value, the steps made before, and whether it moves now where that is not always. */
export interface AverageTime {
  readonly moved: Node;
  readonly t: Node;
  readonly isDue: Node | undefined;
}

export class Averages {
  /** By the parameters that they are of. */
  readonly states = new Map<Learned, Learned>();
  private readonly time: TrainTime;
  private readonly body: TrainBody;

  constructor(time: TrainTime, body: TrainBody) {
    this.time = time;
    this.body = body;
  }

  /** The new average of a parameter; none where the training has none. */
  move(l: Learned, { moved, t, isDue }: AverageTime): Moved[] {
    const [share, first] = [this.body.number("ema"), this.body.number("swa")];
    if (!share && !first) return [];
    const { path, node: before } = this.stateFor(l);
    const mean = share ? movingAverage(before, moved, share) : this.ofEpochs(before, moved, t, first ?? constant(1));
    return [{ name: `new ${path}`, node: isDue ? select(isDue, mean, before) : mean, into: path, old: before }];
  }

  private stateFor(l: Learned): Learned {
    const state = this.states.get(l) ?? averageOf(l);
    this.states.set(l, state);
    return state;
  }

  /** The mean over the ends of epochs, from one on, and before that the weights themselves (Izmailov et al., 2018). */
  private ofEpochs(before: Node, moved: Node, t: Node, first: Node): Node {
    const { perEpoch } = this.time;
    const epoch = add(epochsBefore(t, perEpoch), constant(1));
    const count = add(sub(epoch, first), constant(1));
    const mean = add(before, div(sub(moved, before), make("max", [count, constant(1)])));
    return select(make("lt", [epoch, first]), moved, select(isEndOfEpoch(t, perEpoch), mean, before));
  }
}

/** With exponential weights (Polyak and Juditsky, 1992). */
const movingAverage = (before: Node, moved: Node, share: Node): Node =>
  add(mul(share, before), mul(sub(constant(1), share), moved));

function averageOf(l: Learned): Learned {
  const path = companionName(l.path, "average");
  return { ...l, path, start: l.start, span: l.span, role: "state", fixed: true, node: averageLeaf(path, l) };
}

function averageLeaf(path: string, l: Learned): Node {
  const type = { shape: l.node.shape, dtype: l.node.dtype };
  return make("parameter", [], { name: path, type, role: "state", batched: false });
}
