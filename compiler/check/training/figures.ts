// The figures that a training reports: their names, and the means that they are of what its lines compute.

import type { Expression, Statement } from "../../../grammar/syntax/ast.ts";
import type { Span } from "../../../grammar/syntax/span.ts";
import { BATCH } from "../../arithmetic/dim.ts";
import { onlyOf } from "../../arithmetic/lists.ts";
import { div, extentOf, make } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import { isBatched } from "../../passes/batch.ts";
import type { Elaborator } from "../evaluate/elaborator.ts";
import type { Frame } from "../frame/frame.ts";
import { synonymOf, usageOf } from "../names/synonyms.ts";
import { meanReal } from "../sizes/lengths.ts";
import { mistake } from "../values/mistakes.ts";
import { describe, type Value } from "../values/values.ts";

/** Mean over an example's axes. */
export const ownMean = (node: Node): Node =>
  meanReal(
    node,
    node.shape.map((_, i) => i - node.shape.length),
  );

/** The same, then over the batch. */
export const batchMean = (node: Node): Node =>
  div(make("over_batch", [ownMean(node)], { combine: "sum" }), extentOf(BATCH));

/** Warns of `sum(x) / 32`: a sum that was meant to go over the examples of a batch, and is of a single number. */
export function warnOfSummed(elaborator: Elaborator, e: Expression, f: Frame): void {
  if (e.kind !== "binary" || e.operator !== "/" || e.right.kind !== "number" || e.left.kind !== "call") return;
  const { callee, arguments: given } = e.left;
  const summed = onlyOf(given);
  if (callee.kind !== "name" || callee.name !== "sum" || summed?.kind !== "positional") return;
  const unsay = elaborator.trying();
  const value = elaborator.value(summed.value, f);
  unsay();
  if (value.kind !== "tensor" || value.node.shape.length > 0 || !isBatched(value.node)) return;
  elaborator.warn(
    {
      code: "train/summed-number",
      message: `a line of a training is about one example: this \`sum\` is of a single number, which is then divided by ${e.right.value}`,
      hint: "leave out `sum(...)` and the division: the mean over the batch is taken by `loss` and `metric` themselves",
    },
    e.span,
  );
}

/** Figures that a training reports of itself. */
const RESERVED = /^(loss\d*|t)$/;

export const isReserved = (name: string): boolean => RESERVED.test(name);

export function metricTwice(name: string, span: Span, isLoop: boolean): Error {
  if (isLoop)
    return mistake(
      "train/metric-twice",
      span,
      `each turn of the loop names its metric '${name}', and only one can be shown`,
      {
        hint: `write a line for each, with a name of its own: \`metric ${name}_1 = ...\``,
      },
    );
  const message = isReserved(name)
    ? `'${name}' is the name of a figure that every training reports`
    : `there is a metric called '${name}' already`;
  return mistake("train/metric-twice", span, message, {
    hint: `give this one a name of its own: \`metric other_${name} = ...\``,
  });
}

/** `loss "mse"`, `metric accuracy`: a figure that is only named; its call is the hint. */
export function refuseNamed(value: Value, line: "loss" | "metric", span: Span): void {
  const name =
    value.kind === "string"
      ? value.value
      : value.kind === "definition" && value.definition.kind === "fn"
        ? value.definition.name.text
        : undefined;
  const ours = name && (usageOf(name) ? name : synonymOf(name));
  const usage = ours && usageOf(ours);
  // Any other name gets its error where a tensor is needed.
  if (!usage || !/^`(loss|metric) /.test(usage)) return;
  throw mistake("types/not-a-tensor", span, `a \`${line}\` is a value, and this is ${describe(value)}`, {
    hint: `it is called with the output of the model and the labels: ${usage.replace(/^`\w+/, `\`${line}`)}`,
  });
}

export const metricName = (e: Expression): string =>
  e.kind === "name" ? e.name : e.kind === "call" && e.callee.kind === "name" ? e.callee.name : "metric";

/** The names of the figures that the `metric` lines of a training report, those in its loops and steps among them. */
export const metricsOf = (lines: readonly Statement[]): readonly string[] => lines.flatMap(namesOfLine);

function namesOfLine(s: Statement): readonly string[] {
  if (s.kind === "if-statement") return metricsOf([...s.then, ...(s.else ?? [])]);
  if (s.kind === "step" || s.kind === "for" || s.kind === "repeat") return metricsOf(s.body);
  if (s.kind !== "line" || s.value.kind !== "flow") return [];
  const { head, arguments: given } = s.value;
  const [argument] = given;
  if (head.kind !== "name" || head.name !== "metric" || !argument || argument.kind === "option") return [];
  return [argument.kind === "named" ? argument.name.text : metricName(argument.value)];
}
