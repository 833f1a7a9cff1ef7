// Text becomes consecutive windows over one vocabulary, with no character shared between training and held-out.

import { expect, test } from "vitest";
import { encodeWith } from "../../runtime/data/tokens/characters.ts";
import { column, failure, load, utf8 } from "./rawfiles.ts";

function read(contents: string | Uint8Array, named: Record<string, number> = {}) {
  const bytes = typeof contents === "string" ? utf8(contents) : contents;
  return load("text", { "t.txt": bytes }, { positional: ["t.txt"], named });
}

test("windows follow one another, and next is the text one character later", async () => {
  const data = await read("abcdefghijABCDEFGHIJ", { seq: 3, split: 0.5 });
  const [text, next] = [column(data, "text"), column(data, "next")];
  const letters = (values: ArrayLike<number>) => Array.from(values, (id) => text.labels?.[id]).join("");
  expect([data.unit, data.unitsPerExample, data.consecutive]).toEqual(["characters", 3, true]);
  expect([data.train.length, text.shape, text.classes]).toEqual([3, [3], 20]);
  expect([letters(text.values), letters(next.values)]).toEqual(["abcdefghi", "bcdefghij"]);
  expect(letters(column(data, "text", "heldout").values)).toBe("ABCDEFGHI");
});

test("each character has what is to be remembered after it: open quotations, the place in the line, open brackets", async () => {
  const data = await read(`a "b (c\n[d])" e) \u201cf\u201d.`, { seq: 20, split: 1 });
  const marks = (name: string) => [...column(data, name).values].join("");
  //                           a _ " b _ ( c n [ d ] ) " _ e ) _ “ f ”
  expect(marks("quoted")).toBe("00111111111100000110");
  expect([...column(data, "column").values]).toEqual([1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  expect(marks("nesting")).toBe("00000111221000000000");
});

test("the vocabulary is the distinct code points in order, beyond 16 bits and without a byte order mark", async () => {
  const data = await read(new Uint8Array([0xef, 0xbb, 0xbf, ...utf8("b😀aé\n😀b".repeat(4))]), { seq: 2, split: 1 });
  expect(column(data, "text").labels).toEqual(["\n", "a", "b", "é", "😀"]);
  expect([...column(data, "text").values.subarray(0, 4)]).toEqual([2, 4, 1, 3]);
  expect(data.heldout.length).toBe(0);
});

test("a sequence longer than either part of the text is an error that offers one that fits", async () => {
  const training = await failure(read("short text", { seq: 64 }));
  expect([training.code, training.hint]).toEqual(["data/text-too-short", "seq=8 or less fits"]);
  const heldout = await failure(read("x".repeat(100), { seq: 20 }));
  expect([heldout.message, heldout.hint]).toEqual([
    expect.stringContaining("held-out part has 10"),
    "seq=9 or less fits",
  ]);
});

test("an empty file and bytes that are no UTF-8 are errors, the first bad byte is named", async () => {
  expect((await failure(read(""))).code).toBe("data/empty-file");
  const error = await failure(read(Uint8Array.of(97, 98, 0xc3, 0x28, 97)));
  expect([error.code, error.message]).toEqual(["data/not-utf8", expect.stringContaining("byte 3 ")]);
  expect((await failure(read(Uint8Array.of(97, 0xff, 97)))).message).toContain("byte 1 ");
});

test("a NUL and control characters are characters like others", async () => {
  const data = await read("a\0b\0".repeat(30), { seq: 4 });
  expect(column(data, "text").labels).toEqual(["\0", "a", "b"]);
});

test("a prompt is encoded with a given vocabulary, and a character beyond it is named with its place", async () => {
  const vocabulary = ["a", "é", "😀"];
  expect([...encodeWith("😀aé", vocabulary, "the prompt")]).toEqual([2, 0, 1]);
  const error = await failure(() => encodeWith("😀ab", vocabulary, "the prompt"));
  expect([error.code, error.message]).toEqual([
    "data/unknown-character",
    'the prompt: character 3, "b", is not among the 3 the model knows',
  ]);
});

test("words and tokens of a file have marks, too: quotations, places in the line, and brackets", async () => {
  const written = 'He said: "no (or [yes])" twice.\nThen left,\nso they "say.\n\nEnd" it';
  const marksWith = async (named: Record<string, string>) => {
    const request = { positional: ["t.txt"], named: { seq: 4, split: 1, ...named } };
    const data = await load("text", { "t.txt": utf8(written) }, request);
    const { labels = [], values } = column(data, "text");
    const marks = (name: string) => [...column(data, name).values].join("");
    return { words: [...values].map((id) => labels[id]), marks };
  };
  const { words, marks } = await marksWith({ tokens: "word" });
  expect(words.join(" ")).toBe('he said : " no ( or [ yes ] ) " twice . then left , so they " say . end "');
  expect(marks("quoted")).toBe("000111111110000000011110");
  expect(marks("nesting")).toBe("000001122100000000000000");
  expect(marks("column")).toBe("12345678910111213141231234512");
  const vocabulary = ["[UNK]", "said", '"', "no", "(", ")", "ok"];
  const file = {
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary.map((word, index) => [word, index])),
    },
    pre_tokenizer: { type: "Whitespace" },
    normalizer: null,
    post_processor: null,
    decoder: null,
    added_tokens: [{ id: 0, content: "[UNK]", special: true }],
  };
  const files = { "u.txt": utf8('said "no (ok) no" said what'), "t.json": utf8(JSON.stringify(file)) };
  const own = await load("text", files, { positional: ["u.txt"], named: { seq: 3, split: 1, tokens: "t.json" } });
  expect([...column(own, "quoted").values].join("")).toBe("011111100");
  expect([...column(own, "nesting").values].join("")).toBe("000110000");
});
