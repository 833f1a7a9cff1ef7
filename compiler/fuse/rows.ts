// Fuses small work on rows of the batch, each row by itself, into a region that the thread which owns a row runs from end to end.

import { BATCH, isNumber } from "../arithmetic/dim.ts";
import { dependsOn } from "../loops/axes.ts";
import type { Nest, Value } from "../loops/nest.ts";
import { openLoop } from "../loops/regions.ts";
import type { Step } from "../loops/step.ts";

/** Work of a row that is too small to be shared: points times what each sums over. */
const SMALL = 256;

/** The axis of a region that is no loop over time. */
const ONCE = "once";

/** Small work on rows by itself, or a region of such. */
export function isSmallRows(s: Step): boolean {
  if (s.kind === "nest") return isSmallRow(s.nest);
  return s.time === ONCE && s.body.every(isSmallRows);
}

export function fuseRows(a: Step, b: Step): Step | undefined {
  const body = a.kind === "loop" ? [...a.body, b] : [a, b];
  const loop = { kind: "loop" as const, time: ONCE, length: 1, reverse: false, body };
  return openLoop(loop, (name) => name).region ? loop : undefined;
}

/** A row of it is little work, and no product of matrices, which has a better way. */
function isSmallRow({ loops, reduces, accumulators }: Nest): boolean {
  const [rows, ...rest] = loops;
  if (rows?.extent !== BATCH || accumulators.some((a) => isMatrixProduct(a.body, rows.name))) return false;
  const work = [...rest, ...reduces].map((axis) => (isNumber(axis.extent) ? axis.extent : Number.POSITIVE_INFINITY));
  return work.reduce((a, b) => a * b, 1) <= SMALL;
}

/** A product with something that all rows share. */
function isMatrixProduct(body: Value, rows: string): boolean {
  if (body.kind !== "apply" || body.scalar !== "mul") return false;
  return body.inputs.every((v) => v.kind === "load") && body.inputs.some((v) => !dependsOn(v, rows));
}
