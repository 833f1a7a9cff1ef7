// One sentence in, one statement or definition out, with at most one diagnostic for what cannot be read. The first words
// of a sentence decide which rule reads it. Invariant: never throws, whatever the tokens are.

import type { IToken } from "chevrotain";
import type { Sentence } from "../lexer/tokentree.ts";
import { explain } from "../recovery/explain.ts";
import { remainingDefinition, remainingStatement } from "../recovery/recover.ts";
import type { Statement, TopLevel } from "../syntax/ast.ts";
import { type Diagnostic, join, type Span } from "../syntax/span.ts";
import { spanOf } from "../syntax/token.ts";
import * as T from "../syntax/tokentypes.ts";
import { Grammar } from "./definitions.ts";
import { tooLong } from "./precedence.ts";
import type { Rule } from "./terms.ts";

export interface Reading<Node> {
  readonly node: Node | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Choices, `else if`s and signs nest without brackets; more of them than this is not read. */
const mostChoices = 200;

let grammar: Grammar | undefined;
function theGrammar(): Grammar {
  grammar ??= new Grammar();
  return grammar;
}

/** A statement inside `{ }`. */
export function readStatement(sentence: Sentence, file: string): Reading<Statement> & { readonly node: Statement } {
  const { tokens } = sentence;
  if (sentence.skipped) return { node: remainingStatement(tokens, file), diagnostics: [] };
  const misplaced = wordWithoutPartner(tokens[0]!, file) ?? nestedDefinition(tokens, file);
  if (misplaced) return { node: remainingStatement(tokens, file), diagnostics: [misplaced] };
  const { node, diagnostics } = read(sentence, file, (it): Rule<Statement> => it[statementRule(tokens)]);
  return { node: node ?? remainingStatement(tokens, file), diagnostics };
}

/** A definition, or a binding at the top level. */
export function readDefinition(sentence: Sentence, file: string): Reading<TopLevel> {
  const { tokens } = sentence;
  if (sentence.skipped) return { node: remainingDefinition(tokens, file), diagnostics: [] };
  const rule = definitionRules.get(tokens[0]!.tokenType);
  if (rule !== undefined) {
    const { node, diagnostics } = read(sentence, file, (it): Rule<TopLevel> => it[rule]);
    return { node: node ?? remainingDefinition(tokens, file), diagnostics };
  }
  const { node: statement, diagnostics } = readStatement(sentence, file);
  if (statement.kind === "assign") return { node: { kind: "binding", span: statement.span, statement }, diagnostics };
  return { node: undefined, diagnostics: diagnostics.length > 0 ? diagnostics : [homeless(tokens, file)] };
}

function read<Node>(sentence: Sentence, file: string, rule: (it: Grammar) => Rule<Node>): Reading<Node> {
  const { tokens } = sentence;
  const it = theGrammar();
  it.input = tokens;
  it.file = file;
  it.found = [];
  if (tokens.reduce((count, token) => count + (token.tokenType === T.If ? 1 : 0), 0) > mostChoices) {
    return { node: undefined, diagnostics: [tooLong(spanOfTokens(tokens, file))] };
  }
  const node = attempt(() => rule(it).call(it));
  if (node === outOfStack) return { node: undefined, diagnostics: [tooLong(spanOfTokens(tokens, file))] };
  const error = it.errors[0];
  if (error === undefined) return { node, diagnostics: it.found };
  return {
    node: undefined,
    diagnostics: it.found.length > 0 ? it.found.slice(0, 1) : [explain(error, sentence, file)],
  };
}

const outOfStack = Symbol();

/** A caller may have left little of the stack. */
function attempt<Node>(reading: () => Node): Node | typeof outOfStack {
  try {
    return reading();
  } catch (error) {
    if (error instanceof RangeError) return outOfStack;
    throw error;
  }
}

function spanOfTokens(tokens: readonly IToken[], file: string): Span {
  return join(spanOf(tokens[0]!, file), spanOf(tokens.at(-1)!, file));
}

type StatementRule =
  | ("line" | "assign" | "param" | "state" | "fixed" | "if" | "for" | "repeat" | "branch" | "step" | "update")
  | "setting";

const statementRules = new Map<unknown, StatementRule>([
  [T.State, "state"],
  [T.If, "if"],
  [T.For, "for"],
  [T.Repeat, "repeat"],
  [T.Branch, "branch"],
  [T.Step, "step"],
  [T.Update, "update"],
  [T.Optimizer, "setting"],
  [T.Schedule, "setting"],
]);
const definitionRules = new Map<unknown, "definition" | "function" | "data" | "train" | "import">([
  [T.Model, "definition"],
  [T.Block, "definition"],
  [T.Cell, "definition"],
  [T.Optimizer, "definition"],
  [T.Fn, "function"],
  [T.Schedule, "function"],
  [T.Data, "data"],
  [T.Train, "train"],
  [T.Import, "import"],
]);

function statementRule(tokens: readonly IToken[]): StatementRule {
  const [first, second] = tokens.map((token) => token.tokenType);
  if (first === T.Fixed) return second === T.Param ? "param" : "fixed";
  if (first === T.Param) return paramRule(tokens);
  if (isName(tokens[0]!) && (second === T.Assign || second === T.Comma)) return "assign";
  return statementRules.get(first) ?? "line";
}

/** `param w: [n]` declares, `param -= e` updates, `param` and `param * 2` read. */
function paramRule(tokens: readonly IToken[]): StatementRule {
  const second = tokens[1]?.tokenType;
  if (second === T.PlusAssign || second === T.MinusAssign || second === T.Assign) return "update";
  const reads = second === undefined || second === T.Arrow || second.CATEGORIES?.includes(T.Operator);
  return reads ? "line" : "param";
}

function isName(token: IToken): boolean {
  return token.tokenType === T.Name || (token.tokenType.CATEGORIES?.includes(T.Name) ?? false);
}

function wordWithoutPartner(token: IToken, file: string): Diagnostic | undefined {
  const partner = new Map([
    [T.Else, ["else-without-if", "an `else` without its `if`", "`else` stands right after the `}` of an `if`"]],
    [T.Then, ["then-without-if", "a `then` without its `if`", "a choice is written: if c then a else b"]],
  ]).get(token.tokenType);
  if (partner === undefined) return undefined;
  const [code, message, hint] = partner;
  return { code: `syntax/${code}`, severity: "error", message: message!, span: spanOf(token, file), hint: hint! };
}

function nestedDefinition(tokens: readonly IToken[], file: string): Diagnostic | undefined {
  const [first, second, third] = tokens;
  if (!definitionRules.has(first!.tokenType) || second === undefined || !isName(second)) return undefined;
  const settingWord = first!.tokenType === T.Optimizer || first!.tokenType === T.Schedule;
  const heads = third?.tokenType === T.Braces || third?.tokenType === T.CallParen || third?.tokenType === T.Assign;
  if (settingWord || !(heads || !isName(first!))) return undefined;
  return {
    code: "syntax/nested-definition",
    severity: "error",
    message: `the ${first!.image} \`${second.image}\` is defined inside another definition`,
    span: spanOf(first!, file),
    hint: "definitions stand at the top level of the file; close the `{` before it, or move it out",
  };
}

/** `[convolutional]`, as configuration files have it. */
const isSection = (tokens: readonly IToken[]): boolean =>
  tokens.length === 3 && tokens[0]!.image === "[" && tokens[2]!.image === "]" && isName(tokens[1]!);

/** `const hidden = 64`, as other languages have it. */
const isDeclaration = (tokens: readonly IToken[]): boolean =>
  /^(const|let|var|val|auto|int|float)$/.test(tokens[0]!.image) && tokens.length > 2 && tokens[2]!.image === "=";

function homeless(tokens: readonly IToken[], file: string): Diagnostic {
  return {
    code: "syntax/line-outside-definition",
    severity: "error",
    message: "a line stands outside of every definition",
    span: spanOfTokens(tokens, file),
    hint: isDeclaration(tokens)
      ? `a name is bound without \`${tokens[0]!.image}\`: ${tokens[1]!.image} = ...`
      : isSection(tokens)
        ? "sections of other tools are layers here, one to a line, in a model: `model net(x: [28, 28, 1]) { conv 3x3 32 }`"
        : "put it inside a model, block or train; at the top level only name = value is read",
  };
}
