// Decides for each token of a statement whether a space precedes it. Invariant: the spacing never changes which tokens
// touch, nor which minus is a sign, so the text parses to the same tree. Arithmetic keeps the author's
// choice of `4*width` or `4 * width`.

import type { IToken, TokenType } from "chevrotain";
import { isAdjacent, type NonEmpty } from "../syntax/token.ts";
import * as T from "../syntax/tokentypes.ts";

const NEVER_SPACED: ReadonlySet<TokenType> = new Set([T.CallParen, T.IndexBracket, T.Dot, T.Comma, T.RightParen])
  .add(T.RightBracket)
  .add(T.Colon);
const OPENERS: ReadonlySet<TokenType> = new Set([T.LeftParen, T.CallParen, T.LeftBracket, T.IndexBracket]);
const ARITHMETIC: ReadonlySet<TokenType> = new Set([T.Plus, T.Minus, T.Star, T.Slash, T.At, T.Caret]);
const VALUE_ENDS: ReadonlySet<TokenType> = new Set([
  T.NumberLiteral,
  T.Size,
  T.StringLiteral,
  T.It,
  T.Param,
  T.True,
  T.False,
  T.None,
])
  .add(T.RightParen)
  .add(T.RightBracket)
  .add(T.Braces);
const DEFINITION_WORDS: ReadonlySet<TokenType> = new Set([T.Model, T.Block, T.Cell, T.Fn, T.Train, T.Optimizer]).add(
  T.Schedule,
);

/** `loose` operators have a space on both sides, `tight` ones on neither, a `prefix` only before it. */
type Role = "word" | "tight" | "loose" | "prefix";

/** Each token of a statement with whether a space precedes it. */
export function spaceTokens(tokens: NonEmpty<IToken>, topLevel: boolean): SpacedToken[] {
  const isHeader = topLevel && DEFINITION_WORDS.has(tokens[0].tokenType) && tokens[2]?.tokenType === T.LeftParen;
  const state: SpacingState = { tokens, stack: [], binds: isBinding(tokens) };
  let before: RoledToken | undefined;
  return tokens.map((token, i) => {
    const roled = { token, role: assignRole(token, i, state) };
    const space = before !== undefined && !(i === 2 && isHeader) && needsSpace(before, roled);
    before = roled;
    return { token, space };
  });
}

function needsSpace({ token: before, role: roleBefore }: RoledToken, { token, role }: RoledToken): boolean {
  if (before.tokenType === T.Comma) return true;
  if (NEVER_SPACED.has(token.tokenType) || OPENERS.has(before.tokenType) || before.tokenType === T.Dot) return false;
  if (role === "tight" || roleBefore === "tight") return false;
  return roleBefore !== "prefix" || before.tokenType === T.Not;
}

export interface SpacedToken {
  readonly token: IToken;
  readonly space: boolean;
}
interface RoledToken {
  readonly token: IToken;
  readonly role: Role;
}

interface SpacingState {
  readonly tokens: NonEmpty<IToken>;
  readonly stack: { readonly index: boolean; typed: boolean }[];
  /** Whether the next `=` outside of brackets binds, and has spaces. */
  binds: boolean;
}

function assignRole(token: IToken, at: number, state: SpacingState): Role {
  const role = roleOf(token, at, state);
  if (OPENERS.has(token.tokenType)) state.stack.push({ index: token.tokenType === T.IndexBracket, typed: false });
  if (token.tokenType === T.RightParen || token.tokenType === T.RightBracket) state.stack.pop();
  return role;
}

function roleOf(token: IToken, at: number, state: SpacingState): Role {
  const type = token.tokenType;
  const top = state.stack.at(-1);
  if (type === T.Comma) beginEntry(state);
  if (type === T.Colon && top !== undefined && !top.index) top.typed = true;
  if (type === T.Colon) return top?.index ? "tight" : "word";
  if (type === T.Assign) return roleOfAssign(state, at);
  if (type === T.Range) return "tight";
  if (type === T.Sign || type === T.Not) return "prefix";
  if (!ARITHMETIC.has(type)) return "word";
  if (type === T.Minus && !isValueEnd(state.tokens[at - 1])) return "prefix";
  const next = state.tokens[at + 1];
  const tight = isAdjacent(state.tokens[at - 1], token) && next !== undefined && isAdjacent(token, next);
  return tight ? "tight" : "loose";
}

/** After a comma a new parameter or declared name begins. */
function beginEntry(state: SpacingState): void {
  const top = state.stack.at(-1);
  if (top !== undefined) top.typed = false;
  else state.binds = isBinding(state.tokens);
}

function roleOfAssign(state: SpacingState, at: number): Role {
  const top = state.stack.at(-1);
  if (top !== undefined) return top.typed ? "loose" : "tight";
  const binds = state.binds || isHeaderAssign(state.tokens, at);
  state.binds = false;
  return binds ? "loose" : "tight";
}

/** The `=` of `fn f(x) = e`, which is not that of `schedule sgdr period=2`. */
function isHeaderAssign(tokens: NonEmpty<IToken>, at: number): boolean {
  const first = tokens[0].tokenType;
  const header = first === T.Fn || first === T.Schedule;
  return header && (at === 2 || tokens[at - 1]?.tokenType === T.RightParen);
}

const BINDING_WORDS: ReadonlySet<TokenType> = new Set([T.Param, T.State, T.Update, T.Data]);

/** `x = e`, `a, b = e`, `param`, `data`, ...; `metric name = e` reads as a binding too. */
function isBinding(tokens: NonEmpty<IToken>): boolean {
  const { tokenType: first, image } = tokens[0];
  const [, second, third] = tokens.map((token) => token.tokenType);
  if (second === T.Assign || second === T.Comma) return true;
  if (first === T.Fixed) return second === T.Param;
  return BINDING_WORDS.has(first) || (image === "metric" && third === T.Assign);
}

function isValueEnd(token: IToken | undefined): boolean {
  if (token === undefined) return false;
  const { tokenType } = token;
  return VALUE_ENDS.has(tokenType) || tokenType === T.Name || (tokenType.CATEGORIES?.includes(T.Name) ?? false);
}
