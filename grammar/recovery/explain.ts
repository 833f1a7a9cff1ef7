// Explains a parse failure with one diagnostic: what was expected, what was seen, and what to write instead. Messages are
// about the text, never about its author.

import type { IRecognitionException, IToken } from "chevrotain";
import type { StatementTokens, TokenBlock } from "../lexer/tokentree.ts";
import type { Diagnostic } from "../syntax/span.ts";
import { hasCategory, hasType, ifType, isAdjacent } from "../syntax/token.ts";
import * as T from "../syntax/tokentypes.ts";
import {
  describeExpected,
  describeUnexpected,
  type FailureMessage,
  headSpanOf,
  locateFailure,
  type ParseFailure,
  quoteToken,
} from "./failure.ts";
import { chainedLines, describeForeignSyntax, describeKeywordAsName } from "./foreignsyntax.ts";

export function explainFailure(error: IRecognitionException, statement: StatementTokens, file: string): Diagnostic {
  const failure = locateFailure(error, statement, file);
  const { code, message, hint, span } =
    describeKeywordAsName(failure) ?? describeForeignSyntax(failure) ?? describeFailure(failure);
  return { code: `syntax/${code}`, severity: "error", message, span: span ?? failure.span, ...(hint && { hint }) };
}

function describeFailure(failure: ParseFailure): FailureMessage {
  const opener = ifType(failure.statement.tokens[failure.index - 2], T.If, T.Repeat, T.In);
  const block = ifType(failure.previous, T.Braces);
  if (opener && block) return describeMissingHead(opener, block, failure);
  if (failure.isSurplus) return describeSurplus(failure);
  const known = BY_TOKEN[failure.expectedType] ?? BY_RULE[failure.ruleStack.at(-1) ?? ""];
  return known?.(failure) ?? describeExpected("expected-value", "a value", failure, valueHint(failure));
}

/** By the only token that could follow. */
const BY_TOKEN: Readonly<Record<string, (failure: ParseFailure) => FailureMessage>> = {
  Name: (failure) => describeExpected("expected-name", "a name", failure, nameHint(failure)),
  Then: (failure) => describeExpected("unexpected", "`then`", failure, "a choice is written: if c then a else b"),
  Else: (failure) => describeExpected("unexpected", "`else`", failure, "a choice is written: if c then a else b"),
  In: (failure) => describeExpected("unexpected", "`in`", failure, "write for name in list { ... }"),
  RightParen: (failure) => describeInBrackets("`)`", failure),
  RightBracket: (failure) =>
    failure.ruleStack.at(-1) === "type" ? describeType(failure) : describeInBrackets("`]`", failure),
  Braces: describeMissingBlock,
};

/** By the rule that was being read, where several tokens could follow. */
const BY_RULE: Readonly<Record<string, (failure: ParseFailure) => FailureMessage>> = {
  assign: (failure) =>
    describeExpected("unexpected", "`=`", failure, "write a, b = values; on a line spaces separate arguments"),
  data: (failure) => describeExpected("unexpected", "`=`", failure, "write data name = source"),
  type: describeType,
  parameterKind: (failure) =>
    describeExpected(
      "expected-type",
      "a type",
      failure,
      bareShapeHint(failure) ??
        "inputs are declared as [28, 28, 1], [T] of V or class 10, settings as `whole from 1` or `number from 0 to 1`",
    ),
  otherwise: (failure) => describeExpected("expected-block", "`{` or `if`", failure, "write else { ... }"),
  if: (failure) => describeExpected("expected-block", "`{` or `then`", failure, conditionHint(failure)),
  function: (failure) =>
    describeExpected("expected-block", "`{` or `=`", failure, "write fn f(x) = value, or fn f(x) { ... }"),
  import: (failure) => describeExpected("unexpected", "a file in quotes", failure, importHint(failure)),
  update: (failure) => describeExpected("unexpected", "`=`, `+=` or `-=`", failure, "write update m.w += value"),
};

/** `image: 28*28` or `x: 784`: a shape without its brackets. */
function bareShapeHint({ token, statement: { tokens }, index }: ParseFailure): string | undefined {
  if (!hasType(token, T.NumberLiteral, T.Size)) return undefined;
  const rest = tokens.slice(index);
  const end = rest.findIndex((t) => hasType(t, T.Comma, T.RightParen, T.Assign));
  const words = rest.slice(0, end < 0 ? 1 : end).map((t) => t.image);
  return `a shape stands in brackets: [${words.join("").replaceAll("x", ", ")}]`;
}

/** `import { a } from "x"` and `import * as nn from "x"` of JavaScript, `import torch.nn as nn` of Python. */
function importHint({ statement: { tokens }, token }: ParseFailure): string {
  const file = tokens.findLast((t) => hasType(t, T.StringLiteral))?.image ?? '"parts.dnn"';
  const braces = ifType(token, T.Braces);
  if (braces) {
    const names = (braces.payload as TokenBlock).statements.flatMap((s) =>
      s.tokens.filter((t) => /^\w+$/.test(t.image)),
    );
    return `names stand without braces: write import ${names.map((t) => t.image).join(", ") || "a, b"} from ${file}; the library's own names, such as dense and relu, need no import`;
  }
  if (token?.image === "*" || hasType(token, T.StringLiteral)) return `all names of a file come with import ${file}`;
  return `the library needs no import: dense, relu and the others are there; of a file of yours write import a, b from ${file}`;
}

/** `from parts import head`, as Python has it. */
function pythonImport({ statement: { tokens }, index: at }: ParseFailure): FailureMessage {
  const module = tokens.slice(1, at).map((t) => t.image);
  const names = tokens.slice(at + 1).filter((t) => hasType(t, T.Name));
  const written = `import ${names.map((t) => t.image).join(", ") || "a, b"} from "${module.at(-1) ?? "parts"}.dnn"`;
  return describeUnexpected(
    "an import does not begin with `from`",
    `the library needs no import: dense, relu and the others are there; of a file of yours write ${written}`,
  );
}

/** `repeat { ... }`: the block was read as the value. */
function describeMissingHead(word: IToken, block: IToken, failure: ParseFailure): FailureMessage {
  const message = `expected a value after ${quoteToken(word)}, saw \`{\``;
  const hints: Record<string, string> = { repeat: "write repeat 3 { ... }", if: "write if c { ... }" };
  const hint = hints[word.image] ?? "write for name in list { ... }";
  return { code: "expected-value", message, hint, span: headSpanOf(block, failure.file) };
}

function describeSurplus(failure: ParseFailure): FailureMessage {
  const { token, previous, statement, index } = failure;
  if (hasType(token, T.Comma)) return describeUnexpected("`,` between the words of a line", commaHint(failure));
  if (hasType(token, T.Colon)) {
    const fields = fieldsOf(failure);
    const setting = previous && index === 1 && TRAINING_WORDS.has(previous.image);
    const hint = setting
      ? `a line of a training has no \`:\`, and ends with its line or \`;\`: \`${previous.image} ${valueBehind(failure)}\``
      : fields
        ? `arguments stand without braces, and with \`=\`: \`${fields}\`${pairsHint(failure)}`
        : "a named argument is written name=value; a block stands in { }";
    return describeUnexpected("`:` is only for types and slices", hint);
  }
  if (hasType(token, T.Braces)) {
    const hint = "put the line with its block in parentheses, or give it a name";
    return describeUnexpected("`{` after a value that takes no block", hint);
  }
  if (hasType(statement.tokens[0], T.Param, T.State) && hasType(token, T.LeftBracket)) {
    return describeUnexpected("a shape without `:` before it", `write ${previous?.image ?? "name"}: [...]`);
  }
  if (hasType(token, T.Import) && hasType(statement.tokens[0], T.From)) return pythonImport(failure);
  if (hasType(previous, T.Braces))
    return describeUnexpected(`${failure.seen} after \`}\``, "begin a new line, or write `;`");
  return describeUnexpected(`${failure.seen} after a complete value`, surplusHint(failure));
}

/** The text behind a place, up to a comma outside of parentheses. */
function valueBehind({ statement, index }: ParseFailure): string {
  let depth = 0;
  const words: string[] = [];
  for (const token of statement.tokens.slice(index + 1)) {
    if (hasType(token, T.Comma) && depth === 0) break;
    if (hasType(token, T.LeftParen, T.CallParen)) depth++;
    if (hasType(token, T.RightParen)) depth--;
    words.push(hasType(token, T.Comma) ? ", " : hasType(token, T.Braces) ? " { ... }" : token.image);
  }
  return words.join("") || "...";
}

/** Names that open lines of a training. */
const TRAINING_WORDS: ReadonlySet<string> = new Set(
  "loss minimize maximize metric batch epochs clip ema patience best freeze keep show".split(" "),
);

/** `units: 64, bias: true`, as an object of JavaScript has it: as named arguments. */
function fieldsOf({ statement: { tokens }, index: at }: ParseFailure): string | undefined {
  if (at !== 1 || !hasType(tokens[0], T.Name)) return undefined;
  const words = tokens.map((token, i) => {
    const isField = hasType(token, T.Colon) && (i === 1 || hasType(tokens[i - 2], T.Comma));
    return isField ? "=" : hasType(token, T.Comma) ? ", " : hasType(token, T.Braces) ? "{ ... }" : token.image;
  });
  return words.join("");
}

/** `{zip: class, when: dmy}`: a source of data takes such pairs as texts. */
function pairsHint({ statement: { tokens } }: ParseFailure): string {
  const words = tokens.map(({ image }) => image).join(" ");
  const pairs = words.split(" , ").map((pair) => /^(\w+) : (\w+)$/.exec(pair));
  if (pairs.some((pair) => pair === null)) return "";
  const texts = pairs.map((pair) => `"${pair?.[1]}: ${pair?.[2]}"`);
  return `; pairs for a source of data are a list of texts: \`[${texts.join(", ")}]\``;
}

/** `dense 64, relu`: what follows may be the next line. */
function commaHint({ statement: { tokens }, index: at }: ParseFailure): string {
  const [next, after] = tokens.slice(at + 1);
  const decimal = decimalOf(tokens[at - 1], tokens[at], next);
  if (decimal !== undefined && /^[1-9]\d{0,2}\.\d{3}$/.test(decimal))
    return `thousands stand without a comma: write ${decimal.replace(".", "")}; decimals stand behind a point: ${decimal}`;
  if (decimal !== undefined) return `decimals stand behind a point: write ${decimal}`;
  const named = hasType(after, T.Assign);
  if (named || !next || !(hasType(next, T.Name) || hasCategory(next, T.Name) || hasCategory(next, T.Keyword)))
    return "on a line spaces separate arguments, and `;` the lines: conv 3x3 64; relu";
  return `write a new line or \`;\` before ${quoteToken(next)}; if it is an argument of this line, a space`;
}

/** `0,001`, whole numbers on both sides of a comma without a space, with a point. */
function decimalOf(
  before: IToken | undefined,
  comma: IToken | undefined,
  next: IToken | undefined,
): string | undefined {
  if (!before || !next || !isAdjacent(before, comma) || !isAdjacent(comma, next)) return undefined;
  return /^\d+$/.test(before.image) && /^\d+$/.test(next.image) ? `${before.image}.${next.image}` : undefined;
}

function surplusHint(failure: ParseFailure): string {
  const lines = chainedLines(failure);
  if (lines) return `\`->\` names the result of a line; layers follow each other with \`;\`: ${lines}`;
  if (hasCategory(failure.previous, T.Keyword) || failure.previous?.image === ")")
    return "begin a new line, or write `;`";
  if (hasType(failure.previous, T.NumberLiteral))
    return "a line begins with a layer or a name; for a product write `*`";
  return "only a name takes arguments: put an inner layer in parentheses, as in x + (dense 5), or call it: dense(5)";
}

/** `model my-net(...)`: a name with a minus in it. */
function hyphenated({ statement: { tokens }, index: at }: ParseFailure): string | undefined {
  const [before, mark, after] = tokens.slice(at - 1, at + 2);
  if (at !== 2 || mark?.image !== "-" || !before || !after || !isAdjacent(before, mark) || !isAdjacent(mark, after))
    return undefined;
  return `a name has letters, digits and _: write ${before.image}_${after.image}`;
}

function describeMissingBlock(failure: ParseFailure): FailureMessage {
  const [{ image: word }] = failure.statement.tokens;
  const forTraining = word === "train" ? trainHint(failure) : word === "step" ? stepHint(failure) : undefined;
  if (forTraining) return describeExpected("expected-block", "`{`", failure, forTraining);
  const hint = hasType(failure.token, T.Colon)
    ? "blocks stand in { }, not after `:`"
    : failure.token === undefined
      ? `write ${word} ... { on the same line`
      : (hyphenated(failure) ?? "in a header only operators and calls are read, as in depth(it) == 3; then `{`");
  return describeExpected("expected-block", "`{`", failure, hint);
}

/** `train net on digits() {`, `train net on d, e {` and `train on d {`. */
function trainHint({ statement: { tokens }, token, previous: before }: ParseFailure): string | undefined {
  const [, name, on] = tokens;
  if (name?.image === "on" && on?.image !== "on") return "a training has a name: write train net on DATA { ... }";
  if (!tokens.some((t) => t.image === "on")) {
    const data = ifType(token, T.Name);
    return data && name && `the name of the data stands behind on: train ${name.image} on ${data.image} { ... }`;
  }
  if (before && hasType(token, T.CallParen, T.LeftParen))
    return `after on stands the name of data: write data d = ${before.image}(...) above, and here on d`;
  return hasType(token, T.Comma)
    ? "a training has one data, which holds back a part of its own: write on DATA { ... }; for two, write a training for each, which goes on where the one before it ended, or put the arrays of both into one .npz file"
    : undefined;
}

/** `step encoder decoder {` and `step D on digits {`. */
function stepHint({ statement: { tokens }, token }: ParseFailure): string | undefined {
  const [, ...rest] = tokens;
  const end = rest.findIndex((t) => !hasType(t, T.Name, T.Comma));
  const models = rest.slice(0, end < 0 ? rest.length : end).filter((t) => hasType(t, T.Name));
  if (token?.image === "on") return "a step has the data of its training: leave out what stands from `on` to `{`";
  if (!hasType(token, T.Name) || token?.image === "with") return undefined;
  return `commas stand between the models of a step: write step ${models.map((t) => t.image).join(", ")} { ... }`;
}

function nameHint({ previous: before, token }: ParseFailure): string {
  if (hasType(before, T.For)) return "write for i in 0..3 { ... }, or repeat 3 { ... }";
  if (hasType(before, T.Fn)) return "write fn name(x) = ...";
  if (before?.image === "train" && hasType(token, T.Braces))
    return "a training has a name, and the name of its data behind on: train net on DATA { ... }";
  return hasType(token, T.NumberLiteral) ? "a name begins with a letter" : "write a name: letters, digits and _";
}

function describeType(failure: ParseFailure): FailureMessage {
  const what = hasType(failure.previous, T.Colon) ? "a type" : "`,` or `]`";
  return describeExpected("expected-type", what, failure, "types look like [28, 28, 1], [T] of V or class 10");
}

function conditionHint(failure: ParseFailure): string {
  if (hasType(failure.token, T.Colon)) return "blocks stand in { }, not after `:`";
  return "a condition has only operators and calls: if depth(it) == 3 { ... }";
}

function describeInBrackets(closer: string, failure: ParseFailure): FailureMessage {
  if (hasType(failure.previous, T.Comma))
    return describeExpected("expected-value", "a value", failure, "one `,` is too many");
  if (hasType(failure.token, T.Colon)) {
    return describeUnexpected("`:` is only for types and slices", "a named argument is written name=value");
  }
  if (failure.ruleStack.includes("parameters") && hasType(failure.token, T.NumberLiteral))
    return describeExpected(
      "expected-name",
      "a name",
      failure,
      "an input has a name and a shape: (image: [28, 28, 1])",
    );
  return describeExpected("unexpected", `\`,\` or ${closer}`, failure, "values are separated by `,`");
}

function valueHint(failure: ParseFailure): string {
  if (hasType(failure.token, T.RightParen, T.RightBracket) && hasType(failure.previous, T.Comma))
    return "remove the `,`";
  if (hasCategory(failure.token, T.Operator) && hasCategory(failure.previous, T.Operator))
    return "one of the two operators is too many";
  if (hasType(failure.previous, T.Minus, T.Sign) && hasType(failure.token, T.Minus)) return "one `-` is enough";
  if (failure.token === undefined) return "complete it, or remove what is unfinished";
  return "a value is a number, a name, a call, a list, or any of these in parentheses";
}
