// In: how long, how many, a seed. Out: sequences whose answer depends on steps far back.
// Invariant: the answer cannot be told from the last steps alone. Source: Hochreiter and Schmidhuber, "Long short-term
// memory" (1997), adding problem; Arjovsky, Shah, Bengio, "Unitary evolution recurrent neural networks" (2016), copying.

import { DataError } from "../../files/dataerror.ts";
import type { Column } from "../dataset.ts";
import { Random } from "../random.ts";
import { checkNumbers, type Parameter, type Source } from "../source.ts";
import { cutAt, splitRows } from "../split.ts";

const count: Parameter = {
  name: "n",
  kind: "count",
  default: 2000,
  documentation: "sequences, training and held-out together",
};
const split: Parameter = { name: "split", kind: "fraction", default: 0.8, documentation: "the share that trains" };

/** Writes one sequence of (value, mark) pairs and returns the sum of the two marked values. */
function writeAddition(steps: Float32Array, random: Random): number {
  const seq = steps.length / 2;
  const half = Math.floor(seq / 2);
  for (let step = 0; step < seq; step++) steps[2 * step] = random.uniform();
  const [first, second] = [random.integer(half), half + random.integer(seq - half)];
  for (const step of [first, second]) steps[2 * step + 1] = 1;
  return steps[2 * first]! + steps[2 * second]!;
}

export const adding: Source = {
  name: "adding",
  documentation: "The adding problem: the sum of the two marked numbers of a sequence, one in each half.",
  parameters: [count, { name: "seq", kind: "count", default: 50, documentation: "steps, at least 2" }, split],
  fields: [
    { name: "x", type: "[seq, 2]", documentation: "at each step a number from 0 to 1 and a mark, 0 or 1" },
    { name: "y", type: "[1]", documentation: "the sum of the two marked numbers; always answering 1 has error 1/6" },
  ],
  generated: true,
  load(given, { seed }) {
    const [n, seq] = [given.number("n"), given.number("seq")];
    if (seq < 2)
      throw new DataError(
        "data/bad-argument",
        "adding: seq is 1, but two steps are marked: at least 2",
        "write at least seq=2",
        "seq",
      );
    checkNumbers("adding", n * seq * 2);
    const random = new Random(seed);
    const x = new Float32Array(n * seq * 2);
    const y = new Float32Array(n);
    for (let i = 0; i < n; i++) y[i] = writeAddition(x.subarray(i * seq * 2, (i + 1) * seq * 2), random);
    const columns = [
      { name: "x", shape: [seq, 2], values: x },
      { name: "y", shape: [1], values: y },
    ];
    return {
      unit: "sequences",
      unitsPerExample: 1,
      ...splitRows(columns, n, cutAt(n, given.number("split"), "adding")),
    };
  },
};

/** Blank, eight letters to remember, and the sign to repeat them. */
const SYMBOLS = ["_", "a", "b", "c", "d", "e", "f", "g", "h", ">"];
const LETTERS = 8;
const REPEAT = SYMBOLS.length - 1;

/** `text`: letters, blanks, the sign as the last of `delay` steps, blanks; `next`: blanks, then the letters again. */
function writeCopy(text: Int32Array, next: Int32Array, seq: number, random: Random): void {
  for (let step = 0; step < seq; step++) {
    const letter = 1 + random.integer(LETTERS);
    text[step] = letter;
    next[next.length - seq + step] = letter;
  }
  text[text.length - seq - 1] = REPEAT;
}

export const copying: Source = {
  name: "copying",
  documentation: "The copying problem: letters, a long wait, a sign, and then the letters must be said again.",
  parameters: [
    count,
    { name: "seq", kind: "count", default: 10, documentation: "letters to remember" },
    { name: "delay", kind: "count", default: 20, documentation: "steps between the last letter and the answer" },
    split,
  ],
  fields: [
    { name: "text", type: "[2*seq + delay] of 10", documentation: "the letters, blanks, the sign >, blanks" },
    { name: "next", type: "[2*seq + delay] of 10", documentation: "blanks up to the sign, then the letters" },
  ],
  generated: true,
  load(given, { seed }) {
    const [n, seq] = [given.number("n"), given.number("seq")];
    const length = 2 * seq + given.number("delay");
    checkNumbers("copying", n * length);
    const random = new Random(seed);
    const field = (name: string): Column & { values: Int32Array } => {
      return { name, shape: [length], classes: SYMBOLS.length, labels: SYMBOLS, values: new Int32Array(n * length) };
    };
    const [text, next] = [field("text"), field("next")];
    for (let i = 0; i < n; i++) {
      const [from, to] = [i * length, (i + 1) * length];
      writeCopy(text.values.subarray(from, to), next.values.subarray(from, to), seq, random);
    }
    const cut = cutAt(n, given.number("split"), "copying");
    return { unit: "sequences", unitsPerExample: 1, ...splitRows([text, next], n, cut) };
  },
};
