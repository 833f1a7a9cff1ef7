// Tokens in; the same tokens cut into regions out: each begins where a definition keyword stands in column 1.
// Invariant: nothing that is wrong in one region changes how another is read.

import type { IToken, TokenType } from "chevrotain";
import { touches } from "../syntax/token.ts";
import * as T from "../syntax/tokentypes.ts";

const plain: ReadonlySet<TokenType> = new Set([T.Model, T.Block, T.Cell, T.Fn, T.Train, T.Data]);
const settings: ReadonlySet<TokenType> = new Set([T.Optimizer, T.Schedule]);

export function regionsOf(tokens: readonly IToken[]): IToken[][] {
  const regions: IToken[][] = [];
  let from = 0;
  for (let i = 1; i < tokens.length; i++) {
    if (!inFirstColumn(tokens, i) || !looksLikeDefinition(tokens, i)) continue;
    regions.push(tokens.slice(from, i));
    from = i;
  }
  regions.push(tokens.slice(from));
  return regions;
}

/** Offsets of lines in column 1 that begin with a word of a definition: regions begin at some of them. */
export function* linesOfRegions(text: string): Generator<number> {
  for (const { index, 0: line } of text.matchAll(FIRST_COLUMN)) yield index + (/^[\r\n]/.test(line) ? 1 : 0);
}

const FIRST_COLUMN = /(?:^|[\r\n])(?:model|block|cell|fn|train|data|optimizer|schedule|import)\b/g;

/** Whether these tokens, the first of which stands in column 1, begin a region. */
export function beginRegion(tokens: readonly IToken[]): boolean {
  const at = tokens.findIndex((t) => t.tokenType !== T.Newline);
  return at >= 0 && looksLikeDefinition(tokens, at);
}

function inFirstColumn(tokens: readonly IToken[], at: number): boolean {
  const before = tokens[at - 1]!;
  return before.tokenType === T.Newline && touches(before, tokens[at]!);
}

/** A word and a name; of `optimizer` and `schedule`, which are settings too, the whole header. */
function looksLikeDefinition(tokens: readonly IToken[], at: number): boolean {
  const type = tokens[at]!.tokenType;
  const next = tokens[at + 1];
  if (next === undefined || touches(tokens[at], next)) return false;
  if (type === T.Import) return next.tokenType === T.Text || isWord(next);
  if (plain.has(type)) return isWord(next);
  return settings.has(type) && isWord(next) && hasBody(tokens, at + 2);
}

function isWord(token: IToken): boolean {
  const { tokenType } = token;
  return tokenType === T.Name || (tokenType.CATEGORIES?.some((kind) => kind === T.Name || kind === T.Keyword) ?? false);
}

/** `(...)` and then `{` or `=` on the same line. */
function hasBody(tokens: readonly IToken[], from: number): boolean {
  let depth = 0;
  for (let i = from; i < tokens.length && tokens[i]!.tokenType !== T.Newline; i++) {
    const type = tokens[i]!.tokenType;
    if (type === T.LeftBrace || (type === T.Assign && depth === 0)) return true;
    if (type === T.LeftParen || type === T.CallParen) depth++;
    if (type === T.RightParen) depth--;
    if (depth === 0 && type === T.RightParen) {
      const after = tokens[i + 1]?.tokenType;
      return after === T.LeftBrace || after === T.Assign;
    }
    if (depth === 0 && i === from) return false;
  }
  return false;
}
