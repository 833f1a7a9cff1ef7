// Splits text into tokens and comments. Words get their types here, brackets that touch the operand before them become
// calls and indices, and tokens of other languages (`0x1f`, `3 x 3`, `**`) are reported once and replaced by the nearest
// token of this one, so that the parser can go on. Invariant: tokens are in text order and lie inside the text.

import type { IToken, TokenType } from "chevrotain";
import type { Diagnostic, Span } from "../syntax/span.ts";
import { endOf, isAdjacent, setType, spanOf } from "../syntax/token.ts";
import * as T from "../syntax/tokentypes.ts";
import { foreignOperator, gluedNumber, unknownCharacters } from "./lexicalerrors.ts";

export interface TokenizedText {
  readonly tokens: readonly IToken[];
  readonly comments: readonly IToken[];
  readonly diagnostics: readonly Diagnostic[];
}

const OPTION = /^[spdg]\d+$/;

export function tokenize(text: string, file: string): TokenizedText {
  const read = T.getLexer().tokenize(text);
  const diagnostics = read.errors.map((error) =>
    unknownCharacters(text, { file, start: error.offset, end: error.offset + error.length }),
  );
  const tokens: IToken[] = [];
  let isInComment = false;
  let lineStart = 0;
  for (const token of read.tokens) {
    if (isInComment && token.tokenType !== T.Newline) continue;
    token.endOffset = endOf(token) - 1;
    isInComment = token.tokenType === T.ForeignComment || (token.image === "//" && isAtLineStart(tokens));
    if (isInComment) diagnostics.push(foreignComment(spanOf(token, file)));
    else {
      const classified = classify(token, tokens.at(-1));
      tokens.push(classified);
      if (classified.tokenType === T.Newline) lineStart = tokens.length;
      repairToken(classified, tokens, lineStart, file, diagnostics);
    }
  }
  const comments = read.groups.comments ?? [];
  for (const comment of comments) comment.endOffset = endOf(comment) - 1;
  return { tokens, comments, diagnostics };
}

/** Whether a bracket that touches this token is a call or an index. */
function canEndOperand(token: IToken | undefined): boolean {
  if (token === undefined) return false;
  const type = token.tokenType;
  if (type === T.It || type === T.Param || type.CATEGORIES?.includes(T.Name) || type === T.Name) return true;
  return type === T.RightParen || type === T.RightBracket || type === T.RightBrace || type === T.Braces;
}

function isAtLineStart(tokens: readonly IToken[]): boolean {
  const last = tokens.at(-1);
  return last === undefined || last.tokenType === T.Newline;
}

function classify(token: IToken, before: IToken | undefined): IToken {
  const type = token.tokenType;
  if (type === T.Name) {
    const word = T.wordTypes.get(token.image) ?? (OPTION.test(token.image) ? T.Option : undefined);
    return word === undefined ? token : setType(token, word);
  }
  if (type === T.LeftParen || type === T.LeftBracket) {
    const call = isAdjacent(before, token) && canEndOperand(before);
    return call ? setType(token, type === T.LeftParen ? T.CallParen : T.IndexBracket) : token;
  }
  return token;
}

/** Reports and replaces the newest token where it is a mistake by itself; its line begins at the token of this index. */
function repairToken(
  token: IToken,
  tokens: IToken[],
  lineStart: number,
  file: string,
  diagnostics: Diagnostic[],
): void {
  if (token.tokenType === T.NumberLiteral) return repairSpacedSize(tokens, file, diagnostics);
  if (!REPAIRED.has(token.tokenType)) return;
  const span = spanOf(token, file);
  switch (token.tokenType) {
    case T.GluedNumber:
      diagnostics.push(gluedNumber(token.image, span));
      setType(token, T.Unreadable);
      break;
    case T.UnclosedString:
      diagnostics.push(unclosedString(token, span));
      tokens.push(...tentativeClosers(setType(token, T.Unreadable)));
      break;
    case T.SingleQuotedString:
      diagnostics.push(singleQuotes(token, span));
      setType(token, T.Unreadable);
      break;
    case T.ForeignOperator: {
      const { type, diagnostic } = foreignOperator(token.image, span, headerBefore(tokens, lineStart));
      diagnostics.push(diagnostic);
      setType(token, type);
    }
  }
}

/** `model net` of `model net = (x: [2]) => {`, where a definition begins the line. */
function headerBefore(tokens: readonly IToken[], lineStart: number): string | undefined {
  const [word, name] = tokens.slice(lineStart, lineStart + 2);
  const defines = word && [T.Model, T.Block, T.Cell, T.Train].includes(word.tokenType) && name?.tokenType === T.Name;
  return defines ? `${word.image} ${name.image}` : undefined;
}

const REPAIRED: ReadonlySet<TokenType> = new Set([
  T.GluedNumber,
  T.UnclosedString,
  T.SingleQuotedString,
  T.ForeignOperator,
]);

const MAX_SIZE_LENGTH = 40;

/** `3 x 3` with spaces. */
function repairSpacedSize(tokens: IToken[], file: string, diagnostics: Diagnostic[]): void {
  const cross = tokens.at(-2);
  if (cross?.image !== "x") return;
  const [height, width] = [tokens.at(-3), tokens.at(-1)];
  if (
    height === undefined ||
    width === undefined ||
    height.image.length > MAX_SIZE_LENGTH ||
    !/^\d+$/.test(width.image) ||
    !/^\d+(x\d+)*$/.test(height.image)
  )
    return;
  const mistake = spacedSize(height, width, diagnostics, file, isListed(tokens));
  diagnostics.push(mistake.diagnostic);
  if (mistake.isListed) {
    setType(cross, T.Comma);
    return;
  }
  tokens.splice(-2);
  setType(height, T.Size);
  height.image = mistake.size;
  height.endOffset = endOf(width) - 1;
}

/** In `[28 x 28 x 1]` the numbers are axes, which `,` separates, and no size. */
const isListed = (tokens: readonly IToken[]): boolean =>
  tokens.at(-4)?.tokenType === T.LeftBracket || (tokens.at(-4)?.tokenType === T.Comma && tokens.at(-4)?.image === "x");

/** The mistake of a spaced size; that of its first numbers is taken back, as `28 x 28 x 1` is one. */
function spacedSize(height: IToken, width: IToken, diagnostics: Diagnostic[], file: string, isListed: boolean) {
  const { code, span: known, fix } = diagnostics.at(-1) ?? {};
  const first = code === "syntax/spaced-size" && known?.end === endOf(height) ? fix?.edits[0] : undefined;
  const start = first && known ? known.start : height.startOffset;
  const read = first ? first.text : height.image;
  if (first) diagnostics.pop();
  const size = `${read}${isListed ? ", " : "x"}${width.image}`;
  const span = { file, start, end: endOf(width) };
  const diagnostic: Diagnostic = {
    code: "syntax/spaced-size",
    severity: "error",
    message: isListed ? "the axes of a shape are separated by commas" : `a size is written without spaces: ${size}`,
    span,
    hint: `write ${size}`,
    fix: { title: `write ${size}`, edits: [{ span, text: size }] },
  };
  return { diagnostic, size, isListed };
}

const TENTATIVE = "perhaps";
/** A bracket at the end of a string without a closing quote: it may close an open bracket, and is dropped otherwise. */
export function isTentative(token: IToken): boolean {
  return token.payload === TENTATIVE;
}

/** The closing brackets at the end of a text that has no closing quote were meant as brackets. */
function tentativeClosers(token: IToken): IToken[] {
  const tail = /[)\]}\s;]*$/.exec(token.image);
  if (tail === null) return [];
  const types = new Map([
    [")", T.RightParen],
    ["]", T.RightBracket],
    ["}", T.RightBrace],
  ]);
  return [...tail[0]].flatMap((image, i) => {
    const at = token.startOffset + tail.index + i;
    const type = types.get(image);
    if (type === undefined) return [];
    return [setType({ ...token, image, startOffset: at, endOffset: at, payload: TENTATIVE }, type)];
  });
}

function unclosedString(token: IToken, span: Span): Diagnostic {
  return {
    code: "syntax/unclosed-string",
    severity: "error",
    message: "the text that begins here has no closing quote on its line",
    span,
    hint: `end it with a quote: ${token.image.trimEnd().slice(0, 40)}"`,
  };
}

function singleQuotes(token: IToken, span: Span): Diagnostic {
  const text = `"${token.image.replace(/^['`]|['`]$/g, "").replaceAll('"', '\\"')}"`;
  return {
    code: "syntax/single-quotes",
    severity: "error",
    message: "texts stand in double quotes",
    span,
    hint: `write ${text.slice(0, 60)}`,
    fix: { title: "use double quotes", edits: [{ span, text }] },
  };
}

function foreignComment(span: Span): Diagnostic {
  return {
    code: "syntax/foreign-comment",
    severity: "error",
    message: "`//` does not begin a comment, and there is no such operator",
    span,
    hint: "comments begin with `#`; a division rounded down is floor(a / b)",
    fix: { title: "begin the comment with #", edits: [{ span: { ...span, end: span.start + 2 }, text: "#" }] },
  };
}
