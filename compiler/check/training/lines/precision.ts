// Which numbers a training computes with. The setting stands in programs so that one that asks for others is refused rather than
// trained in 32 bits in silence.

import type { Expression } from "../../../../grammar/syntax/ast.ts";
import { mistake } from "../../values/mistakes.ts";

export function refusePrecision(operand: Expression): void {
  const word = operand.kind === "name" ? operand.name : undefined;
  if (word === "f32") return;
  throw mistake(
    "train/no-precision",
    operand.span,
    word === undefined
      ? "a precision is the name of a kind of numbers"
      : `a step computes in 32 bits on every engine, and this asks for '${word}'`,
    {
      hint: "write `precision f32`, or leave the line out; `dnn build --f16` stores the weights of a trained model in 16 bits",
    },
  );
}
