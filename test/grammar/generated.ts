// Random program texts, made along the grammar, with random spacing wherever spacing is free.

import fc from "fast-check";

type Text = fc.Arbitrary<string>;
const oneOf = (...texts: (string | Text)[]): Text =>
  fc.oneof(...texts.map((text) => (typeof text === "string" ? fc.constant(text) : text)));
const seq = (...parts: (string | Text)[]): Text =>
  fc.tuple(...parts.map((part) => (typeof part === "string" ? fc.constant(part) : part))).map((list) => list.join(""));
const many = (text: Text, separator: string | Text, limits: { minLength?: number; maxLength: number }): Text => {
  const pair = fc.tuple(typeof separator === "string" ? fc.constant(separator) : separator, text);
  return fc.array(pair, limits).map((pairs) => pairs.map(([gap, item], i) => (i > 0 ? gap : "") + item).join(""));
};

const gap = fc.constantFrom("", " ", "  ");
const space = fc.constantFrom(" ", "   ");
/** Where a line goes on in any case. */
const loose = fc.constantFrom("", " ", " ", "\n  ", " # note\n ", "\n\n# two\n# lines\n   ");
const name = fc.constantFrom("x", "y", "conv", "model", "data", "s2", "p1", "of", "on", "class", "every");
const comma = seq(",", loose);
const operator = fc.constantFrom("+", "-", "*", "/", "@", "^", "==", "<", ">=", "!=", "..");
const wordOperator = fc.constantFrom(" and ", " or ", " and\n ", " or not ", " - ", "-", " -");

const { value, statement } = fc.letrec<{
  value: string;
  term: string;
  expr: string;
  arg: string;
  entry: string;
  body: string;
  statement: string;
}>((tie) => ({
  term: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    name,
    fc.constantFrom("3", "0.5", "2e-3", "3x3", '"a # b"', "true", "none", "it", "param"),
    seq(name, "(", gap, many(tie("entry"), comma, { maxLength: 3 }), gap, ")"),
    seq(
      name,
      "[",
      many(oneOf(tie("expr"), seq(tie("expr"), gap, ":", gap, tie("expr")), ":"), comma, {
        minLength: 1,
        maxLength: 2,
      }),
      "]",
    ),
    seq(name, ".", name),
    seq("(", loose, tie("value"), loose, ")"),
    seq("[", loose, many(tie("value"), comma, { maxLength: 3 }), loose, "]"),
    tie("body"),
  ),
  expr: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    tie("term"),
    seq(tie("term"), gap, operator, loose, tie("term")),
    seq(tie("term"), wordOperator, tie("term")),
    seq(fc.constantFrom("-", "- ", "not ", "--"), tie("term")),
  ),
  arg: oneOf(tie("expr"), seq(name, gap, "=", gap, tie("expr")), "s2", "p1", "(s2)"),
  entry: oneOf(tie("value"), seq(name, gap, "=", loose, tie("value"))),
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    tie("expr"),
    seq(name, space, many(tie("arg"), space, { minLength: 1, maxLength: 4 })),
    seq(name, space, tie("body")),
    seq("if ", tie("expr"), " then ", tie("value"), " else ", tie("value")),
  ),
  body: oneOf(
    seq(
      "{",
      gap,
      many(tie("statement"), fc.constantFrom(";", "; ", "\n ", "\n\n\n ", " # end\n "), { maxLength: 3 }),
      gap,
      "}",
    ),
    seq("{ # open\n ", tie("statement"), "\n# last\n }"),
  ),
  statement: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    tie("value"),
    seq(tie("value"), gap, "->", loose, "h"),
    seq("y", gap, "=", loose, tie("value")),
    seq("a, b = ", tie("value")),
    seq(
      fc.constantFrom("param ", "fixed param ", "state "),
      "w",
      gap,
      ":",
      gap,
      "[",
      tie("expr"),
      ",n] of 3",
      gap,
      "=",
      tie("value"),
      comma,
      "v",
    ),
    seq("fixed ", tie("term")),
    seq("if ", tie("expr"), " ", tie("body"), fc.constantFrom(" ", "\n", " # so\n"), "else ", tie("body")),
    seq("for i in ", tie("expr"), tie("body")),
    seq("repeat ", tie("expr"), " ", tie("body")),
    seq("update ", name, ".w", gap, fc.constantFrom("=", "+=", "-="), loose, tie("expr")),
    seq("optimizer ", tie("value")),
    seq("metric ", name, gap, "=", gap, tie("expr")),
  ),
}));

const definition: Text = fc.oneof(
  seq(
    "model m",
    gap,
    "(x",
    gap,
    ":",
    gap,
    "[3,",
    loose,
    "n]",
    gap,
    "=",
    loose,
    "none, k",
    gap,
    "=",
    gap,
    "2)",
    gap,
    "{\n",
    statement,
    "\n}",
  ),
  seq("# about f\nfn f(x, s2=3)", gap, "=", loose, value),
  seq("schedule s(t)", gap, "{ ", statement, " }"),
  seq("train t(k=1) on d { ", many(statement, "; ", { maxLength: 3 }), " } # after"),
  seq("data d = ", name, "(", value, ") { ", statement, "}"),
  seq("a = ", value),
);

export const generatedText: Text = many(definition, fc.constantFrom("\n", "\n\n", "\n\n\n# note\n\n"), {
  minLength: 1,
  maxLength: 3,
});
