// Fields of plain numbers that a loss or metric takes for classes. In: a call. Out: the field and how many
// classes there are scores for: whether its numbers are classes is checked where the data is.

import type { Span } from "../../../grammar/syntax/span.ts";
import { isNumber } from "../../arithmetic/dim.ts";
import type { LabelUse } from "../frame/frame.ts";
import { definitionHasRole } from "../frame/roles.ts";
import type { Callable, Value } from "../values/values.ts";

/** Undefined where the label is a class already, or something computed. */
export function labelUse(definition: Callable, given: ReadonlyMap<string, Value>, span: Span): LabelUse | undefined {
  const [y, label] = [given.get("y"), given.get("label")];
  const takesClass = definitionHasRole(definition, "class_loss", "class_metric");
  if (!takesClass || y?.kind !== "tensor" || label?.kind !== "tensor" || label.classes !== undefined) return undefined;
  const classes = y.node.shape.at(-1);
  const { op, attributes } = label.node;
  if (op !== "parameter" || attributes.role !== "field" || classes === undefined || !isNumber(classes))
    return undefined;
  return { field: attributes.name as string, classes, callee: definition.name.text, span };
}
