// Where the grammar stopped in a sentence, in the words that messages are made of. A parser's exception comes in, the place
// and what stands around it go out.

import { EOF, type IRecognitionException, type IToken, type TokenType } from "chevrotain";
import type { Sentence } from "../lexer/tokentree.ts";
import type { Span } from "../syntax/span.ts";
import { spanOf } from "../syntax/token.ts";
import * as T from "../syntax/tokentypes.ts";

export interface Stop {
  readonly sentence: Sentence;
  readonly file: string;
  /** Index of the token that could not be read; the sentence's length at its end. */
  readonly at: number;
  readonly token: IToken | undefined;
  readonly before: IToken | undefined;
  readonly seen: string;
  readonly span: Span;
  readonly rules: readonly string[];
  /** Name of the one token type that could follow; empty where several could. */
  readonly expected: string;
  /** The sentence read on without it: the value before was complete. */
  readonly surplus: boolean;
}
/** What a diagnostic says; its place is the stop's where none is given. */
export type Account = { readonly code: string; readonly message: string; readonly hint?: string; readonly span?: Span };

export function stopOf(error: IRecognitionException, sentence: Sentence, file: string): Stop {
  const { tokens } = sentence;
  const atEnd = error.token.tokenType === EOF;
  const at = atEnd ? tokens.length : tokens.indexOf(error.token);
  const token = tokens[at];
  const inserted = token !== undefined && token.image === "";
  const last = spanOf(tokens[Math.max(at - 1, 0)]!, file);
  const span =
    token === undefined || inserted ? { ...last, start: Math.max(last.start, last.end - 1) } : placeOf(token, file);
  const seen = inserted ? "the end of the line" : token === undefined ? sentence.ending : quote(token);
  const rules = error.context.ruleStack;
  const surplus = error.name === "NotAllInputParsedException";
  return { sentence, file, at, token, before: tokens[at - 1], seen, span, rules, expected: error.message, surplus };
}

/** Of a block only its `{`. */
export function placeOf(token: IToken, file: string): Span {
  const span = spanOf(token, file);
  return token.tokenType === T.Braces ? { ...span, end: span.start + 1 } : span;
}

export function quote(token: IToken): string {
  if (token.tokenType === T.Braces) return "`{`";
  return `\`${token.image.length > 30 ? `${token.image.slice(0, 30)}...` : token.image}\``;
}

export function is(token: IToken | undefined, ...types: TokenType[]): boolean {
  return token !== undefined && types.includes(token.tokenType);
}
export function isOf(token: IToken | undefined, category: TokenType): boolean {
  return token?.tokenType.CATEGORIES?.includes(category) ?? false;
}

export function unexpected(message: string, hint: string): Account {
  return { code: "unexpected", message, hint };
}

export function expected(code: string, what: string, stop: Stop, hint?: string): Account {
  const place = stop.before === undefined ? "" : ` after ${is(stop.before, T.Braces) ? "`}`" : quote(stop.before)}`;
  return { code, message: `expected ${what}${place}, saw ${stop.seen}`, ...(hint && { hint }) };
}
