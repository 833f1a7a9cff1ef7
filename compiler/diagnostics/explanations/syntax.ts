// Text that cannot be read as a program.

import type { Explanation } from "./all.ts";

export const syntax: readonly Explanation[] = [
  {
    code: "syntax/unclosed-bracket",
    text: "A bracket is opened and never closed. A definition keyword in column 1 ends it, so that one missing bracket does\nnot swallow the file.",
    bad: "model m(x: [4]) {\n  dense (3 + 1\n}",
    good: "model m(x: [4]) {\n  dense (3 + 1)\n}",
  },
  {
    code: "syntax/spaced-size",
    text: "Sizes are written without spaces: `3x3`.",
    bad: "model m(x: [8, 8, 1]) {\n  conv 3 x 3 4\n}",
    good: "model m(x: [8, 8, 1]) {\n  conv 3x3 4\n}",
  },
  {
    code: "syntax/glued-number",
    text: "A number and a word need a space between them.",
    bad: "model m(x: [4]) {\n  dense 10units\n}",
    good: "model m(x: [4]) {\n  dense 10\n}",
  },
  {
    code: "syntax/foreign-comment",
    text: "Comments begin with `#` and go to the end of the line.",
    bad: "model m(x: [4]) {\n  dense 3 // hidden\n}",
    good: "model m(x: [4]) {\n  dense 3 # hidden\n}",
  },
  {
    code: "syntax/single-quotes",
    text: "Text stands in double quotes.",
    bad: "data d = csv('table.csv')",
    good: 'data d = csv("table.csv")',
  },
  {
    code: "syntax/chained-comparison",
    text: "Comparisons do not chain: write `0 < a and a < 1`.",
    bad: "model m(x: [4]) {\n  if 0 < x < 1 then x else 0\n}",
    good: "model m(x: [4]) {\n  if 0 < x and x < 1 then x else 0\n}",
  },
  {
    code: "syntax/line-outside-definition",
    text: "Outside of definitions stand only definitions, imports and bindings.",
    bad: "dense 3\n\nmodel m(x: [4]) { dense 2 }",
    good: "model m(x: [4]) { dense 3; relu; dense 2 }",
  },
  {
    code: "syntax/brace-on-next-line",
    text: "A newline ends a statement, so the `{` of a body stands on the line of its header.",
    bad: "model m(x: [4])\n{\n  dense 3\n}",
    good: "model m(x: [4]) {\n  dense 3\n}",
  },
  { code: "syntax/not-text", text: "The file has a zero byte: it is not a program but something binary." },
  { code: "syntax/too-large", text: "Programs have at most 1 MB of text. `import` joins several files." },
  { code: "syntax/too-deep", text: "Brackets may be nested 200 deep." },
  {
    code: "syntax/mismatched-bracket",
    text: "A bracket is closed by one of another kind: what opens with `(` closes with `)`.",
    bad: "model m(x: [4]) {\n  dense (3 + 1]\n}",
    good: "model m(x: [4]) {\n  dense (3 + 1)\n}",
  },
  {
    code: "syntax/stray-bracket",
    text: "A bracket is closed that was never opened.",
    bad: "model m(x: [4]) {\n  dense 3)\n}",
    good: "model m(x: [4]) {\n  dense 3\n}",
  },
  {
    code: "syntax/unclosed-string",
    text: "A text in quotes ends on the line on which it begins.",
    bad: 'data d = csv("table.csv)\n\nmodel m(x: [4]) { dense 3 }',
    good: 'data d = csv("table.csv")\n\nmodel m(x: [4]) { dense 3 }',
  },
  {
    code: "syntax/unknown-character",
    text: "The language is written with the characters of a plain keyboard. What a word processor makes of them, such as a long\ndash or curly quotes, is not read.",
    bad: "model m(x: [4]) {\n  it \u2212 1\n}",
    good: "model m(x: [4]) {\n  it - 1\n}",
  },
  {
    code: "syntax/foreign-operator",
    text: "Other languages write this operator so. Here powers are `^`, equality is `==`, and conditions are joined by `and` and `or`.",
    bad: "model m(x: [4]) {\n  it ** 2\n}",
    good: "model m(x: [4]) {\n  it ^ 2\n}",
  },
  {
    code: "syntax/hexadecimal",
    text: "Numbers are decimal: `31`, `0.5`, `1e-3`.",
    bad: "model m(x: [4]) {\n  dense 0x1f\n}",
    good: "model m(x: [4]) {\n  dense 31\n}",
  },
  {
    code: "syntax/nested-definition",
    text: "Definitions stand side by side at the top level of a file; none stands inside another. What a body needs of its own is a\nblock next to it.",
    bad: "model m(x: [4]) {\n  block part(n) { dense n }\n  part 3\n}",
    good: "block part(n) { dense n }\n\nmodel m(x: [4]) {\n  part 3\n}",
  },
  {
    code: "syntax/chained-range",
    text: "A range has two ends: `0..10`. Steps other than one are written as a list.",
    bad: "model m(x: [4]) {\n  for n in 1..2..3 { dense n }\n}",
    good: "model m(x: [4]) {\n  for n in 1..3 { dense n }\n}",
  },
  {
    code: "syntax/keyword-as-name",
    text: "Words of the language, such as `for`, `state` or `model`, cannot be names of parameters, labels or definitions.",
    bad: "block repeat(n) { dense n }\n\nmodel m(x: [4]) { dense 3 }",
    good: "block again(n) { dense n }\n\nmodel m(x: [4]) { again 3 }",
  },
  {
    code: "syntax/expected-value",
    text: "A value is missing: after an operator, after `=`, between commas.",
    bad: "model m(x: [4]) {\n  it + \n}",
    good: "model m(x: [4]) {\n  it + 1\n}",
  },
  {
    code: "syntax/expected-name",
    text: "A name is missing: after `block`, `model` and their like stands what is defined, before `=` what is bound.",
    bad: "block 3(n) { dense n }\n\nmodel m(x: [4]) { dense 3 }",
    good: "block three(n) { dense n }\n\nmodel m(x: [4]) { three 3 }",
  },
  {
    code: "syntax/expected-type",
    text: "After `:` stands the size of an input: a list in brackets, `class N`, or `[T] of V`.",
    bad: "model m(x: 4) { dense 3 }",
    good: "model m(x: [4]) { dense 3 }",
  },
  {
    code: "syntax/expected-block",
    text: "The header of a definition, a loop or a condition is followed by its body in braces.",
    bad: "model m(x: [4])\n\nblock part(n) { dense n }",
    good: "model m(x: [4]) { part 3 }\n\nblock part(n) { dense n }",
  },
  {
    code: "syntax/unexpected",
    text: "Something stands where nothing of its kind can stand.",
    bad: "model m(x: [4]) {\n  dense 3 = 4\n}",
    good: "model m(x: [4]) {\n  dense 3\n}",
  },
];
