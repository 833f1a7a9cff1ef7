// Mistakes of a program on their way to the list of diagnostics, and how they are made.

import type { ArgumentFault, Diagnostic, Span } from "../../../grammar/syntax/span.ts";
import type { Node } from "../../graph/node.ts";
import { LengthMistake } from "../../graph/op.ts";
import type { ShapeDifference } from "../../graph/shapemistake.ts";

/** A mistake of the program, on its way to the list of diagnostics: never leaves the checker. */
export class Mistake extends Error {
  readonly diagnostic: Diagnostic;
  /** The values that do not fit each other, where those are what is wrong: their ways are shown. */
  readonly operands: readonly Node[];
  /** The difference between their shapes. */
  readonly difference: ShapeDifference | undefined;
  /** Mistakes beside it that were found with it. */
  readonly also: readonly Mistake[];
  constructor(
    diagnostic: Diagnostic,
    operands: readonly Node[] = [],
    also: readonly Mistake[] = [],
    difference?: ShapeDifference,
  ) {
    super(diagnostic.message);
    this.diagnostic = diagnostic;
    this.operands = operands;
    this.difference = difference;
    this.also = also;
  }
}

/** A consequence of a mistake that was said already: collectors of mistakes pass over it. */
export class Consequence extends Mistake {
  constructor() {
    super({
      code: "types/unknown",
      severity: "error",
      message: "a value that has a mistake of its own is needed here",
    });
  }
}

export function mistake(code: string, span: Span, message: string, rest: Partial<Diagnostic> = {}): Mistake {
  return new Mistake({ code, severity: "error", message, span, ...rest });
}

/** The message about an argument, the only place that words it. */
export const describeFault = ({ name, callee, text }: ArgumentFault): string => `'${name}' of \`${callee}\` ${text}`;

/** A mistake of shapes, which shows the ways of the values that do not fit. */
export function misfit(
  code: string,
  span: Span,
  operands: readonly Node[],
  message: string,
  rest: Partial<Diagnostic> = {},
  difference?: ShapeDifference,
): Mistake {
  return new Mistake({ code, severity: "error", message, span, ...rest }, operands, [], difference);
}

/** An op's refusal of sequences that differ in length, as a mistake at this place. */
export function lengthsAt<T>(span: Span, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof LengthMistake)) throw error;
    throw mistake(error.code, span, error.message, { hint: error.hint });
  }
}
