// Labels that come to a loss as other classes than the data has, by arithmetic. In: the losses of classes of a training. Out: a warning at the
// loss, where no other one takes the label as it is.

import { isNumber } from "../../../arithmetic/dim.ts";
import { type Line, lineOf } from "../../advice/labels.ts";
import { nodeOf } from "../../advice/losses.ts";
import type { Application } from "../../frame/application.ts";
import { hasRole } from "../../frame/roles.ts";
import type { Program } from "../../program/program.ts";

/** Warns of `9 - label`: classes that change places, as if they were numbers of something. */
export function warnOfAlteredLabels(program: Program, calls: readonly Application[]): void {
  const found = calls.flatMap((call) => {
    const label = hasRole(call, "class_loss") ? nodeOf(call.arguments, "label") : undefined;
    const line = label && lineOf(label);
    return line ? [{ call, line }] : [];
  });
  for (const { call, line } of found) {
    const scores = nodeOf(call.arguments, "y")?.shape.at(-1);
    const isElsewhere = found.some(({ line: { field, scale } }) => field === line.field && scale === 1);
    if (isElsewhere || scores === undefined || !isNumber(scores) || !isAmong(line, scores)) continue;
    program.elaborator.warn(
      {
        code: "train/altered-label",
        message: `by this arithmetic class 0 of '${line.field}' becomes ${line.shift}, and class 1 becomes ${line.scale + line.shift}: each example is given another class`,
        hint: `a class is a name, and its number no quantity: write \`${line.field}\` as the data has it`,
      },
      call.span,
    );
  }
}

/** Whether the first classes are mapped to others that there are scores for; what lies outside of them is an error where data is looked at. */
const isAmong = ({ scale, shift }: Line, scores: number): boolean =>
  scale !== 1 && [shift, scale + shift].every((k) => Number.isInteger(k) && k >= 0 && k < scores);
