// Comparisons with a class, by its name (`kind == "setosa"`) or its number. In: what stands on both sides. Out: a name as the number that
// it has in the data, a mistake where no class has it, a warning where no class has the number.

import type { Span } from "../../../grammar/syntax/span.ts";
import { isNumber, showDim } from "../../arithmetic/dim.ts";
import { suggestion } from "../names/didyoumean.ts";
import { knownNumber } from "../sizes/domains.ts";
import { type Mistake, mistake } from "../values/mistakes.ts";
import { type Meeting, refuseTwoSets } from "../values/sameclasses.ts";
import { numberValue, type TensorValue, type Value } from "../values/values.ts";
import type { Evaluator } from "./frame.ts";

/** One side of a comparison. */
export interface Side {
  readonly value: Value;
  readonly span: Span;
}

/** So many names are listed. */
const LISTED = 8;

/** The value of a side; of a text beside a field of classes, the number of the class that is called so. */
export function asClass({ value, span }: Side, beside: Side, operator: string, evaluator: Evaluator): Value {
  const { value: field } = beside;
  if (field.kind !== "tensor") return value;
  if (operator !== "==" && operator !== "!=") {
    if (value.kind === "string" && field.classes !== undefined && COMPARING.has(operator))
      throw mistake("names/unknown-class", span, `classes have no order that \`${operator}\` could compare names by`, {
        hint: "names of classes are compared by `==` and `!=`",
      });
    return value;
  }
  if (value.kind === "string") return numberValue(classCalled(value.value, span, field, evaluator.textOf(beside.span)));
  warnOfNoClass(value, span, field, evaluator, evaluator.textOf(beside.span));
  return value;
}

function classCalled(name: string, span: Span, { labels, classes }: TensorValue, field: string): number {
  // The names are in files that a check does not read.
  if (labels === "unread") return 0;
  if (labels === undefined) throw nameless(name, span, classes !== undefined, field);
  const found = labels.indexOf(name);
  if (found >= 0) return found;
  const shown = labels.slice(0, LISTED).map((label) => JSON.stringify(label));
  const more = labels.length > LISTED ? `, ... (${labels.length})` : "";
  const near = suggestion(name, span, labels);
  const quoted = near.fix?.edits[0] && JSON.stringify(near.fix.edits[0].text);
  throw mistake("names/unknown-class", span, `no class of '${field}' is called ${JSON.stringify(name)}`, {
    hint: `${quoted ? `did you mean ${quoted}? ` : ""}its classes are ${shown.join(", ")}${more}`,
    ...(quoted ? { fix: { title: `write ${quoted}`, edits: [{ span, text: quoted }] } } : {}),
  });
}

/** A name where the values have none. */
function nameless(name: string, span: Span, isClass: boolean, field: string): Mistake {
  const isDigits = /^\d+$/.test(name);
  const what = isClass ? "holds classes by their numbers" : "holds numbers";
  return mistake("names/unknown-class", span, `'${field}' ${what}, and ${JSON.stringify(name)} is text`, {
    hint: isDigits
      ? `write ${name} without quotes`
      : "names of classes are those that a field of the data has, such as a column of words",
    ...(isDigits ? { fix: { title: `write ${name}`, edits: [{ span, text: name }] } } : {}),
  });
}

/** Refuses a comparison of classes that the data calls by other names each. */
export function refuseComparison(a: Side, b: Side, operator: string, evaluator: Evaluator): void {
  if (a.value.kind !== "tensor" || b.value.kind !== "tensor" || !COMPARING.has(operator)) return;
  const meeting = ({ value, span }: Side): Meeting => ({ value, text: evaluator.textOf(span) });
  const does = `\`${operator}\` would compare the numbers`;
  const name = Array.isArray(a.value.labels) ? ` == ${JSON.stringify(a.value.labels[0])}` : "";
  const hint = `each is compared with names of its own set, as in \`${evaluator.textOf(a.span)}${name}\``;
  refuseTwoSets(meeting(a), meeting(b), b.span, does, hint);
}

const COMPARING: ReadonlySet<string> = new Set(["==", "!=", "<", ">", "<=", ">="]);

/** Warns of a number that no class has: the comparison has one result, whatever the example. */
function warnOfNoClass(
  value: Value,
  span: Span,
  { classes, labels }: TensorValue,
  evaluator: Evaluator,
  field: string,
): void {
  const number = knownNumber(value);
  if (classes === undefined || !isNumber(classes) || number === undefined || !isNumber(number)) return;
  // The size is that of a file which was not read.
  if (labels === "unread") return;
  if (Number.isInteger(number) && number >= 0 && number < classes) return;
  evaluator.warn(
    {
      code: "types/no-such-class",
      message: `'${field}' is one of ${showDim(classes)} classes, 0 to ${classes - 1}, and never ${number}`,
      hint: "classes are counted from 0",
    },
    span,
  );
}
