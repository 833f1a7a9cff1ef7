// Tensors that are made of the numbers of another without computing any: they hold the same classes.

import type { Node } from "../../graph/node.ts";
import type { TensorValue, Value } from "./values.ts";
import { tensorValue } from "./values.ts";

/** A tensor whose numbers are classes if those of another value are, with their names. */
export function sameClasses(node: Node, of: Value): TensorValue {
  return of.kind === "tensor" ? tensorValue(node, of.classes, of.labels) : tensorValue(node);
}
