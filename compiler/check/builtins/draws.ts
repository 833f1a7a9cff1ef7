// Random draws, and tensors of one number.

import type { Dim } from "../../graph/dim.ts";
import type { Node } from "../../graph/node.ts";
import { broadcast, constant, make, mul, sub } from "../../ops/build.ts";
import type { Value } from "../values.ts";
import { asNode, tensorValue } from "../values.ts";
import type { Builtin, Call } from "./call.ts";
import { arg, dims, need, nodeArg } from "./call.ts";

function draw(c: Call, distribution: "uniform" | "normal", shape: readonly Dim[]): Node {
  const time = c.timed > 0 ? { timed: c.timed } : {};
  return make("random", [], { shape, distribution, place: c.place(), leads: [], example: c.drawsByExample, ...time });
}

export function drawn(distribution: "uniform" | "normal"): Builtin {
  return (c) => {
    const shape = dims(need(c, 0, "shape"), c.span, "a size");
    const raw = draw(c, distribution, shape);
    if (distribution === "normal") {
      const std = arg(c, 1, "std");
      return tensorValue(std === undefined ? raw : mul(raw, asNode(std, c.span)));
    }
    const bound = arg(c, 1, "bound");
    return tensorValue(bound === undefined ? raw : mul(sub(mul(raw, constant(2)), constant(1)), asNode(bound, c.span)));
  };
}

export function bernoulli(c: Call): Value {
  const p = nodeArg(c, 0, "p");
  return tensorValue(make("lt", [draw(c, "uniform", p.shape), make("stop", [p])]));
}

export const filled =
  (value: number): Builtin =>
  (c) =>
    tensorValue(broadcast(constant(value), dims(need(c, 0, "shape"), c.span, "a size")));
