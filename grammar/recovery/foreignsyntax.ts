// Words of the language used as names, and habits brought from other languages. The place where the grammar stopped comes
// in; an account goes out when the mistake is one of these.

import type { IToken, TokenType } from "chevrotain";
import { spanOf } from "../syntax/token.ts";
import * as T from "../syntax/tokentypes.ts";
import { type Account, is, isOf, quote, type Stop, unexpected } from "./failure.ts";

/** Keywords that are values, or stand between values. */
const amongValues: readonly TokenType[] = [T.It, T.True, T.False, T.None, T.Param, T.Not, T.If, T.Then, T.Else, T.In];
const joiners: readonly TokenType[] = [T.If, T.Then, T.Else, T.And, T.Or, T.Not, T.In];
const afterNames: readonly TokenType[] = [T.Assign, T.Comma, T.Colon, T.Dot, T.CallParen, T.Arrow];

const definitionWords = [T.Model, T.Data, T.Block, T.Cell, T.Fn, T.Train, T.Optimizer, T.Schedule, T.Import];

/** A reserved word stands where a name was expected, or is used like one. */
export function keywordAsName(stop: Stop): Account | undefined {
  const { token, before, rules, surplus } = stop;
  const wantsName = ["name", "parameters"].includes(rules.at(-1)!);
  if (is(before, ...definitionWords) && is(token, T.Assign, T.Comma)) return reserved(before!, stop);
  if (isOf(token, T.Keyword)) {
    const elsewhere = is(token, ...amongValues, T.And, T.Or);
    if (wantsName || !(elsewhere || surplus)) return reserved(token!, stop);
  }
  const used = isOf(before, T.Keyword) && !is(before, ...joiners) && is(token, ...afterNames);
  return used && !wantsName ? reserved(before!, stop) : undefined;
}

/** Words that open definitions elsewhere. */
const DEFINERS: Readonly<Record<string, string>> = {
  def: "a network is model net(x: [2]) { ... }, a function fn f(x) = ..., a part with parameters block f(n) { ... }",
  class: "a network is model net(x: [2]) { ... }, a part of one block f(n) { ... }",
  function: "a function is fn f(x) = ...",
  func: "a function is fn f(x) = ...",
};

function reserved(word: IToken, stop: Stop): Account {
  if (is(word, T.Optimizer, T.Schedule) && is(stop.token, T.Assign))
    return {
      code: "keyword-as-name",
      message: `\`${word.image}\` is a word of the language, and a line of a training has no \`=\``,
      hint: is(word, T.Optimizer) ? "write optimizer adam lr=1e-3" : "write schedule cosine",
      span: spanOf(word, stop.file),
    };
  return {
    code: "keyword-as-name",
    message: `\`${word.image}\` is a word of the language and cannot be a name`,
    hint:
      is(word, T.Step) && is(stop.before, T.Schedule)
        ? "a rate that falls in steps is `schedule step_decay(every=5)`"
        : `choose another name, for example \`${word.image}_\``,
    span: spanOf(word, stop.file),
  };
}

export function foreignHabit(stop: Stop): Account | undefined {
  const { token, before, seen } = stop;
  const next = stop.sentence.tokens[stop.at + 1];
  const opener = stop.sentence.tokens[0]?.image;
  if (opener !== undefined && Object.hasOwn(DEFINERS, opener) && is(token, T.Colon, T.Braces))
    return unexpected(`\`${opener}\` defines nothing here`, DEFINERS[opener]!);
  if (token?.image === "/" && next?.image === "*")
    return unexpected("`/*` does not begin a comment", "a comment begins with # and ends with its line");
  if (is(token, T.PlusAssign, T.MinusAssign)) return assignment(stop);
  if (is(token, T.Assign)) {
    return inCondition(stop) ? unexpected("`=` in a condition", "equality is written `==`") : secondAssign(stop);
  }
  if (is(token, T.Arrow)) return unexpected("`->` labels a line, not a part of one", arrowHint(stop));
  if (is(token, T.If)) {
    return unexpected("`if` in the middle of a value", "put it in parentheses: (if c then a else b)");
  }
  if (is(token, T.Semicolon)) return unexpected("`;` inside parentheses", "separate arguments with `,`");
  if (is(token, T.Number_) && is(before, T.Dot)) return pointNumber(token!);
  if (is(token, T.Dot) && is(next, T.Number_)) return pointNumber(next!);
  if (is(before, T.Range) && is(token, T.Dot)) {
    return unexpected("`...` stands for nothing here", "a range is written from..to");
  }
  if (!is(token, T.Else)) return undefined;
  return unexpected(`${seen} without its \`then\``, "a choice is written: if c then a else b");
}

/** After an `if`, before its `then`. */
function inCondition(stop: Stop): boolean {
  const words = stop.sentence.tokens.slice(0, stop.at);
  return is(
    words.findLast((token) => is(token, T.If, T.Then, T.Else, T.Braces)),
    T.If,
  );
}

function assignment(stop: Stop): Account {
  const mark = stop.token!.image;
  const name = stop.before?.image ?? "x";
  const message = `${stop.seen} outside of an update`;
  return unexpected(message, `write ${name} = ${name} ${mark[0]} ...; in a train's step: update m.w ${mark} ...`);
}

function secondAssign(stop: Stop): Account {
  if (is(stop.sentence.tokens[1], T.Dot, T.IndexBracket)) {
    const hint = "a parameter is changed in a train's step: update m.w = ...; an element with put(x, at, value)";
    return unexpected("`=` binds names, not fields or elements", hint);
  }
  const before = stop.before === undefined ? "" : ` after ${quote(stop.before)}`;
  const opener = stop.sentence.tokens[0];
  const hint = is(opener, T.Model, T.Block, T.Cell, T.Train)
    ? `a ${opener!.image} has its lines in braces, without \`=\`: ${opener!.image} ${stop.sentence.tokens[1]?.image ?? "name"}(...) { ... }`
    : "bind one value in one statement; equality is written `==`";
  return unexpected(`\`=\`${before} begins a second binding`, hint);
}

function arrowHint(stop: Stop): string {
  const bound = is(stop.sentence.tokens[1], T.Assign);
  return bound ? "the name before `=` is already the label" : "write it after the whole line: conv 3x3 8 -> name";
}

function pointNumber(digits: IToken): Account {
  return unexpected("a number begins with a digit, not with `.`", `write 0.${digits.image}`);
}
