// In: a folder of folders, one for each class, with text files. Out: each file as the sequence of its tokens, and its class.
// Invariant: the seed alone says what is held out; the vocabulary comes from the texts that train.

import { DataError } from "../../files/dataerror.ts";
import { decodeText } from "../../files/decode.ts";
import { type FileKind, labelColumn } from "../filelists/classfolders.ts";
import { dividedByClass, TEST_PARAMETER } from "../filelists/divided.ts";
import type { Source } from "../source.ts";
import { splitRows } from "../split.ts";
import { LENGTH_PARAMETER, TOKEN_PARAMETERS, tokenSettings } from "../tokens/settings.ts";
import { Texts } from "../tokens/texts.ts";

const TEXTS: FileKind = {
  source: "texts",
  noun: "text",
  nouns: "texts",
  endings: ".txt, .text or .md",
  isOne: (name) => /\.(txt|text|md)$/i.test(name),
  code: "data/no-files",
};

export const texts: Source = {
  name: "texts",
  documentation: "Text files in a folder for each class, as sequences of words or characters.",
  parameters: [
    { name: "dir", kind: "path", documentation: "the folder that holds the folders of the classes" },
    { name: "split", kind: "fraction", default: 0.8, documentation: "the share of the shuffled texts that trains" },
    ...TOKEN_PARAMETERS,
    LENGTH_PARAMETER,
    TEST_PARAMETER,
  ],
  fields: [
    { name: "text", type: "[T] of V", documentation: "the tokens of a text, as many as it has" },
    { name: "label", type: "class N", documentation: "the folder; classes are sorted by name" },
  ],
  generated: false,
  async load(given, { files, seed }) {
    const dir = given.path("dir");
    const { classes, chosen, cut } = await dividedByClass(files, given, seed, TEXTS);
    const settings = await tokenSettings(given, given.number("length"), files);
    const all = new Texts(settings, `the texts of ${dir}`);
    for (const { path } of chosen)
      if (all.add(decodeText(await files.read(path), path)) === 0)
        throw new DataError("data/empty-file", `${path} has no words`, "remove it, or write something in it");
    const order = Int32Array.from(chosen, (_, i) => i);
    const columns = [all.field("text", order, cut), labelColumn(classes, chosen)];
    return { unit: "texts", unitsPerExample: 1, ...splitRows(columns, chosen.length, cut) };
  },
};
