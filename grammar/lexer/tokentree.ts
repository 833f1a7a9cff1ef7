// Tokens with newlines in; groups of sentences out. A sentence is the token run of one statement, in which every
// `{ ... }` is one `Braces` token that carries its own group. The bracket stack decides which newlines end a sentence; a
// definition in column 1 clears it. Invariant: sentences are balanced, so a mistake in one cannot reach the next.

import type { IToken, TokenType } from "chevrotain";
import type { Statement } from "../syntax/ast.ts";
import type { Diagnostic } from "../syntax/span.ts";
import { retype, spanOf, touches } from "../syntax/token.ts";
import * as T from "../syntax/tokentypes.ts";
import { closerOf, closes, type Matching, matchBrackets, opens } from "./bracketpairs.ts";
import { regionsOf } from "./regions.ts";

export interface Sentence {
  readonly tokens: IToken[];
  /** What ended it, in words. */
  readonly ending: string;
  /** Nested too deeply to be read; its tokens are only its first ones. */
  readonly skipped: boolean;
}
export interface Group {
  readonly sentences: Sentence[];
  /** Filled by the parser; the tree holds the same array. */
  readonly body: Statement[];
}
export interface Layout {
  readonly top: Group;
  /** All groups, outer before inner. */
  readonly groups: readonly Group[];
  readonly diagnostics: readonly Diagnostic[];
}

interface Level {
  readonly group: Group;
  readonly open: IToken | undefined;
  tokens: IToken[];
  readonly parens: IToken[];
  /** Between `if`, `for`, ... and their block or `then`: minus is always subtraction. */
  header: boolean;
}
interface Work {
  readonly file: string;
  readonly groups: Group[];
  readonly diagnostics: Diagnostic[];
  levels: Level[];
  matching: Matching;
}

const headers: ReadonlySet<TokenType> = new Set([T.If, T.For, T.Repeat, T.Step, T.Train]);
const goesOn: ReadonlySet<TokenType> = new Set<TokenType>([T.Comma, T.Assign, T.PlusAssign, T.MinusAssign, T.Arrow]);
const beginsDefinition: ReadonlySet<TokenType> = new Set([T.Model, T.Block, T.Cell, T.Fn, T.Train, T.Optimizer])
  .add(T.Schedule)
  .add(T.Data);

/** `atEnd`: whether the file ends behind these tokens. */
export function layOut(tokens: readonly IToken[], file: string, atEnd = true): Layout {
  const top: Group = { sentences: [], body: [] };
  const work: Work = { file, groups: [top], diagnostics: [], levels: [], matching: matchBrackets([], file) };
  const regions = regionsOf(tokens);
  for (const region of regions) {
    work.matching = matchBrackets(region, file);
    for (const diagnostic of work.matching.diagnostics) work.diagnostics.push(diagnostic);
    if (work.matching.tooDeep) top.sentences.push({ tokens: region.slice(0, 2), ending: "", skipped: true });
    else readRegion(region, atEnd && region === regions.at(-1) ? "the end of the file" : "the next definition", work);
  }
  return { top, groups: work.groups, diagnostics: work.diagnostics };
}

function readRegion(region: readonly IToken[], ending: string, work: Work): void {
  work.levels = [{ group: work.groups[0]!, open: undefined, tokens: [], parens: [], header: false }];
  for (let i = 0; i < region.length; i++) readToken(region, i, work);
  while (work.levels.length > 1) closeGroup(undefined, ending, work);
  closeParens(work.levels[0]!, true, work);
  endSentence(work.levels[0]!, ending);
}

function readToken(region: readonly IToken[], at: number, work: Work): void {
  const token = region[at]!;
  const level = work.levels.at(-1)!;
  if (token.tokenType === T.Newline) endLine(level, region, at, work);
  else if (token.tokenType === T.Semicolon) endAtSemicolon(level, token, work);
  else if (work.matching.stray.has(token)) return;
  else if (token.tokenType === T.LeftBrace) openGroup(token, level, work);
  else if (token.tokenType === T.RightBrace) closeGroup(token, "`}`", work);
  else push(level, token, region[at + 1], work);
}

function push(level: Level, token: IToken, next: IToken | undefined, work: Work): void {
  const type = token.tokenType;
  if (opens(token)) level.parens.push(token);
  if (closes(token)) {
    closeParens(level, false, work);
    level.parens.pop();
  }
  if (headers.has(type)) level.header = true;
  if (type === T.Then || type === T.Else) level.header = false;
  if (type === T.Minus && isSign(level, token, next)) retype(token, T.Sign);
  level.tokens.push(token);
}

function isSign(level: Level, minus: IToken, next: IToken | undefined): boolean {
  const free = level.parens.length === 0 && !level.header;
  const glued = next !== undefined && next.tokenType !== T.Newline && touches(minus, next);
  return free && glued && !touches(level.tokens.at(-1), minus);
}

/** Closes brackets without a partner: all of them, or those above one that has a partner. */
function closeParens(level: Level, all: boolean, work: Work): void {
  while (level.parens.length > 0 && (all || work.matching.unclosed.has(level.parens.at(-1)!))) {
    const before = level.tokens.at(-1)!;
    const closer = closerOf(level.parens.pop()!);
    const endOffset = before.endOffset!;
    const inserted = { ...before, payload: undefined, image: "", startOffset: endOffset + 1, endOffset };
    level.tokens.push(retype(inserted, closer));
  }
}

function endLine(level: Level, region: readonly IToken[], at: number, work: Work): void {
  closeParens(level, false, work);
  const next = region[at + 1];
  // Of several newlines the last decides, which sees what follows.
  if (level.tokens.length === 0 || level.parens.length > 0 || next?.tokenType === T.Newline) return;
  if (awaitsMore(level.tokens.at(-1)!) || (next?.tokenType === T.Else && hasIf(level.tokens))) return;
  const late = next?.tokenType === T.LeftBrace && work.levels.length === 1 && lacksBlock(level.tokens);
  if (late) work.diagnostics.push(lateBrace(next, level.tokens.at(-1)!, work));
  else endSentence(level, "the end of the line");
}

function awaitsMore({ tokenType }: IToken): boolean {
  if (goesOn.has(tokenType)) return true;
  return tokenType.CATEGORIES?.some((kind) => kind === T.Operator || kind === T.Prefix) ?? false;
}

function hasIf(tokens: readonly IToken[]): boolean {
  return tokens.some((token) => token.tokenType === T.If);
}

function lacksBlock(tokens: readonly IToken[]): boolean {
  return beginsDefinition.has(tokens[0]!.tokenType) && !tokens.some((token) => token.tokenType === T.Braces);
}

function endAtSemicolon(level: Level, token: IToken, work: Work): void {
  closeParens(level, false, work);
  if (level.parens.length > 0) level.tokens.push(token);
  else endSentence(level, "`;`");
}

function endSentence(level: Level, ending: string): void {
  if (level.tokens.length > 0) level.group.sentences.push({ tokens: level.tokens, ending, skipped: false });
  level.tokens = [];
  level.header = false;
}

/** After these a `{` inside parentheses is a value, not the block behind a forgotten `)`. */
const awaitsValue: ReadonlySet<TokenType> = new Set([T.Comma, T.Assign, T.LeftParen, T.CallParen, T.LeftBracket])
  .add(T.Then)
  .add(T.Else);

function openGroup(token: IToken, level: Level, work: Work): void {
  if (!awaitsValue.has(level.tokens.at(-1)?.tokenType ?? T.Comma)) closeParens(level, false, work);
  level.header = false;
  const group: Group = { sentences: [], body: [] };
  work.groups.push(group);
  work.levels.push({ group, open: token, tokens: [], parens: [], header: false });
}

function closeGroup(close: IToken | undefined, ending: string, work: Work): void {
  const level = work.levels.at(-1)!;
  closeParens(level, true, work);
  const last = level.tokens.at(-1);
  endSentence(level, ending);
  work.levels.pop();
  const open = level.open!;
  const endOffset =
    close?.endOffset ?? last?.endOffset ?? level.group.sentences.at(-1)?.tokens.at(-1)?.endOffset ?? open.startOffset;
  work.levels.at(-1)!.tokens.push({ ...retype({ ...open, endOffset }, T.Braces), payload: level.group });
}

function lateBrace(brace: IToken, header: IToken, work: Work): Diagnostic {
  const span = spanOf(brace, work.file);
  const end = header.endOffset! + 1;
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
