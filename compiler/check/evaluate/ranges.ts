// Domains that definitions declare for their parameters, as in `dropout(p: number from 0 below 1 = 0.5)`. In: a parameter and the
// value that it is given. Out: a mistake where the value lies outside. What is known only when the program runs is not looked at.

import type { DomainExpression, Parameter } from "../../../grammar/syntax/ast.ts";
import type { Span } from "../../../grammar/syntax/span.ts";
import { isNumber } from "../../arithmetic/dim.ts";
import { type NumberRange, sayRange } from "../../arithmetic/numberrange.ts";
import { type ArgumentPlace, checkNumber, knownNumber, refuseKind } from "../sizes/domains.ts";
import { Consequence } from "../values/mistakes.ts";
import type { ListValue, Value } from "../values/values.ts";

/** Refuses a value outside of what its parameter declares; `none` is what an absent argument may be. */
export function checkDomain(p: Parameter, value: Value, call: { readonly callee: string; readonly span: Span }): void {
  if (!p.domain || (value.kind === "none" && p.default?.kind === "none")) return;
  if (value.kind === "unknown") throw new Consequence();
  const at: ArgumentPlace = { ...call, name: p.name.text, before: {} };
  const range = rangeOf(p.domain);
  const says = `${sayRange(range)}${p.domain.per ? ` per ${p.domain.per}` : ""}`;
  const items = value.kind === "list" && p.domain.per ? itemsOf(value, p.domain.per) : [value];
  for (const item of items) {
    const x = knownNumber(item);
    if (x !== undefined && isNumber(x)) checkNumber(at, range, x, says);
    else if (x === undefined && (range.whole || item.kind !== "tensor")) throw refuseKind(at, says, item);
  }
}

/** The numbers of a list, and of pairs in it where there is one for each side. */
function itemsOf({ items }: ListValue, per: "axis" | "side"): readonly Value[] {
  return per === "axis" ? items : items.flatMap((item) => (item.kind === "list" ? item.items : [item]));
}

function rangeOf({ whole, bounds }: DomainExpression): NumberRange {
  return { whole, ...Object.fromEntries(bounds.map((b) => [b.word, b.value])) };
}
