// Classes of values that are put together: whether what comes out is one of them again.

import type { Span } from "../../../grammar/syntax/span.ts";
import { type Dim, isNumber } from "../../arithmetic/dim.ts";
import { make } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import { EACH_FIRST, refuseTwoSets } from "../values/sameclasses.ts";
import { type TensorValue, tensorValue } from "../values/values.ts";
import { knownNumber } from "./domains.ts";

/** Classes, where every element of the result is an element of a or of b: of both, or of one where the other is a number written for a class. */
export function keepClasses(a: TensorValue, b: TensorValue, result: Node, at: Span): TensorValue {
  refuseTwoSets({ value: a }, { value: b }, at, "this would be a mixture of the numbers", EACH_FIRST);
  const classes = sharedClasses(a, b) ?? sharedClasses(b, a);
  if (classes === undefined) return tensorValue(result);
  const [one, other] = a.classes === undefined ? [b, a] : [a, b];
  const isNamed = other.classes === undefined || other.labels === one.labels;
  return tensorValue(make("cast", [result], { to: "i32" }), classes, isNamed ? one.labels : undefined);
}

function sharedClasses({ classes }: TensorValue, other: TensorValue): Dim | undefined {
  if (classes === undefined) return undefined;
  if (other.classes !== undefined) return other.classes === classes ? classes : undefined;
  const written = knownNumber(other);
  const isClass = typeof written === "number" && Number.isInteger(written) && written >= 0;
  // How many a name such as V stands for is known at a call.
  return isClass && !(isNumber(classes) && written >= classes) ? classes : undefined;
}
