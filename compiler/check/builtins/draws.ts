// Random draws, and tensors of one number.

import { broadcast, constant, make, mul, sub } from "../../ops/build.ts";
import type { Value } from "../values.ts";
import { asNode, tensorValue } from "../values.ts";
import type { Builtin, Call } from "./call.ts";
import { arg, dims, need, nodeArg } from "./call.ts";

export function drawn(distribution: "uniform" | "normal"): Builtin {
  return (c) => {
    const shape = dims(need(c, 0, "shape"), c.span, "a size");
    const place = c.place();
    const raw = make("random", [], { shape, distribution, place, leads: [], example: c.drawsByExample });
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
  const draw = make("random", [], {
    shape: p.shape,
    distribution: "uniform",
    place: c.place(),
    leads: [],
    example: c.drawsByExample,
  });
  return tensorValue(make("lt", [draw, make("stop", [p])]));
}

export const filled =
  (value: number): Builtin =>
  (c) =>
    tensorValue(broadcast(constant(value), dims(need(c, 0, "shape"), c.span, "a size")));
