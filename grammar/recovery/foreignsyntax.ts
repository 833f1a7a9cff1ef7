// Recognises two kinds of parse failure: reserved words used as names, and the syntax of other languages. Each function
// returns a message if the failure is of its kind.

import type { IToken, TokenType } from "chevrotain";
import type { StatementTokens } from "../lexer/tokentree.ts";
import type { Diagnostic } from "../syntax/span.ts";
import { hasCategory, hasType, ifType, spanOf } from "../syntax/token.ts";
import * as T from "../syntax/tokentypes.ts";
import { describeUnexpected, type FailureMessage, type ParseFailure, quoteToken } from "./failure.ts";

/** Keywords that are values, or stand between values. */
const VALUE_WORDS: readonly TokenType[] = [T.It, T.True, T.False, T.None, T.Param, T.Not, T.If, T.Then, T.Else, T.In];
const JOINING_WORDS: readonly TokenType[] = [T.If, T.Then, T.Else, T.And, T.Or, T.Not, T.In];
const AFTER_NAMES: readonly TokenType[] = [T.Assign, T.Comma, T.Colon, T.Dot, T.CallParen, T.Arrow];

const DEFINITION_WORDS = [T.Model, T.Data, T.Block, T.Cell, T.Fn, T.Train, T.Optimizer, T.Schedule, T.Import];

/** A reserved word stands where a name was expected, or is used like one. */
export function describeKeywordAsName(failure: ParseFailure): FailureMessage | undefined {
  const assigned = describeAssignedDefinition(failure);
  if (assigned) return assigned;
  const { token, previous, ruleStack, isSurplus } = failure;
  const wantsName = ["name", "parameters"].includes(ruleStack.at(-1) ?? "");
  const opener = ifType(previous, ...DEFINITION_WORDS);
  if (opener && hasType(token, T.Assign, T.Comma)) return describeReserved(opener, failure);
  if (token && hasCategory(token, T.Keyword)) {
    const isAllowed = isSurplus || hasType(token, ...VALUE_WORDS, T.And, T.Or);
    if (wantsName || !isAllowed) return describeReserved(token, failure);
  }
  if (wantsName || !previous || !hasCategory(previous, T.Keyword)) return undefined;
  const isUsedAsName = !hasType(previous, ...JOINING_WORDS) && hasType(token, ...AFTER_NAMES);
  return isUsedAsName ? describeReserved(previous, failure) : undefined;
}

/** Words that open definitions elsewhere. */
const DEFINERS: ReadonlyMap<string, string> = new Map([
  [
    "def",
    "a network is model net(x: [2]) { ... }, a function fn f(x) = ..., a part with parameters block f(n) { ... }",
  ],
  ["class", "a network is model net(x: [2]) { ... }, a part of one block f(n) { ... }"],
  ["function", "a function is fn f(x) = ..."],
  ["func", "a function is fn f(x) = ..."],
  ["lambda", "on a line its value alone is written, such as it * 2; a function is fn f(x) = ..."],
]);

/** `net = model(x: [2]) { ... }`: the name stands before the word instead of behind it. */
function describeAssignedDefinition({ statement: { tokens }, file }: ParseFailure): FailureMessage | undefined {
  const [name, mark, third, open] = tokens;
  const word = ifType(third, T.Model, T.Block, T.Cell, T.Fn, T.Train);
  if (!hasType(mark, T.Assign) || !word || !hasNameType(name)) return undefined;
  if (!hasType(open, T.CallParen, T.LeftParen, T.Braces)) return undefined;
  const header = hasType(open, T.Braces) ? " { ... }" : hasType(word, T.Fn) ? "(...) = ..." : "(...) { ... }";
  return {
    ...describeUnexpected(
      `the name of a ${word.image} stands behind the word`,
      `write ${word.image} ${name.image}${header}`,
    ),
    span: spanOf(word, file),
  };
}

export const isForeignDefiner = (word: string): boolean => DEFINERS.has(word);

/** `model = ...`: definitions with their names. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ["model", "model net(x: [784]) { dense 64; relu; dense 10 }"],
  ["block", "block part(n) { dense n; relu }"],
  ["data", "data d = digits(), and train on d"],
  ["train", "train net on d { loss cross_entropy(net(x), label) }"],
]);

/** `data = spirals()`, with a name. */
function dataNamed({ statement: { tokens } }: ParseFailure): string | undefined {
  const written = tokens
    .slice(2)
    .map((t) => t.image)
    .join("");
  return /^\w+\([^{}]*\)$/.test(written) ? `data d = ${written}, and train on d` : undefined;
}

function describeReserved(word: IToken, failure: ParseFailure): FailureMessage {
  if (hasType(word, T.Optimizer, T.Schedule) && hasType(failure.token, T.Assign))
    return {
      code: "keyword-as-name",
      message: `\`${word.image}\` is a word of the language, and a line of a training has no \`=\``,
      hint: hasType(word, T.Optimizer) ? "write optimizer adam lr=1e-3" : "write schedule cosine",
      span: spanOf(word, failure.file),
    };
  if (hasType(word, T.Optimizer, T.Schedule) && failure.statement.tokens[1]?.image === ".")
    return {
      code: "keyword-as-name",
      message: `\`${word.image}\` begins a line of a training and has no methods`,
      hint: "leave the line out: each step takes gradients afresh and moves parameters by itself, as lines such as `optimizer adam lr=1e-3` say",
      span: spanOf(word, failure.file),
    };
  const named = NAMED.get(word.image);
  if (named !== undefined && word === failure.statement.tokens[0] && hasType(failure.token, T.Assign))
    return {
      code: "keyword-as-name",
      message: `\`${word.image}\` begins a definition, and its name stands behind it`,
      hint: hasType(word, T.Data) ? `write ${dataNamed(failure) ?? named}` : `write ${named}`,
      span: spanOf(word, failure.file),
    };
  return {
    code: "keyword-as-name",
    message: `\`${word.image}\` is a word of the language and cannot be a name`,
    hint:
      hasType(word, T.Train) && failure.statement.tokens[failure.statement.tokens.indexOf(word) - 1]?.image === "."
        ? "leave the line out: dropout and batch norm know by themselves whether a step trains or evaluates"
        : hasType(word, T.Train) && isInCondition(failure)
          ? "whether the program trains is `training`: write if training { ... }"
          : hasType(word, T.Step) && hasType(failure.previous, T.Schedule)
            ? "a rate that falls in steps is `schedule step_decay(every=5)`"
            : hasType(word, T.Step) && isUnit(word, failure)
              ? "write `per=steps`, or leave it out: then times are in epochs"
              : `choose another name, for example \`${word.image}_\``,
    span: spanOf(word, failure.file),
  };
}

/** `per=step`, where the unit of a schedule's times is meant. */
function isUnit(word: IToken, { statement: { tokens } }: ParseFailure): boolean {
  const at = tokens.indexOf(word);
  return tokens[at - 2]?.image === "per" && hasType(tokens[at - 1], T.Assign);
}

export function describeForeignSyntax(failure: ParseFailure): FailureMessage | undefined {
  const { token, previous: before, seen } = failure;
  const next = failure.statement.tokens[failure.index + 1];
  const opener = failure.statement.tokens[0].image;
  const definition = DEFINERS.get(opener);
  if (definition !== undefined && hasType(token, T.Colon, T.Braces))
    return describeUnexpected(`\`${opener}\` defines nothing here`, definition);
  if (token?.image === "/" && next?.image === "*")
    return describeUnexpected("`/*` does not begin a comment", "a comment begins with # and ends with its line");
  if (hasType(token, T.PlusAssign, T.MinusAssign)) return describeAssignment(failure);
  if (hasType(token, T.Assign)) {
    return isInCondition(failure)
      ? describeUnexpected("`=` in a condition", "equality is written `==`")
      : describeSecondAssign(failure);
  }
  if (hasType(token, T.Arrow)) return describeUnexpected("`->` labels a line, not a part of one", arrowHint(failure));
  if (hasType(token, T.If)) {
    return describeUnexpected("`if` in the middle of a value", "put it in parentheses: (if c then a else b)");
  }
  if (hasType(token, T.Semicolon)) return describeUnexpected("`;` inside parentheses", "separate arguments with `,`");
  const digits = ifType(token, T.NumberLiteral);
  if (digits && hasType(before, T.Dot)) return describePointNumber(digits);
  const nextDigits = ifType(next, T.NumberLiteral);
  if (nextDigits && hasType(token, T.Dot)) return describePointNumber(nextDigits);
  if (hasType(before, T.IndexBracket) && hasType(token, T.Range) && hasType(next, T.Dot))
    return describeUnexpected(
      "`...` stands for nothing here",
      "each axis that is kept whole is written `:`, as in x[:, :, 0]",
    );
  if (hasType(before, T.Range) && hasType(token, T.Dot)) {
    return describeUnexpected("`...` stands for nothing here", "a range is written from..to");
  }
  if (!hasType(token, T.Else)) return undefined;
  return describeUnexpected(`${seen} without its \`then\``, "a choice is written: if c then a else b");
}

/** After an `if`, before its `then`. */
function isInCondition(failure: ParseFailure): boolean {
  const words = failure.statement.tokens.slice(0, failure.index);
  return hasType(
    words.findLast((token) => hasType(token, T.If, T.Then, T.Else, T.Braces)),
    T.If,
  );
}

function describeAssignment(failure: ParseFailure): FailureMessage {
  const mark = failure.token?.image ?? "=";
  const name = failure.previous?.image ?? "x";
  const message = `${failure.seen} outside of an update`;
  return describeUnexpected(
    message,
    `write ${name} = ${name} ${mark[0]} ...; in a train's step: update m.w ${mark} ...`,
  );
}

function describeSecondAssign(failure: ParseFailure): FailureMessage {
  if (hasType(failure.statement.tokens[1], T.Dot, T.IndexBracket)) {
    const hint = "a parameter is changed in a train's step: update m.w = ...; an element with put(x, at, value)";
    return describeUnexpected("`=` binds names, not fields or elements", hint);
  }
  const before = failure.previous === undefined ? "" : ` after ${quoteToken(failure.previous)}`;
  const [opener] = failure.statement.tokens;
  const hint = hasType(opener, T.Model, T.Block, T.Cell, T.Train)
    ? `a ${opener.image} has its lines in braces, without \`=\`: ${opener.image} ${failure.statement.tokens[1]?.image ?? "name"}(...) { ... }`
    : "bind one value in one statement; equality is written `==`";
  return describeUnexpected(`\`=\`${before} begins a second binding`, hint);
}

function arrowHint(failure: ParseFailure): string {
  const lines = chainedLines(failure);
  if (lines) return `it names the result of a line; layers follow each other with \`;\`: ${lines}`;
  const bound = hasType(failure.statement.tokens[1], T.Assign);
  return bound ? "the name before `=` is already the label" : "write it after the whole line: conv 3x3 8 -> name";
}

/** `flatten -> dense 64 -> relu`, a chain of layers as lines. */
export function chainedLines({ statement: { tokens } }: ParseFailure): string | undefined {
  const arrows = tokens.filter((token) => hasType(token, T.Arrow)).length;
  const isPlain = tokens.every((token) => hasNameType(token) || hasType(token, T.Arrow, T.NumberLiteral, T.Size));
  if (!isPlain || arrows === 0 || tokens.length > MAX_CHAIN) return undefined;
  return tokens
    .map((token) => (hasType(token, T.Arrow) ? ";" : ` ${token.image}`))
    .join("")
    .trim();
}

/** Tokens of a chain that a hint can show. */
const MAX_CHAIN = 24;

function describePointNumber(digits: IToken): FailureMessage {
  return describeUnexpected("a number begins with a digit, not with `.`", `write 0.${digits.image}`);
}

/** Words that declare a name elsewhere. `var` is a function here, whose parameters are no names that are bound. */
const DECLARATORS = /^(const|let|var|val|auto|int|float)$/;
const OF_VAR = /^(x|over|keep)$/;

/** `const hidden = 64`, `let h: number = 64`: a binding with a word before it that other languages need. */
export function describeDeclaration({ tokens }: StatementTokens, file: string): Diagnostic | undefined {
  const [word, name, mark] = tokens;
  if (!DECLARATORS.test(word.image) || !name || !hasNameType(name)) return undefined;
  if (word.image === "var" && OF_VAR.test(name.image)) return undefined;
  const typed = hasType(mark, T.Colon) ? tokens.find((token) => hasType(token, T.Assign)) : undefined;
  if (!hasType(mark, T.Assign) && !typed) return undefined;
  const span = spanOf(word, file);
  const end = typed ? typed.startOffset : name.startOffset;
  return {
    code: "syntax/foreign-declaration",
    severity: "error",
    message: `a name is bound without \`${word.image}\``,
    span,
    hint: `write \`${name.image} = ...\``,
    fix: {
      title: `leave out \`${word.image}\``,
      edits: [{ span: { ...span, end }, text: typed ? `${name.image} ` : "" }],
    },
  };
}

const hasNameType = (token: IToken): boolean => hasType(token, T.Name) || hasCategory(token, T.Name);
