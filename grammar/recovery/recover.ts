// Recovers a node from the tokens of a statement that could not be parsed: the names that it binds, so that one mistake
// does not make every later use of them unknown.

import type { IToken } from "chevrotain";
import { blockIn } from "../lexer/tokentree.ts";
import type { DeclaredName, Expression, Name, Statement, TopLevel } from "../syntax/ast.ts";
import { type NonEmpty, spanOf, spanOfTokens } from "../syntax/token.ts";
import * as T from "../syntax/tokentypes.ts";

export function recoverStatement(tokens: NonEmpty<IToken>, file: string): Statement {
  const span = spanOfTokens(tokens, file);
  const value: Expression = { kind: "bad", span };
  const [target, ...others] = leadingNames(tokens, file);
  const after = tokens[others.length * 2 + 1];
  if (target && after?.tokenType === T.Assign) return { kind: "assign", span, targets: [target, ...others], value };
  if (tokens[0].tokenType === T.Param)
    return { kind: "param", span, fixed: false, entries: declaredNames(tokens, file) };
  if (tokens[0].tokenType === T.State) return { kind: "state", span, entries: declaredNames(tokens, file) };
  const arrow = tokens.findLastIndex((token) => token.tokenType === T.Arrow);
  const labels = arrow < 0 ? [] : leadingNames(tokens.slice(arrow + 1), file);
  return labels.length > 0 ? { kind: "line", span, value, labels } : { kind: "bad-statement", span };
}

/** A definition whose header could not be read keeps its name and its body. */
export function recoverDefinition(tokens: NonEmpty<IToken>, file: string): TopLevel | undefined {
  const [word, named] = tokens;
  if (word === undefined || named === undefined || !isWord(named)) return undefined;
  const name = nameOf(named, file);
  const braces = tokens.find((token) => token.tokenType === T.Braces);
  const body = braces === undefined ? [] : (blockIn(braces)?.body ?? []);
  const rest = {
    span: spanOfTokens(tokens, file),
    name,
    documentation: "",
    parameters: [],
    body,
    broken: true,
  } as const;
  switch (word.tokenType) {
    case T.Model:
    case T.Cell:
    case T.Optimizer:
    case T.Train:
      return { kind: word.image as "model" | "cell" | "optimizer" | "train", ...rest };
    case T.Block:
      return { kind: "block-definition", ...rest };
    case T.Fn:
    case T.Schedule:
      return { kind: word.image as "fn" | "schedule", ...rest, short: false };
    case T.Data:
      return { ...rest, kind: "data", source: { kind: "bad", span: rest.span } };
    default:
      return undefined;
  }
}

function nameOf(token: IToken, file: string): Name {
  return { text: token.image, span: spanOf(token, file) };
}

function isWord(token: IToken): boolean {
  return /^[A-Za-z_]\w*$/.test(token.image);
}

/** `a, b` at the beginning. */
function leadingNames(tokens: readonly IToken[], file: string): Name[] {
  const names: Name[] = [];
  for (const [i, token] of tokens.entries()) {
    if (i % 2 === 0 ? !isWord(token) : token.tokenType !== T.Comma) break;
    if (i % 2 === 0) names.push(nameOf(token, file));
  }
  return names;
}

/** Words that `:` or `=` follows, outside of brackets. */
function declaredNames(tokens: readonly IToken[], file: string): DeclaredName[] {
  const entries: DeclaredName[] = [];
  let depth = 0;
  for (const [i, token] of tokens.entries()) {
    if (token.image === "(" || token.image === "[") depth++;
    if (token.image === ")" || token.image === "]") depth--;
    const after = tokens[i + 1]?.tokenType;
    if (depth > 0 || !isWord(token) || (after !== T.Colon && after !== T.Assign)) continue;
    const start: Expression = { kind: "bad", span: spanOf(token, file) };
    entries.push({ kind: "declared", span: start.span, name: nameOf(token, file), start });
  }
  return entries;
}
