// Fields of plain numbers that a loss or metric takes for classes. In: a call of the library's function. Out: the field and how many
// classes there are scores for, so that whoever has the data can look whether its numbers are classes at all.

import type { Span } from "../../../grammar/syntax/span.ts";
import { isNumber } from "../../arithmetic/dim.ts";
import type { LabelUse } from "../values/frame.ts";
import type { Value } from "../values/values.ts";

const TAKERS: ReadonlySet<string> = new Set(["cross_entropy", "nll", "multi_hinge", "accuracy"]);

/** Undefined where the label is a class already, or something computed. */
export function labelUse(callee: string, given: ReadonlyMap<string, Value>, span: Span): LabelUse | undefined {
  const [y, label] = [given.get("y"), given.get("label")];
  if (!TAKERS.has(callee) || y?.kind !== "tensor" || label?.kind !== "tensor" || label.classes !== undefined)
    return undefined;
  const classes = y.node.shape.at(-1);
  const { op, attributes } = label.node;
  if (op !== "parameter" || attributes.role !== "field" || classes === undefined || !isNumber(classes))
    return undefined;
  return { field: attributes.name as string, classes, callee, span };
}
