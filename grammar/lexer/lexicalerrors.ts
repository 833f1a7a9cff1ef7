// Diagnostics for characters, numbers and operators that the language does not have, and the token to read instead.

import type { TokenType } from "chevrotain";
import type { Diagnostic, Span } from "../syntax/span.ts";
import * as T from "../syntax/tokentypes.ts";

export function unknownCharacters(text: string, span: Span): Diagnostic {
  const seen = text.slice(span.start, Math.min(span.end, span.start + 12));
  const base = { severity: "error", span } as const;
  if (seen.includes("\ufffd")) {
    return { ...base, code: "syntax/not-text", message: "this is not UTF-8 text", hint: "save the file as UTF-8" };
  }
  const many = span.end - span.start > 1;
  return {
    ...base,
    code: "syntax/unknown-character",
    message: `${many ? "the characters" : "the character"} ${JSON.stringify(seen)} ${many ? "have" : "has"} no meaning here`,
    hint: characterHint(seen),
    ...(/^[\u2010-\u2015\u2212]$/.test(seen) ? replaceBy("-", span) : {}),
  };
}

function characterHint(seen: string): string {
  if (/^[\u2010-\u2015\u2212]/.test(seen)) return "the minus sign is the plain `-`";
  if (seen.startsWith("\u00d7")) return "sizes are written with the letter x: 3x3; a product with `*`";
  if (/^[\u2018-\u201f`]/.test(seen)) return 'texts stand in plain double quotes: "..."';
  if (/^\p{L}/u.test(seen)) return "names are made of a-z, A-Z, 0-9 and _";
  if (seen.startsWith("\\"))
    return "a line goes on after an operator, a comma or inside parentheses; no mark is needed";
  if (seen.startsWith("&") || seen.startsWith("|")) return "write `and`, `or`";
  if (seen.startsWith("?")) return "a choice is written: if c then a else b";
  return "remove it, or put it in a comment (`#`) or a text";
}

export function gluedNumber(image: string, span: Span): Diagnostic {
  const base = { severity: "error", span } as const;
  if (/^0[xX][0-9a-fA-F]{1,12}$/.test(image)) {
    return {
      ...base,
      code: "syntax/hexadecimal",
      message: `${shorten(image)} looks hexadecimal; numbers here are decimal`,
      hint: `write ${BigInt(image)}`,
      fix: { title: "write it in decimal", edits: [{ span, text: String(BigInt(image)) }] },
    };
  }
  return {
    ...base,
    code: "syntax/glued-number",
    message: `${shorten(image)} is neither a number nor a name: a number is glued to letters`,
    hint: gluedHint(image),
  };
}

function gluedHint(image: string): string {
  const [, digits, rest] = /^(\d+(?:\.\d+)?)(\w+)$/.exec(image) ?? [];
  if (digits === undefined || rest === undefined) return "a number has one point; a size is whole numbers: 3x3";
  const short = shorten(rest);
  if (/^[\d_]+$/.test(rest)) return `write ${shorten(image.replaceAll("_", ""))}`;
  if (rest === "x") return "a size has no spaces: write 3x3";
  if (/^x[A-Za-z_]\w*$/.test(rest)) return `a size with names is a list: [${digits}, ${rest.slice(1)}]`;
  if (/^(x\d+)+x?/.test(rest)) return "a size is whole numbers with x between them: 3x3";
  if (/^[eE]$/.test(rest)) return `an exponent has digits: ${digits}e-3`;
  if (/^[A-Za-z]\w+$/.test(rest))
    return `a name begins with a letter: ${short}_${digits}; for a product write ${digits} * ${short}`;
  return `for a product write ${digits} * ${short}; for two arguments write ${digits} ${short}`;
}

const replacements: Record<string, readonly [type: TokenType, hint: string]> = {
  "**": [T.Caret, "a power is written with `^`: x^2"],
  "//": [T.Slash, "comments begin with `#`; a division rounded down is floor(a / b)"],
  "&&": [T.And, "write `and`"],
  "||": [T.Or, "write `or`"],
  "!": [T.Not, "write `not`"],
  "%": [T.Star, "the remainder of a by b is a - b * floor(a / b)"],
  "===": [T.EqualEqual, "equality is written `==`"],
  "!==": [T.NotEqual, "inequality is written `!=`"],
  ":=": [T.Assign, "a name is bound with `=`"],
  "=>": [T.Arrow, "a function is written `fn square(x) = x * x`; a label has `->`, and greater or equal is `>=`"],
};

/** The nearest operator of the language, so that the rest of the statement is still parsed. */
export function foreignOperator(
  image: string,
  span: Span,
  header?: string,
): { type: TokenType; diagnostic: Diagnostic } {
  const sign = image.slice(0, 1);
  const synonym = SYNONYMS.get(image);
  const [type, hint] = replacements[image] ?? [T.PlusAssign, `write the whole: x = x ${sign} ...`];
  const diagnostic: Diagnostic = {
    code: "syntax/foreign-operator",
    severity: "error",
    message: `there is no operator \`${image}\``,
    span,
    hint: header && image === "=>" ? `lines stand in braces behind the header alone: ${header}(...) { ... }` : hint,
    ...(synonym !== undefined ? replaceBy(synonym, span) : {}),
  };
  return { type, diagnostic };
}

/** Operators that can be replaced by one of ours as they stand. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ["**", "^"],
  ["&&", "and"],
  ["||", "or"],
  ["!", "not "],
  ["===", "=="],
  ["!==", "!="],
  [":=", "="],
]);

const replaceBy = (text: string, span: Span): Pick<Diagnostic, "fix"> => ({
  fix: { title: `write \`${text.trim()}\``, edits: [{ span, text }] },
});

function shorten(text: string): string {
  return text.length > 24 ? `${text.slice(0, 24)}...` : text;
}
