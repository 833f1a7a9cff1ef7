// Helpers for chevrotain's tokens: their spans, their types, and runs that hold at least one of them.
// Invariant: `tokenize` sets the end of every token, so `endOf` is exact for blocks and inserted brackets too.

import type { IToken, TokenType } from "chevrotain";
import { joinSpans, type Span } from "./span.ts";

/** A run of tokens that has a first one. */
export type NonEmpty<Item> = readonly [Item, ...Item[]];

export function isNonEmpty<Item>(items: readonly Item[]): items is NonEmpty<Item> {
  return items.length > 0;
}

export function lastOf<Item>(items: NonEmpty<Item>): Item {
  return items.at(-1) ?? items[0];
}

/** Offset directly behind a token. */
export function endOf(token: IToken): number {
  return (token.endOffset ?? token.startOffset + token.image.length - 1) + 1;
}

export function spanOf(token: IToken, file: string): Span {
  return { file, start: token.startOffset, end: endOf(token) };
}

export function spanOfTokens(tokens: NonEmpty<IToken>, file: string): Span {
  return joinSpans(spanOf(tokens[0], file), spanOf(lastOf(tokens), file));
}

export function setType(token: IToken, type: TokenType): IToken {
  if (type.tokenTypeIdx === undefined) throw new Error(`token type ${type.name} is not registered`);
  token.tokenType = type;
  token.tokenTypeIdx = type.tokenTypeIdx;
  return token;
}

export function isAdjacent(left: IToken | undefined, right: IToken | undefined): boolean {
  return left !== undefined && endOf(left) === right?.startOffset;
}

export function hasType(token: IToken | undefined, ...types: TokenType[]): boolean {
  return token !== undefined && types.includes(token.tokenType);
}

export function hasCategory(token: IToken | undefined, category: TokenType): boolean {
  return token?.tokenType.CATEGORIES?.includes(category) ?? false;
}

/** The token where it has one of the types. */
export function ifType(token: IToken | undefined, ...types: TokenType[]): IToken | undefined {
  return hasType(token, ...types) ? token : undefined;
}
