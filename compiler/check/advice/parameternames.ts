// Arguments with names that no parameter has. In: the name and the names that there are. Out: the mistake.

import type { Span } from "../../../grammar/syntax/span.ts";
import { suggestion } from "../names/didyoumean.ts";
import { synonymOf } from "../names/synonyms.ts";
import type { Mistake } from "../values/mistakes.ts";
import { mistake } from "../values/mistakes.ts";
import { axisAdvice } from "./byname.ts";

export function unknownParameter(
  callee: string,
  name: { readonly text: string; readonly span?: Span },
  names: readonly string[],
  span: Span,
): Mistake {
  const list = names.length > 0 ? `it has ${names.join(", ")}` : "it has none";
  const isAxis = (synonymOf(name.text) ?? name.text) === "over" && !names.includes("over");
  const axis = isAxis ? axisAdvice(callee) : undefined;
  const close = axis === undefined ? suggestion(name.text, name.span ?? span, names) : { hint: axis };
  return mistake("calls/unknown-parameter", span, `'${callee}' has no parameter '${name.text}'`, {
    hint: close.hint ?? list,
    ...(name.span && close.fix ? { fix: close.fix } : {}),
  });
}
