// The numbers that a training keeps its activations in. In: the operand of `precision`, or the word that the command line gives.
// Out: the precision, or a mistake.

import type { Expression } from "../../../../grammar/syntax/ast.ts";
import type { Precision } from "../../../arithmetic/dtype.ts";
import { SETTINGS } from "../../names/settings.ts";
import { mistake } from "../../values/mistakes.ts";

const isPrecision = (word = ""): word is Precision => SETTINGS.precision.words?.includes(word) ?? false;

export function precisionOf(operand: Expression): Precision {
  const word = operand.kind === "name" ? operand.name : undefined;
  if (isPrecision(word)) return word;
  throw mistake(
    "train/no-precision",
    operand.span,
    word === undefined ? "a precision is the name of a kind of numbers" : `the engines have no numbers '${word}'`,
    {
      hint: "write `precision f16` for activations of 16 bits with sums of 32, `precision f32` for all in 32, or leave the line out",
    },
  );
}

/** The precision that the command line gives, which was checked there. */
export const givenPrecision = (word: string | undefined): Precision | undefined =>
  isPrecision(word) ? word : undefined;
