// Groups tokens into statements: a tree whose leaves are the token runs of single statements, in which every `{ ... }` is
// one `Braces` token that carries its own block. The bracket stack decides which newlines end a statement; a definition
// in column 1 clears it. Invariant: statements are balanced, so a mistake in one cannot reach the next.

import type { IToken, TokenType } from "chevrotain";
import type { Statement } from "../syntax/ast.ts";
import type { Diagnostic } from "../syntax/span.ts";
import { endOf, isAdjacent, isNonEmpty, lastOf, type NonEmpty, setType, spanOf } from "../syntax/token.ts";
import * as T from "../syntax/tokentypes.ts";
import { type BracketPairs, closerOf, isCloser, pairBrackets } from "./bracketpairs.ts";
import { splitRegions } from "./regions.ts";

export interface StatementTokens {
  readonly tokens: NonEmpty<IToken>;
  /** How the statement ends, in words for a message. */
  readonly ending: string;
  /** Nested too deeply to be parsed; only its first tokens are kept. */
  readonly skipped: boolean;
  /** A bracket in it was never closed: where it was meant to end is a guess. */
  readonly isUnclosed: boolean;
}
export interface TokenBlock {
  readonly statements: StatementTokens[];
  /** Filled by the parser; the syntax tree holds the same array. */
  readonly body: Statement[];
}
export interface TokenTree {
  readonly root: TokenBlock;
  /** All blocks, outer before inner. */
  readonly blocks: readonly TokenBlock[];
  readonly diagnostics: readonly Diagnostic[];
}

/** The block that a `Braces` token stands for, if it is one. */
export function blockIn({ payload }: IToken): TokenBlock | undefined {
  return typeof payload === "object" && payload !== null && "statements" in payload ? payload : undefined;
}

interface OpenBlock {
  readonly block: TokenBlock;
  /** The block around it and the `{` that opened it; absent at the top level. */
  readonly outer?: { readonly level: OpenBlock; readonly brace: IToken };
  tokens: IToken[];
  readonly brackets: { readonly token: IToken; readonly closer: TokenType }[];
  /** Whether the statement that is read has a bracket that is never closed. */
  isUnclosed: boolean;
  /** Between `if`, `for`, ... and their block or `then`: minus is always subtraction. */
  inHeader: boolean;
}
interface Builder {
  readonly file: string;
  readonly root: TokenBlock;
  readonly blocks: TokenBlock[];
  readonly diagnostics: Diagnostic[];
  level: OpenBlock;
  pairs: BracketPairs;
}

const HEADER_WORDS: ReadonlySet<TokenType> = new Set([T.If, T.For, T.Repeat, T.Step, T.Train]);
const CONTINUING: ReadonlySet<TokenType> = new Set<TokenType>([
  T.Comma,
  T.Assign,
  T.PlusAssign,
  T.MinusAssign,
  T.Arrow,
]);
const DEFINITION_WORDS: ReadonlySet<TokenType> = new Set([T.Model, T.Block, T.Cell, T.Fn, T.Train, T.Optimizer])
  .add(T.Schedule)
  .add(T.Data);

/** `atEnd`: whether the file ends behind these tokens. */
export function buildTokenTree(tokens: readonly IToken[], file: string, atEnd = true): TokenTree {
  const root = emptyBlock();
  const pairs = pairBrackets([], file);
  const builder: Builder = { file, root, blocks: [root], diagnostics: [], level: levelOf(root), pairs };
  const regions = splitRegions(tokens);
  for (const region of regions) {
    builder.pairs = pairBrackets(region, file);
    for (const diagnostic of builder.pairs.diagnostics) builder.diagnostics.push(diagnostic);
    const isLast = atEnd && region === regions.at(-1);
    if (builder.pairs.tooDeep) skipRegion(region, root);
    else readRegion(region, isLast ? "the end of the file" : "the next definition", builder);
  }
  return { root, blocks: builder.blocks, diagnostics: builder.diagnostics };
}

const emptyBlock = (): TokenBlock => ({ statements: [], body: [] });
const levelOf = (block: TokenBlock): OpenBlock => ({
  block,
  tokens: [],
  brackets: [],
  isUnclosed: false,
  inHeader: false,
});

/** Keeps the word and the name of a definition, so that uses of the name are no mistakes. */
function skipRegion(region: readonly IToken[], root: TokenBlock): void {
  const tokens = region.slice(0, 2);
  if (isNonEmpty(tokens)) root.statements.push({ tokens, ending: "", skipped: true, isUnclosed: false });
}

function readRegion(region: readonly IToken[], ending: string, builder: Builder): void {
  builder.level = levelOf(builder.root);
  for (const [i, token] of region.entries()) readToken(token, region[i + 1], builder);
  while (builder.level.outer !== undefined) closeBlock(undefined, ending, builder);
  closeParens(builder.level, true, builder);
  endStatement(builder.level, ending);
}

function readToken(token: IToken, next: IToken | undefined, builder: Builder): void {
  const { level } = builder;
  if (token.tokenType === T.Newline) endLine(level, next, builder);
  else if (token.tokenType === T.Semicolon) endAtSemicolon(level, token, builder);
  else if (builder.pairs.stray.has(token)) return;
  else if (token.tokenType === T.LeftBrace) openBlock(token, builder);
  else if (token.tokenType === T.RightBrace) closeBlock(token, "`}`", builder);
  else addToken(level, token, next, builder);
}

function addToken(level: OpenBlock, token: IToken, next: IToken | undefined, builder: Builder): void {
  const type = token.tokenType;
  const closer = closerOf(token);
  if (closer !== undefined) level.brackets.push({ token, closer });
  if (isCloser(token)) {
    closeParens(level, false, builder);
    level.brackets.pop();
  }
  if (HEADER_WORDS.has(type)) level.inHeader = true;
  if (type === T.Then || type === T.Else) level.inHeader = false;
  if (type === T.Minus && isSign(level, token, next)) setType(token, T.Sign);
  level.tokens.push(token);
}

/** A minus that touches the word behind it and not the one before begins an argument: `roll -1`. */
function isSign(level: OpenBlock, minus: IToken, next: IToken | undefined): boolean {
  const takesArguments = level.brackets.length === 0 && !level.inHeader;
  const touchesNext = next !== undefined && next.tokenType !== T.Newline && isAdjacent(minus, next);
  return takesArguments && touchesNext && !isAdjacent(level.tokens.at(-1), minus);
}

/** Closes brackets without a partner: all of them, or those above one that has a partner. */
function closeParens(level: OpenBlock, all: boolean, builder: Builder): void {
  for (let top = level.brackets.at(-1); top !== undefined; top = level.brackets.at(-1)) {
    if (!all && !builder.pairs.unclosed.has(top.token)) return;
    level.brackets.pop();
    const before = level.tokens.at(-1) ?? top.token;
    const place = { startOffset: endOf(before), endOffset: endOf(before) - 1 };
    level.tokens.push(setType({ ...before, payload: undefined, image: "", ...place }, top.closer));
    level.isUnclosed = true;
  }
}

function endLine(level: OpenBlock, next: IToken | undefined, builder: Builder): void {
  closeParens(level, false, builder);
  // Of several newlines the last decides, since it sees the token that follows.
  if (!isNonEmpty(level.tokens) || level.brackets.length > 0 || next?.tokenType === T.Newline) return;
  const last = lastOf(level.tokens);
  if (needsContinuation(last) || (next?.tokenType === T.Else && hasIf(level.tokens))) return;
  const isLateBrace = next?.tokenType === T.LeftBrace && level.outer === undefined && lacksBlock(level.tokens);
  if (isLateBrace) builder.diagnostics.push(braceOnNextLine(next, last, builder.file));
  else endStatement(level, "the end of the line");
}

function needsContinuation({ tokenType }: IToken): boolean {
  if (CONTINUING.has(tokenType)) return true;
  return tokenType.CATEGORIES?.some((kind) => kind === T.Operator || kind === T.Prefix) ?? false;
}

function hasIf(tokens: readonly IToken[]): boolean {
  return tokens.some((token) => token.tokenType === T.If);
}

function lacksBlock(tokens: NonEmpty<IToken>): boolean {
  return DEFINITION_WORDS.has(tokens[0].tokenType) && !tokens.some((token) => token.tokenType === T.Braces);
}

function endAtSemicolon(level: OpenBlock, token: IToken, builder: Builder): void {
  closeParens(level, false, builder);
  if (level.brackets.length > 0) level.tokens.push(token);
  else endStatement(level, "`;`");
}

function endStatement(level: OpenBlock, ending: string): void {
  const { tokens, isUnclosed } = level;
  if (isNonEmpty(tokens)) level.block.statements.push({ tokens, ending, skipped: false, isUnclosed });
  level.tokens = [];
  level.isUnclosed = false;
  level.inHeader = false;
}

/** After these a `{` inside parentheses is a value, not the block behind a forgotten `)`. */
const BEFORE_VALUES: ReadonlySet<TokenType> = new Set([T.Comma, T.Assign, T.LeftParen, T.CallParen, T.LeftBracket])
  .add(T.Then)
  .add(T.Else);

function openBlock(brace: IToken, builder: Builder): void {
  const { level } = builder;
  if (!BEFORE_VALUES.has(level.tokens.at(-1)?.tokenType ?? T.Comma)) closeParens(level, false, builder);
  level.inHeader = false;
  const block = emptyBlock();
  builder.blocks.push(block);
  builder.level = { ...levelOf(block), outer: { level, brace } };
}

function closeBlock(close: IToken | undefined, ending: string, builder: Builder): void {
  const { level } = builder;
  if (level.outer === undefined) return;
  closeParens(level, true, builder);
  endStatement(level, ending);
  const { level: outer, brace } = level.outer;
  const last = level.block.statements.at(-1)?.tokens.at(-1);
  const endOffset = endOf(close ?? last ?? brace) - 1;
  if (builder.pairs.unclosed.has(brace)) outer.isUnclosed = true;
  outer.tokens.push({ ...setType({ ...brace, endOffset }, T.Braces), payload: level.block });
  builder.level = outer;
}

function braceOnNextLine(brace: IToken, header: IToken, file: string): Diagnostic {
  const span = spanOf(brace, file);
  const end = endOf(header);
  const edits = [
    { span: { ...span, start: end, end }, text: " {" },
    { span, text: "" },
  ];
  return {
    code: "syntax/brace-on-next-line",
    severity: "error",
    message: "the `{` of a definition stands on the same line as its name",
    span,
    hint: "move it up to the end of the line before",
    fix: { title: "move it up", edits },
  };
}
