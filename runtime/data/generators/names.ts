// In: how many, a seed. Out: family names as sequences of letters, and the language each one sounds like.
// Invariant: no name comes twice, so a held-out name was never trained on; shorter names are padded and carry their length.

import { DataError } from "../../files/dataerror.ts";
import type { Column } from "../dataset.ts";
import { Random } from "../random.ts";
import type { Source } from "../source.ts";
import { cutAt, splitRows } from "../split.ts";
import { NAME_PARTS, type NameParts } from "./nameparts.ts";

/** Index 0 pads; the space stands in names like "van der berg". */
const LETTERS = [".", " ", "'", ..."abcdefghijklmnopqrstuvwxyz"];

interface Name {
  readonly text: string;
  readonly language: number;
}

/** Every beginning with every ending; an underscore in the parts is a space. */
function combine({ beginnings, endings }: NameParts): string[] {
  const all = beginnings.flatMap((beginning) => endings.map((ending) => (beginning + ending).replaceAll("_", " ")));
  return [...new Set(all)];
}

/** All names that can be put together, without those that two languages share. */
function allNames(): Name[] {
  const languageOf = new Map<string, number>();
  const shared = new Set<string>();
  for (const [language, parts] of NAME_PARTS.entries()) {
    for (const text of combine(parts)) {
      if (languageOf.has(text)) shared.add(text);
      languageOf.set(text, language);
    }
  }
  return [...languageOf].filter(([text]) => !shared.has(text)).map(([text, language]) => ({ text, language }));
}

function letterColumn(names: readonly Name[], longest: number): Column {
  const idOf = new Map(LETTERS.map((letter, id) => [letter, id]));
  const values = new Int32Array(names.length * longest);
  for (const [row, { text }] of names.entries()) {
    for (const [step, letter] of [...text].entries()) values[row * longest + step] = idOf.get(letter) ?? 0;
  }
  const lengths = Int32Array.from(names, (name) => name.text.length);
  return { name: "name", shape: [longest], classes: LETTERS.length, labels: LETTERS, values, lengths };
}

export const names: Source = {
  name: "names",
  documentation:
    "Family names put together from parts typical of eighteen languages: tell the language by the letters.",
  parameters: [
    { name: "n", kind: "count", default: 4000, documentation: "names, training and held-out together" },
    { name: "split", kind: "fraction", default: 0.8, documentation: "the share that trains" },
  ],
  fields: [
    { name: "name", type: "[T] of 29", documentation: "letters; shorter names end in padding and carry their length" },
    { name: "label", type: "class 18", documentation: "the language" },
  ],
  generated: true,
  load(given, { seed }) {
    const n = given.number("n");
    const known = allNames();
    if (n > known.length)
      throw new DataError(
        "data/bad-argument",
        `names: n is ${n}, but there are ${known.length} names`,
        `write at most n=${known.length}`,
        "n",
      );
    const longest = Math.max(...known.map((name) => name.text.length));
    const chosen = new Random(seed).shuffle(known).slice(0, n);
    const label: Column = {
      name: "label",
      shape: [],
      classes: NAME_PARTS.length,
      labels: NAME_PARTS.map((parts) => parts.language),
      values: Int32Array.from(chosen, (name) => name.language),
    };
    const columns = [letterColumn(chosen, longest), label];
    return { unit: "names", unitsPerExample: 1, ...splitRows(columns, n, cutAt(n, given.number("split"), "names")) };
  },
};
