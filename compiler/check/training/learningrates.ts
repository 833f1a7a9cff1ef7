// Learning rates as numbers of the steps that are made, for those who follow a training. In: the rates of a training's steps as
// graphs. Out: their values at a step. A rate that depends on more than time, such as on a loss, is left out.

import { zip } from "../../arithmetic/lists.ts";
import type { Node } from "../../graph/node.ts";
import { topological } from "../../graph/node.ts";
import { canInterpret, interpret } from "../../graph/reference.ts";
import { scalarOf, tensor } from "../../graph/tensor.ts";
import { isBatched } from "../../passes/batch.ts";
import type { RatesAt } from "./lines/types.ts";

/** `counter` holds how many steps were made before, `plateau` what plateaus have made of the rates. */
export function ratesOver(rates: ReadonlyMap<string, Node>, counter: Node, plateau: Node | undefined): RatesAt {
  const leaves = new Set([counter, ...(plateau ? [plateau] : [])]);
  const timed = [...rates].filter(([, rate]) => dependsOnTimeAlone(rate, leaves));
  const nodes = timed.map(([, rate]) => rate);
  return (step, lowered = 1) => {
    const known = new Map([[counter, tensor([], [step - 1])]]);
    if (plateau) known.set(plateau, tensor([], [lowered]));
    return Object.fromEntries(zip(timed, interpret(nodes, known)).map(([[name], value]) => [name, scalarOf(value)]));
  };
}

/** Whether the reference can say it: neither what is learned or drawn, nor anything of the batch. */
const dependsOnTimeAlone = (rate: Node, leaves: ReadonlySet<Node>): boolean =>
  canInterpret([rate], leaves) && !topological([rate]).some(isBatched);
