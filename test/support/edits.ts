// Texts as they are typed: random changes of a program, small ones as well as those that break it.

import fc from "fast-check";

const TYPED = [
  ...'{}()[]"#;,=.:+-*/ 3ax',
  "\n",
  "\n\n",
  "\r\n",
  "  dense 10\n",
  "conv 3x3 8 p1",
  "model other(x: [4]) {\n",
  "block b(n) {\n  dense n\n}\n",
  "# A comment.\n",
  "data d = digits()\n",
  "model",
  "train",
  "optimizer",
  "schedule",
  "x = 3\n",
  " -> h",
  "3 x 3",
  "// no comment\n",
  "residual { ",
  "then",
  "if a { } else { }",
  "\u2028",
];

/** Where it stands, as a share of the text, how much it replaces, and by what. */
export interface RandomEdit {
  readonly place: number;
  readonly removed: number;
  readonly text: string;
}

export const randomEdit: fc.Arbitrary<RandomEdit> = fc.record({
  place: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(3) }, fc.nat(60)),
  text: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...TYPED) }, fc.constant("")),
});

export function withEdit(text: string, { place, removed, text: typed }: RandomEdit): string {
  const at = Math.floor(place * text.length);
  return text.slice(0, at) + typed + text.slice(at + removed);
}
