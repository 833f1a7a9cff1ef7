// In: a text, as indices of its characters or as tokens. Out: what has to be remembered to go on with it: whether a quotation is open, how far
// the line has come, how many brackets are open.
// Invariant: a mark depends on the characters or tokens up to its own, and on nothing after it.

import type { FieldNote } from "./source.ts";
import type { LineToken } from "./tokens/tokenise.ts";

export interface Marks {
  readonly quoted: Float32Array;
  readonly column: Float32Array;
  readonly nesting: Float32Array;
}

export const MARK_FIELDS: readonly FieldNote[] = [
  {
    name: "quoted",
    type: "[seq]",
    documentation: "after each character or token: 1 while a quotation is open, else 0",
  },
  { name: "column", type: "[seq]", documentation: "how many characters or tokens of the line there are" },
  { name: "nesting", type: "[seq]", documentation: "how many brackets are open" },
];

/** Quotation marks: each opens a quotation, closes it, or does one and the other in turn. */
const QUOTES: Readonly<Record<string, (isOpen: boolean) => boolean>> = {
  '"': (isOpen) => !isOpen,
  "\u201c": () => true,
  "\u201d": () => false,
};

/** Signs of a line's end in tokens: as they are, and as tokenizers of bytes write them. */
const LINE_END = /\n|\u010a|<0x0A>/;

/** The marks after each of so many tokens. */
export function marksOfTokens(tokens: Iterable<LineToken>, count: number): Marks {
  const [quoted, column, nesting] = [new Float32Array(count), new Float32Array(count), new Float32Array(count)];
  let [isOpen, at, depth, i] = [false, 0, 0, 0];
  for (const { token, startsLine } of tokens) {
    for (const sign of token) {
      isOpen = QUOTES[sign]?.(isOpen) ?? isOpen;
      depth = Math.max(0, depth + stepOf(sign));
    }
    at = LINE_END.test(token) ? 0 : startsLine ? 1 : at + 1;
    quoted[i] = Number(isOpen);
    column[i] = at;
    nesting[i++] = depth;
  }
  return { quoted, column, nesting };
}

const stepOf = (sign: string): number => Number("([{".includes(sign)) - Number(")]}".includes(sign));

export function marksOf(ids: Int32Array, vocabulary: readonly string[]): Marks {
  const quotes = vocabulary.map((letter) => QUOTES[letter]);
  const steps = vocabulary.map(stepOf);
  const lineEnd = vocabulary.indexOf("\n");
  const { length } = ids;
  const [quoted, column, nesting] = [new Float32Array(length), new Float32Array(length), new Float32Array(length)];
  let [isOpen, at, depth] = [false, 0, 0];
  for (const [i, id] of ids.entries()) {
    isOpen = quotes[id]?.(isOpen) ?? isOpen;
    at = id === lineEnd ? 0 : at + 1;
    // A smiley closes what nothing opened.
    depth = Math.max(0, depth + (steps[id] ?? 0));
    quoted[i] = Number(isOpen);
    column[i] = at;
    nesting[i] = depth;
  }
  return { quoted, column, nesting };
}
