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
    good: "model m(x: [4]) { dense 3; dense 2 }",
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
];
