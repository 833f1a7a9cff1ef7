// Finds the brackets of a region (a definition, from column 1 to the next one) that have no partner, with one diagnostic
// each. Invariant: without the `stray` brackets, and with every `unclosed` one closed somewhere, the region is balanced;
// closing brackets of the wrong kind have been replaced.

import type { IToken, TokenType } from "chevrotain";
import type { Diagnostic } from "../syntax/span.ts";
import { endOf, setType, spanOf } from "../syntax/token.ts";
import * as T from "../syntax/tokentypes.ts";
import { isTentative } from "./tokenize.ts";

const MAX_NESTING = 200;

export interface BracketPairs {
  /** Opening brackets that never close. */
  readonly unclosed: ReadonlySet<IToken>;
  /** Closing brackets that close nothing. */
  readonly stray: ReadonlySet<IToken>;
  readonly tooDeep: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

interface Bracket {
  readonly token: IToken;
  readonly closer: TokenType;
  /** Column of the first token of its line. */
  readonly indent: number;
}
interface Pairing {
  readonly file: string;
  /** Whether the indentation of a `}` decides which `{` was left open. */
  readonly usesIndentation: boolean;
  readonly stack: Bracket[];
  readonly unclosed: Set<IToken>;
  readonly stray: Set<IToken>;
  readonly wrong: Map<IToken, TokenType>;
  readonly diagnostics: Diagnostic[];
  indent: number;
}

const CLOSERS: ReadonlyMap<TokenType, TokenType> = new Map([
  [T.LeftParen, T.RightParen],
  [T.CallParen, T.RightParen],
  [T.LeftBracket, T.RightBracket],
  [T.IndexBracket, T.RightBracket],
  [T.LeftBrace, T.RightBrace],
]);
const CLOSER_TYPES: ReadonlySet<TokenType> = new Set(CLOSERS.values());

/** The type of the bracket that closes this token, where the token is an opening bracket. */
export function closerOf(token: IToken): TokenType | undefined {
  return CLOSERS.get(token.tokenType);
}
export function isCloser(token: IToken): boolean {
  return CLOSER_TYPES.has(token.tokenType);
}

/** Pairs twice where a `{` stays open: indentation names the likelier one, and is trusted if it leaves no more open. */
export function pairBrackets(region: readonly IToken[], file: string): BracketPairs {
  const plain = pairOnce(region, file, false);
  const hasOpen = [...plain.unclosed].some((token) => token.tokenType === T.LeftBrace);
  const ends = hasOpen ? region.filter((_, i) => isEndLine(region, i)) : [];
  if (ends.length > 0) {
    for (const token of ends) setType(token, T.RightBrace);
    const pairs = pairBrackets(region, file);
    return { ...pairs, diagnostics: [...ends.map((token) => endForBrace(token, file)), ...pairs.diagnostics] };
  }
  const hasOpenBrace = [...plain.unclosed].some((token) => token.tokenType === T.LeftBrace);
  const indented = hasOpenBrace && !plain.tooDeep ? pairOnce(region, file, true) : plain;
  const pairs = indented.unclosed.size === plain.unclosed.size ? indented : plain;
  for (const [token, type] of pairs.wrong) setType(token, type);
  return pairs;
}

/** `end` alone on its line, which closes a body elsewhere. */
function isEndLine(region: readonly IToken[], i: number): boolean {
  const [before, token, after] = [region[i - 1], region[i], region[i + 1]];
  if (token?.tokenType !== T.Name || token.image !== "end" || before?.tokenType !== T.Newline) return false;
  return after === undefined || after.tokenType === T.Newline;
}

function endForBrace(token: IToken, file: string): Diagnostic {
  const span = spanOf(token, file);
  return {
    code: "syntax/mismatched-bracket",
    severity: "error",
    message: "a body ends with `}`, and here stands `end`",
    span,
    hint: "write `}` in its place",
    fix: { title: "write `}`", edits: [{ span, text: "}" }] },
  };
}

function pairOnce(
  region: readonly IToken[],
  file: string,
  usesIndentation: boolean,
): BracketPairs & Pick<Pairing, "wrong"> {
  const lists = { unclosed: new Set<IToken>(), stray: new Set<IToken>(), wrong: new Map<IToken, TokenType>() };
  const pairing: Pairing = { file, usesIndentation, stack: [], ...lists, diagnostics: [], indent: 0 };
  for (const [i, token] of region.entries()) {
    const before = region[i - 1];
    if (before?.tokenType === T.Newline) pairing.indent = token.startOffset - endOf(before);
    const closer = closerOf(token);
    if (closer !== undefined) {
      pairing.stack.push({ token, closer, indent: pairing.indent });
      if (pairing.stack.length > MAX_NESTING) return { ...lists, tooDeep: true, diagnostics: [tooDeep(token, file)] };
    } else if (token.tokenType === T.RightBrace) closeBrace(token, before?.tokenType === T.Newline, pairing);
    else if (isCloser(token)) closeParen(token, pairing);
  }
  for (const open of pairing.stack) reportUnclosed(open, undefined, pairing);
  return { ...lists, tooDeep: false, diagnostics: pairing.diagnostics };
}

const isBrace = ({ closer }: Bracket): boolean => closer === T.RightBrace;

function closeBrace(token: IToken, isFirstOfLine: boolean, pairing: Pairing): void {
  const isAligned = (open: Bracket): boolean => isBrace(open) && open.indent <= pairing.indent;
  const aligned = pairing.usesIndentation && isFirstOfLine ? pairing.stack.findLastIndex(isAligned) : -1;
  const at = aligned < 0 ? pairing.stack.findLastIndex(isBrace) : aligned;
  if (at < 0) reportStray(token, pairing);
  else closeDownTo(at, token, pairing);
}

/** A `)` or `]` closes its partner within the nearest braces; without one it stands for the bracket that was due. */
function closeParen(token: IToken, pairing: Pairing): void {
  const { stack } = pairing;
  const top = stack.at(-1);
  if (top === undefined || isBrace(top)) {
    reportStray(token, pairing);
    return;
  }
  const at = stack.findLastIndex((open) => open.closer === token.tokenType);
  if (at > stack.findLastIndex(isBrace)) closeDownTo(at, token, pairing);
  else if (isTentative(token)) pairing.stray.add(token);
  else {
    pairing.diagnostics.push(mismatchedBracket(top, token, pairing.file));
    pairing.wrong.set(token, top.closer);
    stack.pop();
  }
}

function closeDownTo(at: number, token: IToken, pairing: Pairing): void {
  const [, ...inner] = pairing.stack.splice(at);
  for (const open of inner) reportUnclosed(open, token, pairing);
}

function reportStray(token: IToken, pairing: Pairing): void {
  pairing.stray.add(token);
  if (isTentative(token)) return;
  const span = spanOf(token, pairing.file);
  pairing.diagnostics.push({
    code: "syntax/stray-bracket",
    severity: "error",
    message: `this \`${token.image}\` closes nothing`,
    span,
    hint: `remove it, or open it earlier`,
    fix: { title: `remove \`${token.image}\``, edits: [{ span, text: "" }] },
  });
}

function reportUnclosed({ token, closer }: Bracket, before: IToken | undefined, pairing: Pairing): void {
  pairing.unclosed.add(token);
  const related = before && [
    { span: spanOf(before, pairing.file), text: `\`${before.image}\` closes what stands around it` },
  ];
  pairing.diagnostics.push({
    code: "syntax/unclosed-bracket",
    severity: "error",
    message: `this \`${token.image}\` is never closed`,
    span: spanOf(token, pairing.file),
    ...(related && { related }),
    hint: `add the missing \`${textOf(closer)}\``,
  });
}

const textOf = (closer: TokenType): string => (closer === T.RightBrace ? "}" : closer === T.RightParen ? ")" : "]");

function mismatchedBracket({ token: open, closer }: Bracket, close: IToken, file: string): Diagnostic {
  const text = textOf(closer);
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
    message: `more than ${MAX_NESTING} brackets inside one another`,
    span: spanOf(token, file),
    hint: "give inner parts a name, or move them to a block or fn of their own",
  };
}
