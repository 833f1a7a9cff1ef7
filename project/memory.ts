// What is said of a plan that does not fit: how much it needs, the line that needs most, and the largest batch that fits.

import { gibibytes, type MemoryExceeded } from "../compiler/layout/budget.ts";
import type { Diagnostic } from "../grammar/syntax/span.ts";
import { type Failure, failure } from "./failure.ts";

/** `fitting`: the largest batch that fits, 0 where none does. `otherwise`: what else there is to do. */
export function tooLarge(
  code: "limits/memory" | "limits/gpu",
  { need, largest, span }: MemoryExceeded,
  { batch, fitting, otherwise }: { readonly batch: number; readonly fitting: number; readonly otherwise?: string },
): Failure {
  const size = gibibytes(4 * largest.size);
  const kept = largest.role === "parameter" || largest.role === "state";
  const what = kept
    ? `'${largest.name}'`
    : largest.role === "data"
      ? `the examples' ${largest.name.replace("data:", "")}`
      : "the values of this line";
  const where: Partial<Diagnostic> = span ? { span, detail: `most of it: ${size} for ${what}` } : {};
  const smaller =
    fitting > 0
      ? `a batch of ${fitting} fits: \`--set batch=${fitting}\``
      : "no batch fits: make the model or the data smaller";
  const examples = batch === 1 ? "one example" : `${batch} examples`;
  return failure(
    code,
    `a step of ${examples} needs ${gibibytes(need.bytes)}, and ${need.of} has at most ${gibibytes(need.most)}`,
    {
      ...where,
      notes: span ? [] : [`most of it: ${size} for ${what.replace("of this line", `of ${largest.name}`)}`],
      hint: otherwise ? `${smaller}, or ${otherwise}` : smaller,
    },
  );
}
