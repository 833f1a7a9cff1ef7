// Spans of tokens, and how tokens are compared, joined and given another type.

import type { IToken, TokenType } from "chevrotain";
import type { Span } from "./span.ts";

export function spanOf(token: IToken, file: string): Span {
  return { file, start: token.startOffset, end: token.endOffset! + 1 };
}

export function retype(token: IToken, type: TokenType): IToken {
  token.tokenType = type;
  token.tokenTypeIdx = type.tokenTypeIdx!;
  return token;
}

export function touches(left: IToken | undefined, right: IToken): boolean {
  return left !== undefined && left.endOffset! + 1 === right.startOffset;
}
