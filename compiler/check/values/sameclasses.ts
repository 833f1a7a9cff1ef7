// Tensors that are made of the numbers of another without computing any: they hold the same classes. And values of classes that meet:
// where the data has other names for the classes of each, their numbers say nothing of one another.

import type { Span } from "../../../grammar/syntax/span.ts";
import type { Node } from "../../graph/node.ts";
import { mistake } from "./mistakes.ts";
import type { TensorValue, Value } from "./values.ts";
import { tensorValue } from "./values.ts";

/** A tensor whose numbers are classes if those of another value are, with their names. */
export function sameClasses(node: Node, of: Value): TensorValue {
  return of.kind === "tensor" ? tensorValue(node, of.classes, of.labels) : tensorValue(node);
}

/** So many names of each set are listed. */
const LISTED = 4;

/** A value, and how the program writes it where that is known. */
export interface Meeting {
  readonly value: Value | undefined;
  readonly text?: string | undefined;
}

/** Refuses values whose classes have other names each; `does` says what would be done with their numbers. */
export function refuseTwoSets(a: Meeting, b: Meeting, span: Span, does: string, hint: string): void {
  const [first, second] = [namesOf(a), namesOf(b)];
  if (!first || !second || first === second) return;
  // A number that both have stands for one name, as those of `0`, `1` and `2` do beside `0` and `1`.
  const common = Math.min(first.length, second.length);
  if (first.slice(0, common).every((name, i) => name === second[i])) return;
  const sets = `${listed(first, a.text)} and ${listed(second, b.text)}`;
  throw mistake("types/other-classes", span, `${does} of two different sets of classes: ${sets}`, { hint });
}

const namesOf = ({ value }: Meeting): readonly string[] | undefined =>
  value?.kind === "tensor" && value.labels !== "unread" ? value.labels : undefined;

function listed(names: readonly string[], text: string | undefined): string {
  const shown = names.slice(0, LISTED).map((name) => JSON.stringify(name));
  const more = names.length > LISTED ? `, ... (${names.length})` : "";
  return `${shown.join(", ")}${more}${text ? ` of '${text}'` : ""}`;
}

/** The way to put two sets side by side. */
export const EACH_FIRST = "`onehot` or `embed` makes numbers of each first, which say what they are";
