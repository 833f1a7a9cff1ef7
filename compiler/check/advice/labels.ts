// Fields of plain numbers that a loss or metric takes for classes or quantities. In: a call. Out: the field, and how many classes there
// are scores for or what the answers can be: whether its numbers are that is checked where the data is.

import type { Span } from "../../../grammar/syntax/span.ts";
import { isNumber } from "../../arithmetic/dim.ts";
import type { Node } from "../../graph/node.ts";
import type { Context, LabelUse } from "../frame/frame.ts";
import { definitionHasRole } from "../frame/roles.ts";
import { addTo } from "../values/journal.ts";
import { refuseTwoSets } from "../values/sameclasses.ts";
import type { Callable, Value } from "../values/values.ts";
import { targetUse } from "./ranges.ts";

/** Takes down the field that a call takes for a class or a quantity; the scores that a model gives are of one set of classes. */
export function noteUses(
  { labels, targets, rightOf }: Pick<Context, "labels" | "targets" | "rightOf">,
  definition: Callable,
  given: ReadonlyMap<string, Value>,
  span: Span,
): void {
  if (definitionHasRole(definition, "class_loss", "class_metric")) refuseOtherLabels(rightOf, given, span);
  const label = labelUse(definition, given, span);
  if (label) addTo(labels, label);
  const target = targetUse(definition, given, span);
  if (target) addTo(targets, target);
}

function refuseOtherLabels(rightOf: Context["rightOf"], given: ReadonlyMap<string, Value>, span: Span): void {
  const [y, label] = [given.get("y"), given.get("label")];
  if (y?.kind !== "tensor" || label?.kind !== "tensor") return;
  const first = rightOf.get(y.node);
  if (!first) rightOf.set(y.node, label);
  const hint = "scores of another set of classes come from another layer: a `dense` for each";
  refuseTwoSets({ value: first }, { value: label }, span, "the same scores would be compared with the numbers", hint);
}

/** Undefined where the label is a class already, or something computed of more than one field. */
function labelUse(definition: Callable, given: ReadonlyMap<string, Value>, span: Span): LabelUse | undefined {
  const [y, label] = [given.get("y"), given.get("label")];
  const takesClass = definitionHasRole(definition, "class_loss", "class_metric");
  if (!takesClass || y?.kind !== "tensor" || label?.kind !== "tensor" || label.classes !== undefined) return undefined;
  const classes = y.node.shape.at(-1);
  const made = lineOf(label.node);
  if (!made || classes === undefined || !isNumber(classes)) return undefined;
  const { field, scale, shift } = made;
  const isPlain = scale === 1 && shift === 0;
  if (isPlain && label.node.op !== "parameter") return undefined;
  return { field, classes, callee: definition.name.text, span, ...(isPlain ? {} : { made: { scale, shift } }) };
}

/** A field times a number and one more: `9 - label` is -1 times it and 9. */
export interface Line {
  readonly field: string;
  readonly scale: number;
  readonly shift: number;
}

/** Undefined for what is no field of one number with arithmetic around it. */
export function lineOf(node: Node): Line | undefined {
  const { op, attributes, inputs } = node;
  if (op === "parameter")
    return attributes.role === "field" ? { field: String(attributes.name), scale: 1, shift: 0 } : undefined;
  const parts = inputs.map((n) => (n.op === "constant" ? Number(n.attributes.value) : lineOf(n)));
  const [a, b] = parts;
  if (typeof a === "object" && inputs.length === 1)
    return op === "cast" || op === "anchor" ? a : op === "neg" ? times(a, -1) : undefined;
  if (typeof a === "object" && typeof b === "number") return changed(op, a, b);
  if (typeof a !== "number" || typeof b !== "object") return undefined;
  return op === "sub" ? plus(times(b, -1), a) : op === "div" ? undefined : changed(op, b, a);
}

function changed(op: string, line: Line, by: number): Line | undefined {
  switch (op) {
    case "add":
      return plus(line, by);
    case "sub":
      return plus(line, -by);
    case "mul":
      return times(line, by);
    case "div":
      return times(line, 1 / by);
    default:
      return undefined;
  }
}

const times = ({ field, scale, shift }: Line, by: number): Line => ({ field, scale: scale * by, shift: shift * by });
const plus = ({ field, scale, shift }: Line, by: number): Line => ({ field, scale, shift: shift + by });
