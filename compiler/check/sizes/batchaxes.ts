// Axes that go over the examples of a batch (`all_examples`). In: values of a step. Out: a mistake at the first that would cut such an
// axis, move along it or learn as many numbers as it has: how many examples there are is known only when a step runs, and the last
// batch of an epoch may be smaller.

import type { Span } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { BATCH, isNumber, namesOf, showDim } from "../../arithmetic/dim.ts";
import { itemAt } from "../../arithmetic/lists.ts";
import { scanOf } from "../../graph/build.ts";
import { fateOf } from "../../graph/lengths.ts";
import type { Node } from "../../graph/node.ts";
import { topological } from "../../graph/node.ts";
import { opOf } from "../../graph/table.ts";
import { mistake } from "../values/mistakes.ts";

/** `around` is where a mistake stands whose value has no place of its own. */
export function refuseCutBatches(values: readonly Node[], around: Span): void {
  for (const node of topological([...values])) {
    const { lowering } = opOf(node.op);
    const isCut =
      lowering.class === "scan" ? isOpen(scanOf(node).length) : lowering.class !== "abstract" && cutsBatch(node);
    if (isCut) throw cutBatch(node.span ?? around);
    if (lowering.class === "scan") refuseCutBatches(scanOf(node).body.results, node.span ?? around);
  }
}

/** Whether a size is known only when a step runs. */
export const isOpen = (size: Dim): boolean => !isNumber(size);

/** Draws are numbered with the examples first. */
const cutsBatch = (node: Node): boolean =>
  (node.op === "random" && node.shape.slice(1).some(isOpen)) ||
  node.inputs.some((input, i) => input.shape.some((size, axis) => isOpen(size) && cutsAxis(node, i, axis)));

/** Behind the examples, other axes may be joined with theirs. */
function cutsAxis(node: Node, operand: number, axis: number): boolean {
  const { lowering } = opOf(node.op);
  const input = itemAt(node.inputs, operand);
  const fate = fateOf(node, operand, axis, input);
  if (fate.kind !== "carried") return fate.kind === "refused";
  const isJoined = lowering.class === "view" && lowering.index(node).kind === "reshape";
  const size = itemAt(node.shape, fate.axis);
  return isJoined ? isNumber(size) : size !== input.shape[axis];
}

export const cutBatch = (span: Span): Error =>
  mistake(
    "batch/cut",
    span,
    "this goes along the examples of the batch, and how many there are is known only when a step runs",
    {
      hint: "compare, multiply, sum or take the largest over that axis; one example is chosen by a class: `all_examples(x)[argmax(likeness)]`",
    },
  );

/** A parameter with a place for each example. */
export function refuseOpenShape(shape: readonly Dim[], path: string, span: Span): void {
  if (!shape.some((size) => (isNumber(size) ? false : namesOf(size).includes(showDim(BATCH))))) return;
  throw mistake("batch/learned", span, `'${path}' would have as many numbers as there are examples in a batch`, {
    hint: "what is learned has a fixed size: take a sum or the largest over the axis of `all_examples(...)` first, as in `sum(..., over=0)`",
  });
}
