// The tokens of one region (a definition, from column 1 to the next one) come in; which brackets have no partner goes
// out, with one diagnostic each. Invariant: after dropping `stray`, replacing `wrong` and closing every bracket of
// `unclosed` somewhere, the region is balanced.

import type { IToken, TokenType } from "chevrotain";
import type { Diagnostic } from "../syntax/span.ts";
import { retype, spanOf } from "../syntax/token.ts";
import * as T from "../syntax/tokentypes.ts";
import { isPerhaps } from "./tokenize.ts";

const maxNesting = 200;

export interface Matching {
  /** Opening brackets that never close. */
  readonly unclosed: ReadonlySet<IToken>;
  /** Closing brackets that close nothing. */
  readonly stray: ReadonlySet<IToken>;
  readonly tooDeep: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

interface Open {
  readonly token: IToken;
  /** Column of the first token of its line. */
  readonly indent: number;
}
interface Work {
  readonly file: string;
  /** Whether indentation tells which `{` was forgotten. */
  readonly careful: boolean;
  readonly stack: Open[];
  readonly unclosed: Set<IToken>;
  readonly stray: Set<IToken>;
  readonly wrong: Map<IToken, TokenType>;
  readonly diagnostics: Diagnostic[];
  indent: number;
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
  const plain = pair(region, file, false);
  const braceLeft = [...plain.unclosed].some((token) => token.tokenType === T.LeftBrace);
  const careful = braceLeft && !plain.tooDeep ? pair(region, file, true) : plain;
  const matching = careful.unclosed.size === plain.unclosed.size ? careful : plain;
  for (const [token, type] of matching.wrong) retype(token, type);
  return matching;
}

function pair(region: readonly IToken[], file: string, careful: boolean): Matching & Pick<Work, "wrong"> {
  const lists = { unclosed: new Set<IToken>(), stray: new Set<IToken>(), wrong: new Map<IToken, TokenType>() };
  const work: Work = { file, careful, stack: [], ...lists, diagnostics: [], indent: 0 };
  for (const [i, token] of region.entries()) {
    const before = region[i - 1];
    if (before?.tokenType === T.Newline) work.indent = token.startOffset - before.endOffset! - 1;
    if (opens(token)) {
      work.stack.push({ token, indent: work.indent });
      if (work.stack.length > maxNesting) return { ...lists, tooDeep: true, diagnostics: [tooDeep(token, file)] };
    } else if (token.tokenType === T.RightBrace) closeBrace(token, before?.tokenType === T.Newline, work);
    else if (closes(token)) closeParen(token, work);
  }
  for (const open of work.stack) leaveOpen(open.token, undefined, work);
  return { ...lists, tooDeep: false, diagnostics: work.diagnostics };
}

function closeBrace(token: IToken, beginsLine: boolean, work: Work): void {
  const isBrace = ({ token: open }: Open) => open.tokenType === T.LeftBrace;
  const outer = (open: Open) => isBrace(open) && open.indent <= work.indent;
  const aligned = work.careful && beginsLine ? work.stack.findLastIndex(outer) : -1;
  const at = aligned < 0 ? work.stack.findLastIndex(isBrace) : aligned;
  if (at < 0) drop(token, work);
  else for (const open of work.stack.splice(at).slice(1)) leaveOpen(open.token, token, work);
}

function closeParen(token: IToken, work: Work): void {
  const { stack } = work;
  const top = stack.at(-1)?.token;
  if (top === undefined || top.tokenType === T.LeftBrace) {
    drop(token, work);
    return;
  }
  const at = stack.findLastIndex(
    ({ token: open }) => open.tokenType === T.LeftBrace || closerOf(open) === token.tokenType,
  );
  if (at >= 0 && stack[at]!.token.tokenType !== T.LeftBrace) {
    for (const open of stack.splice(at).slice(1)) leaveOpen(open.token, token, work);
  } else if (isPerhaps(token)) work.stray.add(token);
  else {
    work.diagnostics.push(mismatch(top, token, work.file));
    work.wrong.set(token, closerOf(top));
    stack.pop();
  }
}

function drop(token: IToken, work: Work): void {
  work.stray.add(token);
  if (isPerhaps(token)) return;
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
  const related = before && [
    { span: spanOf(before, work.file), text: `\`${before.image}\` closes what stands around it` },
  ];
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
