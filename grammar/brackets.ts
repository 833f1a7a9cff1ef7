// The tokens of one region (a definition, from column 1 to the next one) come in; which brackets have no partner goes
// out, with one diagnostic each. Invariant: after dropping `stray`, replacing `wrong` and closing every bracket of
// `unclosed` somewhere, the region is balanced.

import type { IToken, TokenType } from "chevrotain";
import { retype, spanOf } from "./scan.ts";
import type { Diagnostic } from "./span.ts";
import * as T from "./tokens.ts";

export const maxNesting = 200;

export interface Matching {
  /** Opening brackets that never close. */
  readonly unclosed: ReadonlySet<IToken>;
  /** Closing brackets that close nothing. */
  readonly stray: ReadonlySet<IToken>;
  readonly tooDeep: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

interface Work {
  readonly file: string;
  readonly stack: IToken[];
  readonly unclosed: Set<IToken>;
  readonly stray: Set<IToken>;
  readonly diagnostics: Diagnostic[];
}

const partners: ReadonlyMap<TokenType, TokenType> = new Map([
  [T.LeftParen, T.RightParen],
  [T.CallParen, T.RightParen],
  [T.LeftBracket, T.RightBracket],
  [T.IndexBracket, T.RightBracket],
  [T.LeftBrace, T.RightBrace],
]);
const closers: ReadonlySet<TokenType> = new Set(partners.values());

export function closerOf(open: IToken): TokenType {
  return partners.get(open.tokenType)!;
}
export function opens(token: IToken): boolean {
  return partners.has(token.tokenType);
}
export function closes(token: IToken): boolean {
  return closers.has(token.tokenType);
}

export function matchBrackets(region: readonly IToken[], file: string): Matching {
  const work: Work = { file, stack: [], unclosed: new Set(), stray: new Set(), diagnostics: [] };
  for (const token of region) {
    if (opens(token)) {
      work.stack.push(token);
      if (work.stack.length > maxNesting) return { ...work, tooDeep: true, diagnostics: [tooDeep(token, file)] };
    } else if (token.tokenType === T.RightBrace) closeBrace(token, work);
    else if (closes(token)) closeParen(token, work);
  }
  for (const open of work.stack) leaveOpen(open, undefined, work);
  return { ...work, tooDeep: false };
}

function closeBrace(token: IToken, work: Work): void {
  const at = work.stack.findLastIndex((open) => open.tokenType === T.LeftBrace);
  if (at < 0) return drop(token, work);
  for (const open of work.stack.splice(at).slice(1)) leaveOpen(open, token, work);
}

function closeParen(token: IToken, work: Work): void {
  const { stack } = work;
  const top = stack.at(-1);
  if (top === undefined || top.tokenType === T.LeftBrace) return drop(token, work);
  let at = stack.length - 1;
  while (at >= 0 && stack[at]!.tokenType !== T.LeftBrace && closerOf(stack[at]!) !== token.tokenType) at--;
  if (at >= 0 && stack[at]!.tokenType !== T.LeftBrace) {
    for (const open of stack.splice(at).slice(1)) leaveOpen(open, token, work);
  } else {
    work.diagnostics.push(mismatch(top, token, work.file));
    retype(token, closerOf(top));
    stack.pop();
  }
}

function drop(token: IToken, work: Work): void {
  work.stray.add(token);
  const span = spanOf(token, work.file);
  work.diagnostics.push({
    code: "syntax/stray-bracket",
    severity: "error",
    message: `this \`${token.image}\` closes nothing`,
    span,
    hint: `remove it, or open it earlier`,
    fix: { title: `remove \`${token.image}\``, edits: [{ span, text: "" }] },
  });
}

function leaveOpen(open: IToken, before: IToken | undefined, work: Work): void {
  work.unclosed.add(open);
  const closer = open.tokenType === T.LeftBrace ? "}" : closerOf(open) === T.RightParen ? ")" : "]";
  const related = before && [{ span: spanOf(before, work.file), text: `\`${before.image}\` closes what stands around it` }];
  work.diagnostics.push({
    code: "syntax/unclosed-bracket",
    severity: "error",
    message: `this \`${open.image}\` is never closed`,
    span: spanOf(open, work.file),
    ...(related && { related }),
    hint: `add the missing \`${closer}\``,
  });
}

function mismatch(open: IToken, close: IToken, file: string): Diagnostic {
  const text = closerOf(open) === T.RightParen ? ")" : "]";
  const span = spanOf(close, file);
  return {
    code: "syntax/mismatched-bracket",
    severity: "error",
    message: `\`${close.image}\` where \`${text}\` was expected`,
    span,
    related: [{ span: spanOf(open, file), text: `closes this \`${open.image}\`` }],
    hint: `write \`${text}\``,
    fix: { title: `write \`${text}\``, edits: [{ span, text }] },
  };
}

function tooDeep(token: IToken, file: string): Diagnostic {
  return {
    code: "syntax/too-deep",
    severity: "error",
    message: `more than ${maxNesting} brackets inside one another`,
    span: spanOf(token, file),
    hint: "give inner parts a name, or move them to a block or fn of their own",
  };
}
