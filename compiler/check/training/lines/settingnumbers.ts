// The numbers that settings of a training take: `clip 5`. In: the value of a line. Out: the number, for the steps as a node that
// may change as the training goes on, or a mistake at the value. The ranges stand in the records of the settings.

import type { Expression } from "../../../../grammar/syntax/ast.ts";
import type { Span } from "../../../../grammar/syntax/span.ts";
import { isNumber, showFraction } from "../../../arithmetic/dim.ts";
import { isInRange, LARGEST_INDEX, sayRange } from "../../../arithmetic/numberrange.ts";
import { constant } from "../../../graph/build.ts";
import type { Node } from "../../../graph/node.ts";
import { isBatched } from "../../../passes/batch.ts";
import { type NumberSetting, numberOfSetting, SETTINGS } from "../../names/settings.ts";
import { knownNumber } from "../../sizes/domains.ts";
import { Consequence, type Mistake, mistake } from "../../values/mistakes.ts";
import { asNode, asSize, describe, type Value } from "../../values/values.ts";

/** A number that is the same for the whole training. */
export function fixedNumber(name: NumberSetting, value: Value, span: Span): number {
  if (value.kind === "unknown") throw new Consequence();
  const { what, range } = numberOfSetting(name);
  const known = range.whole ? asSize(value, span, what) : knownNumber(value);
  if (known === undefined || !isNumber(known)) throw refuseSetting(name, describe(value), span);
  if (!isInRange(range, known)) throw refuseSetting(name, showFraction(known), span, known > LARGEST_INDEX);
  return known;
}

/** A single number, which may change as the training goes on. */
export function stepNumber(name: NumberSetting, value: Value, { span }: Expression): Node {
  if (value.kind === "unknown") throw new Consequence();
  const known = knownNumber(value);
  if (known !== undefined && isNumber(known)) {
    if (!isInRange(numberOfSetting(name).range, known)) throw refuseSetting(name, describe(value), span);
  } else if (value.kind !== "tensor" || value.node.shape.length > 0 || isBatched(value.node))
    throw refuseSetting(name, describe(value), span);
  return asNode(value, span);
}

/** The value of a setting from the command line, for its steps. */
export const givenNumber = (text: string): Node => constant(Number(text));

function refuseSetting(name: NumberSetting, seen: string, span: Span, isTooLarge = false): Mistake {
  const { what, range, code = "train/bad-setting" } = numberOfSetting(name);
  const { example, words = [] } = SETTINGS[name];
  const says = sayRange(isTooLarge && range.whole ? { ...range, to: LARGEST_INDEX } : range);
  const forms = [example, ...words.map((word) => `${name} ${word}`)].map((form) => `\`${form}\``);
  return mistake(code, span, `${what} is ${says}, and this is ${seen}`, {
    hint: `write for example ${forms.join(" or ")}`,
  });
}
