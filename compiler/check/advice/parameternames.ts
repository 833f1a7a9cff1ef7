// Arguments with names that no parameter has. In: the name and the names that there are. Out: the mistake.

import type { Span } from "../../../grammar/syntax/span.ts";
import { suggestion } from "../names/didyoumean.ts";
import { adviceOn, synonymOf } from "../names/synonyms.ts";
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
  const advice = axis ?? adviceFor(name.text, callee, names);
  const close = advice === undefined ? suggestion(name.text, name.span ?? span, names) : { hint: advice };
  return mistake("calls/unknown-parameter", span, `'${callee}' has no parameter '${name.text}'`, {
    hint: close.hint ?? list,
    ...(name.span && close.fix ? { fix: close.fix } : {}),
  });
}

/** `axis=0` elsewhere counts the batch, which a value does not show here. */
const otherAxis = (theirs: string): string =>
  `\`${theirs}\` is called \`over\` here: \`over=depth\`, \`over=time\`, \`over=space\` or the number of an axis, the batch not counted; the mean over the batch is taken by \`loss\` and \`metric\``;

/** Words whose meaning depends on what is given them: a `weight` of a loss is no matrix. */
function adviceFor(theirs: string, callee: string, names: readonly string[]): string | undefined {
  if (names.includes("lr"))
    return /^(l2|weight_decay|decay)$/.test(theirs) && !names.includes("decay")
      ? adviceOn("kernel_regularizer")
      : undefined;
  if (names.includes("label") || (names[0] === "y" && names[1] === "x"))
    return theirs === "weight" ? adviceOn("class_weight") : undefined;
  if (!Object.hasOwn(OF_LAYERS, theirs)) return undefined;
  const example = callee === "lstm" || callee === "gru" ? callee : "lstm";
  return OF_LAYERS[theirs]?.replaceAll("LAYER", theirs === "dropout" ? callee : example);
}

/** Words that are something else beside a layer. */
const OF_LAYERS: Readonly<Record<string, string>> = {
  bidirectional: "a cell in both directions is `bidirectional { LAYER 64 }`",
  dropout: "dropout is a line of its own behind the layer: `LAYER 64; dropout 0.2`",
  mask: "the one mask is `causal`, by which no step sees later ones: `attention 4 causal`",
  name: "leave it out: layers are called by their kind and number, as `dnn summary` shows; `-> name` behind a line names its result",
  dtype: "numbers have 32 bits; a training with the line `precision f16` keeps 16 of activations",
};
