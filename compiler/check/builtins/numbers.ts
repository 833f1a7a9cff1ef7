// Functions of each number of a tensor.

import type { ScalarName } from "../../arithmetic/scalar.ts";
import { make, select } from "../../graph/build.ts";
import { anything, tensor, typed } from "../values/domains.ts";
import { tensorValue } from "../values/values.ts";
import { type Builtin, builtin } from "./call.ts";

const elementwise = (name: ScalarName, text: string): Builtin =>
  builtin(text, { x: tensor }, ({ x }) => tensorValue(make(name, [x])));

export const NUMBERS: Readonly<Record<string, Builtin>> = {
  exp: elementwise("exp", "e^x of each number"),
  log: elementwise("log", "the natural logarithm of each number"),
  sqrt: elementwise("sqrt", "the square root of each number"),
  abs: elementwise("abs", "|x| of each number"),
  sign: elementwise("sign", "-1, 0 or 1, by the sign of each number"),
  floor: elementwise("floor", "the largest whole number that is not above x"),
  sin: elementwise("sin", "the sine of each number"),
  cos: elementwise("cos", "the cosine of each number"),
  tanh: elementwise("tanh", "(e^x - e^-x) / (e^x + e^-x) of each number"),
  sigmoid: elementwise("sigmoid", "1 / (1 + e^-x) of each number"),
  softplus: elementwise("softplus", "log(1 + e^x) of each number"),
  erf: elementwise("erf", "the error function, 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x"),
  where: builtin(
    "element by element, `then` where the condition is true, `else` elsewhere",
    // biome-ignore lint/suspicious/noThenProperty: the name of a parameter of the language
    { condition: tensor, then: tensor, else: tensor },
    (given) => tensorValue(select(given.condition, given.then, given.else)),
  ),
  stop: builtin("x, but no gradient passes through it", { x: typed }, ({ x }) =>
    tensorValue(make("stop", [x.node]), x.classes),
  ),
  identity: builtin("x itself: the shortcut of a residual block", { x: anything }, ({ x }) => x),
};
