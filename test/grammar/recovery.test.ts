import { describe, expect, test } from "vitest";
import { parse } from "../../grammar/parser/parse.ts";
import { mistakes, statements } from "./sketch.ts";

/** Inside a model of its own. */
const inModel = (line: string) => mistakes(`model m(x: [3]) {\n  ${line}\n}\n`);

test.each([
  // Proves for one line each: the code, and the text it points at.
  ["dense 3conv", 'glued-number "3conv"'],
  ["conv 0xff", 'hexadecimal "0xff"'],
  ["conv 3 x 3 64", 'spaced-size "3 x 3"'],
  ["y = 'abc'", `single-quotes "'abc'"`],
  ['y = text("abc)', 'unclosed-string "\\"abc)"'],
  ["y = a ** 2", 'foreign-operator "**"'],
  ["y = a && b", 'foreign-operator "&&"'],
  ["y = !a", 'foreign-operator "!"'],
  ["dense 5 // five (more)", 'foreign-operator "//"'],
  ["dense 5 // five more", 'foreign-comment "// five more"'],
  ["// five (more)", 'foreign-comment "//"'],
  ["dense $5", 'unknown-character "$"'],
  ["dense(20", 'unclosed-bracket "("'],
  ["y = [1, 2", 'unclosed-bracket "["'],
  ["f(a]", 'mismatched-bracket "]"'],
  ["f(a))", 'stray-bracket ")"'],
  ["else { dense 3 }", 'else-without-if "else"'],
  ["then dense 3", 'then-without-if "then"'],
  ["step = 3", 'keyword-as-name "step"'],
  ["y = fn", 'keyword-as-name "fn"'],
  ["for if in x { relu }", 'keyword-as-name "if"'],
  ["it = 3", 'keyword-as-name "it"'],
  ["y = x.none", 'keyword-as-name "none"'],
  ["y = a < b < c", 'chained-comparison "<"'],
  ["y = 0..1..2", 'chained-range ".."'],
  ["if x = 3 { relu }", 'unexpected "="'],
  ["if x == 3 then relu", 'unexpected "u"'],
  ["if depth it == 3 { relu }", 'expected-block "it"'],
  ["if x: relu", 'expected-block ":"'],
  ["repeat { relu }", 'expected-value "{"'],
  ["for i range(3) { relu }", 'unexpected "range"'],
  ["branch relu", 'expected-block "relu"'],
  ["conv 3x3, 64", 'unexpected ","'],
  ["y = x + dense 5", 'unexpected "5"'],
  ["x += 1", 'unexpected "+="'],
  ["x.w = 1", 'unexpected "="'],
  ["a = b = 1", 'unexpected "="'],
  ["y = 3 +", 'expected-value "+"'],
  ["y = * 3", 'expected-value "*"'],
  ["y = .5", 'unexpected "."'],
  ["y = f(1,,2)", 'expected-value ","'],
  ["y = f(a: 1)", 'unexpected ":"'],
  ["y = [1 2]", 'unexpected "2"'],
  ["y = if a b else c", 'unexpected "b"'],
  ["y = a if b else c", 'unexpected "else"'],
  ["y = relu -> z", 'unexpected "->"'],
  ["relu -> 3", 'expected-name "3"'],
  ["param w [3]", 'unexpected "["'],
  ["state 3", 'expected-name "3"'],
  ["param w: 3", 'expected-type "3"'],
  ["update x", 'unexpected "x"'],
  ["a, b", 'unexpected "b"'],
  ["block b(n) { dense n }", 'nested-definition "block"'],
  ["model b(n: [3]) { dense n }", 'nested-definition "model"'],
])("%s", (line, expected) => {
  expect(inModel(line)).toEqual([expected]);
});

test.each([
  // Proves the same for definitions and the top level.
  ["model (x: [3]) { relu }", 'expected-name "("'],
  ["model m x: [3] { relu }", 'expected-block "x"'],
  ["model m(x: 3) { relu }", 'expected-type "3"'],
  ["model m(x: [3] { relu }", 'unclosed-bracket "("'],
  ["model m(x: [3]):\n  dense 3\n  relu", 'expected-block ":"'],
  ["model m(x: [3])\n{\n  dense 3\n}", 'brace-on-next-line "{"'],
  ["model m(x: [3]) { relu } tanh", 'unexpected "tanh"'],
  ["model m(x: [3]) { relu } }", 'stray-bracket "}"'],
  ["conv 3x3 64\nrelu", 'line-outside-definition "conv 3x3 64"'],
  ["fn f(x) x + 1", 'expected-block "x"'],
  ["fn f(x) =", 'expected-value "="'],
  ["data d", 'unexpected "d"'],
  ["train t on { loss x }", 'expected-name "{"'],
  ["import foo", 'unexpected "o"'],
  ["x = (a; b)", 'unexpected ";"'],
])("%s", (text, expected) => {
  expect(mistakes(text)).toEqual([expected]);
});

describe("several mistakes in one file", () => {
  test("are each reported once, in text order", () => {
    // Proves that statements, brackets, words and definitions fail independently.
    const text = `model a(x: [3]) {
  conv 3x 8
  y = f(1, 2
  dense 5 + * 2
  relu
}
model b(y: [3] {
  if c = d { z = 1 2 }
}
fn = 3
block c(n) { dense n } }
train t on d { loss "open
  else { x } }
`;
    expect(mistakes(text)).toEqual([
      'glued-number "3x"',
      'unclosed-bracket "("',
      'expected-value "*"',
      'unclosed-bracket "("',
      'unexpected "="',
      'unexpected "2"',
      'keyword-as-name "fn"',
      'stray-bracket "}"',
      'unclosed-string "\\"open"',
      'else-without-if "else"',
    ]);
  });
  test("a forgotten `{` is found by indentation", () => {
    // Proves that the blame falls on the block that was left open and not on the one around it.
    const text = "model a(x: [3]) {\n  repeat 2 {\n    relu\n  dense 3\n}\n\nmodel b(x: [3]) { relu }\n";
    const { diagnostics, file } = parse(text, "f");
    expect(diagnostics).toHaveLength(1);
    expect(text.slice(0, diagnostics[0]!.span!.start).split("\n")).toHaveLength(2);
    expect(file.definitions).toHaveLength(2);
  });
  test("a statement ends with its line where its bracket is never closed, and what it says is left open", () => {
    // Proves that the lines below are read as they stand, and that nothing is made of a guess.
    const text = "model a(x: [3]) {\n  y = f(1, [2\n  z = g(3)\n  dense(4) { relu }\n}\n";
    const [a] = parse(text, "f").file.definitions;
    expect(a?.kind === "model" && statements(a.body)).toBe("y = !; z = g(3); <dense(4) { relu }>");
  });
});

describe("what remains of an unreadable statement", () => {
  test("keeps the names that it would have bound", () => {
    // Proves that later uses of them are not unknown.
    const text =
      "model a(x: [3]) {\n  y, z = 1 + * 2\n  conv 3, 4 -> h\n  param w: 3, b: [n] = 0 0\n  state c [3]\n}\n";
    const [a] = parse(text, "f").file.definitions;
    expect(a?.kind === "model" && statements(a.body)).toBe("y, z = !; ! -> h; param w = !, b = !; state ");
  });
  test("keeps a definition whose header is unreadable, and its body", () => {
    // Proves that the definition is marked as broken and still named.
    const [a] = parse("model a(x: 3) { relu; y = 3 }", "f").file.definitions;
    expect(a).toMatchObject({ kind: "model", name: { text: "a" }, broken: true, parameters: [] });
    expect(a?.kind === "model" && statements(a.body)).toBe("relu; y = 3");
  });
});

describe("texts that are no programs", () => {
  test("empty, blank, only comments, and a byte order mark are fine", () => {
    // Proves that nothing is complained about where nothing is wrong.
    for (const text of ["", " \n\t\n", "# only\r\n# comments", "\ufeff", "\ufeffmodel m { relu }\r\n"]) {
      expect(parse(text, "f").diagnostics).toEqual([]);
    }
    expect(parse("\ufeffmodel m { relu }", "f").file.definitions).toHaveLength(1);
  });
  test("a zero byte, and bytes that were not UTF-8, are one mistake", () => {
    // Proves that a binary file gives one diagnostic.
    expect(mistakes("model\0m\0")).toEqual(['not-text "\\u0000"']);
    expect(mistakes("x = \ufffd\ufffd3").map((line) => line.split(" ")[0])).toEqual(["not-text"]);
  });
  test("a source of more than 1 MB is refused", () => {
    // Proves the guard's number on both sides.
    expect(mistakes(`#${"x".repeat(1_000_000)}`)[0]).toMatch(/^too-large/);
    expect(mistakes(`#${"x".repeat(999_999)}`)).toEqual([]);
  });
  test("200 brackets inside one another are read, 10,000 are one mistake", () => {
    // Proves the guard's number, for each kind of bracket.
    for (const [open, close] of ["()", "[]", "{}"]) {
      const nested = (depth: number) => `x = ${open!.repeat(depth)}1${close!.repeat(depth)}`;
      expect(mistakes(nested(200))).toEqual([]);
      expect(mistakes(nested(201))).toHaveLength(1);
      expect(mistakes(`${nested(10_000)}\nmodel m { relu }`)).toEqual([`too-deep ${JSON.stringify(open)}`]);
      expect(mistakes(`x = ${open!.repeat(10_000)}`)).toHaveLength(1);
    }
  });
  test.each([
    // Proves that a megabyte on one line gives at most a few diagnostics, without overflowing the stack.
    ["sum", `x = ${"a+".repeat(400_000)}a`],
    ["power", `x = a${"^a".repeat(400_000)}`],
    ["signs", `x = ${"-".repeat(900_000)}1`],
    ["fields", `x = a${".b".repeat(400_000)}`],
    ["calls", `x = f${"(x)".repeat(300_000)}`],
    ["choices", `x = ${"if a then b else ".repeat(50_000)}c`],
    ["else ifs", `fn f(x) { ${"if a { b } else ".repeat(50_000)}{ c } }`],
    ["a list", `x = [${"1, ".repeat(300_000)}]`],
    ["one word", "a".repeat(1_000_000)],
    ["one number", `x = ${"1".repeat(900_000)}`],
    ["quotes", `x = ${'"'.repeat(900_001)}`],
    ["a glued size", `x = ${"1x".repeat(450_000)}`],
  ])("%s on one line", (_, text) => {
    expect(parse(text, "f").diagnostics.length).toBeLessThanOrEqual(2);
  });
});

test("every message is one line, blames nobody and says what to do", () => {
  // Proves the manner of all diagnostics of this file's cases.
  const texts = ["x = 3x", "x = (", "x = )", "model fn { }", "x = 1 2", "x = a < b < c", "relu", "x = 'a'", "x = $"];
  for (const { message, hint, severity } of texts.flatMap((text) => parse(text, "f").diagnostics)) {
    expect(`${message}${hint}`).not.toMatch(/\n|\byou\b|\byour\b|invalid|illegal|error/i);
    expect(hint).toBeTruthy();
    expect(severity).toBe("error");
  }
});

test("a fix makes the text readable", () => {
  // Proves each machine-applicable correction by applying it.
  const texts = ["x = pool 3 x 3", "x = 'a \"b\" c'", "x = f(a]", "x = f(a))", "x = f(0x1F)", "x = relu // done"];
  for (const text of texts) {
    const fix = parse(text, "f").diagnostics[0]?.fix;
    expect(fix, text).toBeDefined();
    const fixed = fix!.edits.reduce((t, { span, text: put }) => t.slice(0, span.start) + put + t.slice(span.end), text);
    expect(mistakes(fixed), fixed).toEqual([]);
  }
});
