// The error of a plan that does not fit: how much it needs, the line that needs most, and the largest batch that fits.

import { isNumber, product } from "../compiler/arithmetic/dim.ts";
import { bytesOf } from "../compiler/arithmetic/dtype.ts";
import { type Application, callersOf, outputNode, runsAt } from "../compiler/check/frame/application.ts";
import { gibibytes, type MemoryExceeded, neededText } from "../compiler/layout/budget.ts";
import type { Diagnostic, Span } from "../grammar/syntax/span.ts";
import { type Failure, failure } from "./failure.ts";

export interface Circumstances {
  readonly batch: number;
  /** The largest batch that fits, 0 where none does. */
  readonly fitting: number;
  /** The alternative to a smaller batch. */
  readonly otherwise?: string;
  /** Applications of the training. */
  readonly applications?: readonly Application[];
}

export function tooLarge(
  code: "limits/memory" | "limits/gpu",
  { need, largest, span }: MemoryExceeded,
  { batch, fitting, otherwise, applications = [] }: Circumstances,
): Failure {
  const size = gibibytes(bytesOf(largest.dtype, largest.size));
  const kept = largest.role === "parameter" || largest.role === "state";
  const what = kept
    ? `'${largest.name}'`
    : largest.role === "data"
      ? `the examples' ${largest.name.replace("data:", "")}`
      : "the values of this line";
  const where: Partial<Diagnostic> = span
    ? { span, detail: `most of it: ${size} for ${what}`, ...(kept ? {} : calledFrom(span, applications)) }
    : {};
  const smaller =
    fitting > 0
      ? `a batch of ${fitting} fits: \`--set batch=${fitting}\``
      : "no batch fits: make the model or the data smaller";
  const examples = batch === 1 ? "one example" : `${batch} examples`;
  return failure(
    code,
    `a step of ${examples} needs ${neededText(need)}, and ${need.of} has at most ${gibibytes(need.most)}`,
    {
      ...where,
      notes: span ? [] : [`most of it: ${size} for ${what.replace("of this line", `of ${largest.name}`)}`],
      hint: otherwise ? `${smaller}, or ${otherwise}` : smaller,
    },
  );
}

/** A line of a block is run for each call of it: those of the largest are shown. */
function calledFrom(span: Span, applications: readonly Application[]): Pick<Diagnostic, "related"> {
  const runs = runsAt(span, applications);
  const sizeOf = (run: Application): number => Number(product(outputNode(run)?.shape.filter(isNumber) ?? []));
  const [largest] = runs.toSorted((a, b) => sizeOf(b) - sizeOf(a));
  const callers = largest ? callersOf(largest).slice(0, MOST_CALLERS) : [];
  return callers.length === 0 ? {} : { related: callers.map((caller) => ({ span: caller, text: "called here" })) };
}

const MOST_CALLERS = 3;
