// Random draws, and tensors of one number.

import type { Dim } from "../../graph/dim.ts";
import type { Node } from "../../graph/node.ts";
import { broadcast, constant, indexAlong, make, mul, sub } from "../../ops/build.ts";
import { numeric, optional, shape, size } from "../domains.ts";
import { tensorValue } from "../values.ts";
import { type Builtin, builtin, type Call } from "./call.ts";

function draw(c: Call, distribution: "uniform" | "normal", sizes: readonly Dim[]): Node {
  const time = c.timed > 0 ? { timed: c.timed } : {};
  return make("random", [], {
    shape: sizes,
    distribution,
    place: c.place(),
    leads: [],
    example: c.drawsByExample,
    ...time,
  });
}

const filled = (value: number, text: string): Builtin =>
  builtin(text, { shape }, (given) => tensorValue(broadcast(constant(value), given.shape)));

export const MADE: Readonly<Record<string, Builtin>> = {
  zeros: filled(0, "a tensor of zeros"),
  ones: filled(1, "a tensor of ones"),
  eye: builtin("the unit matrix [n, n]", { n: size }, ({ n }) =>
    tensorValue(make("eq", [indexAlong([n, n], -2), indexAlong([n, n], -1)])),
  ),
  normal: builtin(
    "draws from the normal distribution of mean 0, of each example its own",
    { shape, std: optional(numeric({ from: 0 }), undefined, "1") },
    ({ shape: sizes, std }, c) => {
      const raw = draw(c, "normal", sizes);
      return tensorValue(std === undefined ? raw : mul(raw, std));
    },
  ),
  uniform: builtin(
    "draws from 0 to 1, or from -bound to bound",
    { shape, bound: optional(numeric({ from: 0 }), undefined, "...") },
    ({ shape: sizes, bound }, c) => {
      const raw = draw(c, "uniform", sizes);
      return tensorValue(bound === undefined ? raw : mul(sub(mul(raw, constant(2)), constant(1)), bound));
    },
  ),
  bernoulli: builtin(
    "1 with probability p, else 0, in the shape of p",
    { p: numeric({ from: 0, to: 1 }) },
    ({ p }, c) => tensorValue(make("lt", [draw(c, "uniform", p.shape), make("stop", [p])])),
  ),
};
