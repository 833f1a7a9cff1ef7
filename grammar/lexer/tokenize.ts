// Text in; tokens, comments and lexical mistakes out. Words get their types here, brackets that touch what stands
// before them become calls and indices, and what no program means (`0x1f`, `3 x 3`, `**`) is reported once and
// replaced by the nearest thing that reads on. Invariant: tokens are in text order and lie inside the text.

import type { IToken, TokenType } from "chevrotain";
import type { Diagnostic, Span } from "../syntax/span.ts";
import { retype, spanOf, touches } from "../syntax/token.ts";
import * as T from "../syntax/tokentypes.ts";
import { foreignOperator, gluedNumber, strayCharacters } from "./lexicalerrors.ts";

export interface Scan {
  readonly tokens: readonly IToken[];
  readonly comments: readonly IToken[];
  readonly diagnostics: readonly Diagnostic[];
}

const option = /^[spdg]\d+$/;

export function scan(text: string, file: string): Scan {
  const read = T.theLexer().tokenize(text);
  const diagnostics = read.errors.map((error) =>
    strayCharacters(text, { file, start: error.offset, end: error.offset + error.length }),
  );
  const tokens: IToken[] = [];
  for (let i = 0; i < read.tokens.length; i++) {
    const token = read.tokens[i]!;
    token.endOffset = token.startOffset + token.image.length - 1;
    if (token.tokenType === T.ForeignComment || (token.image === "//" && beginsLine(tokens))) {
      diagnostics.push(foreignComment(spanOf(token, file)));
      while (i + 1 < read.tokens.length && read.tokens[i + 1]!.tokenType !== T.Newline) i++;
    } else {
      tokens.push(classify(token, tokens.at(-1)));
      mend(tokens, file, diagnostics);
    }
  }
  const comments = read.groups.comments ?? [];
  for (const comment of comments) comment.endOffset = comment.startOffset + comment.image.length - 1;
  return { tokens, comments, diagnostics };
}

/** Whether a call or an index can follow directly. */
function closesOperand(token: IToken | undefined): boolean {
  if (token === undefined) return false;
  const type = token.tokenType;
  if (type === T.It || type === T.Param || type.CATEGORIES?.includes(T.Name) || type === T.Name) return true;
  return type === T.RightParen || type === T.RightBracket || type === T.RightBrace || type === T.Braces;
}

function beginsLine(tokens: readonly IToken[]): boolean {
  return tokens.length === 0 || tokens.at(-1)!.tokenType === T.Newline;
}

function classify(token: IToken, before: IToken | undefined): IToken {
  const type = token.tokenType;
  if (type === T.Name) {
    const word = T.words.get(token.image) ?? (option.test(token.image) ? T.Option : undefined);
    return word === undefined ? token : retype(token, word);
  }
  if (type === T.LeftParen || type === T.LeftBracket) {
    const call = touches(before, token) && closesOperand(before);
    return call ? retype(token, type === T.LeftParen ? T.CallParen : T.IndexBracket) : token;
  }
  return token;
}

/** Reports and replaces the newest token where it is a mistake by itself. */
function mend(tokens: IToken[], file: string, diagnostics: Diagnostic[]): void {
  const token = tokens[tokens.length - 1]!;
  if (token.tokenType === T.Number_) return mendSpacedSize(tokens, file, diagnostics);
  if (!MENDED.has(token.tokenType)) return;
  const span = spanOf(token, file);
  switch (token.tokenType) {
    case T.GluedNumber:
      diagnostics.push(gluedNumber(token.image, span));
      retype(token, T.Unreadable);
      break;
    case T.OpenText:
      diagnostics.push(openText(token, span));
      tokens.push(...perhapsClosing(retype(token, T.Unreadable)));
      break;
    case T.QuotedText:
      diagnostics.push(singleQuotes(token, span));
      retype(token, T.Unreadable);
      break;
    case T.ForeignOperator: {
      const { type, diagnostic } = foreignOperator(token.image, span);
      diagnostics.push(diagnostic);
      retype(token, type);
    }
  }
}

const MENDED: ReadonlySet<TokenType> = new Set([T.GluedNumber, T.OpenText, T.QuotedText, T.ForeignOperator]);

const longestSize = 40;

/** `3 x 3` with spaces. */
function mendSpacedSize(tokens: IToken[], file: string, diagnostics: Diagnostic[]): void {
  const cross = tokens[tokens.length - 2];
  if (tokens.length < 3 || cross!.image !== "x") return;
  const [height, width] = [tokens[tokens.length - 3]!, tokens[tokens.length - 1]!];
  if (height.image.length > longestSize || !/^\d+$/.test(width.image) || !/^\d+(x\d+)*$/.test(height.image)) return;
  const size = `${height.image}x${width.image}`;
  const endOffset = width.endOffset!;
  const span = { file, start: height.startOffset, end: endOffset + 1 };
  diagnostics.push({
    code: "syntax/spaced-size",
    severity: "error",
    message: `a size is written without spaces: ${size}`,
    span,
    hint: `write ${size}`,
    fix: { title: `write ${size}`, edits: [{ span, text: size }] },
  });
  tokens.splice(-2);
  retype(height, T.Size);
  height.image = size;
  height.endOffset = endOffset;
}

const perhaps = "perhaps";
/** A bracket out of a text without a closing quote: it closes what is open, and is no mistake where nothing is. */
export function isPerhaps(token: IToken): boolean {
  return token.payload === perhaps;
}

/** The closing brackets at the end of a text that has no closing quote were meant as brackets. */
function perhapsClosing(token: IToken): IToken[] {
  const tail = /[)\]}\s;]*$/.exec(token.image)!;
  const types = new Map([
    [")", T.RightParen],
    ["]", T.RightBracket],
    ["}", T.RightBrace],
  ]);
  return [...tail[0]].flatMap((image, i) => {
    const at = token.startOffset + tail.index + i;
    const type = types.get(image);
    if (type === undefined) return [];
    return [retype({ ...token, image, startOffset: at, endOffset: at, payload: perhaps }, type)];
  });
}

function openText(token: IToken, span: Span): Diagnostic {
  return {
    code: "syntax/unclosed-string",
    severity: "error",
    message: "the text that begins here has no closing quote on its line",
    span,
    hint: `end it with a quote: ${token.image.trimEnd().slice(0, 40)}"`,
  };
}

function singleQuotes(token: IToken, span: Span): Diagnostic {
  const text = `"${token.image.replace(/^'|'$/g, "").replaceAll('"', '\\"')}"`;
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
