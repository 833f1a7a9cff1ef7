// Fields of plain numbers that a loss or metric takes for classes or quantities. In: a call. Out: the field, and how many classes there
// are scores for or what the answers can be: whether its numbers are that is checked where the data is.

import type { Span } from "../../../grammar/syntax/span.ts";
import { isNumber } from "../../arithmetic/dim.ts";
import type { Context, LabelUse } from "../frame/frame.ts";
import { definitionHasRole } from "../frame/roles.ts";
import { addTo } from "../values/journal.ts";
import type { Callable, Value } from "../values/values.ts";
import { targetUse } from "./ranges.ts";

/** Takes down the field that a call takes for a class or a quantity. */
export function noteUses(
  { labels, targets }: Pick<Context, "labels" | "targets">,
  definition: Callable,
  given: ReadonlyMap<string, Value>,
  span: Span,
): void {
  const label = labelUse(definition, given, span);
  if (label) addTo(labels, label);
  const target = targetUse(definition, given, span);
  if (target) addTo(targets, target);
}

/** Undefined where the label is a class already, or something computed. */
function labelUse(definition: Callable, given: ReadonlyMap<string, Value>, span: Span): LabelUse | undefined {
  const [y, label] = [given.get("y"), given.get("label")];
  const takesClass = definitionHasRole(definition, "class_loss", "class_metric");
  if (!takesClass || y?.kind !== "tensor" || label?.kind !== "tensor" || label.classes !== undefined) return undefined;
  const classes = y.node.shape.at(-1);
  const { op, attributes } = label.node;
  if (op !== "parameter" || attributes.role !== "field" || classes === undefined || !isNumber(classes))
    return undefined;
  return { field: attributes.name as string, classes, callee: definition.name.text, span };
}
