// In: a text file. Out: windows of characters or words and, for each of them, the one that follows it.
// Invariant: windows are consecutive and do not overlap; no held-out character is seen in training.

import { DataError } from "../../files/dataerror.ts";
import { decodeParts, decodeText } from "../../files/decode.ts";
import type { Column, Split } from "../dataset.ts";
import { checkNumbers, type Source } from "../source.ts";
import { MARK_FIELDS, type Marks, marksOf, marksOfTokens } from "../textmarks.ts";
import { TOKEN_PARAMETERS, type TokenSettings, tokenSettings } from "../tokens/settings.ts";
import { Texts } from "../tokens/texts.ts";
import { type LineToken, type TokenFacts, wordsByLine } from "../tokens/tokenise.ts";

/**
 * The distinct characters (code points, in their order) and the text as indices of them, in two passes over its parts, none
 * of which ends inside a character. DataError `data/too-large` before memory is asked for.
 */
function encodeCharacters(parts: () => Iterable<string>, path: string): { vocabulary: string[]; ids: Int32Array } {
  const points = new Set<number>();
  let length = 0;
  for (const part of parts()) {
    for (let at = 0; at < part.length; length++) {
      const point = part.codePointAt(at) ?? 0;
      points.add(point);
      at += point > 0xffff ? 2 : 1;
    }
    checkNumbers(path, length, { hint: "train on a part of the file" });
  }
  const sorted = [...points].sort((a, b) => a - b);
  const idOf = new Map(sorted.map((point, id) => [point, id]));
  const ids = new Int32Array(length);
  let count = 0;
  for (const part of parts()) {
    for (let at = 0; at < part.length; count++) {
      const point = part.codePointAt(at) ?? 0;
      ids[count] = idOf.get(point) ?? 0;
      at += point > 0xffff ? 2 : 1;
    }
  }
  return { vocabulary: sorted.map((point) => String.fromCodePoint(point)), ids };
}

/** Window w covers characters w * seq to (w + 1) * seq - 1; `next` is the same one character later. */
function windows(
  ids: Int32Array,
  seq: number,
  vocabulary: readonly string[],
  marks: Marks,
  tokens: TokenFacts | undefined,
): Split {
  const length = Math.max(0, Math.floor((ids.length - 1) / seq));
  const column = (name: string, shift: number): Column => ({
    name,
    shape: [seq],
    classes: vocabulary.length,
    labels: vocabulary,
    values: ids.slice(shift, shift + length * seq),
    ...(tokens ? { tokens } : {}),
  });
  const further = Object.entries(marks).map(([name, values]) => ({
    name,
    shape: [seq],
    values: (values as Float32Array).subarray(0, length * seq),
  }));
  return { length, columns: [column("text", 0), column("next", 1), ...further] };
}

function tooShort(path: string, part: string, length: number, seq: number, unit: string): DataError {
  const message = `${path}: the ${part} part has ${length} ${unit}, but one window needs ${seq + 1} (seq=${seq} and the one after)`;
  const hint = length > 1 ? `seq=${length - 1} or less fits` : "use a longer text, or another split";
  return new DataError("data/text-too-short", message, hint);
}

/** Windows of the first `split` of the text train, those of the rest are held out. */
function textDataset(bytes: Uint8Array, path: string, seq: number, split: number, settings: TokenSettings) {
  const isCut = settings.kind !== "char";
  const unit = { word: "words", char: "characters", file: "tokens" }[settings.kind];
  const { vocabulary, ids, marks } = isCut
    ? encodeTokens(decodeText(bytes, path), path, split, settings)
    : withMarks(encodeCharacters(() => decodeParts(bytes, path), path));
  const cut = Math.round(ids.length * split);
  if (cut < seq + 1) throw tooShort(path, "training", cut, seq, unit);
  if (split < 1 && ids.length - cut < seq + 1) throw tooShort(path, "held-out", ids.length - cut, seq, unit);
  const { kind, lowercase, tokenizer } = settings;
  const tokens = isCut ? { kind, lowercase, ...(tokenizer ? { tokenizer: tokenizer.json } : {}) } : undefined;
  const train = windows(ids.subarray(0, cut), seq, vocabulary, marks, tokens);
  const rest = mapMarks(marks, (values) => values.subarray(cut));
  const heldout = windows(ids.subarray(cut), seq, vocabulary, rest, tokens);
  return { unit, unitsPerExample: seq, consecutive: true, train, heldout };
}

const mapMarks = ({ quoted, column, nesting }: Marks, change: (values: Float32Array) => Float32Array): Marks => ({
  quoted: change(quoted),
  column: change(column),
  nesting: change(nesting),
});

const withMarks = <T extends { vocabulary: readonly string[]; ids: Int32Array }>(text: T) => ({
  ...text,
  marks: marksOf(text.ids, text.vocabulary),
});

/** The words of a text as indices of those of its first part, or the tokens of a file. */
function encodeTokens(text: string, path: string, split: number, settings: TokenSettings) {
  const words = new Texts({ ...settings, length: Number.POSITIVE_INFINITY }, path);
  const { labels, ids } = words.parts(Math.round(words.add(text) * split));
  const tokens = settings.tokenizer ? labelsIn(ids, labels) : wordsByLine(text, settings);
  return { vocabulary: labels, ids, marks: marksOfTokens(tokens, ids.length) };
}

function* labelsIn(ids: Int32Array, labels: readonly string[]): Generator<LineToken> {
  for (const id of ids) yield { token: labels[id] ?? "", startsLine: false };
}

const CUT =
  "characters (char), all of which the vocabulary has, words (word), as vocabulary, min_count and lowercase say, or what a file tokenizer.json says";

export const text: Source = {
  name: "text",
  documentation: "A text file as windows of characters or words, for models that predict the next one.",
  parameters: [
    { name: "file", kind: "path", documentation: "a text file in UTF-8" },
    { name: "seq", kind: "count", default: 64, documentation: "characters or words per window" },
    {
      name: "split",
      kind: "fraction",
      default: 0.9,
      documentation: "the share of the text that trains, from its start",
    },
    ...TOKEN_PARAMETERS.map((p) => (p.name === "tokens" ? { ...p, default: "char", documentation: CUT } : p)),
  ],
  fields: [
    {
      name: "text",
      type: "[seq] of V",
      documentation: "a window of characters or words; V is the size of the vocabulary",
    },
    { name: "next", type: "[seq] of V", documentation: "for each of them the character or word that follows" },
    ...MARK_FIELDS,
  ],
  generated: false,
  async load(given, { files }) {
    const path = given.path("file");
    const settings = await tokenSettings(given, given.number("seq"), files);
    return textDataset(await files.read(path), path, given.number("seq"), given.number("split"), settings);
  },
};
