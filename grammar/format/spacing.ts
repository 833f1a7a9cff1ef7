// The tokens of one sentence in; for each whether a space stands before it out. Invariant: the spacing never changes what
// touches what, nor which minus is a sign, so the text is read back as the same tree. Arithmetic keeps the author's
// choice of `4*width` or `4 * width`.

import type { IToken, TokenType } from "chevrotain";
import { touches } from "../syntax/token.ts";
import * as T from "../syntax/tokentypes.ts";

const never: ReadonlySet<TokenType> = new Set([T.CallParen, T.IndexBracket, T.Dot, T.Comma, T.RightParen])
  .add(T.RightBracket)
  .add(T.Colon);
const openers: ReadonlySet<TokenType> = new Set([T.LeftParen, T.CallParen, T.LeftBracket, T.IndexBracket]);
const arithmetic: ReadonlySet<TokenType> = new Set([T.Plus, T.Minus, T.Star, T.Slash, T.At, T.Caret]);
const values: ReadonlySet<TokenType> = new Set([T.Number_, T.Size, T.Text, T.It, T.Param, T.True, T.False, T.None])
  .add(T.RightParen)
  .add(T.RightBracket)
  .add(T.Braces);
const definitions: ReadonlySet<TokenType> = new Set([T.Model, T.Block, T.Cell, T.Fn, T.Train, T.Optimizer]).add(
  T.Schedule,
);

/** `loose` marks have a space on both sides, `tight` ones on neither; `before` is an ordinary prefix. */
type Role = "word" | "tight" | "loose" | "prefix";

export function spacesBefore(tokens: readonly IToken[], topLevel: boolean): boolean[] {
  const roles = rolesOf(tokens);
  const header = topLevel && definitions.has(tokens[0]!.tokenType) && tokens[2]?.tokenType === T.LeftParen;
  return tokens.map((token, i) => {
    if (i === 0 || (i === 2 && header)) return false;
    return spaced(tokens[i - 1]!, roles[i - 1]!, token, roles[i]!);
  });
}

function spaced(before: IToken, role: Role, token: IToken, own: Role): boolean {
  if (before.tokenType === T.Comma) return true;
  if (never.has(token.tokenType) || openers.has(before.tokenType) || before.tokenType === T.Dot) return false;
  if (own === "tight" || role === "tight") return false;
  return role !== "prefix" || before.tokenType === T.Not;
}

interface Walk {
  readonly tokens: readonly IToken[];
  readonly stack: { readonly index: boolean; typed: boolean }[];
  /** Whether the next `=` outside of brackets binds, and has spaces. */
  binds: boolean;
}

function rolesOf(tokens: readonly IToken[]): Role[] {
  const walk: Walk = { tokens, stack: [], binds: bindsFirst(tokens) };
  return tokens.map((token, i) => {
    const role = roleOf(token, i, walk);
    if (openers.has(token.tokenType)) walk.stack.push({ index: token.tokenType === T.IndexBracket, typed: false });
    if (token.tokenType === T.RightParen || token.tokenType === T.RightBracket) walk.stack.pop();
    return role;
  });
}

function roleOf(token: IToken, at: number, walk: Walk): Role {
  const type = token.tokenType;
  const top = walk.stack.at(-1);
  if (type === T.Comma) separate(walk);
  if (type === T.Colon && top !== undefined && !top.index) top.typed = true;
  if (type === T.Colon) return top?.index ? "tight" : "word";
  if (type === T.Assign) return bindingRole(walk, at);
  if (type === T.Range) return "tight";
  if (type === T.Sign || type === T.Not) return "prefix";
  if (!arithmetic.has(type)) return "word";
  if (type === T.Minus && !endsValue(walk.tokens[at - 1])) return "prefix";
  const next = walk.tokens[at + 1];
  const tight = touches(walk.tokens[at - 1], token) && next !== undefined && touches(token, next);
  return tight ? "tight" : "loose";
}

/** After a comma a new parameter or declared name begins. */
function separate(walk: Walk): void {
  const top = walk.stack.at(-1);
  if (top !== undefined) top.typed = false;
  else walk.binds = bindsFirst(walk.tokens);
}

function bindingRole(walk: Walk, at: number): Role {
  const top = walk.stack.at(-1);
  if (top !== undefined) return top.typed ? "loose" : "tight";
  const binds = walk.binds || closesHeader(walk.tokens, at);
  walk.binds = false;
  return binds ? "loose" : "tight";
}

/** The `=` of `fn f(x) = e`, which is not that of `schedule sgdr period=2`. */
function closesHeader(tokens: readonly IToken[], at: number): boolean {
  const first = tokens[0]!.tokenType;
  const header = first === T.Fn || first === T.Schedule;
  return header && (at === 2 || tokens[at - 1]!.tokenType === T.RightParen);
}

const binding: ReadonlySet<TokenType> = new Set([T.Param, T.State, T.Update, T.Data]);

/** `x = e`, `a, b = e`, `param`, `data`, ...; `metric name = e` reads as a binding too. */
function bindsFirst(tokens: readonly IToken[]): boolean {
  const [first, second, third] = tokens.map((token) => token.tokenType);
  if (second === T.Assign || second === T.Comma) return true;
  if (first === T.Fixed) return second === T.Param;
  return binding.has(first!) || (tokens[0]!.image === "metric" && third === T.Assign);
}

function endsValue(token: IToken | undefined): boolean {
  if (token === undefined) return false;
  const { tokenType } = token;
  return values.has(tokenType) || tokenType === T.Name || (tokenType.CATEGORIES?.includes(T.Name) ?? false);
}
