// A sentence that the grammar stopped in comes in; one diagnostic goes out: what was seen, what was expected, what to write.
// Messages name the text and never its author.

import { type IRecognitionException, type IToken, EOF, type TokenType } from "chevrotain";
import type { Sentence } from "./newlines.ts";
import { spanOf } from "./scan.ts";
import type { Diagnostic, Span } from "./span.ts";
import * as T from "./tokens.ts";

interface Stop {
  readonly sentence: Sentence;
  readonly file: string;
  /** Index of the token that could not be read; the sentence's length at its end. */
  readonly at: number;
  readonly token: IToken | undefined;
  readonly before: IToken | undefined;
  readonly seen: string;
  readonly span: Span;
  readonly rules: readonly string[];
  /** The sentence read on without it: the value before was complete. */
  readonly surplus: boolean;
}
type Account = { readonly code: string; readonly message: string; readonly hint?: string; readonly span?: Span };

export function explain(error: IRecognitionException, sentence: Sentence, file: string): Diagnostic {
  const stop = stopOf(error, sentence, file);
  const account = keywordAsName(stop) ?? knownConfusion(stop) ?? plainAccount(stop);
  const { code, message, hint, span } = account;
  return { code: `syntax/${code}`, severity: "error", message, span: span ?? stop.span, ...(hint && { hint }) };
}

function stopOf(error: IRecognitionException, sentence: Sentence, file: string): Stop {
  const { tokens } = sentence;
  const atEnd = error.token.tokenType === EOF;
  const at = atEnd ? tokens.length : tokens.indexOf(error.token);
  const token = tokens[at];
  const inserted = token !== undefined && token.image === "";
  const last = spanOf(tokens[Math.max(at - 1, 0)]!, file);
  const span = token === undefined || inserted ? { ...last, start: Math.max(last.start, last.end - 1) } : placeOf(token, file);
  const seen = inserted ? "the end of the line" : token === undefined ? sentence.ending : quote(token);
  const rules = error.context.ruleStack;
  const surplus = error.name === "NotAllInputParsedException";
  return { sentence, file, at, token, before: tokens[at - 1], seen, span, rules, surplus };
}

/** Of a block only its `{`. */
function placeOf(token: IToken, file: string): Span {
  const span = spanOf(token, file);
  return token.tokenType === T.Braces ? { ...span, end: span.start + 1 } : span;
}

function quote(token: IToken): string {
  if (token.tokenType === T.Braces) return "`{`";
  return `\`${token.image.length > 30 ? `${token.image.slice(0, 30)}...` : token.image}\``;
}

function is(token: IToken | undefined, ...types: TokenType[]): boolean {
  return token !== undefined && types.includes(token.tokenType);
}
function isOf(token: IToken | undefined, category: TokenType): boolean {
  return token?.tokenType.CATEGORIES?.includes(category) ?? false;
}

// ---------------------------------------------------------------- names

const operandWords: readonly TokenType[] = [T.It, T.True, T.False, T.None, T.Param, T.Not];
const neverAfter: readonly TokenType[] = [T.Assign, T.Comma, T.Colon, T.Dot, T.RightParen, T.CallParen, T.Arrow];

/** A reserved word stands where a name was expected, or is used like one. */
function keywordAsName(stop: Stop): Account | undefined {
  const { token, before, rules } = stop;
  const wanted = rules.at(-1) === "name" && isOf(token, T.Keyword);
  const word = is(before, T.Model, T.Data) && is(token, T.Assign, T.Comma);
  if (word) return reserved(before!, stop);
  const isValue = is(token, ...operandWords) || is(token, T.If, T.Then, T.Else, T.In, T.And, T.Or);
  if (wanted || (isOf(token, T.Keyword) && !isValue && !stop.surplus)) return reserved(token!, stop);
  const used = rules.at(-1) !== "name" && isOf(before, T.Keyword) && !is(before, T.If, T.Then, T.Else, T.And, T.Or, T.Not, T.In);
  if (used && is(token, ...neverAfter) && !is(token, T.RightParen)) return reserved(before!, stop);
  return undefined;
}

function reserved(word: IToken, stop: Stop): Account {
  return {
    code: "keyword-as-name",
    message: `\`${word.image}\` is a word of the language and cannot be a name`,
    hint: `choose another name, for example \`${word.image}_\``,
    span: spanOf(word, stop.file),
  };
}

// ---------------------------------------------------------------- habits of other languages

function knownConfusion(stop: Stop): Account | undefined {
  const { token, before, rules, seen } = stop;
  if (is(token, T.PlusAssign, T.MinusAssign)) return assignment(stop);
  if (is(token, T.Assign) && (rules.includes("if") || rules.includes("choice") || rules.includes("narrowChoice"))) {
    return { code: "unexpected", message: "`=` in a condition", hint: "equality is written `==`" };
  }
  if (is(token, T.Assign)) return secondAssign(stop);
  if (is(token, T.Arrow)) return { code: "unexpected", message: "`->` labels a line, not a part of one", hint: arrowHint(stop) };
  if (is(token, T.If)) return { code: "unexpected", message: "`if` in the middle of a value", hint: "put it in parentheses: (if c then a else b)" };
  if (is(token, T.Semicolon)) return { code: "unexpected", message: "`;` inside parentheses", hint: "separate arguments with `,`" };
  if (is(before, T.Dot) && is(token, T.Number_)) return pointNumber(stop);
  if (is(token, T.Dot) && is(stop.sentence.tokens[stop.at + 1], T.Number_)) return pointNumber(stop);
  if (is(before, T.Range) && is(token, T.Dot)) {
    return { code: "expected-value", message: "`...` stands for nothing here", hint: "a range is written from..to" };
  }
  if (is(token, T.Else) && rules.length > 0) return { code: "unexpected", message: `${seen} without its \`then\``, hint: "a choice is written: if c then a else b" };
  return undefined;
}

function assignment(stop: Stop): Account {
  const sign = stop.token!.image[0]!;
  const name = stop.before?.image ?? "x";
  const hint = `write ${name} = ${name} ${sign} ...; for a model's parameter: update m.${name} ${stop.token!.image} ...`;
  return { code: "unexpected", message: `${stop.seen} outside of an update`, hint };
}

function secondAssign(stop: Stop): Account {
  const { tokens } = stop.sentence;
  if (is(tokens[1], T.Dot, T.IndexBracket)) {
    const hint = "a parameter is changed in a train's step: update m.w = ...; an element with put(x, at, value)";
    return { code: "unexpected", message: "`=` binds names, not fields or elements", hint };
  }
  const hint = "bind one value in one statement; equality is written `==`";
  return { code: "unexpected", message: `\`=\` after ${stop.before ? quote(stop.before) : "nothing"} begins a second binding`, hint };
}

function arrowHint(stop: Stop): string {
  return is(stop.sentence.tokens[1], T.Assign) ? "the name before `=` is already the label" : "write it after the whole line: conv 3x3 8 -> name";
}

function pointNumber(stop: Stop): Account {
  const digits = is(stop.token, T.Number_) ? stop.token : stop.sentence.tokens[stop.at + 1];
  return { code: "unexpected", message: "a number begins with a digit, not with `.`", hint: `write 0.${digits!.image}` };
}

// ---------------------------------------------------------------- everything else

const valueRules = ["primary", "value", "operand", "entry", "argument", "flow", "operators", "term", "indexItem", "group"];

function plainAccount(stop: Stop): Account {
  const rule = stop.rules.at(-1) ?? "";
  const opener = stop.sentence.tokens[stop.at - 2];
  if (is(stop.before, T.Braces) && is(opener, T.If, T.Repeat, T.In)) return headless(opener!, stop);
  if (stop.surplus) return surplus(stop);
  if (rule === "name" || rule === "names") return expected("expected-name", "a name", stop, "a name begins with a letter");
  if (rule === "assign") return expected("unexpected", "`=`", stop, "write a, b = values; on a line spaces separate arguments");
  if (rule === "body") return missingBlock(stop);
  if (rule === "type") return type(stop);
  if (rule === "otherwise") return expected("expected-block", "`{` or `if`", stop, "write else { ... }");
  if (rule === "choice" || rule === "narrowChoice" || rule === "choiceLine") return choice(stop);
  if (rule === "if") return expected("expected-block", "`{` or `then`", stop, conditionHint(stop));
  if (["call", "group", "list", "index", "parameters"].includes(rule)) return inBrackets(rule, stop);
  if (rule === "for") return expected("unexpected", "`in`", stop, "write for name in list { ... }");
  if (valueRules.includes(rule)) return expected("expected-value", "a value", stop, valueHint(stop));
  if (rule === "import") return expected("unexpected", 'a file in quotes, as "file.dnn"', stop, 'write import "file.dnn" or import a, b from "file.dnn"');
  if (rule === "function") return expected("expected-block", "`{` or `=`", stop, "write fn name(x) = value, or fn name(x) { ... }");
  if (rule === "update") return expected("unexpected", "`=`, `+=` or `-=`", stop, "write update m.w += value");
  return expected("unexpected", "something else", stop);
}

function expected(code: string, what: string, stop: Stop, hint?: string): Account {
  const place = stop.before === undefined ? "" : ` after ${is(stop.before, T.Braces) ? "`}`" : quote(stop.before)}`;
  return { code, message: `expected ${what}${place}, saw ${stop.seen}`, ...(hint && { hint }) };
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
  const first = sentence.tokens[0]!;
  if (is(token, T.Comma)) return { code: "unexpected", message: "`,` between the words of a line", hint: "on a line spaces separate arguments: conv 3x3 64" };
  if (is(token, T.Colon)) return { code: "unexpected", message: "`:` is only for types and slices", hint: "a named argument is written name=value; a block stands in { }" };
  if (is(token, T.Braces)) return { code: "unexpected", message: "`{` after a value that takes no block", hint: "put the line with its block in parentheses, or give it a name" };
  if (is(first, T.Param, T.State) && is(token, T.LeftBracket)) {
    return { code: "unexpected", message: "a shape without `:` before it", hint: `write ${before!.image}: [...]` };
  }
  if (is(before, T.Braces)) return { code: "unexpected", message: `${stop.seen} after \`}\``, hint: "begin a new line, or write `;`" };
  if (is(first, T.Data, T.Import)) return expected("unexpected", "the end of the line", stop);
  const message = `${stop.seen} after a complete value`;
  return { code: "unexpected", message, hint: surplusHint(stop) };
}

function surplusHint(stop: Stop): string {
  if (isOf(stop.before, T.Keyword) || stop.before?.image === ")") return "begin a new line, or write `;`";
  if (is(stop.before, T.Number_)) return "a line begins with a layer or a name; for a product write `*`";
  return "only a name takes arguments: put an inner layer in parentheses, as in x + (dense 5), or call it: dense(5)";
}

function missingBlock(stop: Stop): Account {
  const word = stop.sentence.tokens[0]!.image;
  const hint = is(stop.token, T.Colon)
    ? "blocks stand in { }, not after `:`"
    : stop.token === undefined
      ? `write ${word} ... { on the same line`
      : "in a header only operators and calls are read, as in depth(it) == 3; then `{`";
  return expected("expected-block", "`{`", stop, hint);
}

function type(stop: Stop): Account {
  return expected("expected-type", is(stop.before, T.Colon) ? "a type" : "`,` or `]`", stop, "types look like [28, 28, 1], [T] of V or class 10");
}

function choice(stop: Stop): Account {
  const open = stop.sentence.tokens.slice(0, stop.at).findLast((token) => is(token, T.If, T.Then));
  const word = is(open, T.Then) ? "`else`" : "`then`";
  const hint = is(stop.token, T.Braces) ? "as a value write if c then a else b" : "a choice is written: if c then a else b";
  return expected("unexpected", word, stop, hint);
}

function conditionHint(stop: Stop): string {
  if (is(stop.token, T.Colon)) return "blocks stand in { }, not after `:`";
  return "a condition has only operators and calls: if depth(it) == 3 { ... }";
}

function inBrackets(rule: string, stop: Stop): Account {
  if (is(stop.before, T.Comma)) return expected("expected-value", "a value", stop, "one `,` is too many");
  const closer = rule === "list" || rule === "index" ? "`]`" : "`)`";
  if (is(stop.token, T.Colon)) return { code: "unexpected", message: "`:` is only for types and slices", hint: "a named argument is written name=value" };
  return expected("unexpected", `\`,\` or ${closer}`, stop, isOf(stop.token, T.Keyword) ? undefined : "values are separated by `,`");
}

function valueHint(stop: Stop): string {
  if (is(stop.token, T.RightParen, T.RightBracket) && is(stop.before, T.Comma)) return "remove the `,`";
  if (isOf(stop.token, T.Operator) && isOf(stop.before, T.Operator)) return "one of the two operators is too many";
  if (is(stop.before, T.Minus, T.Sign) && is(stop.token, T.Minus)) return "one `-` is enough";
  if (stop.token === undefined) return "complete it, or remove what is unfinished";
  return "a value is a number, a name, a call, a list, or any of these in parentheses";
}
