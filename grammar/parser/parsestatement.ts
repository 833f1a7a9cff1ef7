// Parses the tokens of one statement or definition, with at most one diagnostic. Its first words select the rule of the
// grammar, so no rule has to backtrack. Invariant: never throws, whatever the tokens are.

import type { IToken } from "chevrotain";
import type { StatementTokens } from "../lexer/tokentree.ts";
import { explainFailure } from "../recovery/explain.ts";
import { describeDeclaration, isForeignDefiner } from "../recovery/foreignsyntax.ts";
import { recoverDefinition, recoverStatement } from "../recovery/recover.ts";
import type { Statement, TopLevel } from "../syntax/ast.ts";
import type { Diagnostic } from "../syntax/span.ts";
import { isNonEmpty, type NonEmpty, spanOf, spanOfTokens } from "../syntax/token.ts";
import * as T from "../syntax/tokentypes.ts";
import { Grammar } from "./definitions.ts";
import { tooLong } from "./precedence.ts";
import type { Rule } from "./terms.ts";

export interface ParsedNode<Node> {
  readonly node: Node | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Choices and `else if`s nest without brackets, at the cost of stack; more of them than this are refused. */
const MAX_CHOICES = 200;

let grammar: Grammar | undefined;
function getGrammar(): Grammar {
  grammar ??= new Grammar();
  return grammar;
}

/** A statement inside `{ }`. */
export function parseStatement(
  statement: StatementTokens,
  file: string,
): ParsedNode<Statement> & { readonly node: Statement } {
  const { tokens } = statement;
  if (statement.skipped || statement.isUnclosed) return { node: recoverStatement(tokens, file), diagnostics: [] };
  const declaration = readDeclaration(statement, file);
  if (declaration) return declaration;
  const misplaced = unpairedWord(tokens[0], file) ?? nestedDefinition(tokens, file);
  if (misplaced) return { node: recoverStatement(tokens, file), diagnostics: [misplaced] };
  const { node, diagnostics } = runRule(statement, file, (it): Rule<Statement> => it[selectStatementRule(tokens)]);
  return { node: node ?? recoverStatement(tokens, file), diagnostics };
}

/** A definition, or a binding at the top level. */
export function parseDefinition(statement: StatementTokens, file: string): ParsedNode<TopLevel> {
  const { tokens } = statement;
  if (statement.skipped) return { node: recoverDefinition(tokens, file), diagnostics: [] };
  const exported = exportedDefinition(statement, file);
  if (exported) return exported;
  const rule = DEFINITION_RULES.get(tokens[0].tokenType);
  if (rule !== undefined) {
    const { node, diagnostics } = runRule(statement, file, (it): Rule<TopLevel> => it[rule]);
    return { node: node ?? recoverDefinition(tokens, file), diagnostics };
  }
  if (isUnknownHeader(tokens)) return { node: undefined, diagnostics: [outsideDefinition(tokens, file)] };
  const { node, diagnostics } = parseStatement(statement, file);
  if (node.kind === "assign") return { node: { kind: "binding", span: node.span, statement: node }, diagnostics };
  return { node: undefined, diagnostics: diagnostics.length > 0 ? diagnostics : [outsideDefinition(tokens, file)] };
}

/** Parses `export model net(...) { ... }` as the definition behind its first word. */
function exportedDefinition(statement: StatementTokens, file: string): ParsedNode<TopLevel> | undefined {
  const [word, ...rest] = statement.tokens;
  if (!/^(export|public|default)$/.test(word.image) || !isNonEmpty(rest)) return undefined;
  const behind = rest[0].image === "default" ? rest.slice(1) : rest;
  if (!isNonEmpty(behind) || !DEFINITION_RULES.has(behind[0].tokenType)) return undefined;
  const { node } = parseDefinition({ ...statement, tokens: behind }, file);
  const span = spanOf(word, file);
  const mistake: Diagnostic = {
    code: "syntax/unexpected",
    severity: "error",
    message: `a definition does not begin with \`${word.image}\``,
    span,
    hint: `leave it out: another file imports what it names, as in import net from "FILE.dnn"`,
  };
  return { node, diagnostics: [mistake] };
}

function runRule<Node>(statement: StatementTokens, file: string, rule: (it: Grammar) => Rule<Node>): ParsedNode<Node> {
  const { tokens } = statement;
  const it = getGrammar();
  it.input = [...tokens];
  it.file = file;
  it.reported = [];
  if (tokens.reduce((count, token) => count + (token.tokenType === T.If ? 1 : 0), 0) > MAX_CHOICES) {
    return { node: undefined, diagnostics: [tooLong(spanOfTokens(tokens, file))] };
  }
  const node = catchStackOverflow(() => rule(it).call(it));
  if (node === STACK_OVERFLOW) return { node: undefined, diagnostics: [tooLong(spanOfTokens(tokens, file))] };
  const error = it.errors[0];
  if (error === undefined) return { node, diagnostics: it.reported };
  return {
    node: undefined,
    diagnostics: it.reported.length > 0 ? it.reported.slice(0, 1) : [explainFailure(error, statement, file)],
  };
}

const STACK_OVERFLOW = Symbol();

/** How deep the grammar can descend depends on how much of the stack the caller has used. */
function catchStackOverflow<Node>(run: () => Node): Node | typeof STACK_OVERFLOW {
  try {
    return run();
  } catch (error) {
    if (error instanceof RangeError) return STACK_OVERFLOW;
    throw error;
  }
}

type StatementRule =
  | ("line" | "assign" | "param" | "state" | "fixed" | "if" | "for" | "repeat" | "branch" | "step" | "update")
  | "setting";

const STATEMENT_RULES = new Map<unknown, StatementRule>([
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
const DEFINITION_RULES = new Map<unknown, "definition" | "function" | "data" | "train" | "import">([
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

function selectStatementRule(tokens: NonEmpty<IToken>): StatementRule {
  const [first, second] = tokens.map((token) => token.tokenType);
  if (first === T.Fixed) return second === T.Param ? "param" : "fixed";
  if (first === T.Param) return selectParamRule(tokens);
  if (isName(tokens[0]) && (second === T.Assign || second === T.Comma)) return "assign";
  return STATEMENT_RULES.get(first) ?? "line";
}

/** `param w: [n]` declares, `param -= e` updates, `param` and `param * 2` read. */
function selectParamRule(tokens: readonly IToken[]): StatementRule {
  const second = tokens[1]?.tokenType;
  if (second === T.PlusAssign || second === T.MinusAssign || second === T.Assign) return "update";
  const reads = second === undefined || second === T.Arrow || second.CATEGORIES?.includes(T.Operator);
  return reads ? "line" : "param";
}

function isName(token: IToken): boolean {
  return token.tokenType === T.Name || (token.tokenType.CATEGORIES?.includes(T.Name) ?? false);
}

function unpairedWord(token: IToken, file: string): Diagnostic | undefined {
  const base = { severity: "error", span: spanOf(token, file) } as const;
  if (token.tokenType === T.Else) {
    const hint = "`else` stands right after the `}` of an `if`";
    return { ...base, code: "syntax/else-without-if", message: "an `else` without its `if`", hint };
  }
  if (token.tokenType !== T.Then) return undefined;
  const hint = "a choice is written: if c then a else b";
  return { ...base, code: "syntax/then-without-if", message: "a `then` without its `if`", hint };
}

function nestedDefinition(tokens: NonEmpty<IToken>, file: string): Diagnostic | undefined {
  const [first, second, third] = tokens;
  if (!DEFINITION_RULES.has(first.tokenType) || second === undefined || !isName(second)) return undefined;
  const settingWord = first.tokenType === T.Optimizer || first.tokenType === T.Schedule;
  const heads = third?.tokenType === T.Braces || third?.tokenType === T.CallParen || third?.tokenType === T.Assign;
  if (settingWord || !(heads || !isName(first))) return undefined;
  return {
    code: "syntax/nested-definition",
    severity: "error",
    message: `the ${first.image} \`${second.image}\` is defined inside another definition`,
    span: spanOf(first, file),
    hint: "definitions stand at the top level of the file; close the `{` before it, or move it out",
  };
}

/** `[convolutional]`, as configuration files have it. */
function isSection([open, name, close, ...more]: readonly IToken[]): boolean {
  return open?.image === "[" && name !== undefined && isName(name) && close?.image === "]" && more.length === 0;
}

/** Parses `const hidden = 64` as the binding behind its first word, so that the name is known below. */
function readDeclaration(
  statement: StatementTokens,
  file: string,
): (ParsedNode<Statement> & { readonly node: Statement }) | undefined {
  const mistake = describeDeclaration(statement, file);
  const [, name, ...rest] = statement.tokens;
  if (!mistake || !name) return undefined;
  const mark = rest.findIndex((token) => token.tokenType === T.Assign);
  const { node } = parseStatement({ ...statement, tokens: [name, ...rest.slice(mark)] }, file);
  return { node, diagnostics: [mistake] };
}

const DEFINITIONS = "definitions begin with model, block, cell, fn, train, optimizer, schedule, data or import";

const TESTED =
  "there is none for tests: a line `metric ...` of the training is reported for the held-out examples, too, and `dnn eval FILE --weights RUN` says it of a run";

/** Words of other tools in the place of ours. */
const OTHER_DEFINITIONS: ReadonlyMap<string, string> = new Map([
  ...["test", "eval", "evaluate", "validate", "validation", "val"].map((word) => [word, TESTED] as const),
]);

/** `network net(x: [2]) { ... }`, `training net on d { ... }`: a definition that begins with no word of the language. */
function isUnknownHeader(tokens: NonEmpty<IToken>): boolean {
  const [word, name, next] = tokens;
  if (!isName(word) || isForeignDefiner(word.image) || name === undefined || !isName(name)) return false;
  if (tokens.at(-1)?.tokenType !== T.Braces) return false;
  return next?.tokenType === T.CallParen || next?.tokenType === T.Braces || next?.tokenType === T.On;
}

function outsideDefinition(tokens: NonEmpty<IToken>, file: string): Diagnostic {
  const base = { code: "syntax/line-outside-definition", severity: "error" } as const;
  if (isUnknownHeader(tokens))
    return {
      ...base,
      message: `no definition begins with \`${tokens[0].image}\``,
      span: spanOf(tokens[0], file),
      hint: OTHER_DEFINITIONS.get(tokens[0].image) ?? DEFINITIONS,
    };
  return {
    ...base,
    message: "a line stands outside of every definition",
    span: spanOfTokens(tokens, file),
    hint: isSection(tokens)
      ? "sections of other tools are layers here, one to a line, in a model: `model net(x: [28, 28, 1]) { conv 3x3 32 }`"
      : "put it inside a model, block or train; at the top level only name = value is read",
  };
}
