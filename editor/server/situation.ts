// Where in a text a cursor stands, told from the tokens before it: which statement it is in, which call, which argument.
// Works on half-written text, where a tree says little.

import type { IToken } from "chevrotain";
import { itemAt } from "../../compiler/arithmetic/lists.ts";
import { tokenize } from "../../grammar/lexer/tokenize.ts";
import type { TopLevel } from "../../grammar/syntax/ast.ts";
import { endOf, isAdjacent } from "../../grammar/syntax/token.ts";
import * as T from "../../grammar/syntax/tokentypes.ts";
import type { Analysis } from "./analysis.ts";

export interface Call {
  /** The callee: the name before `(`, or the first word of a line. */
  readonly head: string;
  readonly form: "call" | "flow";
  /** Finished arguments before the cursor. */
  readonly given: number;
  /** Names of those written `name=value`. */
  readonly named: readonly string[];
  /** The cursor stands in the value of this one. */
  readonly current?: string;
}

export interface Situation {
  /** The word that is being written, up to the cursor. */
  readonly prefix: string;
  /** Words and signs of the statement before that. */
  readonly before: readonly string[];
  /** Opened and not closed before the cursor, inmost last. */
  readonly open: readonly string[];
  readonly call: Call | undefined;
  readonly definition: Exclude<TopLevel, { kind: "import" | "binding" }> | undefined;
  readonly within: "code" | "comment" | "text";
}

export function situationAt(analysis: Analysis, offset: number): Situation {
  const { text, file, path } = analysis;
  const { tokens, comments } = tokenize(text.slice(0, offset), path);
  const last = tokens.at(-1);
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  const inComment = comments.some((c) => c.startOffset < offset && c.startOffset + c.image.length >= offset);
  const inText = !inComment && (line.match(/"/g)?.length ?? 0) % 2 === 1;
  const touching = last !== undefined && endOf(last) === offset && /^\w+$/.test(last.image);
  const prefix = touching ? last.image : "";
  const done = touching ? tokens.slice(0, -1) : tokens;
  const statement = statementOf(done);
  const apart = (done.at(-1)?.endOffset ?? offset) + 1 < offset - prefix.length;
  const definition = file.definitions.find((d) => d.span.start <= offset && offset <= d.span.end + 1);
  return {
    prefix,
    before: statement.map((t) => t.image),
    open: openBrackets(done),
    call: callAt(statement, apart),
    definition: definition && definition.kind !== "import" && definition.kind !== "binding" ? definition : undefined,
    within: inComment ? "comment" : inText ? "text" : "code",
  };
}

/** The tokens since the last end of a statement: a newline outside of parentheses, `;`, `{` or `}`. */
function statementOf(tokens: readonly IToken[]): readonly IToken[] {
  let closed = 0;
  for (const [i, { image, tokenType }] of [...tokens.entries()].reverse()) {
    if (image === ")" || image === "]") closed++;
    else if (image === "(" || image === "[") closed--;
    else if (closed <= 0 && (image === ";" || image === "{" || image === "}")) return tokens.slice(i + 1);
    else if (closed === 0 && tokenType === T.Newline) return tokens.slice(i + 1);
  }
  return tokens;
}

function openBrackets(tokens: readonly IToken[]): string[] {
  const open: string[] = [];
  for (const { image } of tokens) {
    if ("([{".includes(image)) open.push(image);
    else if (")]}".includes(image)) open.pop();
  }
  return open;
}

function callAt(statement: readonly IToken[], apart: boolean): Call | undefined {
  const open: IToken[] = [];
  for (const t of statement) {
    if (t.image === "(" || t.image === "[") open.push(t);
    else if (t.image === ")" || t.image === "]") open.pop();
  }
  const paren = open.findLast((t) => t.tokenType === T.CallParen);
  const at = paren ? statement.indexOf(paren) : 0;
  const callee = statement[at - 1];
  if (callee) return argumentsIn(callee.image, "call", statement.slice(at + 1));
  if (open.length > 0) return undefined;
  const from = statement.findLastIndex((t) => t.image === "=" && !namesArgument(statement, t)) + 1;
  const skipped = ["optimizer", "schedule", "fixed"].includes(statement[from]?.image ?? "") ? 1 : 0;
  const head = statement[from + skipped];
  if (!head || !/^[A-Za-z_]\w*$/.test(head.image)) return undefined;
  const call = argumentsIn(head.image, "flow", statement.slice(from + skipped + 1));
  if (!apart || statement.at(-1)?.image === "=") return call;
  const { current: _, ...rest } = call;
  return rest;
}

/** `name=value` in arguments touches on both sides, or at least stands behind a head. */
function namesArgument(statement: readonly IToken[], equals: IToken): boolean {
  const i = statement.indexOf(equals);
  const name = statement[i - 1];
  return i > 1 && isAdjacent(name, equals);
}

function argumentsIn(head: string, form: Call["form"], tokens: readonly IToken[]): Call {
  const named: string[] = [];
  let [given, depth] = [0, 0];
  let current: string | undefined;
  for (const [i, t] of tokens.entries()) {
    if ("([{".includes(t.image)) depth++;
    else if (")]}".includes(t.image)) depth--;
    else if (depth === 0 && t.image === "=") {
      current = tokens[i - 1]?.image;
      if (current !== undefined) named.push(current);
    } else if (depth === 0 && t.image === ",") {
      given++;
      current = undefined;
    } else if (form === "flow" && depth === 0 && begins(tokens, i)) {
      given++;
      if (tokens[i - 1]?.image !== "=") current = undefined;
    }
  }
  return { head, form, given, named, ...(current === undefined ? {} : { current }) };
}

/** Whether an argument of the flow form begins here: after a space, and not behind an operator. */
function begins(tokens: readonly IToken[], i: number): boolean {
  const [before, token] = [tokens[i - 1], itemAt(tokens, i)];
  if (!/^[\w"]/.test(token.image)) return false;
  return before === undefined || (/[\w")\]]$/.test(before.image) && endOf(before) < token.startOffset);
}
