// Locates a parse failure: the token where the grammar stopped, its neighbours and the rules on the stack, in the form
// from which messages are made.

import { EOF, type IRecognitionException, type IToken } from "chevrotain";
import type { StatementTokens } from "../lexer/tokentree.ts";
import type { Span } from "../syntax/span.ts";
import { hasType, spanOf } from "../syntax/token.ts";
import * as T from "../syntax/tokentypes.ts";

export interface ParseFailure {
  readonly statement: StatementTokens;
  readonly file: string;
  /** Index of the token that could not be read; the number of tokens at their end. */
  readonly index: number;
  readonly token: IToken | undefined;
  readonly previous: IToken | undefined;
  /** The token, quoted, or how the statement ends, in words. */
  readonly seen: string;
  readonly span: Span;
  readonly ruleStack: readonly string[];
  /** Name of the one token type that could follow; empty where several could. */
  readonly expectedType: string;
  /** The statement was complete before this token. */
  readonly isSurplus: boolean;
}
/** Text of a diagnostic; without a span of its own it is reported where parsing stopped. */
export type FailureMessage = {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly span?: Span;
};

export function locateFailure(error: IRecognitionException, statement: StatementTokens, file: string): ParseFailure {
  const { tokens } = statement;
  const index = error.token.tokenType === EOF ? tokens.length : tokens.indexOf(error.token);
  const token = tokens[index];
  const isInserted = token !== undefined && token.image === "";
  const previous = tokens[index - 1];
  const last = spanOf(previous ?? tokens[0], file);
  const endOfLast = { ...last, start: Math.max(last.start, last.end - 1) };
  return {
    statement,
    file,
    index,
    token,
    previous,
    seen: isInserted ? "the end of the line" : token === undefined ? statement.ending : quoteToken(token),
    span: token === undefined || isInserted ? endOfLast : headSpanOf(token, file),
    ruleStack: error.context.ruleStack,
    expectedType: error.message,
    isSurplus: error.name === "NotAllInputParsedException",
  };
}

/** The span of a token, of a block only its `{`. */
export function headSpanOf(token: IToken, file: string): Span {
  const span = spanOf(token, file);
  return token.tokenType === T.Braces ? { ...span, end: span.start + 1 } : span;
}

export function quoteToken(token: IToken): string {
  if (token.tokenType === T.Braces) return "`{`";
  return `\`${token.image.length > 30 ? `${token.image.slice(0, 30)}...` : token.image}\``;
}

export function describeUnexpected(message: string, hint: string): FailureMessage {
  return { code: "unexpected", message, hint };
}

export function describeExpected(code: string, what: string, failure: ParseFailure, hint?: string): FailureMessage {
  const place =
    failure.previous === undefined
      ? ""
      : ` after ${hasType(failure.previous, T.Braces) ? "`}`" : quoteToken(failure.previous)}`;
  return { code, message: `expected ${what}${place}, saw ${failure.seen}`, ...(hint && { hint }) };
}
