// Functions of each number of a tensor.

import { make, select } from "../../graph/build.ts";
import { elementwiseFunctions } from "../../ops/elementwise.ts";
import { keepClasses } from "../sizes/classes.ts";
import { anything, tensor, typed } from "../sizes/domains.ts";
import { sameClasses } from "../values/sameclasses.ts";
import { tensorValue } from "../values/values.ts";
import { type Builtin, builtin } from "./call.ts";

const elementwise = elementwiseFunctions().map(([name, text]): [string, Builtin] => [
  name,
  builtin(text, { x: tensor }, ({ x }) => tensorValue(make(name, [x]))),
]);

export const NUMBERS: Readonly<Record<string, Builtin>> = {
  ...Object.fromEntries(elementwise),
  where: builtin(
    "element by element, `then` where the condition is true, `else` elsewhere",
    // biome-ignore lint/suspicious/noThenProperty: the name of a parameter of the language
    { condition: tensor, then: typed, else: typed },
    ({ condition, then: a, else: b }, _, at) => keepClasses(a, b, select(condition, a.node, b.node), at("else").span),
  ),
  stop: builtin("x, but no gradient passes through it", { x: typed }, ({ x }) =>
    sameClasses(make("stop", [x.node]), x),
  ),
  identity: builtin("x itself: the shortcut of a residual block", { x: anything }, ({ x }) => x),
};
