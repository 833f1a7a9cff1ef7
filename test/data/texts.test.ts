// Proves what becomes of texts: which tokens they have, that the vocabulary is the training part's, and that sequences keep their own
// lengths.

import { zipSync } from "fflate";
import { expect, test } from "vitest";
import type { Dataset, SourceArgument } from "../../runtime/data/dataset.ts";
import { encodeTokens, spaceBefore, tokensOf } from "../../runtime/data/tokens/tokenise.ts";
import { wordPiece } from "../support/wordpiece.ts";
import { bytesOf, column, failure, load, npy, utf8 } from "./rawfiles.ts";

type Named = Record<string, SourceArgument>;
const read = (contents: string, named: Named = {}) =>
  load("csv", { "t.csv": utf8(contents) }, { positional: ["t.csv"], named: { text: "review", ...named }, seed: 1 });
const inOrder = (contents: string, named: Named = {}) => read(contents, { shuffle: false, split: 1, ...named });
const TABLE = 'review,label\n"A good film, good!",p\n"a Bad film",n\ngood,p\n';

/** The texts of a part as words, up to their lengths. */
function wordsOf(data: Dataset, part: "train" | "heldout" = "train") {
  const { values, shape, labels = [] } = column(data, "review", part);
  const lengths = column(data, "review~length", part).values;
  const [steps = 1] = shape;
  return Array.from(lengths, (length, row) =>
    Array.from(values.subarray(row * steps, row * steps + length), (id) => labels[id]),
  );
}

test("words keep their apostrophes and hyphens, signs stand alone, and scripts without spaces are cut into characters", () => {
  const words = (text: string) => tokensOf(text, { kind: "word", lowercase: true });
  expect(words("It's a well-made FILM -- 10/10!")).toEqual("it's a well-made film - - 10 / 10 !".split(" "));
  expect(words("\u4f60\u597d world \u0e01\u0e02")).toEqual(["\u4f60", "\u597d", "world", "\u0e01", "\u0e02"]);
  expect(words("cafe\u0301 \u{1f600}")).toEqual(["caf\u00e9", "\u{1f600}"]);
  expect(words(" \n\t ")).toEqual([]);
  expect(tokensOf("Ab \u{1f600}", { kind: "char", lowercase: false })).toEqual(["A", "b", " ", "\u{1f600}"]);
  expect(["good", ",", "bad"].map((token) => spaceBefore({ kind: "word" }, token))).toEqual([" ", "", " "]);
});

test("a column of texts is a field of words of its own length, and no part of x", async () => {
  const data = await inOrder(TABLE);
  expect(data.train.columns.map(({ name }) => name)).toEqual(["label", "review", "review~length"]);
  expect(wordsOf(data)).toEqual([["a", "good", "film", ",", "good", "!"], ["a", "bad", "film"], ["good"]]);
  expect(column(data, "review").labels).toEqual(["(unknown)", "good", "a", "film", "!", ",", "bad"]);
  expect(wordsOf(await inOrder(TABLE, { tokens: "char" }))[2]).toEqual([..."good"]);
});

test("the vocabulary is of the training part alone, as large and as frequent as asked for", async () => {
  const table = "review,label\na b a,p\na c,n\nz z z z z a,p\n";
  const part = await read(table, { shuffle: false, split: 0.6 });
  expect(column(part, "review").labels).toEqual(["(unknown)", "a", "b", "c"]);
  expect(wordsOf(part, "heldout")).toEqual([[...new Array<string>(5).fill("(unknown)"), "a"]]);
  expect(column(await inOrder(table, { vocabulary: 2 }), "review").labels).toEqual(["(unknown)", "z"]);
  expect(column(await inOrder(table, { min_count: 2 }), "review").labels).toEqual(["(unknown)", "z", "a"]);
  expect(column(await inOrder("review,label\nA a,p\n", { lowercase: false }), "review").labels).toContain("A");
});

test("longer texts are cut off with a note that counts them", async () => {
  const data = await inOrder(TABLE, { length: 3 });
  expect([column(data, "review").shape, wordsOf(data)[0]]).toEqual([[3], ["a", "good", "film"]]);
  expect(column(data, "review").note).toContain("1 of 3 texts are longer than length=3 and are cut off there");
  expect(column(await inOrder(TABLE), "review").note).not.toContain("cut off");
});

test("an empty text is a missing value; filled in it is one unknown token", async () => {
  const table = 'review,label\n"good",p\n" ",n\nbad,p\n';
  expect(await failure(inOrder(table))).toMatchObject({ code: "data/csv-missing" });
  expect(wordsOf(await inOrder(table, { missing: "drop" }))).toEqual([["good"], ["bad"]]);
  expect(wordsOf(await inOrder(table, { missing: "mean" }))).toEqual([["good"], ["(unknown)"], ["bad"]]);
});

test("the label is never the text unless it is asked for, and then one error says so", async () => {
  const data = await inOrder("label2,review\np,good film\nn,bad film\n");
  expect(column(data, "label").labels).toEqual(["n", "p"]);
  const error = await failure(inOrder(TABLE, { label: "review" }));
  expect([error.code, error.message]).toEqual(["data/bad-argument", expect.stringContaining("a text and the label")]);
  expect(await failure(inOrder(TABLE, { text: "revew" }))).toMatchObject({ code: "data/no-column" });
  expect(await failure(inOrder(TABLE, { drop: "review" }))).toMatchObject({ code: "data/bad-argument" });
  expect(await failure(inOrder(TABLE, { tokens: "bert" }))).toMatchObject({ code: "data/bad-argument" });
});

test("a column of sentences that is read as classes is remarked on with the argument that makes it texts", async () => {
  const rows = Array.from({ length: 30 }, (_, i) => `film number ${i} was good,${i % 2}`);
  const data = await inOrder(`review,label\n${rows.join("\n")}\n`, { text: "" });
  expect(data.remarks?.map(({ hint }) => hint)).toEqual([expect.stringContaining('text="review"')]);
});

test("jsonl has the same columns of texts", async () => {
  const lines = utf8('{"review": "Good film", "label": "p"}\n{"review": "bad", "label": "n"}\n');
  const data = await load(
    "jsonl",
    { "t.jsonl": lines },
    { positional: ["t.jsonl"], named: { text: "review", split: 1, shuffle: false }, seed: 1 },
  );
  expect(wordsOf(data)).toEqual([["good", "film"], ["bad"]]);
});

test("tokens that the vocabulary lacks are unknown, and a text is cut where the input ends", () => {
  const vocabulary = ["(unknown)", "good", "film"];
  expect(encodeTokens("GOOD new film film", { kind: "word", lowercase: true }, vocabulary, 3)).toEqual([1, 0, 2]);
});

const tokenizer = (more: Record<string, unknown> = {}) => ({
  ...wordPiece({ "[UNK]": 0, good: 1, film: 2, "##s": 3 }),
  ...more,
});

test("a tokenizer.json cuts texts in its own way with its own vocabulary, and what is none is one error", async () => {
  const withFile = (contents: string, named: Named = {}) =>
    load(
      "csv",
      { "t.csv": utf8('review,label\n"Good films, bad",p\nfilm,n\n'), "t.json": utf8(contents) },
      {
        positional: ["t.csv"],
        named: { text: "review", tokens: "t.json", split: 1, shuffle: false, ...named },
        seed: 1,
      },
    );
  const data = await withFile(JSON.stringify(tokenizer()));
  expect(column(data, "review").labels).toEqual(["[UNK]", "good", "film", "##s"]);
  expect(wordsOf(data)).toEqual([["good", "film", "##s", "[UNK]", "[UNK]"], ["film"]]);
  const { tokens, labels = [] } = column(data, "review");
  const saved = JSON.parse(JSON.stringify(tokens));
  expect(encodeTokens("a good film", saved, labels, 2)).toEqual([0, 1]);
  const cases: readonly [contents: string, named: Named, code: string, message: string][] = [
    ["{", {}, "data/tokenizer", "t.json is no tokenizer"],
    ["[1]", {}, "data/tokenizer", "t.json is no tokenizer"],
    ["{}", {}, "data/tokenizer", "t.json is no tokenizer"],
    [JSON.stringify(tokenizer({ model: { type: "Other" } })), {}, "data/tokenizer", "t.json is no tokenizer"],
    ["", {}, "data/empty-file", "t.json"],
    ["{}", { tokens: "u.json" }, "data/file-not-found", "there is no file u.json"],
    ["{}", { tokens: "bert-base" }, "data/bad-argument", 'no tokenizer called "bert-base"'],
  ];
  for (const [contents, named, code, message] of cases) {
    const error = await failure(withFile(contents, named));
    expect([error.code, error.message, error.argument]).toEqual([
      code,
      expect.stringContaining(message),
      error.argument,
    ]);
    expect(`${error.message} ${error.hint}`).not.toMatch(/undefined|not a function|null/);
  }
});

const classFolder = (files: Record<string, string>, named: Named = {}) =>
  load("texts", Object.fromEntries(Object.entries(files).map(([path, text]) => [path, utf8(text)])), {
    positional: ["d"],
    named,
    seed: 2,
  });

test("text files in a folder for each class are sequences of words with the folder as their label", async () => {
  const files = { "d/neg/1.txt": "A bad film.\n", "d/pos/a/2.txt": "good", "d/pos/1.txt": "good good film" };
  const data = await classFolder(files, { split: 1 });
  const { values, labels = [], shape } = column(data, "text");
  const lengths = [...column(data, "text~length").values];
  const classes = [...column(data, "label").values];
  expect([shape, column(data, "label").labels, data.unit]).toEqual([[4], ["neg", "pos"], "texts"]);
  const rows = lengths.map((length, i) => {
    const words = [...values.subarray(4 * i, 4 * i + length)].map((id) => labels[id]).join(" ");
    return `${classes[i]} ${words}`;
  });
  expect(rows.sort()).toEqual(["0 a bad film .", "1 good", "1 good good film"]);
  const cases: readonly [files: Record<string, string>, code: string, message: string][] = [
    [{ ...files, "d/0.txt": "x" }, "data/no-classes", "0.txt lies in d itself"],
    [{ ...files, "d/odd/1.pdf": "x" }, "data/no-files", "has no .txt, .text or .md files"],
    [{ ...files, "d/neg/2.txt": " \n" }, "data/empty-file", "d/neg/2.txt has no words"],
  ];
  for (const [wrong, code, message] of cases) {
    const error = await failure(classFolder(wrong));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
  }
});

test("a text is windows of words with the vocabulary of the part that trains", async () => {
  const data = await load(
    "text",
    { "t.txt": utf8("The cat sat. The cat ran. A dog") },
    { positional: ["t.txt"], named: { seq: 2, split: 0.7, tokens: "word" } },
  );
  const { labels = [], values } = column(data, "text");
  expect(labels).toEqual(["(unknown)", "cat", "the", ".", "ran", "sat"]);
  expect([...values].map((id) => labels[id])).toEqual(["the", "cat", "sat", ".", "the", "cat"]);
  expect([...column(data, "next").values].map((id) => labels[id])).toEqual(["cat", "sat", ".", "the", "cat", "ran"]);
  expect([data.unit, column(data, "text").tokens]).toEqual(["words", { kind: "word", lowercase: true }]);
});

const ints = (shape: string, ...values: number[]) => npy("'<i4'", shape, bytesOf(Int32Array.from(values)));
const archive = (arrays: Record<string, Uint8Array>, named: Named = {}) =>
  load("npz", { "a.npz": zipSync(arrays) }, { positional: ["a.npz"], named: { split: 1, ...named }, seed: 1 });

test("prepared tokens are classes as many as declared, and as long as the padding leaves them", async () => {
  const arrays = { "text.npy": ints("(3, 4)", 5, 0, 7, 0, 0, 0, 3, 4, 0, 0, 0, 0), "label.npy": ints("(3,)", 0, 1, 1) };
  const data = await archive(arrays, { classes: "text: 20", padding: 0 });
  const text = column(data, "text");
  expect([text.classes, text.shape, text.values]).toEqual([20, [4], expect.any(Int32Array)]);
  const rows = [...column(data, "text~length").values].map((length, i) => [
    ...text.values.subarray(4 * i, 4 * i + length),
  ]);
  expect(rows.map(String).sort()).toEqual(["0", "3,4", "5,0,7"]);
  const cases: readonly [named: Named, code: string, message: string][] = [
    [{ classes: "text: 7" }, "data/label-out-of-range", "element 2 is 7, and classes says that there are 7"],
    [{ classes: "tetx: 7" }, "data/bad-argument", 'no array "tetx"'],
    [{ classes: "text" }, "data/bad-argument", "gives no array a number of classes"],
  ];
  for (const [named, code, message] of cases) {
    const error = await failure(archive(arrays, named));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
  }
  const floats = { ...arrays, "text.npy": npy("'<f4'", "(3, 1)", bytesOf(Float32Array.of(1, 2, 3))) };
  expect(await failure(archive(floats, { classes: "text: 7" }))).toMatchObject({ code: "data/bad-argument" });
});

test("the layout of Keras' mnist.npz and imdb.npz are fields with the part to hold out that they have", async () => {
  const pixels = (n: number) =>
    npy(
      "'|u1'",
      `(${n}, 2, 2)`,
      Uint8Array.from({ length: 4 * n }, (_, i) => i),
    );
  const digits = (n: number) =>
    npy(
      "'|u1'",
      `(${n},)`,
      Uint8Array.from({ length: n }, (_, i) => i % 3),
    );
  const mnist = await archive({
    "x_test.npy": pixels(2),
    "x_train.npy": pixels(5),
    "y_test.npy": digits(2),
    "y_train.npy": digits(5),
  });
  expect([mnist.train.length, mnist.heldout.length, column(mnist, "y_train").classes]).toEqual([5, 2, 3]);
  const imdb = { "x_train.npy": ints("(2, 3)", 0, 1, 2, 0, 0, 9), "x_test.npy": ints("(1, 3)", 0, 3, 4) };
  const padded = await archive(imdb, { classes: "x: 10", padding: 0 });
  expect([column(padded, "x_train").classes, [...column(padded, "x_train").values]]).toEqual([10, [1, 2, 0, 9, 0, 0]]);
  expect([...column(padded, "x_train~length", "heldout").values]).toEqual([2]);
});

/** Expressions of tokenizers that are in use. */
const USUAL = [
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  "[\\p{Lu}\\p{M}]*[\\p{Ll}\\p{M}]+(?i:'s|'t)?|\\p{N}{1,3}",
  " {2,}",
  "(?:ab)+c|\\p{Script=Han}+|[0-9]+(?:,[0-9]+)?",
];
/** Those that take longer than any text is worth: exponential ones, and powers of its length. */
const ENDLESS = [
  "(a+)+$",
  "(a|a)*b",
  "(a|ab)+c",
  "(?:a?)*b",
  "(a?){60}b",
  "((a{0,60}){0,60}){0,60}b",
  "a*a*a*b",
  ".*x.*y.*z",
  "a{0,60}a{0,60}a{0,60}b",
  "(\\w)\\1+",
  "(?=a*)b",
  `${"a?".repeat(40)}b`,
  "(?:\\p{L}\\p{M}*)+",
];

test("a regular expression of a tokenizer.json is read where its time is bounded, and refused where it is not", async () => {
  const withPattern = (pattern: string) =>
    load(
      "csv",
      {
        "t.csv": utf8('review,label\n"good film",p\nfilm,n\n'),
        "t.json": utf8(
          JSON.stringify(
            tokenizer({
              pre_tokenizer: { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false },
            }),
          ),
        ),
      },
      { positional: ["t.csv"], named: { text: "review", tokens: "t.json", split: 1 }, seed: 1 },
    );
  for (const pattern of USUAL) expect(column(await withPattern(pattern), "review").labels, pattern).toHaveLength(4);
  for (const pattern of ENDLESS) {
    const error = await failure(withPattern(pattern));
    expect([error.code, error.argument], pattern).toEqual(["data/tokenizer", "tokens"]);
    expect(error.message).toContain("t.json has a regular expression that takes too long on some texts, since");
  }
});

test("of a text far longer than its tokens that are kept, only the beginning is read", async () => {
  const words = ["good", "film", "films", "other"];
  const long = Array.from({ length: 60_000 }, (_, i) => words[i % 4]).join(" ");
  const read = async (length: number) => {
    const files = { "t.csv": utf8(`review,label\n"${long}",p\nfilm,n\n`), "t.json": utf8(JSON.stringify(tokenizer())) };
    const named = { text: "review", tokens: "t.json", split: 1, shuffle: false, length };
    return column(await load("csv", files, { positional: ["t.csv"], named, seed: 1 }), "review");
  };
  const [few, many] = [await read(50), await read(5000)];
  expect([...few.values.subarray(0, 50)]).toEqual([...many.values.subarray(0, 50)]);
  expect(few.note).toEqual(expect.stringContaining("1 of 2 texts are longer than length=50"));
});
