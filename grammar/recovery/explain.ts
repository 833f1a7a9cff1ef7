// A sentence that the grammar stopped in comes in; one diagnostic goes out: what was seen, what was expected, what to
// write instead. Messages name the text and never its author.

import type { IRecognitionException, IToken } from "chevrotain";
import type { Group, Sentence } from "../lexer/tokentree.ts";
import type { Diagnostic } from "../syntax/span.ts";
import * as T from "../syntax/tokentypes.ts";
import { type Account, expected, is, isOf, placeOf, quote, type Stop, stopOf, unexpected } from "./failure.ts";
import { foreignHabit, keywordAsName } from "./foreignsyntax.ts";

export function explain(error: IRecognitionException, sentence: Sentence, file: string): Diagnostic {
  const stop = stopOf(error, sentence, file);
  const { code, message, hint, span } = keywordAsName(stop) ?? foreignHabit(stop) ?? account(stop);
  return { code: `syntax/${code}`, severity: "error", message, span: span ?? stop.span, ...(hint && { hint }) };
}

function account(stop: Stop): Account {
  const opener = stop.sentence.tokens[stop.at - 2];
  if (is(stop.before, T.Braces) && is(opener, T.If, T.Repeat, T.In)) return headless(opener!, stop);
  if (stop.surplus) return surplus(stop);
  const known = byToken[stop.expected] ?? byRule[stop.rules.at(-1) ?? ""];
  return known?.(stop) ?? expected("expected-value", "a value", stop, valueHint(stop));
}

/** By the only token that could follow. */
const byToken: Readonly<Record<string, (stop: Stop) => Account>> = {
  Name: (stop) => expected("expected-name", "a name", stop, nameHint(stop)),
  Then: (stop) => expected("unexpected", "`then`", stop, "a choice is written: if c then a else b"),
  Else: (stop) => expected("unexpected", "`else`", stop, "a choice is written: if c then a else b"),
  In: (stop) => expected("unexpected", "`in`", stop, "write for name in list { ... }"),
  RightParen: (stop) => inBrackets("`)`", stop),
  RightBracket: (stop) => (stop.rules.at(-1) === "type" ? type(stop) : inBrackets("`]`", stop)),
  Braces: missingBlock,
};

/** By the rule that was being read, where several tokens could follow. */
const byRule: Readonly<Record<string, (stop: Stop) => Account>> = {
  assign: (stop) => expected("unexpected", "`=`", stop, "write a, b = values; on a line spaces separate arguments"),
  data: (stop) => expected("unexpected", "`=`", stop, "write data name = source"),
  type,
  parameterKind: (stop) =>
    expected(
      "expected-type",
      "a type",
      stop,
      "inputs are declared as [28, 28, 1], [T] of V or class 10, settings as `whole from 1` or `number from 0 to 1`",
    ),
  otherwise: (stop) => expected("expected-block", "`{` or `if`", stop, "write else { ... }"),
  if: (stop) => expected("expected-block", "`{` or `then`", stop, conditionHint(stop)),
  function: (stop) => expected("expected-block", "`{` or `=`", stop, "write fn f(x) = value, or fn f(x) { ... }"),
  import: (stop) => expected("unexpected", "a file in quotes", stop, importHint(stop)),
  update: (stop) => expected("unexpected", "`=`, `+=` or `-=`", stop, "write update m.w += value"),
};

/** `import { a } from "x"` and `import * as nn from "x"` of JavaScript, `import torch.nn as nn` of Python. */
function importHint({ sentence: { tokens }, token }: Stop): string {
  const file = tokens.findLast((t) => is(t, T.Text))?.image ?? '"parts.dnn"';
  if (is(token, T.Braces)) {
    const names = (token!.payload as Group).sentences.flatMap((s) => s.tokens.filter((t) => /^\w+$/.test(t.image)));
    return `names stand without braces: write import ${names.map((t) => t.image).join(", ") || "a, b"} from ${file}`;
  }
  if (token?.image === "*" || is(token, T.Text)) return `all names of a file come with import ${file}`;
  return `the library needs no import: dense, relu and the others are there; of a file of yours write import a, b from ${file}`;
}

/** `from parts import head`, as Python has it. */
function pythonImport({ sentence: { tokens }, at }: Stop): Account {
  const module = tokens.slice(1, at).map((t) => t.image);
  const names = tokens.slice(at + 1).filter((t) => is(t, T.Name));
  const written = `import ${names.map((t) => t.image).join(", ") || "a, b"} from "${module.at(-1) ?? "parts"}.dnn"`;
  return unexpected(
    "an import does not begin with `from`",
    `the library needs no import: dense, relu and the others are there; of a file of yours write ${written}`,
  );
}

/** `repeat { ... }`: the block was read as the value. */
function headless(word: IToken, stop: Stop): Account {
  const message = `expected a value after ${quote(word)}, saw \`{\``;
  const hints: Record<string, string> = { repeat: "write repeat 3 { ... }", if: "write if c { ... }" };
  const hint = hints[word.image] ?? "write for name in list { ... }";
  return { code: "expected-value", message, hint, span: placeOf(stop.before!, stop.file) };
}

function surplus(stop: Stop): Account {
  const { token, before, sentence } = stop;
  if (is(token, T.Comma)) return unexpected("`,` between the words of a line", commaHint(stop));
  if (is(token, T.Colon)) {
    const fields = fieldsOf(stop);
    const setting = TRAINING_WORDS.has(before!.image) && stop.at === 1;
    const hint = setting
      ? `a line of a training has no \`:\`, and ends with its line or \`;\`: \`${before!.image} ${valueBehind(stop)}\``
      : fields
        ? `arguments stand without braces, and with \`=\`: \`${fields}\``
        : "a named argument is written name=value; a block stands in { }";
    return unexpected("`:` is only for types and slices", hint);
  }
  if (is(token, T.Braces)) {
    const hint = "put the line with its block in parentheses, or give it a name";
    return unexpected("`{` after a value that takes no block", hint);
  }
  if (is(sentence.tokens[0], T.Param, T.State) && is(token, T.LeftBracket)) {
    return unexpected("a shape without `:` before it", `write ${before!.image}: [...]`);
  }
  if (is(token, T.Import) && is(sentence.tokens[0], T.From)) return pythonImport(stop);
  if (is(before, T.Braces)) return unexpected(`${stop.seen} after \`}\``, "begin a new line, or write `;`");
  return unexpected(`${stop.seen} after a complete value`, surplusHint(stop));
}

/** The text behind a place, up to a comma outside of parentheses. */
function valueBehind({ sentence: { tokens }, at }: Stop): string {
  let depth = 0;
  const words: string[] = [];
  for (const token of tokens.slice(at + 1)) {
    if (is(token, T.Comma) && depth === 0) break;
    if (is(token, T.LeftParen, T.CallParen)) depth++;
    if (is(token, T.RightParen)) depth--;
    words.push(is(token, T.Comma) ? ", " : is(token, T.Braces) ? " { ... }" : token.image);
  }
  return words.join("") || "...";
}

/** Names that open lines of a training. */
const TRAINING_WORDS: ReadonlySet<string> = new Set(
  "loss minimize maximize metric batch epochs clip ema patience freeze keep show".split(" "),
);

/** `units: 64, bias: true`, as an object of JavaScript has it: as named arguments. */
function fieldsOf({ sentence: { tokens }, at }: Stop): string | undefined {
  if (at !== 1 || !is(tokens[0], T.Name)) return undefined;
  const words = tokens.map((token, i) => {
    const isField = is(token, T.Colon) && (i === 1 || is(tokens[i - 2], T.Comma));
    return isField ? "=" : is(token, T.Comma) ? ", " : is(token, T.Braces) ? "{ ... }" : token.image;
  });
  return words.join("");
}

/** `dense 64, relu`: what follows may be the next line. */
function commaHint({ sentence: { tokens }, at }: Stop): string {
  const [next, after] = tokens.slice(at + 1);
  const named = is(after, T.Assign);
  if (named || !(is(next, T.Name) || isOf(next, T.Name) || isOf(next, T.Keyword)))
    return "on a line spaces separate arguments, and `;` the lines: conv 3x3 64; relu";
  return `write a new line or \`;\` before ${quote(next!)}; if it is an argument of this line, a space`;
}

function surplusHint(stop: Stop): string {
  if (isOf(stop.before, T.Keyword) || stop.before?.image === ")") return "begin a new line, or write `;`";
  if (is(stop.before, T.Number_)) return "a line begins with a layer or a name; for a product write `*`";
  return "only a name takes arguments: put an inner layer in parentheses, as in x + (dense 5), or call it: dense(5)";
}

function missingBlock(stop: Stop): Account {
  const word = stop.sentence.tokens[0]!.image;
  const forTraining = word === "train" ? trainHint(stop) : undefined;
  if (forTraining) return expected("expected-block", "`{`", stop, forTraining);
  const hint = is(stop.token, T.Colon)
    ? "blocks stand in { }, not after `:`"
    : stop.token === undefined
      ? `write ${word} ... { on the same line`
      : "in a header only operators and calls are read, as in depth(it) == 3; then `{`";
  return expected("expected-block", "`{`", stop, hint);
}

/** `train net on digits() {`, `train net on d, e {` and `train on d {`. */
function trainHint({ sentence: { tokens }, token, before }: Stop): string | undefined {
  const [, name, on] = tokens;
  if (name?.image === "on" && on?.image !== "on") return "a training has a name: write train net on DATA { ... }";
  if (!tokens.some((t) => t.image === "on"))
    return is(token, T.Name)
      ? `the name of the data stands behind on: train ${name!.image} on ${token!.image} { ... }`
      : undefined;
  if (is(token, T.CallParen, T.LeftParen))
    return `after on stands the name of data: write data d = ${before!.image}(...) above, and here on d`;
  return is(token, T.Comma)
    ? "a training has one data, which holds back a part of its own: write on DATA { ... }"
    : undefined;
}

function nameHint({ before, token }: Stop): string {
  if (is(before, T.For)) return "write for i in 0..3 { ... }, or repeat 3 { ... }";
  if (is(before, T.Fn)) return "write fn name(x) = ...";
  return is(token, T.Number_) ? "a name begins with a letter" : "write a name: letters, digits and _";
}

function type(stop: Stop): Account {
  const what = is(stop.before, T.Colon) ? "a type" : "`,` or `]`";
  return expected("expected-type", what, stop, "types look like [28, 28, 1], [T] of V or class 10");
}

function conditionHint(stop: Stop): string {
  if (is(stop.token, T.Colon)) return "blocks stand in { }, not after `:`";
  return "a condition has only operators and calls: if depth(it) == 3 { ... }";
}

function inBrackets(closer: string, stop: Stop): Account {
  if (is(stop.before, T.Comma)) return expected("expected-value", "a value", stop, "one `,` is too many");
  if (is(stop.token, T.Colon)) {
    return unexpected("`:` is only for types and slices", "a named argument is written name=value");
  }
  if (stop.rules.includes("parameters") && is(stop.token, T.Number_))
    return expected("expected-name", "a name", stop, "an input has a name and a shape: (image: [28, 28, 1])");
  return expected("unexpected", `\`,\` or ${closer}`, stop, "values are separated by `,`");
}

function valueHint(stop: Stop): string {
  if (is(stop.token, T.RightParen, T.RightBracket) && is(stop.before, T.Comma)) return "remove the `,`";
  if (isOf(stop.token, T.Operator) && isOf(stop.before, T.Operator)) return "one of the two operators is too many";
  if (is(stop.before, T.Minus, T.Sign) && is(stop.token, T.Minus)) return "one `-` is enough";
  if (stop.token === undefined) return "complete it, or remove what is unfinished";
  return "a value is a number, a name, a call, a list, or any of these in parentheses";
}
