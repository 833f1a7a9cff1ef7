// Turns a flat run of operators and operands into a tree by precedence climbing: `^` binds tightest (and to the right), then signs, `* / @`, `+ -`, `..`, comparisons, `not`, `and`, `or`.
// Invariant: every node's span covers the spans of its children.

import type { IToken } from "chevrotain";
import type { BinaryOperator, Expression, Statement } from "../syntax/ast.ts";
import { type Diagnostic, joinSpans, type Span } from "../syntax/span.ts";
import { spanOf } from "../syntax/token.ts";
import * as T from "../syntax/tokentypes.ts";

export type Body = readonly Statement[];
/** An operator or an operand of a run. */
export type Part = IToken | Expression;

/** Longest run of operators, signs and operands in one expression. */
const MAX_PARTS = 1000;
const TIGHTEST = 9;
const NOT_OPERAND = 4;

const COMPARISON = 4;
const RANGE = 5;

const PRECEDENCE: ReadonlyMap<string, number> = new Map([
  ["or", 1],
  ["and", 2],
  ...["==", "!=", "<", "<=", ">", ">="].map((sign) => [sign, COMPARISON] as const),
  ["..", RANGE],
  ["+", 6],
  ["-", 6],
  ["*", 7],
  ["/", 7],
  ["@", 7],
  ["^", TIGHTEST],
]);
/** The operator that a token stands for where its text is that of another language (`**`, `&&`). */
const FOREIGN_MEANINGS = new Map([
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

export function applyPrecedence(
  parts: readonly Part[],
  file: string,
  report: (diagnostic: Diagnostic) => void,
): Expression {
  const [first, last] = [parts[0], parts.at(-1)];
  if (first !== undefined && last !== undefined && parts.length > MAX_PARTS) {
    const span = joinSpans(spanOfPart(first, file), spanOfPart(last, file));
    report(tooLong(span));
    return { kind: "bad", span };
  }
  return climbPrecedence({ parts, file, report, at: 0 }, 0);
}

function spanOfPart(part: Part, file: string): Span {
  return isToken(part) ? spanOf(part, file) : part.span;
}

function climbPrecedence(run: Run, least: number): Expression {
  let left = readPrefixed(run);
  let wasUnchainable = false;
  for (;;) {
    const token = run.parts[run.at];
    if (token === undefined || !isToken(token)) return left;
    const operator = FOREIGN_MEANINGS.get(token.tokenType) ?? token.image;
    const precedence = PRECEDENCE.get(operator);
    if (precedence === undefined) throw new Error(`operator ${operator} has no precedence`);
    if (precedence < least) return left;
    run.at++;
    const isUnchainable = precedence === COMPARISON || precedence === RANGE;
    if (wasUnchainable && isUnchainable) run.report(chainedOperator(operator, token, run.file));
    wasUnchainable = isUnchainable;
    left = binaryOf(operator, left, climbPrecedence(run, precedence === TIGHTEST ? TIGHTEST : precedence + 1));
  }
}

function readPrefixed(run: Run): Expression {
  const part = run.parts[run.at++];
  if (part === undefined) throw new Error("an operator without an operand");
  if (!isToken(part)) return part;
  const isNot = part.tokenType === T.Not;
  const operand = climbPrecedence(run, isNot ? NOT_OPERAND : TIGHTEST);
  const span = joinSpans(spanOf(part, run.file), operand.span);
  return { kind: "unary", span, operator: isNot ? "not" : "-", operand };
}

function binaryOf(operator: string, left: Expression, right: Expression): Expression {
  const span = joinSpans(left.span, right.span);
  if (operator === "..") return { kind: "range", span, from: left, to: right };
  return { kind: "binary", span, operator: operator as BinaryOperator, left, right };
}

function chainedOperator(operator: string, token: IToken, file: string): Diagnostic {
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
