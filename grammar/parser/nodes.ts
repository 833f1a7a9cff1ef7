// Builders of expression and statement nodes from the tokens and parts that the grammar has read. Invariant: every node's
// span covers the spans of its children.

import type { IToken } from "chevrotain";
import { blockIn } from "../lexer/tokentree.ts";
import type {
  Argument,
  BlockExpression,
  Expression,
  FlowExpression,
  IfExpression,
  IfStatement,
  Statement,
} from "../syntax/ast.ts";
import { joinSpans, type Span } from "../syntax/span.ts";
import { spanOf } from "../syntax/token.ts";
import type { Body } from "./precedence.ts";

/** The statements in braces: the array that the parser fills. */
export function bodyOf(braces: IToken): readonly Statement[] {
  const block = blockIn(braces);
  if (block === undefined) throw new Error("a Braces token carries its block");
  return block.body;
}

export function blockOf(braces: IToken, file: string): BlockExpression {
  return { kind: "block", span: spanOf(braces, file), body: bodyOf(braces) };
}

export function flowOf(
  head: Expression,
  args: readonly Argument[],
  braces: IToken | undefined,
  file: string,
): Expression {
  const block = braces && blockOf(braces, file);
  const last = block?.span ?? args.at(-1)?.span;
  if (last === undefined) return head;
  const flow: FlowExpression = {
    kind: "flow",
    span: joinSpans(head.span, last),
    head,
    arguments: args,
    ...(block && { block }),
  };
  return flow;
}

export function choiceOf(condition: Expression, yes: Expression, no: Expression, span: Span): IfExpression {
  // biome-ignore lint/suspicious/noThenProperty: the node is never awaited
  return { kind: "if", span, condition, then: yes, else: no };
}

export function conditionalOf(condition: Expression, yes: Body, no: Body | undefined, span: Span): IfStatement {
  // biome-ignore lint/suspicious/noThenProperty: the node is never awaited
  return { kind: "if-statement", span, condition, then: yes, ...(no && { else: no }) };
}

export function textOf(token: IToken): string {
  const escapes: Record<string, string> = { n: "\n", t: "\t", '"': '"', "\\": "\\" };
  return token.image.slice(1, -1).replace(/\\(.)/g, (whole, letter: string) => escapes[letter] ?? whole);
}

export function sizeOf(token: IToken): readonly number[] {
  return token.image.split("x").map(Number);
}

export function optionOf(token: IToken, file: string): Argument {
  const letter = token.image[0] as "s" | "p" | "d" | "g";
  return { kind: "option", letter, value: Number(token.image.slice(1)), span: spanOf(token, file) };
}
