// In: how long, how wide, a seed. Out: windows of a made-up text, the character after each, and what has to be remembered to
// tell it: whether a quotation is open, how far the line has come, how deep the brackets are nested.
// Invariant: quotations and brackets close in the order in which they were opened, and no line is longer than `width`.

import { DataError } from "../../files/dataerror.ts";
import type { Column } from "../dataset.ts";
import { Random } from "../random.ts";
import { checkNumbers, type Source } from "../source.ts";
import { cutAt, splitRows } from "../split.ts";
import { MARK_FIELDS, marksOf } from "../textmarks.ts";

type Words = readonly [string, ...string[]];
const words = (all: string): Words => all.split(" ") as unknown as Words;

const QUALITIES = words("old red small cold bright quiet tall green");
const THINGS = words("king bird river tower garden ship horse moon road child");
const DEEDS = words("saw found left heard held knew lost took");
const SPEAKERS = words("king queen child sailor");
/** Each kind of bracket goes with one depth, so that what closes has to be remembered. */
const BRACKETS = ["()", "[]", "{}"] as const;

function thing(random: Random, whose = "the"): string {
  const quality = random.uniform() < 0.4 ? `${random.choose(QUALITIES)} ` : "";
  return `${whose} ${quality}${random.choose(THINGS)}`;
}

/** A remark in brackets, perhaps with another in it. */
function remark(random: Random, depth = 0): string {
  const [open, close] = BRACKETS[depth]!;
  const further = depth + 1 < BRACKETS.length && random.uniform() < 0.5 ? ` ${remark(random, depth + 1)}` : "";
  return `${open}near ${thing(random)}${further}${close}`;
}

function deed(random: Random, whose?: string): string {
  return `${thing(random, whose)} ${random.choose(DEEDS)} ${thing(random, whose)}`;
}

function told(random: Random): string {
  return `${deed(random)}${random.uniform() < 0.5 ? ` ${remark(random)}` : ""}.`;
}

/** Quotations differ in length, and say `my` for `the`: a model has to remember from word to word that one is open. */
function spoken(random: Random): string {
  const deeds = Array.from({ length: 1 + random.integer(4) }, () => deed(random, "my"));
  return `the ${random.choose(SPEAKERS)} said "${deeds.join(" and ")}".`;
}

/** The words of a text of at least so many characters, in lines that are filled as far as they go. */
function writeLines(random: Random, length: number, width: number): string {
  let [text, column] = ["", 0];
  while (text.length < length) {
    const sentence = random.uniform() < 0.5 ? told(random) : spoken(random);
    for (const word of sentence.split(" ")) {
      const isFull = column + 1 + word.length > width;
      if (column > 0) text += isFull ? "\n" : " ";
      column = (column === 0 || isFull ? 0 : column + 1) + word.length;
      text += word;
    }
  }
  return text.slice(0, length);
}

/** Every character that may occur, whatever is drawn. */
const LETTERS: readonly string[] = [...'\n "()[]{}.', ..."abcdefghijklmnopqrstuvwxyz"];
const ID_OF = new Map(LETTERS.map((letter, id) => [letter, id]));

/** Windows follow each other; `next` is the same text one character later. */
function columnsOf(text: string, seq: number): Column[] {
  const ids = Int32Array.from(text, (letter) => ID_OF.get(letter) ?? 0);
  const characters = { shape: [seq], classes: LETTERS.length, labels: LETTERS };
  const marks = Object.entries(marksOf(ids.slice(0, -1), LETTERS));
  return [
    { name: "text", ...characters, values: ids.slice(0, -1) },
    { name: "next", ...characters, values: ids.slice(1) },
    ...marks.map(([name, values]) => ({ name, shape: [seq], values })),
  ];
}

/** The longest word with what may stand around it. */
const NARROWEST = 20;

export const prose: Source = {
  name: "prose",
  documentation:
    "A made-up text in lines, with quotations and nested brackets: the next character depends on what was opened before.",
  parameters: [
    { name: "n", kind: "count", default: 800, documentation: "windows, training and held-out together" },
    { name: "seq", kind: "count", default: 64, documentation: "characters per window" },
    { name: "width", kind: "count", default: 32, documentation: "the longest a line may be, at least 20" },
    {
      name: "split",
      kind: "fraction",
      default: 0.9,
      documentation: "the share of the text that trains, from its start",
    },
  ],
  fields: [
    { name: "text", type: "[seq] of 36", documentation: "a window of characters" },
    { name: "next", type: "[seq] of 36", documentation: "for each of them the character that follows" },
    ...MARK_FIELDS,
  ],
  generated: true,
  load(given, { seed }) {
    const [n, seq, width] = [given.number("n"), given.number("seq"), given.number("width")];
    if (width < NARROWEST)
      throw new DataError(
        "data/bad-argument",
        `prose: width is ${width}, but a word may take ${NARROWEST} characters`,
        `write at least width=${NARROWEST}`,
        "width",
      );
    checkNumbers("prose", n * seq);
    const text = writeLines(new Random(seed), n * seq + 1, width);
    const cut = cutAt(n, given.number("split"), "prose");
    const parts = splitRows(columnsOf(text, seq), n, cut);
    return { unit: "characters", unitsPerExample: seq, consecutive: true, ...parts };
  },
};
