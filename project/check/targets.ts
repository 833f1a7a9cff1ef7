// Targets of a regression that lie beyond what the last activation gives. In: the fields that a training compares answers with, and its
// loaded data. Out: warnings at the loss.

import type { TargetUse } from "../../compiler/check/frame/frame.ts";
import type { Program } from "../../compiler/check/program/program.ts";
import type { Column, Dataset } from "../../runtime/data/dataset.ts";
import { numbersOf } from "../../runtime/data/numbers.ts";
import { numberText } from "../numbertext.ts";

export function warnOfTargets(program: Program, uses: readonly TargetUse[], dataset: Dataset): void {
  if (dataset.records) return;
  const first = new Map(uses.toReversed().map((use) => [use.field, use]));
  for (const [field, use] of first) {
    const column = dataset.train.columns.find((c) => c.name === field);
    if (!column || column.scale || column.classes !== undefined || column.values.length === 0) continue;
    const { range } = use;
    if (!range) continue;
    const [least, most] = extremesOf(column);
    if (least < range.least || most > range.most)
      program.elaborator.warn(
        {
          code: "train/target-out-of-reach",
          message: `\`${range.name}\` gives ${rangeText(range)}, and '${field}' goes from ${numberText(least)} to ${numberText(most)}`,
          hint: `leave out the \`${range.name}\` behind the last layer`,
        },
        use.span,
      );
  }
}

const rangeText = ({ least, most }: NonNullable<TargetUse["range"]>): string =>
  Number.isFinite(most) ? `numbers from ${least} to ${most}` : "no number below 0";

function extremesOf(column: Column): readonly [least: number, most: number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const x of numbersOf(column)) [least, most] = [Math.min(least, x), Math.max(most, x)];
  return [least, most];
}
