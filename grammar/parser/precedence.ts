// Pieces that the grammar has read come in, expression nodes go out. Operators arrive as a flat run and are put into
// their order here: `^` binds tightest (and to the right), then signs, `* / @`, `+ -`, `..`, comparisons, `not`, `and`, `or`.
// Invariant: every node's span covers the spans of its children.

import type { IToken } from "chevrotain";
import type { BinaryOperator, Expression, Statement } from "../syntax/ast.ts";
import { type Diagnostic, join, type Span } from "../syntax/span.ts";
import { spanOf } from "../syntax/token.ts";
import * as T from "../syntax/tokentypes.ts";

export type Body = readonly Statement[];
/** An operator or an operand of a run. */
export type Part = IToken | Expression;

/** Longest run of operators, signs and operands in one expression. */
const longestRun = 1000;
const tightest = 9;
const notOperand = 4;

const power: Readonly<Record<string, number>> = {
  ...{ or: 1, and: 2, "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4 },
  ...{ "..": 5, "+": 6, "-": 6, "*": 7, "/": 7, "@": 7, "^": tightest },
};
/** What an operator of another language was replaced by. */
const meant = new Map([
  [T.Caret, "^"],
  [T.Slash, "/"],
  [T.And, "and"],
  [T.Or, "or"],
  [T.Star, "*"],
  [T.EqualEqual, "=="],
  [T.NotEqual, "!="],
]);

interface Run {
  readonly parts: readonly Part[];
  readonly file: string;
  readonly report: (diagnostic: Diagnostic) => void;
  at: number;
}

function isToken(part: Part): part is IToken {
  return "tokenType" in part;
}

export function fold(parts: readonly Part[], file: string, report: (diagnostic: Diagnostic) => void): Expression {
  if (parts.length === 1) return parts[0] as Expression;
  if (parts.length > longestRun) {
    const span = join(spanOfPart(parts[0]!, file), spanOfPart(parts.at(-1)!, file));
    report(tooLong(span));
    return { kind: "bad", span };
  }
  return climb({ parts, file, report, at: 0 }, 0);
}

function spanOfPart(part: Part, file: string): Span {
  return isToken(part) ? spanOf(part, file) : part.span;
}

function climb(run: Run, least: number): Expression {
  let left = prefixed(run);
  let compared = false;
  for (;;) {
    const token = run.parts[run.at] as IToken | undefined;
    if (token === undefined) return left;
    const operator = meant.get(token.tokenType) ?? token.image;
    const strength = power[operator]!;
    if (strength < least) return left;
    run.at++;
    if (compared && (strength === power["<"] || strength === power[".."]))
      run.report(chained(operator, token, run.file));
    compared = strength === power["<"] || strength === power[".."];
    left = binary(operator, left, climb(run, strength === tightest ? strength : strength + 1));
  }
}

function prefixed(run: Run): Expression {
  const part = run.parts[run.at++]!;
  if (!isToken(part)) return part;
  const isNot = part.tokenType === T.Not;
  const operand = climb(run, isNot ? notOperand : tightest);
  const span = join(spanOf(part, run.file), operand.span);
  return { kind: "unary", span, operator: isNot ? "not" : "-", operand };
}

function binary(operator: string, left: Expression, right: Expression): Expression {
  const span = join(left.span, right.span);
  if (operator === "..") return { kind: "range", span, from: left, to: right };
  return { kind: "binary", span, operator: operator as BinaryOperator, left, right };
}

function chained(operator: string, token: IToken, file: string): Diagnostic {
  const base = { severity: "error", span: spanOf(token, file) } as const;
  if (operator === "..") {
    const message = "a range has one beginning and one end, but a second `..` follows";
    return { ...base, code: "syntax/chained-range", message, hint: "write from..to" };
  }
  const message = `comparisons do not chain: a second one begins at \`${token.image}\``;
  return {
    ...base,
    code: "syntax/chained-comparison",
    message,
    hint: "join two comparisons with `and`: a < b and b < c",
  };
}

export function tooLong(span: Span): Diagnostic {
  return {
    code: "syntax/too-deep",
    severity: "error",
    message: "this expression has too many operators, calls or fields in a row to be read",
    span,
    hint: "give parts of it names",
  };
}

// ---------------------------------------------------------------- nodes
