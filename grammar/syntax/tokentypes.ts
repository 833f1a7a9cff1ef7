// The vocabulary of the language. Nothing comes in; token types and one lexer go out. Words are all read as `Name` and
// get their own type afterwards (see lexer/tokenize.ts), so a name that begins like a keyword can never be cut in two.

import { createToken, Lexer, type TokenType } from "chevrotain";

function category(name: string): TokenType {
  return createToken({ name, pattern: Lexer.NA });
}
function literal(name: string, pattern: string | RegExp, ...categories: TokenType[]): TokenType {
  return createToken({ name, pattern, categories });
}
/** A type that no text matches by itself: `scan` and the statement pass give it to tokens. */
function derived(name: string, ...categories: TokenType[]): TokenType {
  return createToken({ name, pattern: Lexer.NA, categories });
}

// ---------------------------------------------------------------- categories

/** Stands between two operands. */
export const Operator = category("Operator");
/** Stands before an operand. */
export const Prefix = category("Prefix");
/** Reserved words. */
export const Keyword = category("Keyword");

// ---------------------------------------------------------------- text and numbers

export const Newline = literal("Newline", /\r\n|\n|\r/);
const Space = createToken({ name: "Space", pattern: /[ \t\f\v\u00a0\ufeff]+/, group: Lexer.SKIPPED });
const Comment = createToken({ name: "Comment", pattern: /#[^\r\n]*/, group: "comments" });
/** `// text` alone on its line: read as a comment after a diagnostic. */
export const ForeignComment = literal("ForeignComment", /\/\/[^\r\n()[\]{}]*(?![^\r\n])/);
export const StringLiteral = literal("Text", /"(?:[^"\\\r\n]|\\[^\r\n])*"/);
export const UnclosedString = literal("OpenText", /"[^\r\n]*/);
export const SingleQuotedString = literal("QuotedText", /'[^'\r\n]*'?|`[^`\r\n]*`?/);
export const Size = literal("Size", /\d+(?:x\d+)+(?!\w|\.\d)/);
export const NumberLiteral = literal("Number", /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?!\w|\.\d)/);
/** A number glued to letters or to another number. */
export const GluedNumber = literal("GluedNumber", /\d+\w*(?:\.\d+\w*)*/);
export const Name = literal("Name", /[A-Za-z_]\w*/);

// ---------------------------------------------------------------- words

export const Option = derived("Option", Name);
export const Of = derived("Of", Name);
export const On = derived("On", Name);
export const Class = derived("Class", Name);
export const From = derived("From", Name);

/** Words that begin a definition. `model` and `data` are names wherever they cannot begin one. */
export const Model = derived("Model", Name);
export const Data = derived("Data", Name);
export const Block = derived("Block", Keyword);
export const Cell = derived("Cell", Keyword);
export const Fn = derived("Fn", Keyword);
export const Train = derived("Train", Keyword);
export const Optimizer = derived("Optimizer", Keyword);
export const Schedule = derived("Schedule", Keyword);
export const Import = derived("Import", Keyword);

export const Param = derived("Param", Keyword);
export const State = derived("State", Keyword);
export const Fixed = derived("Fixed", Keyword);
export const If = derived("If", Keyword);
export const Then = derived("Then", Keyword);
export const Else = derived("Else", Keyword);
export const For = derived("For", Keyword);
export const In = derived("In", Keyword);
export const Repeat = derived("Repeat", Keyword);
export const Branch = derived("Branch", Keyword);
export const Step = derived("Step", Keyword);
export const Update = derived("Update", Keyword);
export const And = derived("And", Keyword, Operator);
export const Or = derived("Or", Keyword, Operator);
export const Not = derived("Not", Keyword, Prefix);
export const True = derived("True", Keyword);
export const False = derived("False", Keyword);
export const None = derived("None", Keyword);
export const It = derived("It", Keyword);

// ---------------------------------------------------------------- marks

export const PlusAssign = literal("PlusAssign", "+=");
export const MinusAssign = literal("MinusAssign", "-=");
export const Arrow = literal("Arrow", "->");
export const Range = literal("Range", "..", Operator);
/** Operators of other languages; `scan` reports them and reads the nearest one of ours. */
export const ForeignOperator = literal("ForeignOperator", /===|!==|\*\*|\/\/|&&|\|\||[*/%^]=|:=|=>|%|!(?!=)/);
export const EqualEqual = literal("EqualEqual", "==", Operator);
export const NotEqual = literal("NotEqual", "!=", Operator);
const LessEqual = literal("LessEqual", "<=", Operator);
const GreaterEqual = literal("GreaterEqual", ">=", Operator);
const Less = literal("Less", "<", Operator);
const Greater = literal("Greater", ">", Operator);
export const Assign = literal("Assign", "=");
export const Plus = literal("Plus", "+", Operator);
export const Minus = literal("Minus", "-", Operator, Prefix);
/** `-` with a space before and none after, where it begins an argument. */
export const Sign = derived("Sign", Prefix);
export const Star = literal("Star", "*", Operator);
export const Slash = literal("Slash", "/", Operator);
export const At = literal("At", "@", Operator);
export const Caret = literal("Caret", "^", Operator);
export const Comma = literal("Comma", ",");
export const Colon = literal("Colon", ":");
export const Semicolon = literal("Semicolon", ";");
export const Dot = literal("Dot", ".");

// ---------------------------------------------------------------- brackets

export const LeftParen = literal("LeftParen", "(");
export const RightParen = literal("RightParen", ")");
export const LeftBracket = literal("LeftBracket", "[");
export const RightBracket = literal("RightBracket", "]");
export const LeftBrace = literal("LeftBrace", "{");
export const RightBrace = literal("RightBrace", "}");
/** `(` and `[` that touch what stands before them. */
export const CallParen = derived("CallParen", LeftParen);
export const IndexBracket = derived("IndexBracket", LeftBracket);
/** A whole `{ ... }`, made by the statement pass; its payload is the group. */
export const Braces = derived("Braces");
/** A word or number that could not be read; a diagnostic exists. It stands where an operand stands. */
export const Unreadable = derived("Unreadable");

export const wordTypes: ReadonlyMap<string, TokenType> = new Map([
  ["of", Of],
  ["on", On],
  ["class", Class],
  ["from", From],
  ["model", Model],
  ["data", Data],
  ["block", Block],
  ["cell", Cell],
  ["fn", Fn],
  ["train", Train],
  ["optimizer", Optimizer],
  ["schedule", Schedule],
  ["import", Import],
  ["param", Param],
  ["state", State],
  ["fixed", Fixed],
  ["if", If],
  ["then", Then],
  ["else", Else],
  ["for", For],
  ["in", In],
  ["repeat", Repeat],
  ["branch", Branch],
  ["step", Step],
  ["update", Update],
  ["and", And],
  ["or", Or],
  ["not", Not],
  ["true", True],
  ["false", False],
  ["none", None],
  ["it", It],
]);

/** In the order in which the lexer tries them. */
const lexed = [
  Newline,
  Space,
  Comment,
  ForeignComment,
  StringLiteral,
  UnclosedString,
  SingleQuotedString,
  Size,
  NumberLiteral,
  GluedNumber,
  Name,
]
  .concat([PlusAssign, MinusAssign, Arrow, Range, ForeignOperator, EqualEqual, NotEqual, LessEqual, GreaterEqual])
  .concat([Less, Greater, Assign, Plus, Minus, Star, Slash, At, Caret, Comma, Colon, Semicolon, Dot])
  .concat([LeftParen, RightParen, LeftBracket, RightBracket, LeftBrace, RightBrace]);

/** Every type the grammar can meet. */
export const vocabulary: TokenType[] = [
  ...lexed,
  ...new Set([Operator, Prefix, Keyword, Option, ...wordTypes.values()]),
  ...[Sign, CallParen, IndexBracket, Braces, Unreadable],
];

const isTesting = typeof process !== "undefined" && process.env?.VITEST !== undefined;
/** The grammar's own consistency is checked in tests and not paid for at every start. */
export const skipValidations = !isTesting;

let lexer: Lexer | undefined;
export function getLexer(): Lexer {
  lexer ??= new Lexer(lexed, { positionTracking: "onlyOffset", skipValidations });
  return lexer;
}
