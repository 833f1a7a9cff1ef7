// Random draws, and tensors of one number.

import { type Dim, isNumber } from "../../arithmetic/dim.ts";
import { itemAt } from "../../arithmetic/lists.ts";
import { broadcast, constant, indexAlong, make, mul, sub, transpose } from "../../graph/build.ts";
import { lengthsOf, withLengths } from "../../graph/lengths.ts";
import type { Node } from "../../graph/node.ts";
import { axisSize, type Domain, knownNumber, numeric, optional, refuse, type Shape, shape } from "../sizes/domains.ts";
import { tensorValue } from "../values/values.ts";
import { type Builtin, builtin, type Call } from "./call.ts";

function draw(c: Call, distribution: "uniform" | "normal", { sizes, lengths }: Shape): Node {
  const time = c.timed > 0 ? { timed: c.timed } : {};
  const place = c.place();
  const drawn = (own: readonly Dim[]): Node =>
    make("random", [], { shape: own, distribution, place, leads: [], example: c.drawsByExample, ...time });
  // A draw is known by its place among all. With time first, that place does not depend on how long the others are.
  const long = lengths.findIndex((n) => n !== undefined);
  if (long <= 0) return withLengths(drawn(sizes), lengths);
  const front = [long, ...sizes.map((_, i) => i).filter((i) => i !== long)];
  const back = sizes.map((_, i) => front.indexOf(i) - sizes.length);
  return withLengths(transpose(drawn(front.map((i) => itemAt(sizes, i))), back), lengths);
}

/** A shape; a mean or a bound stands first in other tools. */
const drawnShape: Domain<Shape> = {
  says: shape.says,
  read: (value, at) => {
    const x = knownNumber(value);
    if (x === undefined || !isNumber(x) || (x > 0 && Number.isInteger(x))) return shape.read(value, at);
    const [spread, fact] =
      at.callee === "normal" ? ["std=0.02", "has mean 0"] : ["bound=0.1", "is even on both sides of 0"];
    throw refuse(at, shape.says, `this is ${x}`, {
      code: "shapes/bad-size",
      hint: `\`${at.callee}\` ${fact}: write \`${at.callee}([64], ${spread})\`, and as the start of a \`param\`, whose shape is known, \`= ${at.callee}(${spread})\``,
    });
  },
};

const filled = (value: number, text: string): Builtin =>
  builtin(text, { shape }, ({ shape: { sizes, lengths } }) =>
    tensorValue(withLengths(broadcast(constant(value), sizes), lengths)),
  );

export const MADE: Readonly<Record<string, Builtin>> = {
  zeros: filled(0, "a tensor of zeros"),
  ones: filled(1, "a tensor of ones"),
  eye: builtin("the unit matrix [n, n]", { n: axisSize }, ({ n }) => {
    const both = <T>(of: readonly T[]): T[] => [...of, ...of];
    const one = make("eq", [indexAlong(both(n.sizes), -2), indexAlong(both(n.sizes), -1)]);
    return tensorValue(withLengths(one, both(n.lengths)));
  }),
  normal: builtin(
    "draws from the normal distribution of mean 0, of each example its own",
    { shape: drawnShape, std: optional(numeric({ from: 0 }), undefined, "1") },
    ({ shape: sizes, std }, c) => {
      const raw = draw(c, "normal", sizes);
      return tensorValue(std === undefined ? raw : mul(raw, std));
    },
  ),
  uniform: builtin(
    "draws from 0 to 1, or from -bound to bound",
    { shape: drawnShape, bound: optional(numeric({ from: 0 }), undefined, "...") },
    ({ shape: sizes, bound }, c) => {
      const raw = draw(c, "uniform", sizes);
      return tensorValue(bound === undefined ? raw : mul(sub(mul(raw, constant(2)), constant(1)), bound));
    },
  ),
  bernoulli: builtin(
    "1 with probability p, else 0, in the shape of p",
    { p: numeric({ from: 0, to: 1 }) },
    ({ p }, c) =>
      tensorValue(make("lt", [draw(c, "uniform", { sizes: p.shape, lengths: lengthsOf(p) ?? [] }), make("stop", [p])])),
  ),
};
