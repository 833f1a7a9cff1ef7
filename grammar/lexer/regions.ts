// Cuts tokens into regions, each from a definition in column 1 to the next one. Invariant: a mistake in one region does
// not change how another is read, however many brackets it leaves open.

import type { IToken, TokenType } from "chevrotain";
import { isAdjacent } from "../syntax/token.ts";
import * as T from "../syntax/tokentypes.ts";

const DEFINITION_WORDS: ReadonlySet<TokenType> = new Set([T.Model, T.Block, T.Cell, T.Fn, T.Train, T.Data]);
const SETTING_WORDS: ReadonlySet<TokenType> = new Set([T.Optimizer, T.Schedule]);

export function splitRegions(tokens: readonly IToken[]): IToken[][] {
  const regions: IToken[][] = [];
  let from = 0;
  for (const [i, token] of tokens.entries()) {
    if (!isInFirstColumn(token, tokens[i - 1]) || !isDefinitionStart(tokens, i)) continue;
    regions.push(tokens.slice(from, i));
    from = i;
  }
  regions.push(tokens.slice(from));
  return regions;
}

/** Offsets of lines whose first column begins a word of a definition: a superset of the starts of regions. */
export function* findPossibleStarts(text: string): Generator<number> {
  for (const { index, 0: line } of text.matchAll(FIRST_COLUMN)) yield index + (/^[\r\n]/.test(line) ? 1 : 0);
}

const FIRST_COLUMN = /(?:^|[\r\n])(?:model|block|cell|fn|train|data|optimizer|schedule|import)\b/g;

/** Whether these tokens, the first of which stands in column 1, begin a region. */
export function isRegionStart(tokens: readonly IToken[]): boolean {
  const at = tokens.findIndex((t) => t.tokenType !== T.Newline);
  return at >= 0 && isDefinitionStart(tokens, at);
}

function isInFirstColumn(token: IToken, before: IToken | undefined): boolean {
  return before?.tokenType === T.Newline && isAdjacent(before, token);
}

/** A word and a name; `optimizer` and `schedule`, which are settings too, need their whole header. */
function isDefinitionStart(tokens: readonly IToken[], at: number): boolean {
  const [word, next] = tokens.slice(at, at + 2);
  if (word === undefined || next === undefined || isAdjacent(word, next)) return false;
  const type = word.tokenType;
  if (type === T.Import) return next.tokenType === T.StringLiteral || isWord(next);
  if (DEFINITION_WORDS.has(type)) return isWord(next);
  return SETTING_WORDS.has(type) && isWord(next) && hasBody(tokens, at + 2);
}

function isWord(token: IToken): boolean {
  const { tokenType } = token;
  return tokenType === T.Name || (tokenType.CATEGORIES?.some((kind) => kind === T.Name || kind === T.Keyword) ?? false);
}

/** `(...)` and then `{` or `=` on the same line. */
function hasBody(tokens: readonly IToken[], from: number): boolean {
  let depth = 0;
  for (let i = from; i < tokens.length; i++) {
    const type = tokens[i]?.tokenType;
    if (type === T.Newline) return false;
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
