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
  // A schedule is given the time by the training.
  const own = names[0] === "t" && names[1] === "total" ? names.slice(2) : names;
  const list = own.length > 0 ? `it has ${own.join(", ")}` : "it has none";
  const isAxis = (synonymOf(name.text) ?? name.text) === "over" && !names.includes("over");
  const isOtherAxis = synonymOf(name.text) === "over" && names.includes("over");
  const axis = isAxis ? axisAdvice(callee) : isOtherAxis ? otherAxis(name.text) : undefined;
  const close = axis === undefined ? suggestion(name.text, name.span ?? span, names) : { hint: axis };
  return mistake("calls/unknown-parameter", span, `'${callee}' has no parameter '${name.text}'`, {
    hint: close.hint ?? list,
    ...(name.span && close.fix ? { fix: close.fix } : {}),
  });
}

/** `axis=0` elsewhere counts the batch, which a value does not show here. */
const otherAxis = (theirs: string): string =>
  `\`${theirs}\` is called \`over\` here: \`over=depth\`, \`over=time\`, \`over=space\` or the number of an axis, the batch not counted; the mean over the batch is taken by \`loss\` and \`metric\``;
